package imap

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"mailmv/formats/mail"
	"mailmv/migrate/wire"
)

// fake is a small IMAP server with one folder, which does what the tests tell it: greeting, caps and hooks are
// set before the first connection.
type fake struct {
	t        testing.TB
	greeting string
	caps     string
	listed   string // what LIST answers, if not one INBOX
	flags    string // PERMANENTFLAGS
	// early sees a line before its literal is read; false ends the command: the hook has answered, or closed.
	early func(c *client, tag, line string) bool
	// on sees every whole command; true: the hook has answered.
	on func(c *client, cmd command) bool

	mu       sync.Mutex
	validity int
	next     int
	mail     []fakeMessage
	logins   int
	open     int
	commands []string // all that came, without literals
}

type fakeMessage struct {
	uid    int
	octets string
}

// client is one connection of the fake's.
type client struct {
	net.Conn
	r      *bufio.Reader
	f      *fake
	closed bool
}

// Close ends the connection; what was received already is not obeyed any more.
func (c *client) Close() error {
	c.closed = true
	return c.Conn.Close()
}

type command struct {
	tag, verb, args string // literals in args stand as {n}
	lits            []string
}

func (c *client) send(format string, args ...any) { fmt.Fprintf(c, format, args...) }

// newFake starts the server; set it up before the first connection.
func newFake(t testing.TB) (*fake, *Store) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	f := &fake{t: t, greeting: "* OK hello", caps: "IMAP4rev1 UIDPLUS LITERAL+ MULTIAPPEND", validity: 7, next: 1, flags: `\*`}
	var wg sync.WaitGroup
	var conns sync.Map
	wg.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			conns.Store(c, nil)
			wg.Go(func() {
				defer c.Close()
				f.serve(&client{Conn: c, r: bufio.NewReader(c), f: f})
			})
		}
	})
	st := f.store(l.Addr().(*net.TCPAddr).Port, Options{})
	t.Cleanup(func() {
		st.Close()
		l.Close()
		conns.Range(func(c, _ any) bool { c.(net.Conn).Close(); return true })
		wg.Wait()
	})
	return f, st
}

func (f *fake) store(port int, o Options) *Store {
	if o.Notes == nil {
		o.Notes = func(string) {}
	}
	return New(wire.Server{Host: "127.0.0.1", Port: port, Security: wire.None, Timeout: 5 * time.Second},
		wire.Login{User: "me", Secret: secret("pw")}, o)
}

// greet sets the greeting, which goes out before anything was read.
func (f *fake) greet(text string) {
	f.mu.Lock()
	f.greeting = text
	f.mu.Unlock()
}

// again gives another Store on the same server.
func (f *fake) again(st *Store, o Options) *Store {
	other := f.store(st.server.Port, o)
	f.t.Cleanup(func() { other.Close() })
	return other
}

func (f *fake) serve(c *client) {
	f.mu.Lock()
	f.open++
	f.mu.Unlock()
	defer func() {
		f.mu.Lock()
		f.open--
		f.mu.Unlock()
	}()
	f.mu.Lock()
	hello := f.greeting
	f.mu.Unlock()
	c.send("%s\r\n", hello)
	for {
		cmd, ok := c.read()
		if !ok {
			return
		}
		f.mu.Lock()
		f.commands = append(f.commands, cmd.verb+" "+cmd.args)
		f.mu.Unlock()
		if f.on == nil || !f.on(c, cmd) {
			f.answer(c, cmd)
		}
	}
}

// read reads a command with its literals.
func (c *client) read() (command, bool) {
	var cmd command
	for first := true; ; first = false {
		line, err := c.r.ReadString('\n')
		if err != nil || c.closed {
			return cmd, false
		}
		line = strings.TrimRight(line, "\r\n")
		rest := line
		if first {
			cmd.tag, rest, _ = strings.Cut(line, " ")
			cmd.verb, cmd.args, _ = strings.Cut(rest, " ")
			cmd.verb = strings.ToUpper(cmd.verb)
			if cmd.verb == "UID" {
				v, a, _ := strings.Cut(cmd.args, " ")
				cmd.verb, cmd.args = "UID "+strings.ToUpper(v), a
			}
		} else {
			cmd.args += rest
		}
		n, ok := literalAtEnd([]byte(line))
		if !ok {
			return cmd, true
		}
		if c.f.early != nil && !c.f.early(c, cmd.tag, line) {
			return c.read()
		}
		if !strings.HasSuffix(line, "+}") {
			c.send("+ go on\r\n")
		}
		lit := make([]byte, n)
		if _, err := io.ReadFull(c.r, lit); err != nil {
			return cmd, false
		}
		cmd.lits = append(cmd.lits, string(lit))
	}
}

