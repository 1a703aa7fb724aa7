package pop3

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// list asks STAT, UIDL and LIST, in one round trip where the server pipelines.
func (s *session) list() (*maildrop, error) {
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
	stat := -1
	switch text, err := ask("STAT"); {
	case err == nil:
		stat = parseStat(text)
	case !refused(err):
		return nil, err
	}
	uidls, err := s.lines(ask, "UIDL")
	if err != nil {
		return nil, err
	}
	sizes, err := s.lines(ask, "LIST")
	if err != nil {
		return nil, err
	}
	odd := uidls.odd + sizes.odd
	if missing := stat > max(len(uidls.lines), len(sizes.lines)); missing && (sizes.refused || odd > 0) {
		// Only STAT tells which numbers there are. A number that is not there costs one refusal later.
		if stat > maxMessages {
			return nil, fmt.Errorf("STAT: %d messages, and no listing that has them", stat)
		}
		for n := range stat {
			sizes.lines = append(sizes.lines, line{number: int32(n + 1)})
		}
	}
	if uidls.refused && sizes.refused && stat < 0 {
		return nil, errors.New("the server answers neither STAT nor UIDL nor LIST")
	}
	d := newMaildrop(s.number, stat, uidls.lines, sizes.lines)
	d.noUIDL, d.odd = uidls.refused, odd
	return d, nil
}

// answers is what one listing command brought.
type answers struct {
	lines   []line
	odd     int  // lines without a number
	refused bool // the server does not know the command
}

func (s *session) lines(ask func(string) (string, error), command string) (a answers, err error) {
	switch _, err := ask(command); {
	case refused(err):
		return answers{refused: true}, nil
	case err != nil:
		return a, err
	}
	err = s.multiline(func(b []byte) error {
		if l, ok := parseLine(b); ok {
			a.lines = append(a.lines, l)
		} else {
			a.odd++
		}
		if len(a.lines)+a.odd > maxMessages {
			return fmt.Errorf("%s: more than %d messages", command, maxMessages)
		}
		return nil
	})
	return a, err
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
		s.note("nameless", "%d messages have no UIDL: whether they are new is told by their content", d.nameless)
	}
	if d.shared > 0 {
		s.note("shared", "%d messages have a UIDL that is not theirs alone: whether they are new is told by their content", d.shared)
	}
	if d.odd > 0 {
		s.note("odd", "%d lines of the server's listings make no sense", d.odd)
	}
	if d.stat >= 0 && d.stat != len(d.entries) {
		s.note("stat", "STAT counts %d messages, the listing has %d: the listing is believed", d.stat, len(d.entries))
	}
}
