package storetest

import (
	"bytes"
	"context"
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
	t.Run("Known", func(t *testing.T) { // without looking, and no other than Look tells
		s := open(t)
		k, ok := s.(migrate.Knower)
		if !ok {
			t.Skip("it has to look")
		}
		if f, ok := k.Known("Not/there"); ok {
			t.Errorf("not there: %+v", f)
		}
		for range 2 { // before and after a look
			got, ok := k.Known("Made/here")
			if !ok { // who knows of folders what a listing tells
				if _, err := s.(interface {
					Folders(context.Context) ([]mail.Folder, error)
				}).Folders(t.Context()); err != nil {
					t.Fatal(err)
				}
				got, ok = k.Known("Made/here")
			}
			want, err := s.Look(t.Context(), "Made/here")
			if want.Messages = -1; err != nil || got.Path != want.Path || got.Validity != want.Validity || got.Messages != -1 || !ok {
				t.Errorf("got %+v, %v; want %+v, %v", got, ok, want, err)
			}
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
	for was, err := range s.(migrate.Flagger).SetFlags(t.Context(), f, changes) {
		if err != nil && mail.ScopeOf(err) != mail.ScopeMessage {
			t.Fatal(err)
		}
		fates[was.Ref] = err
		if want := map[bool]mail.Flags{true: mail.Seen | mail.Flagged}[was.Ref != gone]; was.Flags != want || len(was.Keywords) > 0 {
			t.Errorf("%s had %v and %q before, want %v", was.ID, was.Flags, was.Keywords, want)
		}
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

// Dater runs the tests of a Sink that is a migrate.Dater; open opens a session with the same store each time.
func Dater(t *testing.T, open func(t *testing.T) migrate.Sink) {
	letters := Letters()[:3]
	s := open(t)
	f, err := s.Open(t.Context(), "Dates")
	if err != nil {
		t.Fatal(err)
	}
	before := time.Unix(1e9, 0)
	wait, err := s.Append(t.Context(), f, parcels(letters, before)) // all \Seen \Flagged
	if err != nil {
		t.Fatal(err)
	}
	refs := collect(t, []func() ([]mail.Stored, error){wait}, letters, f.Next)
	gone := mail.Ref{Folder: f.Path, Validity: f.Validity, ID: "4000000"}
	early, late := time.Unix(9e8, 0).UTC(), time.Unix(11e8, 0).UTC()
	fates := map[mail.Ref]error{}
	for ref, err := range s.(migrate.Dater).SetDates(t.Context(), f, []mail.Dating{{Ref: refs[0], Date: early}, {Ref: gone, Date: early}, {Ref: refs[2], Date: late}}) {
		if err != nil && mail.ScopeOf(err) != mail.ScopeMessage {
			t.Fatal(err)
		}
		fates[ref] = err
	}
	if len(fates) != 3 || fates[refs[0]] != nil || fates[refs[2]] != nil || !errors.Is(fates[gone], mail.ErrGone) {
		t.Errorf("fates %v, want two changes and one ErrGone", fates)
	}
	s = open(t)
	want := []time.Time{early, before, late}
	for i, m := range listAll(t, s, f) {
		if !m.InternalDate.Equal(want[i]) || m.Flags != mail.Seen|mail.Flagged {
			t.Errorf("message %d: date %v, flags %v, want %v and \\Seen \\Flagged", i, m.InternalDate, m.Flags, want[i])
		}
	}
	for got, err := range s.Fetch(t.Context(), f, refs) {
		if err != nil {
			t.Fatal(err)
		}
		octets, err := io.ReadAll(got.Body)
		if i := slices.Index(refs, got.Ref); err != nil || !bytes.Equal(octets, letters[i]) || !got.InternalDate.Equal(want[i]) {
			t.Errorf("message %d: %v, %v, %d octets", i, err, got.InternalDate, len(octets))
		}
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
