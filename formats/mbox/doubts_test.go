package mbox

import (
	"strings"
	"testing"
)

func TestDoubts(t *testing.T) {
	var d Doubts
	for i := range 22 {
		d.Add(Doubt{Offset: int64(100 * i), Reason: "odd"})
	}
	got := d.String()
	if d.N != 22 || !strings.HasPrefix(got, "doubtful places in the file, 22: octet 0: odd; octet 100: odd; ") || !strings.HasSuffix(got, "octet 1900: odd; and 2 more") {
		t.Errorf("got %q", got)
	}
}
