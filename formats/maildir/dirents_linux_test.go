package maildir

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// TestDirents: a directory is listed as the library lists it, also one that does not go into the buffer, and where the file
// system does not tell what is a file.
func TestDirents(t *testing.T) {
	dir := t.TempDir()
	for i := range 2000 {
		plant(t, dir, fmt.Sprintf("%d.%s:2,S", i, strings.Repeat("x", i%200)), []byte("x"))
	}
	plant(t, dir, "sub/x", nil)
	if err := errors.Join(os.Symlink("sub", filepath.Join(dir, "link")), unix.Mkfifo(filepath.Join(dir, "fifo"), 0o600)); err != nil {
		t.Fatal(err)
	}
	list, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var want, got, found []string
	for _, e := range list {
		want = append(want, fmt.Sprint(e.Name(), " ", e.Type(), " ", e.IsDir()))
	}
	f, err := os.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for e, err := range dirents(f) {
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, fmt.Sprint(e.Name(), " ", e.Type(), " ", e.IsDir()))
		d := &dirent{dir: dir, name: e.Name(), mode: unknownMode}
		if err := d.find(); err != nil {
			t.Fatal(err)
		}
		found = append(found, fmt.Sprint(d.Name(), " ", d.Type(), " ", d.IsDir()))
	}
	for _, list := range [][]string{want, got, found} {
		slices.Sort(list)
	}
	if !slices.Equal(got, want) || !slices.Equal(found, want) {
		t.Errorf("%d entries, found %d, want %d", len(got), len(found), len(want))
	}
	gone := &dirent{dir: dir, name: "gone", mode: unknownMode}
	if err := gone.find(); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("what is gone: %v", err)
	}
}
