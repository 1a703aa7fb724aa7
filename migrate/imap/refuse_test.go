package imap

import (
	"errors"
	"io"
	"slices"
	"strings"
	"testing"

	"mailmv/formats/mail"
)

// TestAppendLimit: what is too big is not even sent.
func TestAppendLimit(t *testing.T) {
	f, st := newFake(t)
	f.caps += " APPENDLIMIT=4"
	stored, err := store(t, st, "1234", "12345", "123")
	if err != nil || !errors.Is(stored[1].Err, mail.ErrTooBig) || stored[0].Octets != 4 || stored[2].Octets != 3 || len(f.octets()) != 2 {
		t.Errorf("%+v, %v", stored, err)
	}
	if st.Limits().MaxOctets != 4 {
		t.Errorf("Limits %+v", st.Limits())
	}
}

// liar writes other octets than it said.
type liar struct {
	octets string
	err    error
}

func (l liar) WriteTo(w io.Writer) (int64, error) {
	for i := range l.octets {
		if _, err := io.WriteString(w, l.octets[i:i+1]); err != nil {
			return int64(i), err
		}
	}
	return int64(len(l.octets)), l.err
}

// TestBodyOfAnotherLength: the server must never get a whole literal that is not the message.
func TestBodyOfAnotherLength(t *testing.T) {
	for _, l := range []liar{{"short", nil}, {"much too long", nil}, {"", nil}, {"broken", errors.New("disk error")}, {"broken", io.EOF}} {
		for _, caps := range []string{"IMAP4rev1 UIDPLUS LITERAL+ MULTIAPPEND", "IMAP4rev1 UIDPLUS"} {
			f, st := newFake(t)
			f.caps = caps
			bad := parcel(1, "sixsix")
			bad.Body = l
			wait, err := st.Append(t.Context(), inbox, []mail.Parcel{parcel(0, "good"), bad, parcel(2, "good")})
			if err != nil {
				t.Fatal(err)
			}
			stored, err := wait()
			if !mail.Retryable(err) || stored[1].Err == nil || stored[2].Err != nil || mail.ScopeOf(stored[1].Err) != mail.ScopeMessage {
				t.Errorf("%q: %+v, %v", l.octets, stored, err)
			}
			for _, m := range f.octets() {
				if m != "good" {
					t.Errorf("%q: the server has %q", l.octets, m)
				}
			}
		}
	}
}

// TestCommandInjection: of names and keywords that would end the command nothing is sent that does.
func TestCommandInjection(t *testing.T) {
	f, st := newFake(t)
	for _, p := range []mail.Path{"a\r\nx DELETE INBOX", "a\nb", "a\x00b", "\xff"} {
		if f, err := st.Open(t.Context(), p); err != nil || f.Path != p {
			t.Errorf("Open(%q): %+v, %v", p, f, err)
		}
	}
	if _, err := st.Open(t.Context(), ""); mail.ScopeOf(err) != mail.ScopeFolder || err == nil {
		t.Errorf("Open of nothing: %v", err)
	}
	m := parcel(0, "x")
	m.Keywords = []string{"$good", "bad)\r\nx DELETE INBOX", "", "two words", "a]b", `\Odd`}
	wait, err := st.Append(t.Context(), inbox, []mail.Parcel{m})
	if err != nil {
		t.Fatal(err)
	}
	if stored, err := wait(); err != nil || stored[0].Octets != 1 {
		t.Errorf("%+v, %v", stored, err)
	}
	if slices.ContainsFunc(f.commands, func(c string) bool { return strings.HasPrefix(c, "DELETE") }) || f.seen("SELECT \"a&JA0kCg-x DELETE INBOX\"") != 1 || f.seen(`(\Seen $good) "`) != 1 {
		t.Errorf("commands %q", f.commands)
	}
}

// TestKeywordsNotKept: where PERMANENTFLAGS allows no new keywords they are left out, and that is told.
func TestKeywordsNotKept(t *testing.T) {
	f, st := newFake(t)
	f.flags = "$MDNSent"
	told := make(chan string, 10)
	st.notes = func(s string) { told <- s }
	m := parcel(0, "x")
	m.Keywords = []string{"$mdnsent", "work"}
	wait, err := st.Append(t.Context(), inbox, []mail.Parcel{m})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := wait(); err != nil || f.seen(`(\Seen $mdnsent)`) != 1 || !strings.Contains(<-told, `"work"`) {
		t.Errorf("%v, commands %q", err, f.commands)
	}
}
