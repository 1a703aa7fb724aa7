package main

import "time"

// etaWindow is how far back the speed is measured: long enough to be calm, short enough to notice a change.
const etaWindow = 25 * time.Second

// pace measures how fast octets and messages go by over the last etaWindow.
type pace struct {
	samples []paceSample // oldest first, about one a second
}

type paceSample struct {
	at       time.Time
	octets   int64
	messages int
}

// note takes the totals as they are at that time.
func (p *pace) note(at time.Time, octets int64, messages int) {
	if n := len(p.samples); n > 0 && at.Sub(p.samples[n-1].at) < time.Second {
		return
	}
	p.samples = append(p.samples, paceSample{at, octets, messages})
	for len(p.samples) > 2 && at.Sub(p.samples[1].at) >= etaWindow {
		p.samples = p.samples[1:]
	}
}

// rates gives octets and messages a second; 0 while too little is known.
func (p *pace) rates(at time.Time, octets int64, messages int) (octetRate, messageRate float64) {
	if len(p.samples) == 0 {
		return 0, 0
	}
	first := p.samples[0]
	seconds := at.Sub(first.at).Seconds()
	if seconds < 0.5 {
		return 0, 0
	}
	return float64(octets-first.octets) / seconds, float64(messages-first.messages) / seconds
}

// left says how long the rest will take. Small messages cost by number and big ones by octets, and what is
// left may be of either kind, so both answers count the same. ok is false while it cannot be known.
func (p *pace) left(at time.Time, octets int64, messages int, restOctets int64, restMessages int) (d time.Duration, ok bool) {
	octetRate, messageRate := p.rates(at, octets, messages)
	var sum, n float64
	if restOctets > 0 && octetRate > 0 {
		sum, n = sum+float64(restOctets)/octetRate, n+1
	}
	if restMessages > 0 && messageRate > 0 {
		sum, n = sum+float64(restMessages)/messageRate, n+1
	}
	const week = 7 * 24 * 3600
	if n == 0 || sum/n > week {
		return 0, false
	}
	return time.Duration(sum / n * float64(time.Second)), true
}
