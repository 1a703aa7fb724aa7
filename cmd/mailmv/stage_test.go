package main

import "testing"

// A stage may be cleared before its servers have begun to accept.
func TestStageClosesAtOnce(t *testing.T) {
	for range 50 {
		s, err := openStage(t.TempDir(), 1)
		if err != nil {
			t.Fatal(err)
		}
		if err := s.close(); err != nil {
			t.Fatal(err)
		}
	}
}
