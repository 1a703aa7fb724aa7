package migrate

import "sync"

// bufferSizes are the capacities that are kept for reuse: a message waits in the smallest that holds
// it, so that many small ones never pin the memory of large ones.
var bufferSizes = [...]int{8 << 10, 32 << 10, 128 << 10, spoolInMemory}

// buffers hands out memory for messages. Its zero value is ready; it may be shared.
type buffers struct {
	pools [len(bufferSizes)]sync.Pool
}

// get returns an empty buffer with room for n octets; n is at most spoolInMemory.
func (b *buffers) get(n int) []byte {
	for i, size := range bufferSizes {
		if n <= size {
			if p, ok := b.pools[i].Get().(*[]byte); ok {
				return (*p)[:0]
			}
			return make([]byte, 0, size)
		}
	}
	panic("cannot happen: a buffer larger than the largest")
}

// put takes back what get gave.
func (b *buffers) put(buf []byte) {
	for i, size := range bufferSizes {
		if cap(buf) == size {
			b.pools[i].Put(&buf)
		}
	}
}

// append adds more to buf, in a larger buffer where it does not fit.
func (b *buffers) append(buf, more []byte) []byte {
	if len(buf)+len(more) > cap(buf) {
		larger := append(b.get(len(buf)+len(more)), buf...)
		b.put(buf)
		buf = larger
	}
	return append(buf, more...)
}