// answer does what a plain server does.
func (f *fake) answer(c *client, cmd command) {
	f.mu.Lock()
	defer f.mu.Unlock()
	switch cmd.verb {
	case "CAPABILITY":
		c.send("* CAPABILITY %s\r\n", f.caps)
	case "LOGIN":
		f.logins++
	case "NAMESPACE":
		c.send("* NAMESPACE ((\"\" \"/\")) NIL NIL\r\n")
	case "LIST":
		if strings.HasSuffix(cmd.args, `""`) {
			c.send("* LIST (\\Noselect) \"/\" \"\"\r\n")
		} else if f.listed != "" {
			c.send("%s", f.listed)
		} else {
			c.send("* LIST () \"/\" INBOX\r\n")
		}
	case "STATUS":
		name, _, _ := strings.Cut(cmd.args, " (")
		c.send("* STATUS %s (MESSAGES %d UIDNEXT %d UIDVALIDITY %d)\r\n", name, len(f.mail), f.next, f.validity)
	case "SELECT", "EXAMINE":
		c.send("* %d EXISTS\r\n* OK [UIDVALIDITY %d] v\r\n* OK [UIDNEXT %d] n\r\n* FLAGS (\\Seen)\r\n* OK [PERMANENTFLAGS (\\Seen %s)] p\r\n",
			len(f.mail), f.validity, f.next, f.flags)
		c.send("%s OK [READ-WRITE] done\r\n", cmd.tag)
		return
	case "APPEND":
		from := f.next
		for _, lit := range cmd.lits {
			f.mail = append(f.mail, fakeMessage{f.next, lit})
			f.next++
		}
		c.send("%s OK [APPENDUID %d %d:%d] stored\r\n", cmd.tag, f.validity, from, f.next-1)
		return
	case "UID FETCH":
		f.fetch(c, cmd.args)
	case "UID STORE":
	case "UID EXPUNGE":
		set := strings.Fields(cmd.args)[0]
		f.mail = slices.DeleteFunc(f.mail, func(m fakeMessage) bool { return inSet(set, m.uid) })
	}
	c.send("%s OK done\r\n", cmd.tag)
}

// fetch answers UID FETCH as servers do.
func (f *fake) fetch(c *client, args string) {
	set, items, _ := strings.Cut(args, " ")
	for i, m := range f.mail {
		if !inSet(set, m.uid) {
			continue
		}
		c.send("* %d FETCH (UID %d", i+1, m.uid)
		if strings.Contains(items, "FLAGS") {
			c.send(" FLAGS (\\Seen)")
		}
		if strings.Contains(items, "SIZE") {
			c.send(" RFC822.SIZE %d", len(m.octets))
		}
		if strings.Contains(items, "INTERNALDATE") {
			c.send(" INTERNALDATE \" 1-Jul-2004 12:00:00 -0500\"")
		}
		if strings.Contains(items, "HEADER.FIELDS") {
			head, _, _ := strings.Cut(m.octets, "\r\n\r\n")
			c.send(" BODY[HEADER.FIELDS (MESSAGE-ID DATE FROM SUBJECT)] {%d}\r\n%s", len(head)+4, head+"\r\n\r\n")
		} else if strings.Contains(items, "BODY.PEEK[]") {
			c.send(" BODY[] {%d}\r\n%s", len(m.octets), m.octets)
		}
		c.send(")\r\n")
	}
}

func inSet(set string, uid int) bool {
	for part := range strings.SplitSeq(set, ",") {
		a, b, ranged := strings.Cut(part, ":")
		from, _ := strconv.Atoi(a)
		to := from
		if ranged {
			if to, _ = strconv.Atoi(b); b == "*" {
				to = 1 << 40
			}
		}
		if uid >= from && uid <= to {
			return true
		}
	}
	return false
}

// fill puts n messages into the folder.
func (f *fake) fill(n int) {
	for range n {
		f.mail = append(f.mail, fakeMessage{f.next, message(f.next, "text")})
		f.next++
	}
}

// ref names a message of the fake's INBOX.
func (f *fake) ref(uid int) mail.Ref {
	return mail.Ref{Folder: mail.Inbox, Validity: uint32(f.validity), ID: strconv.Itoa(uid)}
}

func (f *fake) refs() []mail.Ref {
	var refs []mail.Ref
	for _, m := range f.mail {
		refs = append(refs, f.ref(m.uid))
	}
	return refs
}

// seen counts the commands that contain text.
func (f *fake) seen(text string) int {
	f.mu.Lock()
	defer f.mu.Unlock()
	n := 0
	for _, c := range f.commands {
		if strings.Contains(c, text) {
			n++
		}
	}
	return n
}

var inbox = mail.Folder{Path: mail.Inbox}
