package serve

import (
	"bufio"
	"bytes"
	"crypto/tls"
	"fmt"
	"net"
	"slices"
	"strings"
	"sync/atomic"
	"time"
)

// POP3 is a server of RFC 1939 with TOP, UIDL, APOP, CAPA (RFC 2449), PIPELINING, STLS (RFC 2595) and
// AUTH (RFC 5034). Set the fields before Serve. Close ends it.
type POP3 struct {
	// Accounts by user name.
	Accounts map[string]Account
	// TLS is offered by STLS; nil: STLS is not.
	TLS *tls.Config
	// InsecureAuth takes logins on connections that are not encrypted.
	InsecureAuth bool
	// Mechanisms are the SASL mechanisms that AUTH offers, of those that Mechanisms() lists; nil: PLAIN.
	Mechanisms []string
	// APOP puts a timestamp into the greeting (RFC 1939 §7).
	APOP bool
	Odd  Odd

	open
	greetings atomic.Int64
}

// Account is one user of a POP3 server.
type Account struct {
	Password string
	Maildrop Maildrop
}

// Odd makes a POP3 server behave as some real ones do. The zero value is a good server.
type Odd struct {
	NoCAPA bool // -ERR to CAPA
	NoUIDL bool // -ERR to UIDL, and CAPA does not list it
	NoTOP  bool // likewise
	// NoPipelining: CAPA does not list it, and what arrives before an answer has been sent is thrown away.
	NoPipelining bool
	// Silent: the connection is accepted and nothing is said, ever.
	Silent bool
	// CutAt closes the connection in the middle of the CutAt-th RETR of each session; 0: never.
	CutAt int
	// QuitFails answers -ERR to QUIT and removes nothing (RFC 1939 §6).
	QuitFails bool
	// Answer, where set, sees each command line first. With ok its reply is sent as it is, CRLF and all, in place
	// of the server's own; an empty reply says nothing. It is called from many goroutines.
	Answer func(line string) (reply string, ok bool)
}

// RFC 1939 §3: an inactivity timer of at least ten minutes.
const pop3Idle = 10 * time.Minute

// RFC 2449 §4: a command has at most 255 octets; SASL answers may be longer (RFC 5034 §4).
const pop3Line = 16 << 10

// Serve answers on l until l or the server is closed.
func (s *POP3) Serve(l net.Listener) error { return s.accept(l, s.session) }

// pop3Session is one connection.
type pop3Session struct {
	srv     *POP3
	conn    net.Conn
	r       *bufio.Reader
	w       *bufio.Writer
	secure  bool
	stamp   string // of the greeting, for APOP
	user    string // given by USER, not yet proven
	drop    Maildrop
	letters []Letter
	gone    []bool
	retrs   int
	ended   bool
}

func (s *POP3) session(c net.Conn) {
	_, secure := c.(*tls.Conn)
	p := &pop3Session{srv: s, secure: secure}
	p.use(c)
	defer p.release(nil)
	if s.Odd.Silent {
		p.r.ReadByte() // until the other side gives up
		return
	}
	p.greet()
	for !p.ended {
		line, err := p.readLine()
		if err != nil {
			return
		}
		p.command(line)
		if s.Odd.NoPipelining {
			p.r.Discard(p.r.Buffered())
		}
	}
	p.w.Flush()
}

// use makes c the connection. What was read from the one before and not yet used is dropped: before
// TLS it may have been injected (RFC 2595 §4).
func (p *pop3Session) use(c net.Conn) {
	p.conn = c
	p.r = bufio.NewReaderSize(c, pop3Line)
	p.w = bufio.NewWriterSize(c, 64<<10)
}

func (p *pop3Session) greet() {
	if p.srv.APOP {
		p.stamp = fmt.Sprintf("<%d.%d@localhost>", p.srv.greetings.Add(1), time.Now().UnixNano())
		p.ok("ready %s", p.stamp)
		return
	}
	p.ok("ready")
}

// readLine reads one command. Answers are held back while more commands are already there, so that a
// pipelined batch is answered in few packets.
func (p *pop3Session) readLine() (string, error) {
	if waiting, _ := p.r.Peek(p.r.Buffered()); bytes.IndexByte(waiting, '\n') < 0 {
		if err := p.w.Flush(); err != nil {
			return "", err
		}
	}
	p.conn.SetReadDeadline(time.Now().Add(pop3Idle))
	line, err := p.r.ReadSlice('\n')
	if err != nil {
		return "", err
	}
	return strings.TrimSuffix(strings.TrimSuffix(string(line), "\n"), "\r"), nil
}

func (p *pop3Session) ok(format string, args ...any) {
	fmt.Fprintf(p.w, "+OK "+format+"\r\n", args...)
}

func (p *pop3Session) no(format string, args ...any) {
	fmt.Fprintf(p.w, "-ERR "+format+"\r\n", args...)
}

// command answers one line.
func (p *pop3Session) command(line string) {
	if answer := p.srv.Odd.Answer; answer != nil {
		if reply, ok := answer(line); ok {
			p.w.WriteString(reply)
			return
		}
	}
	verb, arg, _ := strings.Cut(line, " ")
	verb = strings.ToUpper(verb)
	if p.srv.Odd.lacks(verb) {
		p.no("unknown command")
		return
	}
	if f := anyState[verb]; f != nil {
		f(p, arg)
		return
	}
	state, word := beforeLogin, "before"
	if p.drop != nil {
		state, word = afterLogin, "after"
	}
	switch f := state[verb]; {
	case f != nil:
		f(p, arg)
	case beforeLogin[verb] != nil || afterLogin[verb] != nil:
		p.no("not %s login", word)
	default:
		p.no("unknown command")
	}
}

func (o Odd) lacks(verb string) bool {
	return o.NoCAPA && verb == "CAPA" || o.NoUIDL && verb == "UIDL" || o.NoTOP && verb == "TOP"
}

// release lets go of the maildrop, removing the letters at gone.
func (p *pop3Session) release(gone []int) error {
	if p.drop == nil {
		return nil
	}
	err := p.drop.Unlock(gone)
	p.drop = nil
	return err
}

// capa lists what is offered (RFC 2449 §5).
func (p *pop3Session) capa(string) {
	p.ok("capabilities")
	list := []string{"RESP-CODES", "AUTH-RESP-CODE", "IMPLEMENTATION mailmv"}
	odd := p.srv.Odd
	if !odd.NoTOP {
		list = append(list, "TOP")
	}
	if !odd.NoUIDL {
		list = append(list, "UIDL")
	}
	if !odd.NoPipelining {
		list = append(list, "PIPELINING")
	}
	if p.srv.TLS != nil && !p.secure {
		list = append(list, "STLS")
	}
	if p.mayLogin() {
		list = append(list, "USER", "SASL "+strings.Join(p.srv.mechanisms(), " "))
	}
	for _, c := range list {
		p.w.WriteString(c + "\r\n")
	}
	p.w.WriteString(".\r\n")
}

func (p *pop3Session) mayLogin() bool { return p.secure || p.srv.InsecureAuth }

func (s *POP3) mechanisms() []string {
	if s.Mechanisms == nil {
		return []string{"PLAIN"}
	}
	return s.Mechanisms
}

func (s *POP3) offers(mech string) bool { return slices.Contains(s.mechanisms(), mech) }
