package pop3_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	"mailmv/formats/mail"
	"mailmv/migrate/pop3"
)

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

// A cut in the middle of a message is no message; the next call connects, lists and goes on.
func TestCut(t *testing.T) {
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

// A refusal is one message's, and the answers stay matched.
func TestRefused(t *testing.T) {
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

// A message without end line is not a message; the next session does not pipeline.
func TestNoEndLine(t *testing.T) {
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

// Through the whole path: what a server sends is what comes out.
func TestOctets(t *testing.T) {
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
