package imap

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	goimap "github.com/emersion/go-imap/v2"

	"mailmv/formats/mail"
)

// maxHeld is how much of a body is held in memory while its UID is looked for behind it.
const maxHeld = 256 << 10

// dateTime is INTERNALDATE as the protocol writes it (RFC 9051 §9, date-time).
const dateTime = "_2-Jan-2006 15:04:05 -0700"

// item is what a FETCH answer must bear to count as one.
type item uint8

const (
	theUID item = iota
	theSize
	theBody
)

// answer is what a FETCH response tells of one message.
type answer struct {
	seq, uid uint32
	injected bool // the UID is the one that was asked for; the answer has not named it yet
	flags    mail.Flags
	keywords []string
	date     time.Time
	size     int64 // -1: not told
	body     *literal
}

// verdict says what becomes of a FETCH after one of its answers.
type verdict uint8

const (
	more   verdict = iota
	enough         // read what is left, and drop it
)

var errTwice = errors.New("server answers one UID twice")

// answers reads what a server says to one UID FETCH. It speaks on the wire itself, with nothing of the library's open:
// beta.8 loses a message in silence when a server puts the UID behind the literal or splits its answer in two, and
// takes a literal that is cut short for a whole one.
type answers struct {
	s      *session
	conn   octetLines
	tag    string
	want   item
	set    goimap.UIDSet // that was asked for, in order
	only   uint32        // the single UID that was asked for: an answer that names none is its
	bodies map[uint32]bool
	each   func(*answer) verdict
	over   bool // each has had enough
	idle   int  // responses since the last that was asked for
	answer answer
}

// octetLines is what answers are read from: wire.Conn.
type octetLines interface {
	lines
	Peek(n int) ([]byte, error)
	Discard(n int)
}

// fetch sends one UID FETCH for items and hands every answer that bears what is wanted to each; an answer is good for
// that call. A refusal is a *goimap.Error; any other error ends the connection.
func (s *session) fetch(want item, set goimap.UIDSet, items string, each func(*answer) verdict) error {
	f, err := s.askFor(want, set, items)
	if err != nil {
		return err
	}
	return f.read(each)
}

// askFor sends one UID FETCH; its answers are still to be read, unless it fails.
func (s *session) askFor(want item, set goimap.UIDSet, items string) (*answers, error) {
	f := &answers{s: s, conn: s.conn, tag: s.nextTag(), want: want, set: set, bodies: map[uint32]bool{}}
	if len(set) == 1 && set[0].Start == set[0].Stop {
		f.only = uint32(set[0].Start)
	}
	return f, s.send(f.tag + " UID FETCH " + set.String() + " (" + items + ")\r\n")
}

// read reads up to the answer to the command.
func (f *answers) read(each func(*answer) verdict) error {
	f.each = each
	for {
		line, err := f.conn.ReadLine(maxLine)
		if err != nil {
			return cut(err)
		}
		if f.idle++; f.idle > maxUnread {
			return errBounds
		}
		tag, text, _ := bytes.Cut(line, []byte(" "))
		switch {
		case string(tag) == "*":
			err = f.untagged(text)
		case string(tag) == f.tag:
			return f.end(reply{f.tag, text})
		case len(bytes.TrimSpace(line)) == 0:
		default:
			f.s.words.stray(string(tag))
		}
		if err != nil {
			return cut(err)
		}
	}
}

// end gives the server's refusal, if it is one.
func (f *answers) end(r reply) error {
	st, err := f.s.answer(r)
	if err != nil || st.kind == "OK" {
		return err
	}
	return &goimap.Error{Type: goimap.StatusResponseType(st.kind), Code: goimap.ResponseCode(st.code), Text: strings.Map(printable, st.text)}
}

func (f *answers) untagged(text []byte) error {
	s := scan{text}
	n, numbered := s.number(32)
	if s.blanks(); numbered && s.name() == "FETCH" {
		return f.take(uint32(n), s, text)
	}
	r := reply{"*", bytes.Clone(text)}
	if r.isStatus() {
		f.s.words.hear(parseStatus(r.text), false)
		return nil
	}
	_, err := f.s.words.untagged(f.conn, r)
	return err
}

// take reads a FETCH response. What was not asked for is dropped, such as the news that another client changed a flag.
func (f *answers) take(seq uint32, s scan, text []byte) error {
	s.blanks()
	f.answer = answer{seq: seq, size: -1}
	if seq == 0 || !s.accept('(') {
		f.s.words.notes("a FETCH answer cannot be read: ignored")
		return drop(f.conn, text)
	}
	_, longer := literalAtEnd(text)
	err := f.items(s)
	if errors.Is(err, errSyntax) && !longer {
		// It was this line alone, so the next one is sound.
		f.s.words.notes("a FETCH answer cannot be read: ignored")
		return nil
	}
	return err
}

// items reads the items of one answer up to its closing parenthesis, or up to a body that each reads from the wire.
func (f *answers) items(s scan) error {
	a := &f.answer
	for {
		s.blanks()
		if s.accept(')') {
			return f.finish()
		}
		name := s.name()
		s.blanks()
		if name == "" || s.done() {
			return fmt.Errorf("%w: a FETCH answer ends in its middle", errSyntax)
		}
		if isBody(name) {
			streaming, err := f.body(&s)
			if streaming || err != nil {
				return err
			}
			continue
		}
		if err := f.inline(&s); err != nil {
			return err
		}
		if err := f.item(a, name, &s); err != nil {
			return err
		}
	}
}

// isBody tells whether an item is the message or the header of it that we ask for.
func isBody(name string) bool {
	return strings.HasPrefix(name, "BODY[") || name == "RFC822"
}

