package pop3_test

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"mailmv/formats/mail"
	"mailmv/migrate/pop3"
	"mailmv/migrate/wire"
)

// fake is a POP3 server that does what a test tells it, octet for octet.
type fake struct {
	greeting string   // without CRLF; empty: +OK
	caps     []string // nil: CAPA is not known
	uidls    []string
	bodies   []string // with CRLF, not stuffed
	// hook sees every command first, with the number of the session. A reply that is not empty is sent in
	// place of the usual one; cut ends the connection after it.
	hook func(session int, line string) (reply string, cut bool)

	mu       sync.Mutex
	sessions int
	lines    []string // commands of all sessions
	removed  []string // UIDLs
	port     int
}

var (
	pipelining = []string{"TOP", "UIDL", "USER", "PIPELINING"}
	oneByOne   = []string{"TOP", "UIDL", "USER"}
)

// three is a maildrop for most tests.
func three(caps []string) *fake {
	return &fake{caps: caps, uidls: []string{"a", "b", "c"},
		bodies: []string{"Subject: 1\r\n\r\none\r\n", "Subject: 2\r\n\r\n.two\r\n", "Subject: 3\r\n\r\nthree\r\n"}}
}

// start serves f on loopback and gives a store that uses it.
func (f *fake) start(t *testing.T, o pop3.Options) *pop3.Store {
	t.Helper()
	return f.startAs(t, wire.Login{User: "me", Secret: password("secret")}, o)
}

func password(s string) func(context.Context, bool) (string, error) {
	return func(context.Context, bool) (string, error) { return s, nil }
}

func (f *fake) startAs(t *testing.T, l wire.Login, o pop3.Options) *pop3.Store {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var sessions sync.WaitGroup
	sessions.Go(func() {
		for {
			c, err := ln.Accept()
			if err != nil {
				return
			}
			sessions.Go(func() { f.serve(c); c.Close() })
		}
	})
	f.port = ln.Addr().(*net.TCPAddr).Port
	store := pop3.New(wire.Server{Host: "127.0.0.1", Port: f.port, Security: wire.None, Timeout: 2 * time.Second}, l, o)
	t.Cleanup(func() { store.Close(); ln.Close(); sessions.Wait() })
	return store
}

func (f *fake) serve(c net.Conn) {
	f.mu.Lock()
	f.sessions++
	session := f.sessions
	f.mu.Unlock()
	greeting := f.greeting
	if greeting == "" {
		greeting = "+OK"
	}
	if reply, cut := f.hooked(session, "GREETING"); reply != "" || cut {
		io.WriteString(c, reply)
		if cut {
			return
		}
	} else {
		io.WriteString(c, greeting+"\r\n")
	}
	w := bufio.NewWriter(c)
	var gone []string
	for r := bufio.NewReader(c); ; {
		if r.Buffered() == 0 && w.Flush() != nil {
			return
		}
		line, err := r.ReadString('\n')
		if err != nil {
			return
		}
		line = strings.TrimRight(line, "\r\n")
		f.mu.Lock()
		f.lines = append(f.lines, line)
		f.mu.Unlock()
		if reply, cut := f.hooked(session, line); reply != "" || cut {
			w.WriteString(reply)
			if cut {
				w.Flush()
				return
			}
			continue
		}
		verb, arg, _ := strings.Cut(line, " ")
		w.WriteString(f.usual(verb, arg, &gone))
		if verb == "QUIT" {
			f.mu.Lock()
			f.removed = append(f.removed, gone...)
			f.mu.Unlock()
			w.Flush()
			return
		}
	}
}

func (f *fake) hooked(session int, line string) (string, bool) {
	if f.hook == nil {
		return "", false
	}
	return f.hook(session, line)
}

func (f *fake) usual(verb, arg string, gone *[]string) string {
	multi := func(lines []string) string { return "+OK\r\n" + strings.Join(append(lines, "."), "\r\n") + "\r\n" }
	var number int
	fmt.Sscan(arg, &number)
	there := number >= 1 && number <= len(f.bodies)
	var list []string
	switch verb {
	case "CAPA":
		if f.caps != nil {
			return multi(append([]string(nil), f.caps...))
		}
	case "USER", "PASS", "NOOP", "QUIT", "APOP":
		return "+OK\r\n"
	case "STAT":
		return fmt.Sprintf("+OK %d 1\r\n", len(f.bodies))
	case "UIDL":
		if f.uidls == nil {
			break
		}
		for i, u := range f.uidls {
			list = append(list, fmt.Sprintf("%d %s", i+1, u))
		}
		return multi(list)
	case "LIST":
		for i, b := range f.bodies {
			list = append(list, fmt.Sprintf("%d %d", i+1, len(b)))
		}
		return multi(list)
	case "RETR":
		if there {
			return "+OK\r\n" + stuffed(f.bodies[number-1])
		}
	case "TOP":
		if there && f.caps != nil {
			head, _, _ := strings.Cut(f.bodies[number-1], "\r\n\r\n")
			return "+OK\r\n" + stuffed(head+"\r\n\r\n")
		}
	case "DELE":
		if there {
			*gone = append(*gone, f.uidls[number-1])
			return "+OK\r\n"
		}
	}
	return "-ERR no\r\n"
}

func stuffed(m string) string {
	return strings.TrimPrefix(strings.ReplaceAll("\r\n"+m, "\r\n.", "\r\n.."), "\r\n") + ".\r\n"
}

// count is how many commands began with prefix.
func (f *fake) count(prefix string) (n int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, l := range f.lines {
		if strings.HasPrefix(l, prefix) {
			n++
		}
	}
	return n
}

func (f *fake) gone() string {
	f.mu.Lock()
	defer f.mu.Unlock()
	return strings.Join(f.removed, " ")
}

var inbox = mail.Folder{Path: mail.Inbox}

// got is what a fetch brought: octets by ID, errors by ID, and the error that ended it.
type got struct {
	octets map[string]string
	errs   map[string]error
	end    error
}

func tryFetch(t *testing.T, s *pop3.Store, refs []mail.Ref) got {
	t.Helper()
	g := got{map[string]string{}, map[string]error{}, nil}
	for f, err := range s.Fetch(t.Context(), inbox, refs) {
		if err != nil && mail.ScopeOf(err) == mail.ScopeMessage {
			g.errs[f.ID] = err
			continue
		}
		if err != nil {
			g.end = err
			break
		}
		var b bytes.Buffer
		if _, err := io.Copy(&b, f.Body); err != nil {
			g.end = err
			break
		}
		g.octets[f.ID] = b.String()
	}
	return g
}

func tryList(t *testing.T, s *pop3.Store) ([]mail.Message, []mail.Ref, error) {
	t.Helper()
	var all []mail.Message
	var refs []mail.Ref
	for m, err := range s.List(t.Context(), inbox) {
		if err != nil {
			return all, refs, err
		}
		all, refs = append(all, m), append(refs, m.Ref)
	}
	return all, refs, nil
}

// cause gives the *mail.Error in err, or fails.
func cause(t *testing.T, err error) *mail.Error {
	t.Helper()
	e := (*mail.Error)(nil)
	if !errors.As(err, &e) {
		t.Fatalf("%v is no *mail.Error", err)
	}
	return e
}
