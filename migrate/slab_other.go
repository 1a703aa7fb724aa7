//go:build !linux

package migrate

func newSlab() []byte { return make([]byte, slabSize) }
