package files

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"mailmv/formats/eml"
)

// TestNearby: a directory that stays open gives what lies at the path now, also where another was put in its place, and nothing that is
// no file.
func TestNearby(t *testing.T) {
	dir := t.TempDir()
	plant(t, dir, map[string]string{"a/1.eml": "one", "a/2.eml": "two!", "b/1.eml": "three"})
	if err := os.Mkdir(filepath.Join(dir, "a", "sub.eml"), 0o700); err != nil {
		t.Fatal(err)
	}
	tr, err := openTree(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer tr.Close()
	n := &nearby{tree: tr}
	defer n.close()
	check := func(name, want string) {
		t.Helper()
		f, err := n.Open(name)
		if err != nil {
			t.Error(err)
			return
		}
		defer f.Close()
		got, err := io.ReadAll(f)
		i, err2 := n.regular(name)
		if string(got) != want || i.Size != int64(len(want)) || i.Name != name || i.Changed.IsZero() || err != nil || err2 != nil {
			t.Errorf("%s: %q, %+v, %v, %v; want %q", name, got, i, err, err2, want)
		}
	}
	check("a/1.eml", "one")
	check("b/1.eml", "three")
	check("a/2.eml", "two!")
	for name, want := range map[string]error{"a/3.eml": fs.ErrNotExist, "c/1.eml": fs.ErrNotExist, "a/sub.eml": eml.ErrNotRegular, "../1.eml": fs.ErrNotExist} {
		if _, err := n.regular(name); !errors.Is(err, want) {
			t.Errorf("%s: %v, want %v", name, err, want)
		}
	}
	if f, err := n.Open("a/3.eml"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("%v, %v", f, err)
	}
	n.close()
	check("a/1.eml", "one")
	if err := os.Rename(filepath.Join(dir, "a"), filepath.Join(dir, "old")); err != nil {
		t.Skip(err) // Windows: it is open
	}
	plant(t, dir, map[string]string{"a/4.eml": "another"})
	check("a/4.eml", "another")
}
