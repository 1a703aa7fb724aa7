package migrate

import (
	"bytes"
	"testing"
)

// TestBuffers: what is written into one buffer shows in no other, whatever their sizes and however often they come back.
func TestBuffers(t *testing.T) {
	var b buffers
	held := make([][]byte, 600) // of the smallest more than a slab has
	for round := range 3 {
		for i := round % 2; i < len(held); i++ {
			if held[i] != nil && i%2 == round%2 {
				b.put(held[i])
			} else if held[i] != nil {
				continue
			}
			held[i] = b.get(0)
			for range 1 + i%4*300 {
				held[i] = b.append(held[i], bytes.Repeat([]byte{byte(i)}, 100))
			}
		}
		for i, buf := range held {
			if n := bytes.Count(buf, []byte{byte(i)}); n != len(buf) || n == 0 && i >= round%2 {
				t.Fatalf("round %d, buffer %d: %d octets of %d are its own", round, i, n, len(buf))
			}
		}
	}
}
