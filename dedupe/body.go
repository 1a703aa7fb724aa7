package dedupe

import (
	"bytes"
	"slices"
	"strings"

	"mailmv/formats/header"
	"mailmv/formats/mime"
)

// Bounds of the tree; what lies beyond is not looked into.
const (
	maxDepth = 50
	maxParts = 10_000
)

// walker makes the digest of a tree of parts (RFC 2046). Bodies have LF line ends.
type walker struct {
	parts  int
	opaque int
	open   bool
}

// entity is a part before it is looked into.
type entity struct {
	encoding []Field // of Class Encoding but Content-ID, as they stand, sorted
	others   []Field // canonical, sorted
	body     []byte
	standard string // type where none is written (RFC 2046 §5.1.5)
	depth    int
	last     bool // nothing follows it in the message: empty lines at its end make no difference
}

// body is the digest of the content of a message.
func (w *walker) body(encoding []Field, body []byte) Sum {
	e := entity{body: body, standard: "text/plain", last: true}
	e.take(encoding)
	return w.sum(e)
}

// take sorts the encoding fields: Content-ID says nothing about how to read the part.
func (e *entity) take(encoding []Field) {
	for _, f := range encoding {
		switch f.Name {
		case "content-id":
			e.others = append(e.others, f)
		case "mime-version":
		default:
			e.encoding = append(e.encoding, f)
		}
	}
}

// opaqueSum is the digest of content that is not looked into.
func opaqueSum(encoding []Field, content *contentHash) Sum {
	e := newEncoder()
	e.text("opaque")
	e.fields(encoding)
	sum := content.sum()
	e.text(string(sum[:]))
	return e.sum()
}

func (e *entity) opaque() Sum {
	content := newContentHash(wholeEnd)
	if e.last {
		content.tail = anyTail
	}
	content.Write(e.body)
	return opaqueSum(slices.Concat(e.encoding, e.others), content)
}

// form is how the fields of an entity say it is to be read.
type form struct {
	kind        string // type/subtype
	params      []mime.Param
	transfer    string // "", "base64" or "quoted-printable"
	disposition string // canonical text
}

// form reads the encoding fields; false where they leave a doubt.
func (e *entity) form() (f form, ok bool) {
	f.kind = e.standard
	seen := ""
	for _, field := range e.encoding {
		if field.Name == seen {
			return form{}, false
		}
		seen = field.Name
		switch field.Name {
		case "content-type":
			f.kind, f.params, ok = mime.ParseField(field.Value)
			ok = ok && strings.Count(f.kind, "/") == 1
		case "content-transfer-encoding":
			f.transfer, ok = transferEncoding(field.Value)
		case "content-disposition":
			var params []mime.Param
			f.disposition, params, ok = mime.ParseField(field.Value)
			f.disposition += paramText(params, "")
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

// sum is the digest of an entity and all in it.
func (w *walker) sum(e entity) Sum {
	f, ok := e.form()
	w.parts++
	kind, _, _ := strings.Cut(f.kind, "/")
	switch {
	case !ok || e.depth > maxDepth || w.parts > maxParts:
	case kind == "multipart" && f.transfer == "":
		if p, ok := mime.Split(e.body, mime.Value(f.params, "boundary"), maxParts); ok {
			return w.multipart(e, f, p)
		}
	case kind == "multipart":
	case f.kind == "message/rfc822" && f.transfer == "":
		return w.message(e, f)
	default:
		if text, ok := content(e, f); ok {
			out := begin("leaf", e, f, "")
			if kind == "text" {
				out = begin("leaf", e, f, "charset")
			}
			out.text(text.kind)
			out.text(string(text.octets))
			return out.sum()
		}
	}
	w.opaque++
	return e.opaque()
}

// begin starts the digest of a node with all its fields say.
func begin(node string, e entity, f form, butParam string) *encoder {
	out := newEncoder()
	out.text(node)
	out.text(f.kind)
	out.text(paramText(f.params, butParam))
	out.text(f.disposition)
	out.fields(e.others)
	return out
}

func (w *walker) multipart(e entity, f form, p mime.Pieces) Sum {
	out := begin("multipart", e, f, "boundary")
	closed := "open"
	w.open = w.open || !p.Closed
	if p.Closed {
		closed = "closed"
	}
	out.text(closed)
	out.text(string(bytes.Trim(p.Preamble, "\n")))
	out.text(string(bytes.Trim(p.Epilogue, "\n")))
	out.number(len(p.Parts))
	for i, part := range p.Parts {
		child := takePart(part)
		child.standard, child.depth = "text/plain", e.depth+1
		if f.kind == "multipart/digest" {
			child.standard = "message/rfc822"
		}
		child.last = e.last && !p.Closed && i == len(p.Parts)-1
		sum := w.sum(child)
		out.text(string(sum[:]))
	}
	return out.sum()
}

// takePart parts the header of a body part from its body.
func takePart(part []byte) entity {
	end := header.End(part)
	if end < 0 {
		end = len(part)
	}
	e := entity{body: part[end:]}
	var encoding []Field
	for f := range header.Fields(part[:end]) {
		name, text := strings.ToLower(string(f.Name)), f.Text()
		switch class := standard.classes.of([]byte(name)); {
		case f.Bad():
			e.others = append(e.others, Field{badLine, text})
		case class == Encoding:
			encoding = append(encoding, Field{name, text})
		case class != State:
			e.others = append(e.others, Field{name, value(name, text)})
		}
	}
	e.take(encoding)
	slices.SortFunc(e.encoding, compareFields)
	slices.SortFunc(e.others, compareFields)
	return e
}

// message is a message in a message: nothing of its header may differ but the folding.
func (w *walker) message(e entity, f form) Sum {
	end := header.End(e.body)
	if end < 0 {
		end = len(e.body)
	}
	out := begin("message", e, f, "")
	inner := takePart(e.body)
	var all []Field
	for field := range header.Fields(e.body[:end]) {
		name := strings.ToLower(string(field.Name))
		if field.Bad() {
			name = badLine
		}
		all = append(all, Field{name, field.Text()})
	}
	out.fields(all)
	inner.standard, inner.depth, inner.last = "text/plain", e.depth+1, e.last
	sum := w.sum(inner)
	out.text(string(sum[:]))
	return out.sum()
}
