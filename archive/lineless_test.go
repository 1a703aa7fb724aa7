package archive

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"mailmv/formats/mail"
)

// TestLineless: a check takes no message for what was written whose line is lost, however often it is made, until a repair tells that it
// takes it as it is. A run that goes on with a folder takes it for what a cut kept from the manifest.
func TestLineless(t *testing.T) {
	for _, c := range []struct {
		name  string
		spoil func(t *testing.T, manifest string)
		lost  int  // messages without a line, of 4
		head  bool // the first line is there
	}{
		{"gone", func(t *testing.T, manifest string) {
			if err := os.Remove(manifest); err != nil {
				t.Fatal(err)
			}
		}, 4, false},
		{"empty", func(t *testing.T, manifest string) { cut(t, manifest, 0) }, 4, false},
		{"its end", func(t *testing.T, manifest string) {
			i, err := os.Stat(manifest)
			if err != nil {
				t.Fatal(err)
			}
			cut(t, manifest, i.Size()-20)
		}, 1, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			root := t.TempDir()
			a := create(t, root, Options{})
			put(t, a, mail.Inbox, lettersOf(0, 4)...)
			close_(t, a)
			c.spoil(t, filepath.Join(root, manifestFile))
			files := files(t, root, "cur")
			flip(t, filepath.Join(root, "cur", files[3]), 10) // its line is lost in each case
			var want []string
			for _, f := range files[4-c.lost:] {
				want = append(want, "foreign "+f)
			}
			told := want
			if !c.head {
				told = append([]string{"damaged " + manifestFile}, want...)
			}
			for range 2 {
				if got := checked(t, root); !slices.Equal(got, told) {
					t.Errorf("Check: %q, want %q", got, told)
				}
			}
			a = openFor(t, root)
			var noted []string
			for f, err := range a.Repair(t.Context()) {
				if err != nil {
					t.Fatal(err)
				}
				noted = append(noted, fmt.Sprint(f.Trouble, " ", f.File))
			}
			close_(t, a)
			if !slices.Equal(noted, want) {
				t.Errorf("Repair: %q, want %q", noted, want)
			}
			if got := checked(t, root); len(got) > 0 {
				t.Errorf("Check after it: %q", got)
			}
		})
	}
}

// TestLinelessGoesOn: after a cut between mail and its line a check tells of it, and a run that goes on notes it.
func TestLinelessGoesOn(t *testing.T) {
	root := t.TempDir()
	a := create(t, root, Options{})
	put(t, a, mail.Inbox, lettersOf(0, 2)...)
	close_(t, a)
	manifest := filepath.Join(root, manifestFile)
	i, err := os.Stat(manifest)
	if err != nil {
		t.Fatal(err)
	}
	a = create(t, root, Options{})
	put(t, a, mail.Inbox, lettersOf(2, 4)...)
	close_(t, a)
	cut(t, manifest, i.Size())
	if got := checked(t, root); len(got) != 2 {
		t.Errorf("Check: %q, want two without a line", got)
	}
	a = create(t, root, Options{})
	put(t, a, mail.Inbox, lettersOf(4, 5)...)
	close_(t, a)
	if got := checked(t, root); len(got) > 0 {
		t.Errorf("Check: %q, want nothing", got)
	}
}

// TestAlone: a check keeps runs away, and is kept away by them.
func TestAlone(t *testing.T) {
	root := t.TempDir()
	close_(t, create(t, root, Options{}))
	alone := Options{ReadOnly: true, Alone: true}
	a, err := Open(root, alone)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Open(root, Options{}); !errors.Is(err, ErrLocked) {
		t.Errorf("a run beside it: %v", err)
	}
	close_(t, a)
	a = openFor(t, root)
	if _, err := Open(root, alone); !errors.Is(err, ErrLocked) {
		t.Errorf("it beside a run: %v", err)
	}
	close_(t, a)
}

// checked is what Check finds that is alone and writes nothing.
func checked(t *testing.T, root string) []string {
	t.Helper()
	manifest := filepath.Join(root, manifestFile)
	before, _ := os.ReadFile(manifest) // it may be gone
	a, err := Open(root, Options{ReadOnly: true, Alone: true, Tell: func(s string) { t.Log(s) }})
	if err != nil {
		t.Fatal(err)
	}
	defer close_(t, a)
	got := findings(t, a)
	if after, _ := os.ReadFile(manifest); !slices.Equal(after, before) {
		t.Error("Check wrote into the manifest")
	}
	return got
}
