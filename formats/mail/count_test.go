package mail

import "testing"

func TestCount(t *testing.T) {
	for n, want := range map[int64]string{0: "0 messages", 1: "1 message", 2: "2 messages", 1001: "1001 messages"} {
		if got := Count(n, "message", "messages"); got != want {
			t.Errorf("Count(%d) = %q, want %q", n, got, want)
		}
	}
}
