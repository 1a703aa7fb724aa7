//go:build unix

package maildir_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"mailmv/formats/maildir"
	"mailmv/formats/maildir/disktest"
)

// restored makes a file of that mode (and, for root, of another owner), takes its trace as change leaves it, removes it and restores it on
// a disk that may fail.
func restored(t *testing.T, mode os.FileMode, change func(string) string, fail func(int, string) error) (fs.FileInfo, error) {
	t.Helper()
	root := t.TempDir()
	for _, sub := range []string{"cur", "new", "tmp"} {
		if err := os.Mkdir(filepath.Join(root, sub), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	name := filepath.Join(root, "cur", "1.a.host:2,S")
	if err := os.WriteFile(name, []byte("Subject: x\n\ny\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if os.Geteuid() == 0 {
		if err := os.Chown(name, 1234, 4321); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Chmod(name, mode); err != nil {
		t.Fatal(err)
	}
	d, err := maildir.OpenDisk(root)
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	folder := maildir.NewFolder(&disktest.Faults{Disk: d, Fail: fail}, "INBOX", ".")
	e := maildir.Entry{Sub: "cur", File: filepath.Base(name)}
	trace, err := folder.Trace(e)
	if err != nil {
		t.Fatal(err)
	}
	read, err := maildir.ParseTrace(change(trace.String()))
	if err != nil {
		t.Fatal(err)
	}
	if err := folder.Remove(e); err != nil {
		t.Fatal(err)
	}
	err = folder.Restore(read, octets("Subject: x\r\n\r\ny\r\n"))
	i, statErr := os.Stat(name)
	if statErr != nil {
		t.Fatal(err, statErr)
	}
	return i, err
}

func same(s string) string { return s }

// TestRestoreMode: a file that is restored has the mode and the owner that it had.
func TestRestoreMode(t *testing.T) {
	for _, mode := range []os.FileMode{0o600, 0o640, 0o666, 0o400, 0o755} {
		i, err := restored(t, mode, same, disktest.Every("none", nil))
		if err != nil || i.Mode() != mode {
			t.Errorf("mode %v, %v, want %v", i.Mode(), err, mode)
		}
		if s := i.Sys().(*syscall.Stat_t); os.Geteuid() == 0 && (s.Uid != 1234 || s.Gid != 4321) {
			t.Errorf("owner %d:%d, want 1234:4321", s.Uid, s.Gid)
		}
	}
}

// TestRestoreWithoutOwner: where the owner cannot be given the message is there all the same, and that is said.
func TestRestoreWithoutOwner(t *testing.T) {
	other := func(s string) string { // whoever runs the test, it was somebody else's
		before, rest, _ := strings.Cut(s, ";0640;")
		_, after, _ := strings.Cut(rest, " ")
		return before + ";0640;77:78 " + after
	}
	i, err := restored(t, 0o640, other, disktest.Every("chown", syscall.EPERM))
	if !errors.Is(err, maildir.ErrOwner) || !errors.Is(err, syscall.EPERM) || i.Mode() != 0o640 {
		t.Errorf("mode %v, %v", i.Mode(), err)
	}
}

// TestRestoreOldTrace: what was traced before modes and owners were is private.
func TestRestoreOldTrace(t *testing.T) {
	old := func(s string) string {
		before, rest, _ := strings.Cut(s, ";")
		_, after, _ := strings.Cut(rest, " ")
		return before + " " + after
	}
	if i, err := restored(t, 0o644, old, disktest.Every("none", nil)); err != nil || i.Mode() != 0o600 {
		t.Errorf("mode %v, %v", i.Mode(), err)
	}
}
