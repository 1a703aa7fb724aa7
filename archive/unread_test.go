package archive

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"mailmv/formats/mail"
	"mailmv/formats/maildir"
	"mailmv/formats/maildir/disktest"
	"mailmv/migrate"
)

// sick opens a plain tree of Maildirs, INBOX and Work with three messages each and one of them long, on a disk with faults.
func sick(t *testing.T, failAt func(method, name string) error) (*Archive, *[]string) {
	t.Helper()
	root := t.TempDir()
	for _, dir := range []string{".", ".Work"} {
		for _, sub := range []string{"cur", "new", "tmp"} {
			if err := os.MkdirAll(filepath.Join(root, dir, sub), 0o700); err != nil {
				t.Fatal(err)
			}
		}
		for i := range 3 {
			text := fmt.Sprintf("Message-ID: <%s%d@x>\nSubject: s\n\n%s\n", dir, i, strings.Repeat("text\n", 1+i%2*100_000))
			if err := os.WriteFile(filepath.Join(root, dir, "cur", fmt.Sprintf("%d.x:2,S", i)), []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
		}
	}
	var told []string
	a, err := OpenSource(root, Options{Tell: func(s string) { told = append(told, s) }, wrap: func(d maildir.Disk) maildir.Disk {
		return &disktest.Faults{Disk: d, FailAt: failAt}
	}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { a.Close() })
	return a, &told
}

// TestUnread: what cannot be read fails by itself, a message or a folder, and nothing of it is taken for done or removed.
func TestUnread(t *testing.T) {
	at := func(method, name string, err error) func(string, string) error {
		return func(m, n string) error {
			if m == method && strings.HasPrefix(n, name) {
				return err
			}
			return nil
		}
	}
	tests := []struct {
		name   string
		failAt func(method, name string) error
		want   string // counts
		unread []mail.Path
		left   int   // messages in the source after all that is proven was removed
		err    error // that ends the run
	}{
		{"all is well", at("", "", nil), "6 seen = 6 copied + 0 present + 0 duplicate + 0 skipped + 0 failed", nil, 0, nil},
		{"one cannot be opened", at("open", "cur/0.x", syscall.EACCES), "6 seen = 5 copied + 0 present + 0 duplicate + 0 skipped + 1 failed", nil, 1, migrate.ErrMessages},
		{"one fails as it is opened", at("open", "cur/0.x", syscall.EIO), "6 seen = 5 copied + 0 present + 0 duplicate + 0 skipped + 1 failed", nil, 1, migrate.ErrMessages},
		{"a short one fails as it is read", at("read", "cur/0.x", syscall.EIO), "6 seen = 5 copied + 0 present + 0 duplicate + 0 skipped + 1 failed", nil, 1, migrate.ErrMessages},
		{"a long one fails as it is read", at("read", "cur/1.x", syscall.EIO), "6 seen = 5 copied + 0 present + 0 duplicate + 0 skipped + 1 failed", nil, 1, migrate.ErrMessages},
		{"a folder cannot be listed", at("readdir", ".Work/cur", syscall.EACCES), "3 seen = 3 copied + 0 present + 0 duplicate + 0 skipped + 0 failed", []mail.Path{"Work"}, 3, nil},
		{"a folder cannot be looked into", at("lstat", ".Work/cur", syscall.EACCES), "3 seen = 3 copied + 0 present + 0 duplicate + 0 skipped + 0 failed", []mail.Path{"Work"}, 3, nil},
		{"the machine is out of files", at("open", "cur/0.x", syscall.EMFILE), "", nil, 0, syscall.EMFILE},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			a, told := sick(t, test.failAt)
			root := t.TempDir()
			report, err := pull(t, a, root, Options{})
			if !errors.Is(err, test.err) {
				t.Fatalf("got error %v, want %v", err, test.err)
			}
			if test.want == "" {
				return
			}
			if report.Counts.String() != test.want || !slices.Equal(a.Unread(), test.unread) || (len(*told) > 0) != (len(test.unread) > 0) {
				t.Errorf("got %v, unread %q, want %s, unread %q; told %q", report.Counts, a.Unread(), test.want, test.unread, *told)
			}
			clean(t, root)

			to, err := Open(root, Options{})
			if err != nil {
				t.Fatal(err)
			}
			defer to.Close()
			j, err := migrate.OpenJournal(to.StateDir(), "archive")
			if err != nil {
				t.Fatal(err)
			}
			defer j.Close()
			run := migrate.Run{Sources: []migrate.From{{Source: a, Name: "memory", ID: "memory"}}, Sink: to, Journal: j,
				To: func(f mail.Folder) mail.Path { return f.Path }, Remove: migrate.Removal{On: true, LimitPercent: -1}}
			if _, err := run.Do(t.Context()); !errors.Is(err, test.err) {
				t.Fatalf("removing: got error %v, want %v", err, test.err)
			}
			left, err := filepath.Glob(filepath.Join(a.root, "*", "*.x*"))
			work, err2 := filepath.Glob(filepath.Join(a.root, ".Work", "cur", "*"))
			if n := len(left) + len(work); n != test.left || errors.Join(err, err2) != nil {
				t.Errorf("%d messages are left in the source, want %d", n, test.left)
			}
		})
	}
}
