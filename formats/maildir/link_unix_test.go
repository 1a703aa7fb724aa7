//go:build unix

package maildir

import (
	"os"
	"path/filepath"
	"testing"
)

func TestLeadsOut(t *testing.T) {
	top := t.TempDir()
	root, outside := filepath.Join(top, "root"), filepath.Join(top, "root-2")
	plant(t, outside, "mail/cur/1", nil)
	plant(t, root, "in/cur/1", nil)
	if err := os.Symlink(root, filepath.Join(top, "link")); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		to   string
		want bool
	}{
		{filepath.Join(outside, "mail"), true},
		{"../root-2/mail/cur/1", true},
		{top, true},
		{"in", false},
		{filepath.Join(root, "in/cur/1"), false},
		{filepath.Join(top, "link", "in"), false},
		{"../nothing", false},
		{"self", false},
	} {
		name := filepath.Join(root, "self")
		if err := os.Symlink(test.to, name); err != nil {
			t.Fatal(err)
		}
		for _, at := range []string{root, filepath.Join(top, "link")} {
			if _, got := LeadsOut(at, "self"); got != test.want {
				t.Errorf("%s in %s: %v, want %v", test.to, at, got, test.want)
			}
		}
		if err := os.Remove(name); err != nil {
			t.Fatal(err)
		}
	}
}
