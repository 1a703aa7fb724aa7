//go:build unix

package maildir

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"mailmv/formats/mail"
)

// TestOddThings: what is no message is skipped with a word and never opened; no link leads anywhere.
func TestOddThings(t *testing.T) {
	outside := t.TempDir()
	plant(t, outside, "secret", []byte("secret\n"))
	plant(t, outside, "cur/1.host", []byte("secret\n"))
	root := t.TempDir()
	for _, sub := range []string{"cur", "new", "tmp", ".Real/cur", ".Real/new", ".Real/tmp"} {
		plant(t, root, sub+"/DIR", nil)
	}
	plant(t, root, "cur/1.host:2,S", []byte("x\n"))
	plant(t, root, "cur/.hidden", []byte("no mail\n"))
	plant(t, root, "new/2.dir/x", nil)
	for name, to := range map[string]string{"cur/3.link": filepath.Join(outside, "secret"), "cur/4.inner": "1.host:2,S", ".Linked": outside, "linked": outside, ".Real/new/5.up": "../../../x"} {
		if err := os.Symlink(to, filepath.Join(root, name)); err != nil {
			t.Fatal(err)
		}
	}
	if err := syscall.Mkfifo(filepath.Join(root, "new/6.fifo"), 0o600); err != nil {
		t.Fatal(err)
	}
	got := strings.Split(strings.TrimSpace(describe(t, root)), "\n")
	slices.Sort(got)
	want := []string{
		"  odd .Real/new/5.up: skipped: a link where a message should be",
		"  odd cur/3.link: skipped: a link where a message should be",
		"  odd cur/4.inner: skipped: a link where a message should be",
		"  odd new/2.dir: skipped: a directory where a message should be",
		"  odd new/6.fifo: skipped: a FIFO where a message should be",
		`  cur "1.host" flags \Seen keywords [] octets 3 "x\r\n"`,
		`folder "INBOX" in "."`,
		`folder "Real" in ".Real"`,
		"odd .Linked: skipped: a link where a folder should be",
		"odd linked: skipped: a link where a folder should be",
	}
	slices.Sort(want)
	if !slices.Equal(got, want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	d, err := OpenDisk(root)
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	for _, name := range []string{"cur/3.link", "cur/4.inner", "new/6.fifo", "new/2.dir", "linked/secret"} {
		if f, err := d.Open(name); err == nil {
			f.Close()
			t.Errorf("%s was opened", name)
		}
	}
	if _, err := d.Create("linked/planted"); err == nil {
		t.Error("a file was made through a link that leads out")
	}
	f := NewFolder(d, "Evil", "linked")
	if err := f.Make(Nested); err == nil {
		t.Error("a folder was made through a link that leads out")
	}
	if _, err := os.Stat(filepath.Join(outside, "tmp")); err == nil {
		t.Error("something was made outside")
	}
}

// TestModes: files 0600 and directories 0700 whatever the umask.
func TestModes(t *testing.T) {
	old := syscall.Umask(0)
	defer syscall.Umask(old)
	root := t.TempDir()
	d, err := OpenDisk(root)
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	f := NewFolder(d, "A/B", ".A.B")
	if err := f.Make(PlusPlus); err != nil {
		t.Fatal(err)
	}
	deliver(t, f, mail.Seen, "x\r\n", "bare\n")
	err = filepath.WalkDir(root, func(p string, e os.DirEntry, err error) error {
		if err != nil || p == root {
			return err
		}
		i, err := e.Info()
		want := os.FileMode(0o600)
		if e.IsDir() {
			want = 0o700
		}
		if err == nil && i.Mode().Perm() != want {
			t.Errorf("%s: mode %v, want %v", p, i.Mode().Perm(), want)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// TestFewDescriptors: with hardly any file to open, the batch arrives all the same.
func TestFewDescriptors(t *testing.T) {
	var old syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &old); err != nil {
		t.Fatal(err)
	}
	root := t.TempDir()
	d, err := OpenDisk(root)
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	f := NewFolder(d, mail.Inbox, ".")
	if err := f.Make(PlusPlus); err != nil {
		t.Fatal(err)
	}
	low := old
	low.Cur = 24
	if err := syscall.Setrlimit(syscall.RLIMIT_NOFILE, &low); err != nil {
		t.Skipf("no limit can be set: %v", err)
	}
	_, err = f.Deliver(t.Context(), NewNamer(now), letters(mail.Seen, slices.Repeat([]string{"x\r\n"}, 100)...), nil)
	if err := errors.Join(err, syscall.Setrlimit(syscall.RLIMIT_NOFILE, &old)); err != nil {
		t.Fatal(err)
	}
	if n := count(t, f); n != 100 {
		t.Errorf("%d messages, want 100", n)
	}
}
