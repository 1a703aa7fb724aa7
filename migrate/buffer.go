package migrate

import "sync"

// bufferSizes are the capacities that are kept for reuse: a message waits in the smallest that holds
// it, so that many small ones never pin the memory of large ones.
var bufferSizes = [...]int{smallSize, 32 << 10, 128 << 10, spoolInMemory}

const smallSize = 8 << 10

// buffers hands out memory for messages. Its zero value is ready; it may be shared.
type buffers struct {
	pools [len(bufferSizes)]sync.Pool
}

// get returns an empty buffer with room for n octets; n is at most spoolInMemory.
func (b *buffers) get(n int) []byte {
	if n <= smallSize {
		return small.get()
	}
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
	if cap(buf) == smallSize {
		small.put(buf)
		return
	}
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

// small are the buffers of the smallest size, which most messages fit into, of all runs. They are cut from slabs that are never
// given back: there are no more than were in use at once.
var small smallBuffers

type smallBuffers struct {
	mu   sync.Mutex
	free [][]byte
	slab []byte // what of the last one was not cut yet
}

func (s *smallBuffers) get() []byte {
	s.mu.Lock()
	defer s.mu.Unlock()
	if n := len(s.free); n > 0 {
		b := s.free[n-1]
		s.free = s.free[:n-1]
		return b
	}
	if len(s.slab) == 0 {
		s.slab = newSlab()
	}
	b := s.slab[:0:smallSize]
	s.slab = s.slab[smallSize:]
	return b
}

func (s *smallBuffers) put(b []byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.free = append(s.free, b[:0])
}

// slabSize is that of a large page of the commonest processors.
const slabSize = 2 << 20
