package dedupe

import (
	"slices"
	"strings"

	"mailmv/formats/header"
	"mailmv/formats/mime"
)

// node is a part under way.
type node struct {
	encoding []Field // of Class Encoding but Content-ID, as they stand, sorted
	others   []Field // canonical, sorted
	standard string  // type where none is written (RFC 2046 §5.1.5)
	depth    int
	at       int // in the outline; -1: not there
	form     form
	what     what
	sum      Sum

	heading bool   // its header is being read
	head    []byte // as far as it was read

	leaf     *leaf    // and opaque
	outer    outer    // of a multipart: preamble, then epilogue
	before   *outer   // the preamble, once it has ended
	children *encoder // their sums
	n        int
	boundary string
	begun    bool    // its boundary was there
	closed   bool    // its closing boundary was
	fields   []Field // of an attached message
}

// what a part turns out to be.
type what uint8

const (
	simple what = iota
	opaque
	multipart
	message
)

// form is how the fields of a part say it is to be read.
type form struct {
	kind        string // type/subtype
	params      []mime.Param
	transfer    string // "", "base64" or "quoted-printable"
	disposition string // canonical text
	name        string // of a file
}

// take sorts the encoding fields: Content-ID says nothing about how to read the part.
func (n *node) take(encoding []Field) {
	for _, f := range encoding {
		switch f.Name {
		case "content-id":
			n.others = append(n.others, f)
		case "mime-version":
		default:
			n.encoding = append(n.encoding, f)
		}
	}
}

// form reads the encoding fields; false where they leave a doubt.
func (n *node) readForm() (f form, ok bool) {
	f.kind = n.standard
	seen := ""
	for _, field := range n.encoding {
		if field.Name == seen {
			return form{}, false
		}
		seen = field.Name
		switch field.Name {
		case "content-type":
			f.kind, f.params, ok = mime.ParseField(field.Value)
			ok = ok && strings.Count(f.kind, "/") == 1
			f.name = mime.Value(f.params, "name")
		case "content-transfer-encoding":
			f.transfer, ok = transferEncoding(field.Value)
		case "content-disposition":
			var params []mime.Param
			f.disposition, params, ok = mime.ParseField(field.Value)
			f.disposition += paramText(params, "")
			if name := mime.Value(params, "filename"); name != "" {
				f.name = name
			}
		}
		if !ok {
			return form{}, false
		}
	}
	return f, true
}

func transferEncoding(text string) (string, bool) {
	kind, params, ok := mime.ParseField(text)
	switch kind {
	case "7bit", "8bit", "binary":
		kind = ""
	case "base64", "quoted-printable":
	default:
		ok = false
	}
	return kind, ok && len(params) == 0
}

// paramText writes the parameters, but for the one named, such that no two lists give one text.
func paramText(params []mime.Param, but string) string {
	var fields []Field
	for _, p := range params {
		if p.Name != but {
			fields = append(fields, Field{p.Name, p.Value})
		}
	}
	if fields == nil {
		return ""
	}
	e := newEncoder()
	e.fields(fields)
	sum := e.sum()
	return "; " + string(sum[:])
}

// begin finds out what the part is, once its header is known.
func (n *node) begin(t *tree) {
	f, ok := n.readForm()
	n.form, n.what = f, opaque
	kind, _, _ := strings.Cut(f.kind, "/")
	switch {
	case !ok || n.depth > maxDepth:
	case kind == "multipart":
		if n.boundary = mime.Value(f.params, "boundary"); n.boundary != "" && f.transfer == "" {
			n.what, n.children = multipart, newEncoder()
		}
	case f.kind == "message/rfc822" && f.transfer == "" && t.rules.holds(lawMessage):
		n.what, n.heading = message, true
	default:
		n.what = simple
	}
	if n.what == simple || n.what == opaque {
		n.leaf = newLeaf(t.rules, n.what, f)
	}
	if n.at >= 0 {
		t.list[n.at].Kind, t.list[n.at].Name = f.kind, f.name
	}
}

// maxPartHead bounds the header of a part, in octets.
const maxPartHead = 128 << 10

// heads takes a line of the header of a part or of an attached message.
func (n *node) heads(t *tree, line []byte, start, ended bool) {
	blank := start && ended && (len(line) == 0 || len(line) == 1 && line[0] == '\r')
	if !blank && len(n.head)+len(line) < maxPartHead {
		n.head = append(n.head, line...)
		if ended {
			n.head = append(n.head, '\n')
		}
		return
	}
	n.behead(t)
	if blank {
		return
	}
	// Too long to be a header: the rest is content, whatever it is.
	if top := t.open[len(t.open)-1]; top.heading {
		top.heads(t, line, start, ended)
	} else {
		t.held = ended
		top.content(line, start)
	}
}

// behead ends the header.
func (n *node) behead(t *tree) {
	head := n.head
	n.head, n.heading = nil, false
	if n.what != message {
		n.takeHead(head, t.rules)
		n.begin(t)
		return
	}
	for f := range header.Fields(head) {
		name := strings.ToLower(string(f.Name))
		if f.Bad() {
			name = badLine
		}
		n.fields = append(n.fields, Field{name, f.Text()})
	}
	if len(t.hints) < maxHints {
		t.hints = append(t.hints, t.rules.Hint(header.Envelope(head)))
	}
	inner := &node{standard: "text/plain", depth: n.depth + 1}
	inner.takeHead(head, t.rules)
	t.push(inner)
	inner.begin(t)
}

// maxHints bounds how many attached messages are looked for among the others.
const maxHints = 100

// takeHead sorts the fields of a part.
func (n *node) takeHead(head []byte, r *Rules) {
	var encoding []Field
	for f := range header.Fields(head) {
		name, text := strings.ToLower(string(f.Name)), f.Text()
		switch class := r.classes.of([]byte(name)); {
		case f.Bad():
			if r.holds(lawBadLines) {
				n.others = append(n.others, Field{badLine, text})
			}
		case class == Encoding:
			encoding = append(encoding, Field{name, text})
		case class != State && r.holds(lawPartFields):
			n.others = append(n.others, Field{name, r.value(name, text)})
		}
	}
	n.take(encoding)
	slices.SortFunc(n.encoding, compareFields)
	slices.SortFunc(n.others, compareFields)
}

// content takes a line, or a piece of one, without its end.
func (n *node) content(line []byte, start bool) {
	if n.leaf != nil {
		n.leaf.content(line, start)
		return
	}
	n.outer.content(line)
}

func (n *node) lineEnd() {
	if n.leaf != nil {
		n.leaf.ends++
		return
	}
	n.outer.lineEnd()
}

// child takes the digest of a part within.
func (n *node) child(sum Sum) {
	if n.what == message {
		n.sum = sum
		return
	}
	n.children.text(string(sum[:]))
	n.n++
}
