package mbox_test

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"mailmv/formats/mail"
	"mailmv/formats/mbox"
)

// got is one message as it came out of a file.
type got struct {
	mbox.Entry
	text string
}

// open writes content to a file and opens it.
func open(t testing.TB, content string) *mbox.File {
	t.Helper()
	path := filepath.Join(t.TempDir(), "x.mbox")
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	f, err := mbox.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := f.Close(); err != nil {
			t.Error(err)
		}
	})
	return f
}

// list scans the file.
func list(t testing.TB, f *mbox.File, o mbox.Options) ([]got, mbox.Dialect) {
	t.Helper()
	s, err := f.Scan(o)
	if err != nil {
		t.Fatal(err)
	}
	var all []got
	for e, err := range s.Entries() {
		if err != nil {
			t.Fatalf("message %d: %v", len(all), err)
		}
		all = append(all, got{Entry: *e})
	}
	return all, s.Dialect()
}

// readAll scans and then reads every message by its place, and sees to it that the sizes told are right.
func readAll(t testing.TB, content string, o mbox.Options) ([]got, mbox.Dialect) {
	t.Helper()
	f := open(t, content)
	all, d := list(t, f, o)
	for i := range all {
		m := &all[i]
		m.text = read(t, f, m.Extent, d, mbox.Note{})
		if want := m.Octets(d); int64(len(m.text)) != want {
			t.Errorf("message %d has %d octets, told were %d", i, len(m.text), want)
		}
	}
	return all, d
}

func read(t testing.TB, f *mbox.File, x mbox.Extent, d mbox.Dialect, n mbox.Note) string {
	t.Helper()
	_, r, err := f.Message(x, d, n)
	if err != nil {
		t.Fatal(err)
	}
	b, err := io.ReadAll(r)
	if err != nil {
		t.Fatalf("message at %d: %v", x.Offset, err)
	}
	return string(b)
}

func texts(all []got) []string {
	var s []string
	for _, m := range all {
		s = append(s, m.text)
	}
	return s
}

func crlf(s string) string { return strings.ReplaceAll(s, "\n", "\r\n") }

// octets is a message that writes itself in pieces of n octets.
type octets struct {
	s string
	n int
}

func (o octets) WriteTo(w io.Writer) (int64, error) {
	for piece := range slices.Chunk([]byte(o.s), max(o.n, 1)) {
		if _, err := w.Write(piece); err != nil {
			return 0, err
		}
	}
	return int64(len(o.s)), nil
}

var received = time.Date(2004, 2, 29, 23, 59, 58, 0, time.UTC)

// shown is a state, of which nothing may be left in what is restored.
var shown = mbox.Shown{Flags: mail.Seen | mail.Flagged, Keywords: []string{"$label1"}}

// write makes a file of messages.
func write(t testing.TB, d mbox.Dialect, piece int, messages ...string) (string, []mbox.Written) {
	t.Helper()
	var b bytes.Buffer
	w, err := mbox.NewWriter(&b, 0, d)
	if err != nil {
		t.Fatal(err)
	}
	var all []mbox.Written
	for _, m := range messages {
		sent, err := w.Append(received, shown, octets{m, piece})
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, sent)
	}
	if err := w.Flush(); err != nil {
		t.Fatal(err)
	}
	return b.String(), all
}
