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
	var uidls []named
	var sizes []sized
	noUIDL, odd, err := s.lines(ask, "UIDL", func(number int32, text []byte) {
		uidls = append(uidls, named{number, string(text)})
	})
	if err != nil {
		return nil, err
	}
	noLIST, oddSizes, err := s.lines(ask, "LIST", func(number int32, text []byte) {
		sizes = append(sizes, sized{number, parseSize(text)})
	})
	if err != nil {
		return nil, err
	}
	odd += oddSizes
	if noUIDL && noLIST && stat < 0 {
		return nil, errors.New("the server answers neither STAT nor UIDL nor LIST")
	}
	if stat > max(len(uidls), len(sizes)) && (noLIST || odd > 0) {
		// Only STAT tells which numbers there are. A number that is not there costs one refusal later.
		if stat > maxMessages {
			return nil, fmt.Errorf("STAT: %d messages, and no listing that has them", stat)
		}
		for n := range stat {
			sizes = append(sizes, sized{int32(n + 1), -1})
		}
	}
	d := newMaildrop(s.number, stat, uidls, sizes)
	d.noUIDL, d.odd = noUIDL, odd
	return d, nil
}

// lines reads one listing. unknown is true where the server refuses the command; odd counts lines without a number.
func (s *session) lines(ask func(string) (string, error), command string, each func(number int32, text []byte)) (unknown bool, odd int, err error) {
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
		return nil
	})
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
