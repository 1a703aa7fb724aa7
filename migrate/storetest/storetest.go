// Package storetest is what every Source, Sink and Remover must do. A new end is a ten-line test file:
// it says how to open a store, and these tests do the rest.
package storetest

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"io"
	"slices"
	"testing"

	"mailmv/formats/mail"
	"mailmv/migrate"
)

// Letters are messages that every server keeps octet for octet: with and without Message-ID, two with
// one, twins, dots and From_ lines, 8-bit bodies, one of 300 KB.
func Letters() [][]byte {
	date := "Received: from a.example by b.example with SMTP; Fri, 2 Jan 2004 03:04:05 +0100\r\n"
	big := bytes.Repeat([]byte("0123456789abcdefghijklmnopqrstuvwxyz0123456789abcdefghijklmnopqrstuvwxyz\r\n"), 4100)
	return [][]byte{
		[]byte(date + "Message-ID: <1@example.org>\r\nFrom: a@example.org\r\nSubject: one\r\n\r\none\r\n"),
		[]byte(date + "From: a@example.org\r\nSubject: no id\r\n\r\n.\r\n..\r\n.dots\r\nFrom here\r\n"),
		[]byte(date + "Message-ID: <2@example.org>\r\nFrom: a@example.org\r\nSubject: first\r\n\r\nfirst\r\n"),
		[]byte(date + "Message-ID: <2@example.org>\r\nFrom: a@example.org\r\nSubject: second\r\n\r\nsecond\r\n"),
		[]byte(date + "Message-ID: <3@example.org>\r\nFrom: a@example.org\r\nSubject: twin\r\n\r\ntwin\r\n"),
		[]byte(date + "Message-ID: <3@example.org>\r\nFrom: a@example.org\r\nSubject: twin\r\n\r\ntwin\r\n"),
		[]byte(date + "Message-ID: <4@example.org>\r\nFrom: a@example.org\r\nSubject: bits\r\n\r\n\xc3\xbc \xff \x80\r\n\r\n\r\n"),
		append([]byte(date+"Message-ID: <5@example.org>\r\nFrom: a@example.org\r\nSubject: big\r\n\r\n"), big...),
	}
}

// Source tests a store whose Inbox holds want, in that order, and nothing else. open gives a new session each time.
func Source(t *testing.T, want [][]byte, open func(t *testing.T) migrate.Source) {
	t.Run("Folders", func(t *testing.T) {
		s := open(t)
		if f := inbox(t, s); f.Path != mail.Inbox {
			t.Errorf("got %+v", f)
		}
	})
	t.Run("List", func(t *testing.T) {
		s := open(t)
		list := listAll(t, s, inbox(t, s))
		if len(list) != len(want) {
			t.Fatalf("%d messages, want %d", len(list), len(want))
		}
		ids := map[string]bool{}
		for i, m := range list {
			if m.ID == "" || ids[m.ID] {
				t.Errorf("message %d: ID %q is empty or not the first", i, m.ID)
			}
			ids[m.ID] = true
			if m.Octets >= 0 && m.Octets != int64(len(want[i])) {
				t.Errorf("message %d: %d octets, want %d", i, m.Octets, len(want[i]))
			}
		}
	})
	t.Run("Listing", func(t *testing.T) { // the same as long as nothing changes
		s := open(t)
		a := inbox(t, s)
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		b := inbox(t, open(t))
		if a.Listing != b.Listing {
			t.Errorf("%x, then %x", a.Listing, b.Listing)
		}
	})
	t.Run("Fetch", func(t *testing.T) { fetchAll(t, want, open(t)) })
	t.Run("FetchTwice", func(t *testing.T) {
		s := open(t)
		fetchAll(t, want, s)
		fetchAll(t, want, s)
	})
	t.Run("FetchUnread", func(t *testing.T) { // bodies that nobody reads are skipped
		s := open(t)
		f := inbox(t, s)
		n := 0
		for got, err := range s.Fetch(t.Context(), f, refsOf(listAll(t, s, f))) {
			if err != nil {
				t.Fatal(err)
			}
			if n++; n%2 == 0 {
				io.CopyN(io.Discard, got.Body, 3)
			}
		}
		if n != len(want) {
			t.Errorf("%d messages, want %d", n, len(want))
		}
		fetchAll(t, want, s)
	})
	t.Run("FetchBroken", func(t *testing.T) { // whoever stops early can go on
		s := open(t)
		f := inbox(t, s)
		for _, err := range s.Fetch(t.Context(), f, refsOf(listAll(t, s, f))) {
			if err != nil {
				t.Fatal(err)
			}
			break
		}
		fetchAll(t, want, s)
	})
	t.Run("FetchGone", func(t *testing.T) { // a message that is not there is its own error
		s := open(t)
		f := inbox(t, s)
		list := listAll(t, s, f)
		if list[0].Fleeting {
			t.Skip("IDs do not last here")
		}
		refs := []mail.Ref{{Folder: f.Path, Validity: f.Validity, ID: "4000000001"}, list[1].Ref}
		good := 0
		for _, err := range s.Fetch(t.Context(), f, refs) {
			if err == nil {
				good++
			} else if mail.ScopeOf(err) != mail.ScopeMessage {
				t.Fatal(err)
			}
		}
		if good != 1 {
			t.Errorf("%d messages, want the one that is there", good)
		}
	})
	t.Run("Sweep", func(t *testing.T) { sweepAll(t, want, open) })
	t.Run("Describe", func(t *testing.T) { describeAll(t, want, open(t)) })
}

