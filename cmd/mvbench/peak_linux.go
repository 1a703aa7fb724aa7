package main

import (
	"bytes"
	"fmt"
	"os"
	"time"
)

// watchPeak follows a process. The function it gives is called once the process has ended, and tells the most memory
// in MB that it had at once. (Linux's ru_maxrss begins at the memory of the parent that started it, which
// may be more than the program ever has.)
func watchPeak(pid int) func() float64 {
	done := make(chan struct{})
	peak := make(chan float64)
	go func() {
		every := time.NewTicker(5 * time.Millisecond)
		defer every.Stop()
		var kib int64
		for {
			// VmHWM only grows, so that the last look before the end counts.
			if text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid)); err == nil {
				if _, after, ok := bytes.Cut(text, []byte("VmHWM:")); ok {
					fmt.Sscan(string(after), &kib)
				}
			}
			select {
			case <-every.C:
			case <-done:
				peak <- float64(kib) / 1024
				return
			}
		}
	}()
	return func() float64 {
		close(done)
		return <-peak
	}
}
