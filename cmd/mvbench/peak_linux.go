package main

import (
	"os"
	"syscall"
)

// peakMB is the most memory that the process had at once (ru_maxrss, which Linux counts in KiB).
func peakMB(p *os.ProcessState) float64 {
	if u, ok := p.SysUsage().(*syscall.Rusage); ok {
		return float64(u.Maxrss) / 1024
	}
	return 0
}
