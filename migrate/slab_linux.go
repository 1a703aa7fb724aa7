package migrate

import (
	"unsafe"

	"golang.org/x/sys/unix"
)

// newSlab gives memory outside of the heap. Where the system likes to, it backs it with one large page, which costs one fault
// when it is first touched, and not 512: of a pull that is a twentieth.
func newSlab() []byte {
	b, err := unix.Mmap(-1, 0, 2*slabSize, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_PRIVATE|unix.MAP_ANON)
	if err != nil {
		return make([]byte, slabSize)
	}
	at := -uintptr(unsafe.Pointer(unsafe.SliceData(b))) & (slabSize - 1)
	b = b[at : at+slabSize]
	_ = unix.Madvise(b, unix.MADV_HUGEPAGE) // small pages do as well
	return b
}
