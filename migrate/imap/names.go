package imap

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"

	"mailmv/formats/mail"
)

// names translates between folder paths and what the server calls its mailboxes.
type names struct {
	prefix string   // of the personal namespace (RFC 2342), decoded: "INBOX." on Courier
	delim  string   // one character; empty: the server has no hierarchy
	others []string // prefixes of other users' and shared namespaces
	utf8   bool     // an IMAP4rev2 server that knows no older names: they are UTF-8
	note   func(string)

	surveyed atomic.Bool  // all that is there was listed
	missed   atomic.Int32 // folders that were to be opened, and were absent

	mu    sync.Mutex
	known map[mail.Path]string // paths of names that were listed
	taken map[string]mail.Path // the same, the other way
	// claimed are the names that paths were given in this run: no two paths ever share one.
	claimed map[string]mail.Path
	closed  map[string]bool // names that are listed and hold no mail: \Noselect
}

var errName = errors.New("cannot be a folder name")

// namespace asks for the personal namespace and the delimiter, with LIST where NAMESPACE is not offered.
func (s *session) namespace() (*names, error) {
	n := &names{known: map[mail.Path]string{}, taken: map[string]mail.Path{}, claimed: map[string]mail.Path{}, closed: map[string]bool{}}
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

// raw gives the server's name of p: the one that is known, or the first that could be.
func (n *names) raw(p mail.Path) (string, error) {
	p = p.Clean()
	if raw, ok := n.knows(p); ok {
		return raw, nil
	}
	all, err := n.candidates(p)
	if err != nil {
		return "", err
	}
	return all[0], nil
}

func (n *names) knows(p mail.Path) (string, bool) {
	n.mu.Lock()
	defer n.mu.Unlock()
	raw, ok := n.known[p]
	return raw, ok
}

// claim gives the name of p that is known, unless another path was given it in this run; from now on it is p's.
func (n *names) claim(p mail.Path) (string, bool) {
	n.mu.Lock()
	defer n.mu.Unlock()
	raw, ok := n.known[p]
	if !ok || n.isOthers(raw, p) || n.closed[raw] {
		return "", false
	}
	n.claimed[raw] = p
	return raw, true
}

// candidates are the names that p may have on the server, the best first: as it is, where it can be; without what
// servers commonly refuse; without anything odd; all levels in one (some stores keep no folder in a folder with mail); and that
// with a tag, for when all others belong to other paths.
func (n *names) candidates(p mail.Path) ([]string, error) {
	p = p.Clean()
	if p == "" {
		return nil, fmt.Errorf("%q %w: empty", p, errName)
	}
	if p == mail.Inbox {
		return []string{string(mail.Inbox)}, nil
	}
	levels := strings.Split(strings.ToValidUTF8(string(p), "\uFFFD"), "/")
	var common, bare []string
	for _, l := range levels {
		common, bare = append(common, mended(l, n.delim)), append(bare, plain(l, n.delim))
	}
	flat := cutLevel(strings.Join(bare, string(likeSlash)))
	var all []string
	add := func(levels ...string) {
		if raw := n.write(levels); !slices.Contains(all, raw) {
			all = append(all, raw)
		}
	}
	if n.delim == "" && len(levels) > 1 {
		add(flat)
	} else {
		if n.writable(levels) {
			add(levels...)
		}
		add(common...)
		add(bare...)
	}
	add(flat)
	add(flat + "_" + tagOf(string(p)))
	return all, nil
}

// writable tells whether levels can be written as they are: a delimiter inside a level would make two of it.
func (n *names) writable(levels []string) bool {
	for _, l := range levels {
		if strings.ContainsAny(l, "\r\n\x00") || n.delim != "" && strings.Contains(l, n.delim) {
			return false
		}
	}
	return true
}

func (n *names) write(levels []string) string {
	name := n.prefix + strings.Join(levels, n.delim)
	if n.utf8 {
		return name
	}
	return encodeName(name)
}

// choose gives the name of p: one that is there already, else the first that belongs to no other path. there is false
// where none is. What is there must have been listed before.
func (n *names) choose(p mail.Path) (raw string, there bool, err error) {
	all, err := n.candidates(p)
	if err != nil {
		return "", false, err
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	free := slices.DeleteFunc(all, func(raw string) bool { return n.isOthers(raw, p) })
	for _, raw := range free {
		if _, ok := n.taken[raw]; ok && !n.closed[raw] {
			return raw, true, nil
		}
	}
	n.claimed[free[0]] = p // the last has a tag that is its own, so there is one
	return free[0], false, nil
}

// isOthers tells whether a name was given to another path in this run. n.mu is held.
func (n *names) isOthers(raw string, p mail.Path) bool {
	other, ok := n.claimed[raw]
	return ok && other != p
}

// belongsToAnother tells whether a name was given to another path in this run.
func (n *names) belongsToAnother(raw string, p mail.Path) bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.isOthers(raw, p.Clean())
}

// close notes that a name is listed and holds no mail.
func (n *names) close(raw string) {
	n.mu.Lock()
	n.closed[raw] = true
	n.mu.Unlock()
}

// settle gives p its name for good, and says what it is called where that is another.
func (n *names) settle(p mail.Path, raw string) {
	p = p.Clean()
	n.mu.Lock()
	n.known[p], n.claimed[raw] = raw, p
	delete(n.closed, raw)
	n.mu.Unlock()
	if p == mail.Inbox {
		return
	}
	if asIs := n.write(strings.Split(string(p), "/")); raw != asIs && !n.listedAs(p, raw) {
		n.note(fmt.Sprintf("folder %q: the server cannot hold a folder of that name, so it is called %q there", p, n.join(strings.TrimPrefix(n.readable(raw), n.prefix))))
	}
}

// isAbsent tells whether p was looked for among all that the server lists, and was not there nor has been made since.
func (n *names) isAbsent(p mail.Path, raw string) bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	_, known := n.known[p]
	_, there := n.taken[raw]
	return n.surveyed.Load() && !known && !there && p != mail.Inbox
}

func (n *names) readable(raw string) string {
	if n.utf8 {
		return raw
	}
	return readableName(raw)
}

// listedAs tells whether p is only the path of a name that the server has listed.
func (n *names) listedAs(p mail.Path, raw string) bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.taken[raw] == p
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
	if p, ok := n.claimed[raw]; ok && n.known[p] == raw { // it was made in this run
		n.taken[raw] = p
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
