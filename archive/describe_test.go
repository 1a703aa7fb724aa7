package archive

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"mailmv/formats/mail"
)

// TestDescribed: Describe counts the octets of a file that tells them nowhere, whatever its length; Dates reads no file for that. Both tell
// the date that a header alone knows.
func TestDescribed(t *testing.T) {
	const head = "Received: from a by b; Thu, 1 Jan 2004 12:00:00 +0000\nSubject: x\n\n"
	for _, c := range []struct {
		name string
		body []byte
	}{
		{"small", []byte("a\r\nb\n")},
		{"none", nil},
		{"small for a buffer", bytes.Repeat([]byte("a\n"), smallMax/2-len(head)/2)},
		{"long", bytes.Repeat([]byte("a\r\nb\n"), smallMax)},
		{"CR at the end of a buffer", append(bytes.Repeat([]byte("x"), 2<<20-len(head)-1), "\r\nb\n"...)},
	} {
		t.Run(c.name, func(t *testing.T) {
			root := t.TempDir()
			plainTree(t, root)
			file := filepath.Join(root, "cur", "letter:2,S")
			text := append([]byte(head), c.body...)
			if err := os.WriteFile(file, text, 0o600); err != nil {
				t.Fatal(err)
			}
			if err := os.Chtimes(file, time.Unix(0, 0), time.Unix(0, 0)); err != nil { // as if it had none
				t.Fatal(err)
			}
			want := int64(len(bytes.ReplaceAll(bytes.ReplaceAll(text, []byte("\r\n"), []byte("\n")), []byte("\n"), []byte("\r\n"))))
			a, refs := listed(t, root)
			defer close_(t, a)
			for m, err := range a.Dates(t.Context(), mail.Folder{Path: mail.Inbox}, refs) {
				if err != nil || m.Octets != -1 || m.Envelope.Subject != "x" || !m.InternalDate.Equal(time.Date(2004, 1, 1, 12, 0, 0, 0, time.UTC)) {
					t.Errorf("Dates: %+v, %v", m, err)
				}
			}
			for m, err := range a.Describe(t.Context(), mail.Folder{Path: mail.Inbox}, refs) {
				if err != nil || m.Octets != want || m.Envelope.Subject != "x" || !m.InternalDate.Equal(time.Date(2004, 1, 1, 12, 0, 0, 0, time.UTC)) {
					t.Errorf("Describe: %+v, %v; want %d octets", m, err, want)
				}
			}
			if i, err := os.Stat(file); err != nil || i.ModTime().Unix() != 0 {
				t.Errorf("%v, %v", i, err)
			}
		})
	}
}

// plainTree makes a Maildir without messages.
func plainTree(t testing.TB, root string) {
	t.Helper()
	for _, sub := range []string{"cur", "new", "tmp"} {
		if err := os.Mkdir(filepath.Join(root, sub), 0o700); err != nil {
			t.Fatal(err)
		}
	}
}

// listed opens a Maildir of another program, in which no octets are told.
func listed(t testing.TB, root string) (*Archive, []mail.Ref) {
	t.Helper()
	a, err := OpenSource(root, Options{})
	if err != nil {
		t.Fatal(err)
	}
	var refs []mail.Ref
	for m, err := range a.List(t.Context(), mail.Folder{Path: mail.Inbox}) {
		if err != nil || m.Octets >= 0 {
			t.Fatal(m, err)
		}
		refs = append(refs, m.Ref)
	}
	return a, refs
}

// BenchmarkDescribe counts the octets of 20,000 messages of 5 KB in another program's Maildir, beside reading their files.
// TMPDIR=/dev/shm leaves the disk out of it.
func BenchmarkDescribe(b *testing.B) {
	const n = 20_000
	text := append([]byte("Received: from a by b; Thu, 1 Jan 2004 12:00:00 +0000\nFrom: a@example.org\nMessage-ID: <1@example.org>\nDate: Thu, 1 Jan 2004 12:00:00 +0000\nSubject: x\n\n"),
		bytes.Repeat([]byte("0123456789012345678901234567890123456789012345678901234567890123456789\n"), 70)...)
	root := b.TempDir()
	plainTree(b, root)
	for i := range n {
		if err := os.WriteFile(filepath.Join(root, "cur", fmt.Sprintf("%d.M%dP1.host:2,S", 1_000_000_000+i, i)), text, 0o600); err != nil {
			b.Fatal(err)
		}
	}
	perMessage := func(b *testing.B) { b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/n, "ns/message") }
	b.Run("archive", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			b.StopTimer()
			a, refs := listed(b, root)
			b.StartTimer()
			for m, err := range a.Describe(b.Context(), mail.Folder{Path: mail.Inbox}, refs) {
				if err != nil || m.Octets != int64(len(text)+76) {
					b.Fatal(m, err)
				}
			}
			b.StopTimer()
			close_(b, a)
			b.StartTimer()
		}
		perMessage(b)
	})
	b.Run("files", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			list, err := os.ReadDir(filepath.Join(root, "cur"))
			if err != nil {
				b.Fatal(err)
			}
			for _, e := range list {
				if _, err := os.ReadFile(filepath.Join(root, "cur", e.Name())); err != nil {
					b.Fatal(err)
				}
			}
		}
		perMessage(b)
	})
}
