package mboxes

import (
	"context"
	"crypto/sha256"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"mailmv/formats/line"
	"mailmv/formats/mail"
	"mailmv/formats/maildir"
	"mailmv/formats/mbox"
)

var dialects = []mbox.Dialect{mbox.MboxRD, mbox.MboxO, mbox.MboxCL2}

func create(t testing.TB, root string, o Options) *Archive {
	t.Helper()
	a, err := Create(root, o)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// reopen opens an archive until the end of the test.
func reopen(t testing.TB, root string) *Archive {
	t.Helper()
	a, err := Open(root, Options{Tell: func(s string) { t.Log(s) }, patience: time.Millisecond, wrap: lazily})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { a.Close() })
	return a
}

func openSource(t testing.TB, root string) *Archive {
	t.Helper()
	a, err := OpenSource(root, Options{Tell: func(s string) { t.Log(s) }})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { a.Close() })
	return a
}

func shut(t testing.TB, a *Archive) {
	t.Helper()
	if err := a.Close(); err != nil {
		t.Fatal(err)
	}
}

type octets []byte

func (o octets) WriteTo(w io.Writer) (int64, error) {
	n, err := w.Write(o)
	return int64(n), err
}

var day = time.Date(2003, 5, 6, 7, 8, 9, 0, time.FixedZone("", 3600))

func parcelsOf(letters ...[]byte) []mail.Parcel {
	var all []mail.Parcel
	for i, l := range letters {
		all = append(all, mail.Parcel{Message: mail.Message{Ref: mail.Ref{Folder: "From", Validity: 7, ID: fmt.Sprint(i)},
			Octets: int64(len(l)), InternalDate: day, Flags: mail.Seen | mail.Flagged}, Body: octets(l)})
	}
	return all
}

func put(t testing.TB, a *Archive, p mail.Path, letters ...[]byte) {
	t.Helper()
	if err := tryPut(t.Context(), a, p, letters...); err != nil {
		t.Fatal(err)
	}
}

func tryPut(ctx context.Context, a *Archive, p mail.Path, letters ...[]byte) error {
	return deliver(ctx, a, p, parcelsOf(letters...))
}

func deliver(ctx context.Context, a *Archive, p mail.Path, parcels []mail.Parcel) error {
	f, err := a.Open(ctx, p)
	if err != nil {
		return err
	}
	wait, err := a.Append(ctx, f, parcels)
	if err != nil {
		return err
	}
	stored, err := wait()
	for _, s := range stored {
		if s.Err != nil {
			return s.Err
		}
	}
	return err
}

// letter makes a message with CRLF line ends; every third has a last line that an mbox cannot hold.
func letter(i int) []byte {
	end := "\r\n"
	if i%3 == 0 {
		end = "\n"
	}
	return fmt.Appendf(nil, "Subject: %d\r\n\r\n%s%s", i, strings.Repeat("body ", i*20), end)
}

func lettersOf(from, to int) [][]byte {
	var all [][]byte
	for i := from; i < to; i++ {
		all = append(all, letter(i))
	}
	return all
}

func look(t testing.TB, a *Archive, p mail.Path) mail.Folder {
	t.Helper()
	f, err := a.Look(t.Context(), p)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func messages(t testing.TB, a *Archive, p mail.Path) []mail.Message {
	t.Helper()
	var all []mail.Message
	for m, err := range a.List(t.Context(), mail.Folder{Path: p}) {
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, m)
	}
	return all
}

// contents are the octets of all messages that are handed out, sorted.
func contents(t testing.TB, a *Archive, p mail.Path) []string {
	t.Helper()
	var refs []mail.Ref
	for _, m := range messages(t, a, p) {
		refs = append(refs, m.Ref)
	}
	var all []string
	for f, err := range a.Fetch(t.Context(), look(t, a, p), refs) {
		if err != nil && mail.ScopeOf(err) == mail.ScopeMessage {
			t.Log(err)
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		b, err := io.ReadAll(f.Body)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, string(b))
	}
	slices.Sort(all)
	return all
}

func allContents(t testing.TB, a *Archive) []string {
	t.Helper()
	folders, err := a.Folders(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for _, f := range folders {
		all = append(all, contents(t, a, f.Path)...)
	}
	return all
}

func sorted(letters [][]byte) []string {
	var all []string
	for _, l := range letters {
		all = append(all, string(l))
	}
	slices.Sort(all)
	return all
}

func findings(t testing.TB, a *Archive) []string {
	t.Helper()
	var all []string
	for f, err := range a.Check(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, fmt.Sprint(f.Trouble, " ", f.Ref.Folder, " ", f.Ref.ID))
	}
	return all
}

// clean fails unless the archive checks clean.
func clean(t testing.TB, root string) {
	t.Helper()
	a := reopen(t, root)
	if got := findings(t, a); len(got) > 0 {
		t.Errorf("Check: %q", got)
	}
	shut(t, a)
}

func read(t testing.TB, parts ...string) string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(parts...))
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func write(t testing.TB, text string, parts ...string) {
	t.Helper()
	name := filepath.Join(parts...)
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// theirs is a message as another program delivers it.
func theirs(subject, state string) string {
	return "From joe@example.org Thu Jan  1 00:00:01 2004\n" + state + "From: joe@example.org\nSubject: " + subject + "\n\ntheirs\n\n"
}

func sumOf(l []byte) [32]byte { return sha256.Sum256(l) }

func lineOf(fields ...any) []byte { return line.Append(nil, fields...) }

// lazy is a disk that never waits: for tests that are not about what lasts.
type lazy struct{ maildir.Disk }

func lazily(d maildir.Disk) maildir.Disk { return lazy{d} }

func (lazy) SyncDir(string) error { return nil }

func (l lazy) Create(name string) (maildir.File, error) { return lazyFile(l.Disk.Create(name)) }
func (l lazy) Edit(name string) (maildir.File, error)   { return lazyFile(l.Disk.Edit(name)) }

func lazyFile(f maildir.File, err error) (maildir.File, error) {
	if err != nil {
		return nil, err
	}
	return unsynced{f}, nil
}

type unsynced struct{ maildir.File }

func (unsynced) Sync() error { return nil }
