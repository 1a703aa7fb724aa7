package pop3_test

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"

	"mailmv/formats/mail"
	"mailmv/migrate/pop3"
)

// The names of these tests are the rows of the fault list: D for POP3.

// D1: without UIDL every message is named for this session only, and none is dropped.
func TestD1NoUIDL(t *testing.T) {
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

// D2: without TOP and CAPA headers come with whole messages, and nothing is sent before its predecessor is answered.
func TestD2NoTopNoCapa(t *testing.T) {
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

// D3, D4: messages that share a UIDL are all there, and none of them is remembered by it.
func TestD3SharedUIDL(t *testing.T) {
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

// D7, D8: UIDLs are octets.
func TestD7OddUIDLs(t *testing.T) {
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

func doom(refs []mail.Ref, bodies []string) []mail.Doomed {
	var d []mail.Doomed
	for i, ref := range refs {
		d = append(d, mail.Doomed{Ref: ref, Octets: int64(len(bodies[i])), Sum: sha256.Sum256([]byte(bodies[i]))})
	}
	return d
}

func remove(t *testing.T, s *pop3.Store, d []mail.Doomed) (fates map[string]error, end error) {
	t.Helper()
	fates = map[string]error{}
	for ref, err := range s.Remove(t.Context(), inbox, d) {
		if err != nil && mail.ScopeOf(err) != mail.ScopeMessage {
			return fates, err
		}
		fates[ref.ID] = err
	}
	return fates, nil
}

// D5: another message of the same size under a known UIDL is not removed.
func TestD5ReusedUIDL(t *testing.T) {
	for _, remember := range []bool{false, true} {
		f := three(pipelining)
		s := f.start(t, pop3.Options{Remember: remember})
		_, refs, _ := tryList(t, s)
		d := doom(refs, f.bodies)
		s.Close()
		f.bodies = slices.Clone(f.bodies)
		f.bodies[1] = strings.Replace(f.bodies[1], "two", "TWO", 1)
		fates, err := remove(t, s, d)
		if err != nil || fates["a"] != nil || !errors.Is(fates["b"], mail.ErrChanged) || fates["c"] != nil {
			t.Errorf("fates %v, %v", fates, err)
		}
		if f.gone() != "a c" {
			t.Errorf("removed %q", f.gone())
		}
	}
}

// With Remember what this session fetched is compared without fetching it again.
func TestRemoveRemembers(t *testing.T) {
	f := three(pipelining)
	s := f.start(t, pop3.Options{Remember: true})
	_, refs, _ := tryList(t, s)
	tryFetch(t, s, refs[:2])
	fates, err := remove(t, s, doom(refs, f.bodies))
	if err != nil || f.gone() != "a b c" || len(fates) != 3 {
		t.Errorf("fates %v, %v; removed %q", fates, err, f.gone())
	}
	if n := f.count("RETR"); n != 3 {
		t.Errorf("%d RETR, want 3", n)
	}
}

// D6, D9: names of another session that this one does not have are gone, and numbers are this session's.
func TestD9Renumbered(t *testing.T) {
	f := three(pipelining)
	s := f.start(t, pop3.Options{})
	_, refs, _ := tryList(t, s)
	d := doom(refs, f.bodies)
	s.Close()
	f.uidls = []string{"new", "c", "a"}
	f.bodies = []string{"new\r\n", f.bodies[2], f.bodies[0]}
	if g := tryFetch(t, s, refs); g.octets["a"] != f.bodies[2] || g.octets["c"] != f.bodies[1] || !errors.Is(g.errs["b"], mail.ErrGone) {
		t.Errorf("Fetch = %v", g)
	}
	fates, err := remove(t, s, d)
	if err != nil || !errors.Is(fates["b"], mail.ErrGone) || f.gone() != "a c" {
		t.Errorf("fates %v, %v; removed %q", fates, err, f.gone())
	}
}

// A name for one session means nothing in the next.
func TestFleetingEndsWithItsSession(t *testing.T) {
	f := three(nil)
	f.uidls = nil
	s := f.start(t, pop3.Options{})
	_, refs, _ := tryList(t, s)
	s.Close()
	g := tryFetch(t, s, refs)
	if len(g.octets) != 0 || !errors.Is(g.errs[refs[0].ID], mail.ErrGone) {
		t.Errorf("Fetch = %v", g)
	}
}

// D10, D19: a cut in the middle of a message is no message; the next call connects, lists and goes on.
func TestD10Cut(t *testing.T) {
	for _, caps := range [][]string{pipelining, oneByOne} {
		for k := 1; k <= 3; k++ {
			f := three(caps)
			f.hook = func(session int, line string) (string, bool) {
				if session == 1 && line == fmt.Sprintf("RETR %d", k) {
					return "+OK\r\n" + f.bodies[k-1][:15], true
				}
				return "", false
			}
			s := f.start(t, pop3.Options{})
			_, refs, _ := tryList(t, s)
			g := tryFetch(t, s, refs)
			if e := cause(t, g.end); !errors.Is(g.end, mail.ErrCut) || !e.Retry || e.Scope != mail.ScopeStore || len(g.octets) != k-1 {
				t.Errorf("cut at %d: %v, %d messages", k, g.end, len(g.octets))
			}
			if g := tryFetch(t, s, refs[k-1:]); g.end != nil || len(g.octets) != 4-k {
				t.Errorf("again: %v", g)
			}
		}
	}
}

// D11, D12, D13: without a good answer to QUIT nothing counts as removed.
func TestD11Quit(t *testing.T) {
	for _, c := range []struct {
		name, reply string
		words       string
	}{{"unanswered", "", "no answer to QUIT"}, {"refused", "-ERR [SYS/TEMP] some not removed\r\n", "some not removed"}} {
		f := three(pipelining)
		f.hook = func(_ int, line string) (string, bool) {
			if line == "QUIT" {
				return c.reply, true
			}
			return "", false
		}
		s := f.start(t, pop3.Options{})
		_, refs, _ := tryList(t, s)
		fates, err := remove(t, s, doom(refs, f.bodies))
		for id, fate := range fates {
			if !errors.Is(fate, mail.ErrUnproven) || !strings.Contains(fate.Error(), c.words) {
				t.Errorf("%s: fate of %s: %v", c.name, id, fate)
			}
		}
		if err != nil || len(fates) != 3 {
			t.Errorf("%s: %v, %v", c.name, fates, err)
		}
	}
}

// A session that breaks before QUIT removes nothing, and says so once.
func TestBreakBeforeQuit(t *testing.T) {
	f := three(pipelining)
	f.hook = func(_ int, line string) (string, bool) { return "", line == "DELE 2" }
	s := f.start(t, pop3.Options{})
	_, refs, _ := tryList(t, s)
	fates, err := remove(t, s, doom(refs, f.bodies))
	if e := cause(t, err); !e.Retry || len(fates) != 0 || f.gone() != "" {
		t.Errorf("%v, %v, removed %q", fates, err, f.gone())
	}
}

// D14, D22: a refusal is one message's, and the answers stay matched.
func TestD14Refused(t *testing.T) {
	for _, caps := range [][]string{pipelining, oneByOne} {
		f := three(caps)
		f.hook = func(_ int, line string) (string, bool) {
			if line == "RETR 2" || line == "DELE 3" {
				return "-ERR message is broken\r\n", false
			}
			return "", false
		}
		s := f.start(t, pop3.Options{})
		_, refs, _ := tryList(t, s)
		g := tryFetch(t, s, refs)
		if g.end != nil || g.octets["a"] != f.bodies[0] || g.octets["c"] != f.bodies[2] || !strings.Contains(g.errs["b"].Error(), `"message is broken"`) {
			t.Errorf("Fetch = %v", g)
		}
		fates, err := remove(t, s, doom(refs, f.bodies))
		if err != nil || fates["a"] != nil || fates["b"] == nil || fates["c"] == nil || f.gone() != "a" {
			t.Errorf("fates %v, %v; removed %q", fates, err, f.gone())
		}
	}
}

// -ERR from a server that then hangs up is no fault of the message.
func TestRefusalBeforeTheEnd(t *testing.T) {
	for _, caps := range [][]string{pipelining, oneByOne} {
		f := three(caps)
		f.hook = func(_ int, line string) (string, bool) {
			if line == "RETR 3" {
				return "-ERR Disconnected for inactivity.\r\n", true
			}
			return "", false
		}
		s := f.start(t, pop3.Options{})
		_, refs, _ := tryList(t, s)
		if g := tryFetch(t, s, refs); g.end == nil || !mail.Retryable(g.end) || len(g.errs) != 0 {
			t.Errorf("Fetch = %v", g)
		}
	}
}

// D15, D21: sizes are hints; STAT that disagrees is told.
func TestD15Sizes(t *testing.T) {
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

// D17: a message without end line is not a message; the next session does not pipeline.
func TestD17NoEndLine(t *testing.T) {
	f := three(pipelining)
	f.hook = func(session int, line string) (string, bool) {
		if session == 1 && line == "RETR 2" {
			return "+OK\r\n" + strings.TrimSuffix(stuffed(f.bodies[1]), ".\r\n"), false
		}
		return "", false
	}
	s := f.start(t, pop3.Options{})
	_, refs, _ := tryList(t, s)
	g := tryFetch(t, s, refs)
	if !errors.Is(g.end, mail.ErrCut) || !mail.Retryable(g.end) || len(g.octets) != 1 {
		t.Errorf("Fetch = %v", g)
	}
	if g := tryFetch(t, s, refs[1:]); g.end != nil || g.octets["b"] != f.bodies[1] {
		t.Errorf("again: %v", g)
	}
}

// D16, through the whole path: what a server sends is what comes out.
func TestD16Octets(t *testing.T) {
	f := three(pipelining)
	f.bodies = []string{"", "\r\n", ".\r\n..\r\n", "a\n.\nb\r\n", "\x00\r\r\n\xff\r\n", strings.Repeat("x", 300<<10) + "\r\n", strings.Repeat(".\r\n", 100000)}
	f.uidls = []string{"0", "1", "2", "3", "4", "5", "6"}
	s := f.start(t, pop3.Options{})
	_, refs, _ := tryList(t, s)
	g := tryFetch(t, s, refs)
	for i, want := range f.bodies {
		if got, ok := g.octets[f.uidls[i]]; !ok || got != want {
			t.Errorf("message %d: %.40q, want %.40q", i, got, want)
		}
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

// A consumer that stops early leaves a store that works: drained where little is to come, else anew.
func TestStopEarly(t *testing.T) {
	for _, c := range []struct {
		name     string
		size     int
		sessions int
	}{{"little", 10, 1}, {"much", 1 << 20, 2}} {
		f := three(pipelining)
		for i := range f.bodies {
			f.bodies[i] = strings.Repeat("x\r\n", c.size/3) + f.bodies[i]
		}
		s := f.start(t, pop3.Options{Remember: true})
		_, refs, _ := tryList(t, s)
		for m, err := range s.Fetch(t.Context(), inbox, refs) {
			if err != nil {
				t.Fatal(err)
			}
			io.ReadFull(m.Body, make([]byte, 3))
			break
		}
		if g := tryFetch(t, s, refs); g.end != nil || len(g.octets) != 3 || g.octets["b"] != f.bodies[1] {
			t.Errorf("%s: %v", c.name, g.end)
		}
		if f.sessions != c.sessions {
			t.Errorf("%s: %d sessions, want %d", c.name, f.sessions, c.sessions)
		}
	}
}

// A body that the consumer does not read is skipped.
func TestUnread(t *testing.T) {
	f := three(pipelining)
	s := f.start(t, pop3.Options{})
	_, refs, _ := tryList(t, s)
	n := 0
	for _, err := range s.Fetch(t.Context(), inbox, refs) {
		if err != nil {
			t.Fatal(err)
		}
		n++
	}
	if n != 3 {
		t.Errorf("%d messages", n)
	}
}

// A cancelled ctx ends what waits with its own error, and the store works again.
func TestCancel(t *testing.T) {
	f := three(oneByOne)
	hold := make(chan struct{})
	defer close(hold)
	f.hook = func(session int, line string) (string, bool) {
		if session == 1 && line == "RETR 2" {
			<-hold
		}
		return "", false
	}
	s := f.start(t, pop3.Options{})
	_, refs, _ := tryList(t, s)
	why := errors.New("enough")
	ctx, cancel := context.WithCancelCause(t.Context())
	defer cancel(nil)
	var end error
	for _, err := range s.Fetch(ctx, inbox, refs) {
		if err != nil {
			end = err
			break
		}
		cancel(why)
	}
	if end != why {
		t.Errorf("Fetch ended with %v, want %v", end, why)
	}
	if g := tryFetch(t, s, refs[2:]); len(g.octets) != 1 {
		t.Errorf("afterwards: %v", g)
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
