package wire

import "sync/atomic"

// Meter counts octets as the protocol sees them (inside TLS) and the connections that were made. One
// Meter may serve many connections; its zero value is ready.
type Meter struct{ In, Out, Connections atomic.Int64 }

func (m *Meter) read(n int) {
	if m != nil {
		m.In.Add(int64(n))
	}
}

func (m *Meter) wrote(n int) {
	if m != nil {
		m.Out.Add(int64(n))
	}
}

func (m *Meter) connected() {
	if m != nil {
		m.Connections.Add(1)
	}
}
