package main

import (
	"os"

	"golang.org/x/sys/unix"
)

// syncAll makes durable what was written to the file system that dir is on.
func syncAll(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	defer d.Close()
	return unix.Syncfs(int(d.Fd()))
}
