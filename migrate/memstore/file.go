package memstore

import (
	"io"
	"slices"
	"sync"
)

// File is a file in memory that a Fuse can cut. What was not synced when power fails is lost with PowerCut.
type File struct {
	Fuse   *Fuse
	mu     sync.Mutex
	data   []byte
	synced int
}

// NewFile returns a file that holds data, durably.
func NewFile(data []byte, fuse *Fuse) *File {
	return &File{Fuse: fuse, data: slices.Clone(data), synced: len(data)}
}

// Write appends b: one side effect.
func (f *File) Write(b []byte) (int, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if err := f.Fuse.step(func() { f.data = append(f.data, b...) }); err != nil {
		return 0, err
	}
	return len(b), nil
}

// Sync makes durable what was written: one side effect.
func (f *File) Sync() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.Fuse.step(func() { f.synced = len(f.data) })
}

// Close does nothing.
func (f *File) Close() error { return nil }

// Data is what a reader finds after the process died; with powerCut, what the disk kept.
func (f *File) Data(powerCut bool) []byte {
	f.mu.Lock()
	defer f.mu.Unlock()
	if powerCut {
		return slices.Clone(f.data[:f.synced])
	}
	return slices.Clone(f.data)
}

var _ io.Writer = (*File)(nil)
