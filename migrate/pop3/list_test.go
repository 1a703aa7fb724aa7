package pop3_test

import (
	"errors"
	"strings"
	"testing"

	"mailmv/formats/mail"
	"mailmv/migrate/pop3"
)

// Without UIDL every message is named for this session only, and none is dropped.
func TestNoUIDL(t *testing.T) {
	for _, caps := range [][]string{nil, {"USER", "PIPELINING"}} {
		f := three(caps)
		f.uidls = nil
		var notes []string
		s := f.start(t, pop3.Options{Notes: func(n string) { notes = append(notes, n) }})
		all, refs, err := tryList(t, s)
		if err != nil || len(all) != 3 || !all[0].Fleeting || !all[2].Fleeting || all[1].Octets != 20 {
			t.Errorf("List = %v, %v", all, err)
		}
		if g := tryFetch(t, s, refs); g.octets[refs[1].ID] != f.bodies[1] || len(g.octets) != 3 {
			t.Errorf("Fetch = %v", g)
		}
		if len(notes) != 1 || !strings.Contains(notes[0], "no UIDL") {
			t.Errorf("notes %q", notes)
		}
	}
}

// Without TOP and CAPA headers come with whole messages, and nothing is sent before its predecessor is answered.
func TestNoTopNoCapa(t *testing.T) {
	f := three(nil)
	s := f.start(t, pop3.Options{})
	_, refs, err := tryList(t, s)
	if err != nil {
		t.Fatal(err)
	}
	var subjects []string
	for m, err := range s.Describe(t.Context(), inbox, refs) {
		if err != nil {
			t.Fatal(err)
		}
		subjects = append(subjects, m.Envelope.Subject)
	}
	if got := strings.Join(subjects, ""); got != "123" {
		t.Errorf("subjects %q", got)
	}
	if f.count("TOP") != 1 || f.count("RETR") != 3 {
		t.Errorf("%d TOP, %d RETR; want 1 try and 3", f.count("TOP"), f.count("RETR"))
	}
}

// Messages that share a UIDL are all there, and none of them is remembered by it.
func TestSharedUIDL(t *testing.T) {
	f := three(pipelining)
	f.uidls = []string{"x", "y", "x"}
	f.bodies[2] = f.bodies[0]
	s := f.start(t, pop3.Options{})
	all, refs, err := tryList(t, s)
	if err != nil || len(all) != 3 || !all[0].Fleeting || all[1].Fleeting || !all[2].Fleeting || refs[0] == refs[2] {
		t.Fatalf("List = %v, %v", all, err)
	}
	if g := tryFetch(t, s, refs); len(g.octets) != 3 || g.octets[refs[2].ID] != f.bodies[2] {
		t.Errorf("Fetch = %v", g)
	}
}

// UIDLs are octets.
func TestOddUIDLs(t *testing.T) {
	f := three(pipelining)
	f.uidls = []string{"../x y\x01\xff ", strings.Repeat("u", 3000), "A"}
	f.uidls = append(f.uidls, "a")
	f.bodies = append(f.bodies, "4\r\n")
	s := f.start(t, pop3.Options{})
	_, refs, err := tryList(t, s)
	if err != nil {
		t.Fatal(err)
	}
	for i, ref := range refs {
		if ref.ID != f.uidls[i] {
			t.Errorf("UIDL %d = %q, want %q", i, ref.ID, f.uidls[i])
		}
	}
}

// Sizes are hints; STAT that disagrees is told.
func TestSizes(t *testing.T) {
	f := three(pipelining)
	f.hook = func(_ int, line string) (string, bool) {
		switch line {
		case "STAT":
			return "+OK 7 -1\r\n", false
		case "LIST":
			return "+OK\r\n1 3\r\n2 999999999999999999\r\n3 99999999999999999999999\r\n.\r\n", false
		}
		return "", false
	}
	var notes []string
	s := f.start(t, pop3.Options{Notes: func(n string) { notes = append(notes, n) }})
	all, refs, err := tryList(t, s)
	if err != nil || len(all) != 3 || all[2].Octets != -1 {
		t.Fatalf("List = %v, %v", all, err)
	}
	if g := tryFetch(t, s, refs); g.end != nil || g.octets["a"] != f.bodies[0] || g.octets["b"] != f.bodies[1] || g.octets["c"] != f.bodies[2] {
		t.Errorf("Fetch = %v", g)
	}
	if len(notes) != 1 || !strings.Contains(notes[0], "STAT") {
		t.Errorf("notes %q", notes)
	}
}

// One line of a listing that makes no sense does not end the account, nor hide a message.
func TestOddLine(t *testing.T) {
	f := three(pipelining)
	f.hook = func(_ int, line string) (string, bool) {
		if line == "UIDL" {
			return "+OK\r\n1 a\r\n2 \r\n\r\nwhat?\r\n3 c\r\n.\r\n", false
		}
		return "", false
	}
	all, _, err := tryList(t, f.start(t, pop3.Options{}))
	if err != nil || len(all) != 3 || all[0].ID != "a" || !all[1].Fleeting || all[2].ID != "c" {
		t.Errorf("List = %v, %v", all, err)
	}
}

// A server whose lines end in LF alone is understood.
func TestBareLF(t *testing.T) {
	f := three(oneByOne)
	f.hook = func(session int, line string) (string, bool) {
		if line == "GREETING" {
			return "+OK\n", false
		}
		verb, arg, _ := strings.Cut(line, " ")
		return strings.ReplaceAll(f.usual(verb, arg, new([]string)), "\r\n", "\n"), line == "QUIT"
	}
	s := f.start(t, pop3.Options{})
	_, refs, err := tryList(t, s)
	if err != nil || len(refs) != 3 {
		t.Fatal(refs, err)
	}
	if g := tryFetch(t, s, refs); g.end != nil || g.octets["b"] != strings.ReplaceAll(f.bodies[1], "\r\n", "\n") {
		t.Errorf("Fetch = %v", g)
	}
}

// Another folder than the maildrop is not there.
func TestOtherFolder(t *testing.T) {
	s := three(nil).start(t, pop3.Options{})
	for _, err := range s.List(t.Context(), mail.Folder{Path: "Sent"}) {
		if !errors.Is(err, mail.ErrNoFolder) || mail.ScopeOf(err) != mail.ScopeFolder {
			t.Errorf("List = %v", err)
		}
	}
}