// inline reads a small literal that the value at hand begins with or holds.
func (f *answers) inline(s *scan) error {
	for range maxParts {
		if probe := (scan{s.b}); probe.skip() {
			return nil
		}
		n, ok := literalAtEnd(s.b)
		if !ok {
			return fmt.Errorf("%w: a FETCH answer cannot be read", errSyntax)
		}
		var err error
		if s.b, err = withLiteral(f.conn, bytes.Clone(s.b), n); err != nil {
			return err
		}
	}
	return fmt.Errorf("%w: more than %d literals", errBounds, maxParts)
}

// item reads one item other than a body.
func (f *answers) item(a *answer, name string, s *scan) error {
	switch name {
	case "UID":
		n, ok := s.number(32)
		if !ok || n == 0 || (a.uid != 0 && a.uid != uint32(n)) {
			return fmt.Errorf("%w: a FETCH answer with a wrong UID", errSyntax)
		}
		a.uid, a.injected = uint32(n), false
	case "RFC822.SIZE":
		if n, ok := s.number(63); ok {
			a.size = int64(n)
		}
	case "FLAGS":
		flags, ok := s.list()
		if !ok {
			return fmt.Errorf("%w: a list of flags cannot be read", errSyntax)
		}
		a.flags, a.keywords = f.s.words.marks(flags)
	case "INTERNALDATE":
		v, isNil, _ := s.str()
		if a.date = parseDate(v); a.date.IsZero() && !isNil {
			f.s.words.notes(fmt.Sprintf("the server gives an internal date %q, which is none: taken as unknown", f.s.words.clean(v)))
		}
	default:
		s.skip()
	}
	return nil
}

// parseDate reads an INTERNALDATE; zero where it is none. A missing zone is taken as UTC.
func parseDate(v string) time.Time {
	v = strings.TrimSpace(v)
	for _, layout := range []string{dateTime, "_2-Jan-2006 15:04:05"} {
		if t, err := time.Parse(layout, v); err == nil {
			return t
		}
	}
	return time.Time{}
}

// body reads a body. streaming: each has had it from the wire, and the answer is over.
func (f *answers) body(s *scan) (streaming bool, err error) {
	a := &f.answer
	n, onWire := literalAtEnd(s.b)
	if !onWire || bytes.IndexByte(s.b, '{') > 1 {
		v, isNil, ok := s.str()
		if !ok {
			return false, fmt.Errorf("%w: a body that is no string", errSyntax)
		}
		if isNil {
			f.s.words.notes("the server has a message without any body (NIL): taken as an empty one")
			v = ""
		}
		a.body = &literal{f: f, n: int64(len(v)), held: []byte(v)}
		return false, nil
	}
	if a.uid == 0 && f.only != 0 {
		a.uid, a.injected = f.only, true
	}
	switch {
	case f.over || f.want != theBody || a.uid != 0 && !f.asked(a.uid) || a.uid == 0 && n > maxHeld:
		_, err = io.CopyN(io.Discard, f.conn, n)
	case a.uid == 0 || n == 0:
		a.body = &literal{f: f, n: n, held: make([]byte, n)}
		err = readFull(f.conn, a.body.held)
	default:
		return true, f.stream(n)
	}
	if err != nil {
		return false, cut(err)
	}
	l, err := f.conn.ReadLine(maxLine)
	s.b = l
	return false, cut(err)
}

// stream hands each an answer whose body is still on the wire, and reads what each leaves of it.
func (f *answers) stream(n int64) error {
	if err := f.once(f.answer.uid); err != nil {
		return err
	}
	l := &literal{f: f, n: n, left: n}
	f.answer.body, f.idle = l, 0
	f.over = f.each(&f.answer) == enough
	if f.s.dead.Load() {
		return errEnded // each wants no more and has said so to the session
	}
	if _, err := l.WriteTo(io.Discard); err != nil {
		return err
	}
	return nil
}

// asked tells whether uid was asked for.
func (f *answers) asked(uid uint32) bool {
	i, found := slices.BinarySearchFunc(f.set, goimap.UID(uid), func(r goimap.UIDRange, uid goimap.UID) int { return cmp.Compare(r.Start, uid) })
	return found || i > 0 && (f.set[i-1].Stop >= goimap.UID(uid) || f.set[i-1].Stop == 0)
}

// once notes that a body of uid came, and refuses a second one.
func (f *answers) once(uid uint32) error {
	if f.bodies[uid] {
		return fmt.Errorf("%w: %d", errTwice, uid)
	}
	f.bodies[uid] = true
	return nil
}

// finish ends an answer that is not on the wire any more: each gets it if it is what was asked for.
func (f *answers) finish() error {
	a := &f.answer
	f.idle = 0
	if a.uid == 0 {
		a.uid = f.only
	}
	ok := !f.over && f.asked(a.uid)
	switch f.want {
	case theSize:
		ok = ok && a.size >= 0
	case theBody:
		ok = ok && a.body != nil
	}
	if !ok {
		return nil
	}
	if f.want == theBody {
		if err := f.once(a.uid); err != nil {
			return err
		}
	}
	f.over = f.each(a) == enough
	return nil
}

// message gives what the answer told beside the body; its octets are unknown (-1) where it did not tell the size.
func (s *session) message(a *answer) mail.Message {
	m := mail.Message{Ref: s.ref(a.uid), Octets: a.size, InternalDate: a.date, Flags: a.flags, Keywords: slices.Clone(a.keywords)}
	m.Fleeting = m.Validity == 0
	return m
}
