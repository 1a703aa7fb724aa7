package files

import (
	"errors"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"mailmv/formats/mail"
	"mailmv/formats/mbox"
)

// FuzzLite: whatever a Maildir's file holds, its message is listed and read, and what Thunderbird writes on top changes neither its name
// nor an octet.
func FuzzLite(f *testing.F) {
	f.Add([]byte("Subject: a\n\nb\n"))
	f.Add([]byte("From - x\nX-Mozilla-Status: 0009\nX-Mozilla-Keys: a b\nX-Mozilla-Status2: ffffffff\r\n\r\n"))
	f.Add([]byte("From - "))
	dir := f.TempDir()
	plant(f, dir, map[string]string{"cur/1.eml": ""})
	read := func(t *testing.T, text string) (all []mail.Message, octets string) {
		if err := os.WriteFile(filepath.Join(dir, "cur", "1.eml"), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		s, err := Open(dir, Lite, nil)
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		all = list(t, s, mail.Inbox)
		return all, strings.Join(slices.Collect(maps.Values(fetch(t, s, mail.Inbox, all))), "")
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		all, octets := read(t, string(text))
		if mbox.MozillaFields(text) > 0 || strings.HasPrefix(string(text), "From - ") || strings.Contains(strings.ToLower(string(text)), "x-mozilla-") || len(text) > 0 && strings.Contains(" \t", string(text[:1])) {
			return // it has such fields, or the first line would go on the one above
		}
		marked, same := read(t, "X-Mozilla-Status: 0001\nX-Mozilla-Status2: 00000000\n"+string(text))
		if len(all) != 1 || len(marked) != 1 || octets != same || all[0].ID != marked[0].ID || marked[0].Flags != mail.Seen {
			t.Errorf("%q: %+v, %q; marked %+v, %q", text, all, octets, marked, same)
		}
	})
}

// FuzzBox: whatever a file holds, its messages have names of their own, each leads back to its message, and that has the
// length that was told.
func FuzzBox(f *testing.F) {
	f.Add([]byte(entry("a", "") + entry("a", "") + entry("b", "X-Mozilla-Status: 0009\n")))
	f.Add([]byte("From x\r\nSubject: a\r\nTo: b\r\n\r\n>>From c\r\n>From d\r\n\r\nFrom y\r\nSubject: a\r\nTo: b\r\n"))
	f.Add([]byte("\x01\x01\x01\x01\nSubject: a\n\nb\n\x01\x01\x01\x01\n"))
	f.Add([]byte("From x\rSubject: a\rTo: b\r\rbody\r\rFrom y\rSubject: a\rTo: b\r\r"))
	dir := f.TempDir()
	f.Fuzz(func(t *testing.T, text []byte) {
		name := filepath.Join(dir, "box")
		if err := os.WriteFile(name, text, 0o600); err != nil {
			t.Fatal(err)
		}
		s, err := Open(name, Mbox, nil)
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		told := map[string]int64{}
		var refs []mail.Ref
		for m, err := range s.List(t.Context(), mail.Folder{Path: mail.Inbox}) {
			if err != nil {
				return // no mbox
			}
			if _, again := told[m.ID]; again {
				t.Errorf("two messages are %q", m.ID)
			}
			told[m.ID] = m.Octets
			refs = append(refs, m.Ref)
		}
		n := 0
		for got, err := range s.Fetch(t.Context(), mail.Folder{Path: mail.Inbox}, refs) {
			if err != nil {
				t.Fatal(err)
			}
			n++
			octets, err := io.Copy(io.Discard, got.Body)
			if errors.Is(err, mail.ErrCut) {
				continue
			}
			if want := told[got.ID]; err != nil || octets != want {
				t.Errorf("%q: %d octets, %v, want %d", got.ID, octets, err, want)
			}
		}
		if n != len(refs) {
			t.Errorf("%d messages of %d", n, len(refs))
		}
	})
}
