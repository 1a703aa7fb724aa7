package mbox

import (
	"strings"
	"testing"
	"time"
)

func TestRedated(t *testing.T) {
	at := time.Date(2004, 3, 2, 11, 5, 9, 0, time.FixedZone("", 3600))
	for _, c := range []struct{ line, want string }{
		{"From a@b Fri Jan  1 00:00:00 2010\n", "From a@b Tue Mar  2 10:05:09 2004\n"},
		{"From a@b Fri Jan  1 00:00:00 2010\r\n", "From a@b Tue Mar  2 10:05:09 2004\r\n"},
		{"From - Fri Jan  1 00:00:00 2010\n", "From - Tue Mar  2 10:05:09 2004\n"},
		{"From a b c Fri, 1 Jan 2010 00:00:00 +0100\n", "From a b c Tue Mar  2 10:05:09 2004\n"},
		{"From a@b Fri Jan  1 00:00:00 2010 remote from x", "From a@b Tue Mar  2 10:05:09 2004"},
		{"From a@b\n", "From a@b Tue Mar  2 10:05:09 2004\n"},
		{"From \n", "From MAILER-DAEMON Tue Mar  2 10:05:09 2004\n"},
	} {
		got := string(Redated([]byte(c.line), at))
		if from := ParseFrom(strings.TrimSpace(c.want)); got != c.want || from.Date.IsZero() {
			t.Errorf("Redated(%q) = %q, want %q", c.line, got, c.want)
		}
	}
}
