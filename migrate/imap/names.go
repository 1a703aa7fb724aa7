package imap

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"unicode/utf8"

	"mailmv/formats/mail"
)

// names translates between folder paths and what the server calls its mailboxes.
type names struct {
	prefix string   // of the personal namespace (RFC 2342), decoded: "INBOX." on Courier
	delim  string   // one character; empty: the server has no hierarchy
	others []string // prefixes of other users' and shared namespaces
	utf8   bool     // an IMAP4rev2 server that knows no older names: they are UTF-8
	note   func(string)

	mu    sync.Mutex
	known map[mail.Path]string // paths of names that were listed
	taken map[string]mail.Path // the same, the other way
}

var errName = errors.New("cannot be a folder name")

// namespace asks for the personal namespace and the delimiter, with LIST where NAMESPACE is not offered.
func (s *session) namespace() (*names, error) {
	n := &names{known: map[mail.Path]string{}, taken: map[string]mail.Path{}}
	n.utf8 = s.caps["IMAP4REV2"] && !s.caps["IMAP4REV1"]
	command := `LIST "" ""`
	if s.caps["NAMESPACE"] || s.caps["IMAP4REV2"] {
		command = "NAMESPACE"
	}
	_, err := s.command(command, func(r reply) {
		sc := scan{r.text}
		switch strings.ToUpper(sc.word()) {
		case "NAMESPACE":
			n.parse(sc)
		case "LIST":
			sc.blanks()
			sc.list()
			sc.blanks()
			if d, isNil, _ := sc.str(); !isNil && len(d) == 1 {
				n.delim = d
			}
		}
	})
	return n, err
}

// parse reads a NAMESPACE response: personal, other users', shared.
func (n *names) parse(s scan) {
	for kind := range 3 {
		s.blanks()
		if !s.accept('(') {
			if !s.skip() { // NIL
				return
			}
			continue
		}
		for first := true; ; first = false {
			s.blanks()
			if !s.accept('(') {
				s.accept(')')
				break
			}
			prefix, _, _ := s.str()
			s.blanks()
			delim, isNil, ok := s.str()
			for s.blanks(); ok && !s.accept(')'); s.blanks() {
				ok = s.skip() // extensions
			}
			if !ok {
				return
			}
			switch {
			case kind == 0 && first:
				n.prefix = readableName(prefix)
				if !isNil && len(delim) == 1 {
					n.delim = delim
				}
			case kind > 0 && prefix != "":
				n.others = append(n.others, readableName(prefix))
			}
		}
	}
}

// raw gives the server's name of p. A delimiter inside a level would make two levels of it: it is replaced, and that is told.
func (n *names) raw(p mail.Path) (string, error) {
	p = p.Clean()
	n.mu.Lock()
	raw, listed := n.known[p]
	n.mu.Unlock()
	switch {
	case listed:
		return raw, nil
	case p == mail.Inbox:
		return string(mail.Inbox), nil
	case p == "" || !utf8.ValidString(string(p)):
		return "", fmt.Errorf("%q %w: empty or not UTF-8", p, errName)
	case strings.ContainsAny(string(p), "\r\n\x00"):
		return "", fmt.Errorf("%q %w: %w", p, errName, errControl)
	}
	levels := strings.Split(string(p), "/")
	for i, l := range levels {
		if n.delim != "" && n.delim != "/" && strings.Contains(l, n.delim) {
			levels[i] = strings.ReplaceAll(l, n.delim, "_")
			n.note(fmt.Sprintf("folder %q: the server separates levels with %q, so the level is called %q there", p, n.delim, levels[i]))
		}
	}
	sep := n.delim
	if sep == "" {
		if sep = "_"; len(levels) > 1 {
			n.note(fmt.Sprintf("folder %q: the server has no levels, so it is called %q there", p, strings.Join(levels, sep)))
		}
	}
	name := n.prefix + strings.Join(levels, sep)
	if n.utf8 {
		return name, nil
	}
	return encodeName(name), nil
}

// path gives the path of a mailbox that the server lists. Two mailboxes never have one path.
func (n *names) path(raw string) mail.Path {
	if strings.EqualFold(raw, string(mail.Inbox)) {
		return mail.Inbox
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	if p, ok := n.taken[raw]; ok {
		return p
	}
	name := readableName(raw)
	p := n.join(strings.TrimPrefix(name, n.prefix))
	if n.clash(p) {
		p = n.join(name)
	}
	for i, base := 2, p; n.clash(p); i++ {
		p = base + mail.Path("_"+strconv.Itoa(i))
	}
	n.known[p], n.taken[raw] = raw, p
	return p
}

func (n *names) clash(p mail.Path) bool {
	_, there := n.known[p]
	return there || p == mail.Inbox || p == ""
}

// join makes a path of a decoded name. A "/" inside a level becomes "_".
func (n *names) join(name string) mail.Path {
	levels := []string{name}
	if n.delim != "" {
		levels = strings.Split(name, n.delim)
	}
	for i := range levels {
		levels[i] = strings.ReplaceAll(levels[i], "/", "_")
	}
	return mail.Path(strings.Join(levels, "/")).Clean()
}

// foreign tells whether a listed name lies in another user's or a shared namespace.
func (n *names) foreign(raw string) bool {
	name := readableName(raw)
	for _, o := range n.others {
		if strings.HasPrefix(name, o) || name+n.delim == o {
			return true
		}
	}
	return false
}
