package dedupe

import (
	"hash/crc32"

	"mailmv/formats/mime"
)

// Bounds of the tree; what lies beyond is not looked into.
const (
	maxDepth = 50
	maxParts = 10_000
)

// tree makes the digest of a body (RFC 2046) as it is read: its parts, decoded. It keeps a header of a part at a
// time and sums, never content.
type tree struct {
	rules *Rules
	open  []*node // from the whole message down to the part under way
	parts int
	in    splitter
	held  bool // a line end that waits: it may be a boundary's
	over  *contentHash
	sum   Sum
	outline
}

// outline is what is told of a tree, for people.
type outline struct {
	list   []Part
	opaque int      // parts that cannot be read without doubt
	cut    bool     // a closing boundary is missing
	lines  lineSums // of the body, as it lies
	hints  []uint64
}

// Part is one part of a message.
type Part struct {
	Depth int
	Kind  string // type/subtype
	Name  string // of a file; may be empty
	// Sum is of the part in canonical form, Content of its content alone; zero where it has none.
	Sum, Content Sum
	// Octets is the length of the content, decoded.
	Octets int64
	// Opaque: it cannot be read without doubt and is compared as it lies.
	Opaque bool
}

// maxListed bounds how many parts are told of.
const maxListed = 1000

func newTree(r *Rules, encoding []Field) *tree {
	t := &tree{rules: r}
	root := &node{standard: "text/plain"}
	root.take(encoding)
	t.push(root)
	root.begin(t)
	return t
}

// Write takes the next octets of the body, with whatever line ends; it never fails.
func (t *tree) Write(p []byte) (int, error) {
	t.in.split(p, t.take)
	return len(p), nil
}

// take takes a line, or a piece of a long one.
func (t *tree) take(line []byte, start, ended bool) {
	if t.over != nil {
		t.pour(line, ended)
		return
	}
	if start {
		t.lines.add(line)
		if level, closing := t.boundary(line); level >= 0 && len(line) < maxLine {
			t.delimit(level, closing)
			return
		}
	}
	top := t.open[len(t.open)-1]
	if top.heading {
		t.held = false
		top.heads(t, line, start, ended)
		return
	}
	if t.held {
		top.lineEnd()
	}
	t.held = ended
	if len(line) > 0 {
		top.content(line, start)
	}
}

// boundary looks for the boundaries of the open parts in a line, the outermost first.
func (t *tree) boundary(line []byte) (level int, closing bool) {
	if len(line) < 3 || line[0] != '-' || line[1] != '-' {
		return -1, false
	}
	for i, n := range t.open {
		if n.what == multipart && !n.closed {
			if closing, ok := mime.Delimiter(line, n.boundary); ok {
				return i, closing
			}
		}
	}
	return -1, false
}

// delimit ends the parts within one of several parts, and begins its next.
func (t *tree) delimit(level int, closing bool) {
	t.held = false
	t.closeTo(level+1, false)
	n := t.open[level]
	n.begun = true
	if n.closed = closing; closing {
		return
	}
	if t.parts++; t.parts > maxParts {
		t.over = newContentHash(anyTail)
		return
	}
	part := &node{heading: true, standard: "text/plain", depth: n.depth + 1}
	if n.form.kind == "multipart/digest" {
		part.standard = "message/rfc822"
	}
	t.push(part)
}

// pour takes what is behind the last part that is looked into.
func (t *tree) pour(line []byte, ended bool) {
	t.over.put(line)
	if ended {
		t.over.put(crlf[1:])
	}
}

func (t *tree) push(n *node) {
	n.at = -1
	if len(t.list) < maxListed {
		n.at = len(t.list)
		t.list = append(t.list, Part{Depth: n.depth})
	}
	t.open = append(t.open, n)
}

// closeTo ends the innermost parts until so many are left.
func (t *tree) closeTo(left int, last bool) {
	for len(t.open) > left {
		n := t.open[len(t.open)-1]
		t.open = t.open[:len(t.open)-1]
		n.end(t, last)
		if len(t.open) > 0 {
			t.open[len(t.open)-1].child(n.sum)
		} else {
			t.sum = n.sum
		}
	}
}

// close ends the body and gives its digest.
func (t *tree) close() Sum {
	t.in.rest(t.take)
	if top := t.open[len(t.open)-1]; t.held && !top.heading {
		top.lineEnd()
	}
	t.closeTo(0, true)
	if t.over != nil {
		e := newEncoder()
		e.text("more")
		e.text(string(t.sum[:]))
		rest := t.over.sum()
		e.text(string(rest[:]))
		t.sum, t.opaque = e.sum(), t.opaque+1
	}
	return t.sum
}

// lineSums are sums of the lines of a body, to say how two texts differ. They decide nothing.
type lineSums struct {
	sums []uint32
	more bool // there are others
}

const maxLines = 4096

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

func (l *lineSums) add(line []byte) {
	if len(l.sums) == maxLines {
		l.more = true
		return
	}
	l.sums = append(l.sums, crc32.Checksum(line[quotedFrom(line):], castagnoli))
}
