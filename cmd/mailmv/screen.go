package main

import (
	"io"
	"sync"
)

// screen keeps lines and the progress bar apart: both may go to one terminal.
type screen struct {
	mu    sync.Mutex
	clear func() // takes the bar away; it is drawn again at the next tick. nil: no bar
}

// line writes text and a line end to w.
func (s *screen) line(w io.Writer, text string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.clear != nil {
		s.clear()
	}
	_, err := io.WriteString(w, text+"\n")
	return err
}

// draw runs f while no line is written.
func (s *screen) draw(f func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	f()
}

// bar says how the bar on the screen is taken away; nil: there is none any more.
func (s *screen) bar(clear func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.clear = clear
}
