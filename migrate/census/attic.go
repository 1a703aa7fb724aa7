package census

import (
	"errors"
	"io"
	"os"
	"sync"
)

// atticMax bounds how many octets of bodies that came over a wire are held, so that they need not come again.
const atticMax = 256 << 20

// attic is a file without a name that holds bodies.
type attic struct {
	mu   sync.Mutex
	file *os.File
	size int64
	at   map[int32]shelved
}

type shelved struct{ offset, length int64 }

// keep holds a body, if there is room; if not, it is read again.
func (a *attic) keep(i int32, body []byte) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.file == nil && a.size == 0 {
		f, err := os.CreateTemp("", "mailmv-*.spool")
		if err != nil {
			a.size = atticMax // it is a help and no more
			return
		}
		_ = os.Remove(f.Name()) // where that cannot be (Windows) it is left to the system's temporary folder
		a.file = f
	}
	if a.size+int64(len(body)) > atticMax {
		return
	}
	if _, err := a.file.WriteAt(body, a.size); err != nil {
		return
	}
	a.at[i] = shelved{a.size, int64(len(body))}
	a.size += int64(len(body))
}

// open reads a body that is held; nil where it is not.
func (a *attic) open(i int32) io.Reader {
	a.mu.Lock()
	defer a.mu.Unlock()
	s, ok := a.at[i]
	if !ok {
		return nil
	}
	return io.NewSectionReader(a.file, s.offset, s.length)
}

func (a *attic) close() error {
	if a == nil || a.file == nil {
		return nil
	}
	err := a.file.Close()
	if errors.Is(err, os.ErrClosed) {
		err = nil
	}
	return err
}
