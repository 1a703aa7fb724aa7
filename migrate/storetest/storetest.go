// Package storetest is what every Source, Sink and Remover must do. A new end is a ten-line test file:
// it says how to open a store, and these tests do the rest.
package storetest

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

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
	t.Run("Describe", func(t *testing.T) { describeAll(t, want, open(t)) })
}

// Sink tests an empty store. open gives a session on the same store each time.
func Sink(t *testing.T, open func(t *testing.T) migrate.Sink) {
	letters := Letters()
	date := time.Date(2003, 5, 6, 7, 8, 9, 0, time.FixedZone("", 3600))
	t.Run("LookAtNothing", func(t *testing.T) {
		if _, err := open(t).Look(t.Context(), "Not/there"); !errors.Is(err, mail.ErrNoFolder) || mail.ScopeOf(err) != mail.ScopeFolder {
			t.Errorf("got %v, want ErrNoFolder of ScopeFolder", err)
		}
	})
	t.Run("Append", func(t *testing.T) {
		s := open(t)
		f, err := s.Open(t.Context(), "Made/here")
		if err != nil {
			t.Fatal(err)
		}
		if f.Messages != 0 || f.Validity == 0 {
			t.Fatalf("new folder: %+v", f)
		}
		var waits []func() ([]mail.Stored, error)
		for part := range slices.Chunk(letters, 3) {
			wait, err := s.Append(t.Context(), f, parcels(part, date))
			if err != nil {
				t.Fatal(err)
			}
			waits = append(waits, wait)
		}
		refs := collect(t, waits, letters, f.Next)
		if len(refs) > 0 {
			check(t, s, f, refs, letters, date)
		}
		after, err := open(t).Look(t.Context(), "Made/here")
		if err != nil || after.Messages != len(letters) || after.Validity != f.Validity || after.Next < f.Next+uint32(len(letters)) {
			t.Errorf("afterwards: %+v, %v", after, err)
		}
	})
	t.Run("OpenAgain", func(t *testing.T) {
		s := open(t)
		a, err := s.Open(t.Context(), "Made/here")
		if err != nil || a.Messages != len(letters) {
			t.Fatalf("%+v, %v", a, err)
		}
		if b, err := s.Open(t.Context(), "Made/here"); err != nil || b.Validity != a.Validity {
			t.Errorf("%+v, %v", b, err)
		}
	})
	t.Run("ReadBetween", func(t *testing.T) { // looking, reading and appending in turn
		s := open(t)
		f, err := s.Open(t.Context(), mail.Inbox)
		if err != nil {
			t.Fatal(err)
		}
		for i, l := range letters[:4] {
			wait, err := s.Append(t.Context(), f, parcels([][]byte{l}, date))
			if err != nil {
				t.Fatal(err)
			}
			if _, err := wait(); err != nil {
				t.Fatal(err)
			}
			if got := len(listAll(t, s, f)); got != i+1 {
				t.Fatalf("%d messages after %d", got, i+1)
			}
		}
	})
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
	fetchAll(t, want[2:], open(t))
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

func parcels(octets [][]byte, date time.Time) []mail.Parcel {
	var all []mail.Parcel
	for i, o := range octets {
		all = append(all, mail.Parcel{Message: mail.Message{Ref: mail.Ref{ID: fmt.Sprint(i)}, Octets: int64(len(o)),
			InternalDate: date, Flags: mail.Seen | mail.Flagged}, Body: body(o)})
	}
	return all
}

type body []byte

func (b body) WriteTo(w io.Writer) (int64, error) {
	n, err := w.Write(b)
	return int64(n), err
}

// collect waits for all answers and checks them; a store that does not tell UIDs gives no refs.
func collect(t *testing.T, waits []func() ([]mail.Stored, error), letters [][]byte, next uint32) []mail.Ref {
	t.Helper()
	var refs []mail.Ref
	i := 0
	for _, wait := range waits {
		stored, err := wait()
		if err != nil {
			t.Fatal(err)
		}
		for _, s := range stored {
			if s.Err != nil {
				t.Fatal(s.Err)
			}
			if s.Ref.ID != "" {
				refs = append(refs, s.Ref)
				if s.Octets != int64(len(letters[i])) {
					t.Errorf("message %d: read back %d octets, want %d", i, s.Octets, len(letters[i]))
				}
			}
			i++
		}
	}
	if i != len(letters) || len(refs) != 0 && len(refs) != i {
		t.Fatalf("%d fates and %d refs for %d messages", i, len(refs), len(letters))
	}
	return refs
}

// check reads back what was appended: octets, date, flags.
func check(t *testing.T, s migrate.Sink, f mail.Folder, refs []mail.Ref, letters [][]byte, date time.Time) {
	t.Helper()
	at := map[mail.Ref]int{}
	for i, ref := range refs {
		at[ref] = i
	}
	n := 0
	for got, err := range s.Fetch(t.Context(), f, refs) {
		if err != nil {
			t.Fatal(err)
		}
		octets, err := io.ReadAll(got.Body)
		if err != nil {
			t.Fatal(err)
		}
		if i, ok := at[got.Ref]; !ok || !bytes.Equal(octets, letters[i]) {
			t.Errorf("%+v: %d octets are not what was appended", got.Ref, len(octets))
		}
		n++
	}
	if n != len(letters) {
		t.Errorf("read back %d, want %d", n, len(letters))
	}
	for _, m := range listAll(t, s, f) {
		if !m.InternalDate.Equal(date) || m.Flags != mail.Seen|mail.Flagged {
			t.Errorf("%q: date %v flags %v, want %v and \\Seen \\Flagged", m.ID, m.InternalDate, m.Flags, date)
		}
	}
}

// Flagger tests changes of flags on an empty store whose sessions open gives.
func Flagger(t *testing.T, open func(t *testing.T) migrate.Sink) {
	letters := Letters()[:3]
	s := open(t)
	f, err := s.Open(t.Context(), "Flags")
	if err != nil {
		t.Fatal(err)
	}
	wait, err := s.Append(t.Context(), f, parcels(letters, time.Unix(1e9, 0))) // all \Seen \Flagged
	if err != nil {
		t.Fatal(err)
	}
	refs := collect(t, []func() ([]mail.Stored, error){wait}, letters, f.Next)
	gone := mail.Ref{Folder: f.Path, Validity: f.Validity, ID: "4000000"}
	changes := []mail.Flagging{
		{Ref: refs[0], Add: mail.Answered, Remove: mail.Flagged},
		{Ref: refs[1], Add: mail.Answered, Remove: mail.Flagged},
		{Ref: refs[2], AddKeywords: []string{"$Forwarded"}},
		{Ref: gone, Add: mail.Seen},
	}
	fates := map[mail.Ref]error{}
	for ref, err := range s.(migrate.Flagger).SetFlags(t.Context(), f, changes) {
		if err != nil && mail.ScopeOf(err) != mail.ScopeMessage {
			t.Fatal(err)
		}
		fates[ref] = err
	}
	if len(fates) != 4 || fates[refs[0]] != nil || fates[refs[2]] != nil || !errors.Is(fates[gone], mail.ErrGone) {
		t.Errorf("fates %v, want three changes and one ErrGone", fates)
	}
	want := []mail.Flags{mail.Seen | mail.Answered, mail.Seen | mail.Answered, mail.Seen | mail.Flagged}
	list := listAll(t, open(t), f)
	for i, m := range list {
		if m.Flags != want[i] {
			t.Errorf("message %d: %v, want %v", i, m.Flags, want[i])
		}
	}
	if k := list[2].Keywords; len(k) != 1 || !strings.EqualFold(k[0], "$Forwarded") {
		t.Errorf("keywords %q, want $Forwarded", k)
	}
}
