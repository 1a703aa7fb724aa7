package files

import (
	"cmp"
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"

	"mailmv/archive"
)

// notes tells people each thing once, and counts what there is much of.
type notes struct {
	tell    func(string)
	told    map[string]bool
	counts  map[string]*count
	links   count               // of links behind which there may be mail
	lefts   map[string]*leftOut // by what is said of them
	labels  map[string]string   // the keywords of those that have another name as one
	strange []string            // folders whose labels are in another language
}

// leftOut counts, by folder, messages that are not passed on.
type leftOut struct {
	in    map[string]int
	first string
}

// left counts what a folder has that is not passed on; a folder that is looked through again counts once.
func (n *notes) left(text, where string, messages int) {
	l := n.lefts[text]
	if l == nil && messages == 0 {
		return
	}
	if n.lefts == nil {
		n.lefts = map[string]*leftOut{}
	}
	if l == nil {
		l = &leftOut{map[string]int{}, where}
		n.lefts[text] = l
	}
	l.in[where] = messages
	if messages == 0 {
		delete(l.in, where)
	}
}

// end tells what all folders together have that is not passed on: one note for each kind, not for each folder.
func (n *notes) end() {
	for _, text := range slices.Sorted(maps.Keys(n.lefts)) {
		all := 0
		l := n.lefts[text]
		for _, some := range l.in {
			all += some
		}
		switch len(l.in) {
		case 0:
		case 1:
			n.say("%s: %s", slices.Collect(maps.Keys(l.in))[0], counted(all, text))
		default:
			n.say("%d folders, such as %s: %s", len(l.in), l.first, counted(all, text))
		}
	}
	n.lefts = nil
	n.endLabels()
	n.endForeign()
}

// label notes under which keyword a label goes on; empty: it is state.
func (n *notes) label(label, keyword string) {
	if keyword == "" || keyword == label {
		return
	}
	if n.labels == nil {
		n.labels = map[string]string{}
	}
	n.labels[label] = keyword
}

// endLabels tells of labels in one note: people have many.
func (n *notes) endLabels() {
	if len(n.labels) == 0 {
		return
	}
	var pairs []string
	for _, label := range slices.Sorted(maps.Keys(n.labels)) {
		pairs = append(pairs, fmt.Sprintf("%q as %q", label, n.labels[label]))
	}
	n.say("labels that no keyword can be called are read as others: %s", strings.Join(pairs, ", "))
	n.labels = nil
}

// count is how often a thing was met, and where first.
type count struct {
	n     int
	first string
}

func (c *count) add(name string) {
	if c.n++; c.n == 1 {
		c.first = name
	}
}

// say tells one thing.
func (n *notes) say(format string, args ...any) {
	text := fmt.Sprintf(format, args...)
	if n.tell == nil || n.told[text] {
		return
	}
	if n.told == nil {
		n.told = map[string]bool{}
	}
	n.told[text] = true
	n.tell(text)
}

// kindsMax bounds how many kinds are told apart.
const kindsMax = 32

// odd counts a thing of that kind until flush.
func (n *notes) odd(kind, name string) {
	if n.counts[kind] == nil && len(n.counts) >= kindsMax {
		kind = "other files"
	}
	if n.counts == nil {
		n.counts = map[string]*count{}
	}
	c := n.counts[kind]
	if c == nil {
		c = &count{}
		n.counts[kind] = c
	}
	c.add(name)
}

// flush tells what was counted: one note for each kind.
func (n *notes) flush(where string) {
	for _, kind := range slices.Sorted(maps.Keys(n.counts)) {
		c := n.counts[kind]
		such := "such as"
		if c.n == 1 {
			such = "namely"
		}
		n.say("%s: %s: left out, %s %s", where, counted(c.n, kind), such, c.first)
	}
	n.counts = nil
	switch n.links.n {
	case 0:
	case 1:
		n.say("%s: left out, for it cannot be read: it is a link to another place, and none is followed", path.Join(where, n.links.first))
	default:
		n.say("%s: %d links lead to other places, and none is followed: left out, such as %s", where, n.links.n, n.links.first)
	}
	n.links = count{}
}

// unlikeMail names the kind of a file that, by its first octets, is no mail of the kind that is read.
func unlikeMail(name string, head []byte) string {
	return cmp.Or(archive.ToConvert(path.Base(name), head), noMail(name))
}

// noMail names the kind of a file that holds no mail.
func noMail(name string) string {
	base := path.Base(name)
	switch ext := strings.ToLower(path.Ext(base)); {
	case len(ext) > 1 && len(ext) <= 5 && strings.Trim(ext[1:], "abcdefghijklmnopqrstuvwxyz0123456789") == "" && ext != strings.ToLower(base):
		return "files *" + ext + noneOfThisKind
	case strings.HasPrefix(base, "."):
		return "hidden files" + noneOfThisKind
	}
	return "files" + noneOfThisKind
}
