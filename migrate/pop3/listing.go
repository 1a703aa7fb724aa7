package pop3

import (
	"bufio"
	"crypto/sha256"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"mailmv/formats/mail"
)

// listing is what STAT, UIDL and LIST told, not yet joined.
type listing struct {
	stat   int // messages; -1: it was not told
	uidls  []named
	sizes  []sized
	noUIDL bool     // the server does not know the command
	odd    int      // lines that could not be read
	sum    [32]byte // of all lines, as they came
	plain  bool     // UIDL and LIST tell of the same messages in one order, as a rule
}

// makeRoom makes room for as many messages as STAT has told, within reason.
func (l *listing) makeRoom() {
	if n := min(l.stat, 1<<16); n > 0 {
		l.uidls, l.sizes = make([]named, 0, n), make([]sized, 0, n)
	}
}

// texts keeps many short texts close together.
type texts struct{ strings.Builder }

func (t *texts) keep(b []byte) string {
	if t.Cap()-t.Len() < len(b) {
		t.Reset()
		t.Grow(max(len(b), 32<<10))
	}
	start := t.Len()
	t.Write(b)
	return t.String()[start:]
}

// isPlain finds out whether it is plain.
func (l *listing) isPlain() bool {
	if l.odd > 0 || l.stat != len(l.uidls) || l.stat != len(l.sizes) {
		return false
	}
	for i, u := range l.uidls {
		if u.number != l.sizes[i].number || i > 0 && u.number <= l.uidls[i-1].number {
			return false
		}
	}
	return true
}

// list asks STAT, UIDL and LIST, in one round trip where the server pipelines.
func (s *session) list() (*listing, error) {
	if s.depth > oneInFlight {
		if err := s.send("STAT\r\nUIDL\r\nLIST"); err != nil {
			return nil, err
		}
	}
	ask := func(command string) (string, error) {
		if s.depth > oneInFlight {
			return s.answer()
		}
		return s.ask(command)
	}
	l, sum := &listing{stat: -1}, sha256.New()
	lines := bufio.NewWriter(sum)
	switch text, err := ask("STAT"); {
	case err == nil:
		l.stat = parseStat(text)
	case !refused(err):
		return nil, err
	}
	l.makeRoom()
	var names texts
	noUIDL, odd, err := s.lines(ask, "UIDL", lines, func(number int32, text []byte) {
		l.uidls = append(l.uidls, named{number, names.keep(text)})
	})
	if err != nil {
		return nil, err
	}
	noLIST, oddSizes, err := s.lines(ask, "LIST", lines, func(number int32, text []byte) {
		l.sizes = append(l.sizes, sized{number, parseSize(text)})
	})
	if err != nil {
		return nil, err
	}
	l.noUIDL, l.odd = noUIDL, odd+oddSizes
	_ = lines.Flush() // a hash takes everything
	sum.Sum(l.sum[:0])
	l.plain = l.isPlain()
	if noUIDL && noLIST && l.stat < 0 {
		return nil, errors.New("the server answers neither STAT nor UIDL nor LIST")
	}
	if l.stat > max(len(l.uidls), len(l.sizes)) && (noLIST || l.odd > 0) {
		// Only STAT tells which numbers there are. A number that is not there costs one refusal later.
		if l.stat > maxMessages {
			return nil, fmt.Errorf("STAT: %s, and no listing that has them", mail.Count(l.stat, "message", "messages"))
		}
		for n := range l.stat {
			l.sizes = append(l.sizes, sized{int32(n + 1), -1})
		}
	}
	return l, nil
}

// lines reads one listing, and puts its lines into sum. unknown is true where the server refuses the command; odd counts lines without a number.
func (s *session) lines(ask func(string) (string, error), command string, sum *bufio.Writer, each func(number int32, text []byte)) (unknown bool, odd int, err error) {
	switch _, err := ask(command); {
	case refused(err):
		return true, 0, nil
	case err != nil:
		return false, 0, err
	}
	count, octets := 0, 0
	err = s.multiline(func(b []byte) error {
		count++
		if octets += len(b); count > maxMessages || octets > maxListing {
			return fmt.Errorf("%s: no end of the list after %d lines", command, count)
		}
		if number, text, ok := parseLine(b); ok {
			each(number, text)
		} else {
			odd++
		}
		_, _ = sum.Write(b)
		return sum.WriteByte('\n')
	})
	_, _ = sum.WriteString(".\n") // no line is one
	return false, odd, err
}

// parseSize reads octets; -1: it is something else. Some servers put more words behind them.
func parseSize(text []byte) int64 {
	first, _, _ := strings.Cut(string(text), " ")
	n, err := strconv.ParseInt(first, 10, 64)
	if err != nil || n < 0 {
		return -1
	}
	return n
}

// parseStat reads "messages octets"; -1: it is something else.
func parseStat(text string) int {
	first, _, _ := strings.Cut(text, " ")
	n, err := strconv.ParseInt(first, 10, 64)
	if err != nil || n < 0 {
		return -1
	}
	return int(n)
}

// noteListing tells what in the listing will surprise the user.
func (s *Store) noteListing(d *maildrop) {
	switch {
	case len(d.entries) == 0:
	case d.noUIDL:
		s.note("uidl", "the server has no UIDL: which messages are new is told by their content, so each run fetches all of them")
	case d.nameless > 0:
		s.note("nameless", "%s no UIDL: whether they are new is told by their content", mail.Count(d.nameless, "message has", "messages have"))
	}
	if d.shared > 0 {
		s.note("shared", "%s a UIDL that is not theirs alone: whether they are new is told by their content", mail.Count(d.shared, "message has", "messages have"))
	}
	if d.odd > 0 {
		s.note("odd", "%s no sense", mail.Count(d.odd, "line of the server's listings makes", "lines of the server's listings make"))
	}
	if d.stat >= 0 && d.stat != len(d.entries) {
		s.note("stat", "STAT counts %s, the listing has %d: the listing is believed", mail.Count(d.stat, "message", "messages"), len(d.entries))
	}
}
