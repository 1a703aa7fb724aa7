package main

import "testing"

func testStage(t *testing.T, messages int) *stage {
	t.Helper()
	s, err := openStage(t.TempDir(), messages)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.close() })
	return s
}

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
