package maildir

import "testing"

func TestAtLeast(t *testing.T) {
	for release, want := range map[string]bool{"5.8.0": true, "6.1.0-13-amd64": true, "10.0": true, "5.7.19-generic": false, "4.19": false, "": false, "five": false} {
		if got := atLeast(release, 5, 8); got != want {
			t.Errorf("atLeast(%q, 5, 8) = %v, want %v", release, got, want)
		}
	}
}

// TestPatience: after one sync of all that took long, some batches are synced file by file.
func TestPatience(t *testing.T) {
	var p patience
	if p.took(togetherSlow / 2); !p.together() {
		t.Error("a quick sync is held against the next")
	}
	p.took(2 * togetherSlow)
	n := 0
	for ; !p.together(); n++ {
	}
	if n != apartAfter {
		t.Errorf("%d batches apart, want %d", n, apartAfter)
	}
}
