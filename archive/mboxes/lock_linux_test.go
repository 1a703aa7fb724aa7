package mboxes

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"mailmv/archive"
	"mailmv/formats/mail"
)

// TestLocks: what another program has locked, in either way, is not touched; a lock that was left behind is in nobody's way.
func TestLocks(t *testing.T) {
	root := t.TempDir()
	a := create(t, root, Options{patience: time.Millisecond})
	put(t, a, "Work", letter(1))
	name := filepath.Join(root, "Work")
	before := read(t, name)
	inUse := func(why string) {
		t.Helper()
		if err := tryPut(t.Context(), a, "Work", letter(2)); !errors.Is(err, errInUse) || errors.Is(err, mail.ErrInUse) || mail.ScopeOf(err) != mail.ScopeFolder {
			t.Errorf("%s: %v, want errInUse of ScopeFolder", why, err)
		}
		if read(t, name) != before {
			t.Errorf("%s: the file was changed", why)
		}
	}
	write(t, "", name+".lock")
	inUse("dotlock")
	if err := os.Remove(name + ".lock"); err != nil {
		t.Fatal(err)
	}
	f, err := os.OpenFile(name, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	if err := unix.FcntlFlock(f.Fd(), unix.F_OFD_SETLK, &unix.Flock_t{Type: unix.F_WRLCK, Whence: io.SeekStart}); err != nil {
		t.Fatal(err)
	}
	inUse("fcntl")
	f.Close()
	if _, err := os.Lstat(name + ".lock"); err == nil {
		t.Error("the dotlock was kept while it waited")
	}
	for _, left := range []struct{ text, why string }{{lockMark(), "of a dead run of ours"}, {"123\n", "of long ago"}} {
		write(t, left.text, name+".lock")
		old := time.Now().Add(-time.Hour)
		if err := os.Chtimes(name+".lock", old, old); err != nil {
			t.Fatal(err)
		}
		if err := tryPut(t.Context(), a, "Work", letter(2)); err != nil {
			t.Errorf("%s: %v", left.why, err)
		}
	}
	if _, err := Open(root, Options{}); !errors.Is(err, archive.ErrLocked) || !strings.Contains(err.Error(), "process ") {
		t.Errorf("a second run: %v", err)
	}
	shut(t, a)
	clean(t, root)
	for _, name := range []string{"", "Work", ".mailmv", ".mailmv/manifest"} {
		if i, err := os.Stat(filepath.Join(root, name)); name != "" && (err != nil || i.Mode().Perm()&0o077 != 0) {
			t.Errorf("%s: mode %v, %v", name, i.Mode(), err)
		}
	}
}
