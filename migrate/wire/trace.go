package wire

import (
	"bytes"
	"fmt"
	"io"
	"strconv"
	"strings"
	"sync"
)

const (
	traceKept  = 64 << 10 // of one line, for finding secrets in it
	traceShown = 1000     // of one line
)

// Trace writes what goes over the wire, a line each, with the number of the connection, who said it, and
// every hidden secret (and its base64) replaced. Messages and literals are counted, not shown. It may serve
// many connections at once; a nil Trace writes nothing.
type Trace struct {
	Secrets
	mu    sync.Mutex
	w     io.Writer
	conns int
}

// NewTrace traces to w. An error of w ends nothing but the trace.
func NewTrace(w io.Writer) *Trace { return &Trace{w: w} }

// tracer follows one connection.
type tracer struct {
	trace    *Trace
	number   int
	mu       sync.Mutex
	client   talker
	server   talker
	imap     bool // literals are announced by {n}
	sasl     bool // between AUTH and its answer every client line proves who we are
	greeted  bool
	bodySize int64
}

// talker is one direction: the line so far, and what is left of a literal.
type talker struct {
	line    []byte
	dropped int64
	literal int64
}

func (t *Trace) tracer(s Server) *tracer {
	if t == nil {
		return nil
	}
	t.mu.Lock()
	t.conns++
	tr := &tracer{trace: t, number: t.conns}
	t.mu.Unlock()
	tr.print("--", "connected to "+s.Address())
	return tr
}

func (tr *tracer) print(who, text string) {
	tr.trace.mu.Lock()
	defer tr.trace.mu.Unlock()
	fmt.Fprintf(tr.trace.w, "%d %s: %s\n", tr.number, who, text)
}

func (tr *tracer) sent(p []byte) {
	if tr == nil || len(p) == 0 {
		return
	}
	tr.mu.Lock()
	defer tr.mu.Unlock()
	tr.flushBody()
	tr.follow(&tr.client, "C", p)
}

func (tr *tracer) received(p []byte) {
	if tr == nil || len(p) == 0 {
		return
	}
	tr.mu.Lock()
	defer tr.mu.Unlock()
	tr.flushBody()
	tr.follow(&tr.server, "S", p)
}

// body counts octets of a message that are not shown.
func (tr *tracer) body(n int) {
	if tr == nil {
		return
	}
	tr.mu.Lock()
	defer tr.mu.Unlock()
	tr.bodySize += int64(n)
}

func (tr *tracer) flushBody() {
	if tr.bodySize > 0 {
		tr.print("S", fmt.Sprintf("<%d octets>", tr.bodySize))
		tr.bodySize = 0
	}
}

// follow cuts a stream into lines and literals.
func (tr *tracer) follow(t *talker, who string, p []byte) {
	for len(p) > 0 {
		if t.literal > 0 {
			n := min(t.literal, int64(len(p)))
			t.literal -= n
			p = p[n:]
			continue
		}
		end := bytes.IndexByte(p, '\n')
		part := p[:end+1]
		if end < 0 {
			part = p
		}
		p = p[len(part):]
		room := min(traceKept-len(t.line), len(part))
		t.line = append(t.line, part[:room]...)
		t.dropped += int64(len(part) - room)
		if end >= 0 {
			tr.show(t, who)
		}
	}
}

// show prints one whole line and prepares for what it announces.
func (tr *tracer) show(t *talker, who string) {
	line := bytes.TrimRight(t.line, "\r\n")
	if who == "S" && !tr.greeted {
		tr.greeted, tr.imap = true, bytes.HasPrefix(line, []byte("* "))
	}
	text := printable(tr.trace.redact(tr.veil(who, line)))
	if over := int64(len(text)-traceShown) + t.dropped; len(text) > traceShown {
		text = strings.ToValidUTF8(text[:traceShown], "") + fmt.Sprintf(" <%d more>", over)
	}
	if tr.imap && t.dropped == 0 {
		t.literal = literalSize(line)
	}
	if t.literal > 0 {
		text += fmt.Sprintf(" <%d octets>", t.literal)
	}
	tr.print(who, text)
	t.line, t.dropped = t.line[:0], 0
}

// veil hides by place what proves the login: a second fence beside hiding by value.
func (tr *tracer) veil(who string, line []byte) []byte {
	if who == "S" {
		goesOn := bytes.HasPrefix(line, []byte("+")) && !bytes.HasPrefix(line, []byte("+OK")) || bytes.HasPrefix(line, []byte("* "))
		tr.sasl = tr.sasl && goesOn
		return line
	}
	if tr.sasl {
		return []byte(hidden)
	}
	words := bytes.SplitN(line, []byte(" "), 4)
	verb := 0
	if tr.imap {
		verb = 1
	}
	if len(words) <= verb {
		return line
	}
	keep := len(words)
	switch strings.ToUpper(string(words[verb])) {
	case "AUTH", "AUTHENTICATE":
		tr.sasl = len(words) > verb+1
		keep = verb + 2
	case "PASS":
		keep = verb + 1
	case "APOP", "LOGIN":
		keep = verb + 2
	}
	if keep >= len(words) {
		return line
	}
	return append(bytes.Join(words[:keep], []byte(" ")), " "+hidden...)
}

// literalSize reads {n} or {n+} at the end of a line (RFC 9051 §4.3, RFC 7888); 0: none.
func literalSize(line []byte) int64 {
	rest, ok := bytes.CutSuffix(line, []byte("}"))
	open := bytes.LastIndexByte(rest, '{')
	if !ok || open < 0 {
		return 0
	}
	n, err := strconv.ParseInt(strings.TrimSuffix(string(rest[open+1:]), "+"), 10, 64)
	if err != nil || n < 0 {
		return 0
	}
	return n
}
