package main

import (
	"crypto/sha256"
	"errors"
	"io"
	"os"
	"runtime"
	"sync"
)

// sumAll reads every file and computes its SHA-256, with a worker on each core.
func sumAll(files []string) error {
	errs := make([]error, runtime.NumCPU())
	var wg sync.WaitGroup
	for w := range errs {
		wg.Go(func() {
			h, buf := sha256.New(), make([]byte, 256<<10)
			for i := w; i < len(files) && errs[w] == nil; i += len(errs) {
				h.Reset()
				errs[w] = sumOne(files[i], h, buf)
			}
		})
	}
	wg.Wait()
	return errors.Join(errs...)
}

func sumOne(name string, h io.Writer, buf []byte) error {
	f, err := os.Open(name)
	if err != nil {
		return err
	}
	defer f.Close() // only read
	for {
		n, err := f.Read(buf)
		h.Write(buf[:n])
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
	}
}