// Remover tests removal from a store whose Inbox holds want. reopen gives a new session on it.
func Remover(t *testing.T, want [][]byte, open func(t *testing.T) migrate.Source) {
	s := open(t)
	f := inbox(t, s)
	list := listAll(t, s, f)
	if len(list) < 4 || list[0].Fleeting {
		t.Fatalf("needs 4 messages with lasting names, got %+v", list)
	}
	// The first two go; the third is not what it is said to be and stays.
	doomed := []mail.Doomed{
		{Ref: list[0].Ref, Octets: int64(len(want[0])), Sum: sha256.Sum256(want[0])},
		{Ref: list[1].Ref, Octets: int64(len(want[1])), Sum: sha256.Sum256(want[1])},
		{Ref: list[2].Ref, Octets: int64(len(want[2])), Sum: sha256.Sum256(want[0])},
	}
	fates := map[mail.Ref]error{}
	for ref, err := range s.(migrate.Remover).Remove(t.Context(), f, doomed) {
		if err != nil && mail.ScopeOf(err) != mail.ScopeMessage {
			t.Fatal(err)
		}
		fates[ref] = err
	}
	if len(fates) != 3 || fates[list[0].Ref] != nil || fates[list[1].Ref] != nil || !errors.Is(fates[list[2].Ref], mail.ErrChanged) {
		t.Errorf("fates %v, want two removed and one ErrChanged", fates)
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	s = open(t)
	if after := inbox(t, s); f.Listing != [32]byte{} && f.Listing == after.Listing {
		t.Error("the listing sums up to what it was")
	}
	fetchAll(t, want[2:], s)
}

func inbox(t *testing.T, s migrate.Source) mail.Folder {
	t.Helper()
	folders, err := s.Folders(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	i := slices.IndexFunc(folders, func(f mail.Folder) bool { return f.Path == mail.Inbox })
	if i < 0 {
		t.Fatalf("no INBOX among %+v", folders)
	}
	return folders[i]
}

func listAll(t *testing.T, s migrate.Reader, f mail.Folder) []mail.Message {
	t.Helper()
	var all []mail.Message
	for m, err := range s.List(t.Context(), f) {
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, m)
	}
	return all
}

func refsOf(list []mail.Message) []mail.Ref {
	refs := make([]mail.Ref, len(list))
	for i, m := range list {
		refs[i] = m.Ref
	}
	return refs
}

func fetchAll(t *testing.T, want [][]byte, s migrate.Source) {
	t.Helper()
	f := inbox(t, s)
	list := listAll(t, s, f)
	at := map[string]int{}
	for i, m := range list {
		at[m.ID] = i
	}
	n := 0
	for got, err := range s.Fetch(t.Context(), f, refsOf(list)) {
		if err != nil {
			t.Fatal(err)
		}
		octets, err := io.ReadAll(got.Body)
		if err != nil {
			t.Fatal(err)
		}
		i, ok := at[got.ID]
		if !ok {
			t.Fatalf("fetched %q, which was not asked for", got.ID)
		}
		delete(at, got.ID)
		n++
		if i >= len(want) || !bytes.Equal(octets, want[i]) {
			t.Errorf("message %d: %d octets differ from what was put there", i, len(octets))
		}
	}
	if n != len(want) {
		t.Errorf("%d messages, want %d", n, len(want))
	}
}

func describeAll(t *testing.T, want [][]byte, s migrate.Source) {
	f := inbox(t, s)
	list := listAll(t, s, f)
	at := map[string]int{}
	for i, m := range list {
		at[m.ID] = i
	}
	n := 0
	for d, err := range s.Describe(t.Context(), f, refsOf(list)) {
		if err != nil {
			t.Fatal(err)
		}
		n++
		id := ""
		if i := at[d.ID]; bytes.Contains(want[i], []byte("Message-ID: ")) {
			_, rest, _ := bytes.Cut(want[i], []byte("Message-ID: "))
			line, _, _ := bytes.Cut(rest, []byte("\r\n"))
			id = string(line)
		}
		if d.Envelope.MessageID != id || d.InternalDate.IsZero() {
			t.Errorf("%q: Message-ID %q, date %v, want %q and a date", d.ID, d.Envelope.MessageID, d.InternalDate, id)
		}
	}
	if n != len(want) {
		t.Errorf("described %d, want %d", n, len(want))
	}
}
