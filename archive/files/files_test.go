package files

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/klauspost/compress/zstd"

	"mailmv/formats/mail"
	"mailmv/formats/mbox"
	"mailmv/migrate"
	"mailmv/migrate/storetest"
)

var _ migrate.Source = (*Store)(nil)

// plant writes a tree of small files.
func plant(t testing.TB, root string, tree map[string]string) {
	t.Helper()
	for name, text := range tree {
		full := filepath.Join(root, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(full), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(full, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

var severalOfOne = regexp.MustCompile(`\b1 (\w+ )*(files|messages|links|copies|names|records|Maildirs|folders|directories)\b.* (left out|which)`)

func openStore(t *testing.T, path string, kind Kind) (*Store, *[]string) {
	t.Helper()
	var notes []string
	s, err := Open(path, kind, func(n string) {
		notes = append(notes, n)
		if severalOfOne.MatchString(n) {
			t.Errorf("one is told as several: %q", n)
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s, &notes
}

func list(t *testing.T, s *Store, p mail.Path) []mail.Message {
	t.Helper()
	var all []mail.Message
	for m, err := range s.List(t.Context(), mail.Folder{Path: p}) {
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, m)
	}
	return all
}

// fetch gives the octets of a folder's messages, by ID.
func fetch(t *testing.T, s *Store, p mail.Path, of []mail.Message) map[string]string {
	t.Helper()
	var refs []mail.Ref
	for _, m := range of {
		refs = append(refs, m.Ref)
	}
	got := map[string]string{}
	for f, err := range s.Fetch(t.Context(), mail.Folder{Path: p}, refs) {
		if errors.Is(err, mail.ErrGone) && mail.ScopeOf(err) == mail.ScopeMessage {
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		b, err := io.ReadAll(f.Body)
		if err != nil {
			t.Fatal(err)
		}
		if f.Octets >= 0 && f.Octets != int64(len(b)) {
			t.Errorf("%s: told %d octets, has %d", f.ID, f.Octets, len(b))
		}
		got[f.ID] = string(b)
	}
	return got
}

func paths(t *testing.T, s *Store) []string {
	t.Helper()
	folders, err := s.Folders(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for _, f := range folders {
		all = append(all, string(f.Path))
	}
	return all
}

type octets []byte

func (o octets) WriteTo(w io.Writer) (int64, error) {
	n, err := w.Write(o)
	return int64(n), err
}

// written is an mbox file of these messages, without state.
func written(t *testing.T, letters [][]byte) []byte {
	t.Helper()
	var b bytes.Buffer
	w, err := mbox.NewWriter(&b, 0, mbox.MboxRD)
	if err != nil {
		t.Fatal(err)
	}
	for _, l := range letters {
		if _, err := w.Append(time.Unix(1e9, 0), mbox.Shown{}, octets(l)); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Flush(); err != nil {
		t.Fatal(err)
	}
	plain := bytes.ReplaceAll(b.Bytes(), []byte("Status:   \nX-Status:     \n"), nil)
	return bytes.ReplaceAll(plain, []byte("\nX-Mailmv-"), []byte("\n"))
}

func TestSource(t *testing.T) {
	letters := storetest.Letters()
	// A quoted line with more than one ">" shows that the file is mboxrd.
	letters = append(letters, []byte("Received: from a by b; Fri, 2 Jan 2004 03:04:05 +0100\r\nSubject: q\r\n\r\n>>From\r\n>From x\r\nFrom y\r\n"))
	text := written(t, letters)
	dir := t.TempDir()
	var gz, zs bytes.Buffer
	g := gzip.NewWriter(&gz)
	z, err := zstd.NewWriter(&zs)
	if err != nil {
		t.Fatal(err)
	}
	for _, w := range []io.WriteCloser{g, z} {
		if _, err := w.Write(text); err != nil {
			t.Fatal(err)
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
	}
	tree := map[string]string{"a.mbox": string(text), "a.mbox.gz": gz.String(), "a.zst": zs.String()}
	var crlf [][]byte
	for i, l := range letters {
		tree[fmt.Sprintf("eml/%02d.eml", i)] = string(l)
		tree[fmt.Sprintf("mh/%d", i+8)] = strings.ReplaceAll(string(l), "\r\n", "\n")
		tree[fmt.Sprintf("Work.mbox/Messages/%03d.emlx", i)] = fmt.Sprintf("%-10d\n%s<?xml version=\"1.0\"?><plist><dict><key>flags</key><integer>1</integer></dict></plist>", len(l), l)
		crlf = append(crlf, l)
	}
	plant(t, dir, tree)
	for _, c := range []struct {
		path string
		kind Kind
		name string
	}{
		{"a.mbox", Mbox, "a"}, {"a.mbox.gz", Mbox, "a"}, {"a.zst", Mbox, "a"}, {"eml", EML, "eml"}, {"mh", MH, "mh"}, {"Work.mbox", EMLX, "Work"},
	} {
		t.Run(c.path, func(t *testing.T) {
			storetest.Source(t, crlf, func(t *testing.T) migrate.Source {
				s, _ := openStore(t, filepath.Join(dir, c.path), c.kind)
				return s
			})
			s, notes := openStore(t, filepath.Join(dir, c.path), c.kind)
			paths(t, s)
			if name, ok := s.Root(); !ok || name != c.name {
				t.Errorf("Root() = %q, %v, want %q", name, ok, c.name)
			}
			if len(*notes) > 0 {
				t.Errorf("notes %q", *notes)
			}
		})
	}
}

func TestOneFileOfLetters(t *testing.T) {
	dir := t.TempDir()
	text := "From: a@example.org\nSubject: x\n\nbody\n"
	plant(t, dir, map[string]string{"1.eml": text, "2.eml": text, "3.emlx": fmt.Sprintf("%d\n%s", len(text), text)})
	for name, kind := range map[string]Kind{"2.eml": EML, "3.emlx": EMLX} {
		s, _ := openStore(t, filepath.Join(dir, name), kind)
		all := list(t, s, mail.Inbox)
		if got := fetch(t, s, mail.Inbox, all); len(all) != 1 || got[all[0].ID] != strings.ReplaceAll(text, "\n", "\r\n") {
			t.Errorf("%s: %+v, %q", name, all, got)
		}
	}
}

// TestCorpus: real mail in an mbox file comes out octet for octet.
func TestCorpus(t *testing.T) {
	letters := corpus(t)
	name := filepath.Join(t.TempDir(), "all.mbox")
	if err := os.WriteFile(name, written(t, letters), 0o600); err != nil {
		t.Fatal(err)
	}
	s, _ := openStore(t, name, Mbox)
	all := list(t, s, mail.Inbox)
	if len(all) != len(letters) {
		t.Fatalf("%d messages, want %d", len(all), len(letters))
	}
	got := fetch(t, s, mail.Inbox, all)
	for i, m := range all {
		if got[m.ID] != string(letters[i]) {
			t.Errorf("message %d: %d octets differ from the %d that were written", i, len(got[m.ID]), len(letters[i]))
		}
	}
}

// corpus reads real mail, with CRLF line ends and a line end at the end: what an mbox can hold.
func corpus(t *testing.T) (letters [][]byte) {
	t.Helper()
	where := filepath.Join("..", "..", "..", "shared", "corpus", "spamassassin-a.tar.gz")
	if given := os.Getenv("MAILMV_CORPUS"); given != "" {
		where = given
	}
	f, err := os.Open(where)
	if err != nil || !strings.HasSuffix(where, ".tar.gz") {
		t.Skipf("no real mail to test with: set MAILMV_CORPUS to a .tar.gz of messages (%v)", err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	for r := tar.NewReader(z); ; {
		h, err := r.Next()
		if errors.Is(err, io.EOF) {
			return letters
		}
		if err != nil {
			t.Fatal(err)
		}
		b, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		if h.Typeflag != tar.TypeReg || len(b) == 0 {
			continue
		}
		b = bytes.ReplaceAll(bytes.ReplaceAll(b, []byte("\r\n"), []byte("\n")), []byte("\n"), []byte("\r\n"))
		if !bytes.HasSuffix(b, []byte("\r\n")) {
			b = append(b, "\r\n"...)
		}
		letters = append(letters, b)
	}
}

func has(notes []string, words ...string) bool {
	return slices.ContainsFunc(notes, func(n string) bool {
		return !slices.ContainsFunc(words, func(w string) bool { return !strings.Contains(n, w) })
	})
}
