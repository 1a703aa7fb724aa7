package archive

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"mailmv/formats/mail"
	"mailmv/formats/maildir"
)

func create(t testing.TB, root string, o Options) *Archive {
	t.Helper()
	a, err := Create(root, o)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// openFor opens an archive until the end of the test.
func openFor(t *testing.T, root string) *Archive {
	t.Helper()
	a, err := Open(root, Options{Tell: func(s string) { t.Log(s) }})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { a.Close() })
	return a
}

func openSource(t *testing.T, root string) *Archive {
	t.Helper()
	a, err := OpenSource(root, Options{Tell: func(s string) { t.Log(s) }})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { a.Close() })
	return a
}

func close_(t testing.TB, a *Archive) {
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
	f, err := a.Open(ctx, p)
	if err != nil {
		return err
	}
	wait, err := a.Append(ctx, f, parcelsOf(letters...))
	if err != nil {
		return err
	}
	_, err = wait()
	return err
}

func look(t *testing.T, a *Archive, p mail.Path) mail.Folder {
	t.Helper()
	f, err := a.Look(t.Context(), p)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func messages(t *testing.T, a *Archive, p mail.Path) []mail.Message {
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

// facts tells of all messages what should outlive the manifest.
func facts(t *testing.T, a *Archive, p mail.Path) []string {
	t.Helper()
	var all []string
	for _, m := range messages(t, a, p) {
		all = append(all, fmt.Sprint(m.Octets, m.InternalDate.UTC(), m.Flags, m.Keywords))
	}
	return all
}

// contents are the octets of all messages that are handed out, sorted.
func contents(t *testing.T, a *Archive, p mail.Path) []string {
	t.Helper()
	var refs []mail.Ref
	for _, m := range messages(t, a, p) {
		refs = append(refs, m.Ref)
	}
	var all []string
	for f, err := range a.Fetch(t.Context(), look(t, a, p), refs) {
		if err != nil && mail.ScopeOf(err) == mail.ScopeMessage {
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

func sorted(letters [][]byte) []string {
	var all []string
	for _, l := range letters {
		all = append(all, string(l))
	}
	slices.Sort(all)
	return all
}

func findings(t *testing.T, a *Archive) []string {
	t.Helper()
	var all []string
	for f, err := range a.Check(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, fmt.Sprint(f.Trouble, " ", f.File))
	}
	return all
}

// clean fails unless the archive checks clean.
func clean(t *testing.T, root string) {
	t.Helper()
	a := openFor(t, root)
	if got := findings(t, a); len(got) > 0 {
		t.Errorf("Check: %q", got)
	}
	close_(t, a)
}

// foreign writes a Maildir as another program would.
func foreign(t *testing.T, root string, letters ...[]byte) {
	t.Helper()
	for _, sub := range []string{"cur", "new", "tmp"} {
		if err := os.MkdirAll(filepath.Join(root, sub), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	for i, l := range letters {
		write(t, filepath.Join(root, "cur", fmt.Sprintf("10000000%02d.M1P1_%d.host:2,S", i, i)), strings.ReplaceAll(string(l), "\r\n", "\n"))
	}
}

func write(t *testing.T, name, text string) {
	t.Helper()
	if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

func rename(t *testing.T, from, to string) {
	t.Helper()
	if err := os.Rename(from, to); err != nil {
		t.Fatal(err)
	}
}

func flip(t *testing.T, name string, at int) {
	t.Helper()
	b, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	b[at] ^= 1
	write(t, name, string(b))
}

func cut(t *testing.T, name string, at int64) {
	t.Helper()
	if err := os.Truncate(name, at); err != nil {
		t.Fatal(err)
	}
}

func names(t *testing.T, dir string) []string {
	t.Helper()
	list, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for _, e := range list {
		all = append(all, e.Name())
	}
	return all
}

// files are the names in a folder, in the order in which the messages came.
func files(t *testing.T, root, sub string) []string {
	t.Helper()
	all := names(t, filepath.Join(root, sub))
	slices.SortFunc(all, maildir.Compare)
	return all
}
