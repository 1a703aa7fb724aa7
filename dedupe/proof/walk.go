package proof

import (
	"mime"
	"slices"
	"strings"
)

// walk goes through two messages side by side.
type walk struct {
	a, b    *side
	options Options
	parts   int
}

// Beyond these bounds parts are not looked into.
const (
	depthMax = 50
	partsMax = 10_000
)

// messages holds the two messages against each other.
func (w *walk) messages() refusal {
	h, ok := w.a.header()
	g, ok2 := w.b.header()
	if !ok || !ok2 {
		return "the header is too long"
	}
	x, y := w.options.sort(h), w.options.sort(g)
	if no := w.options.tops(x, y); no != "" {
		return no
	}
	return w.entity(x.coding, y.coding, "text/plain")
}

// tops holds the headers of the two messages against each other.
func (o Options) tops(x, y top) refusal {
	switch no := sameFields(x.itself, y.itself); {
	case x.fails != "":
		return x.fails
	case y.fails != "":
		return y.fails
	case no != "":
		return no
	case !slices.Equal(x.stack, y.stack) && !(o.Lists && (x.listed || y.listed)):
		return "another delivery: other Received lines"
	case len(x.to) > 0 && len(y.to) > 0 && !slices.Equal(x.to, y.to) && !o.Aliases:
		return "delivered to another address"
	case !x.proves(o):
		return "neither Message-ID nor Received lines prove one delivery"
	}
	return ""
}

// entity holds two parts against each other, whose coding fields were read.
func (w *walk) entity(x, y header, standard string) refusal {
	f, ok := readForm(x, standard)
	g, ok2 := readForm(y, standard)
	if w.parts++; !ok || !ok2 || len(w.a.bounds) > depthMax || w.parts > partsMax {
		if no := sameFields(without(x, "mime-version"), without(y, "mime-version")); no != "" {
			return no
		}
		return w.content(form{}, form{}, raw)
	}
	if no := f.same(g); no != "" {
		return no
	}
	switch major, _, _ := strings.Cut(f.kind, "/"); {
	case major == "multipart" && f.transfer == "" && g.transfer == "" && f.boundary != "" && g.boundary != "":
		return w.multipart(f, g)
	case f.kind == "message/rfc822" && f.transfer == "" && g.transfer == "":
		return w.message()
	case major == "text":
		return w.content(f, g, text)
	case major == "multipart" && f.boundary != g.boundary:
		return "other boundary of parts that are not there"
	case f.transfer == "" && g.transfer == "":
		return w.content(f, g, raw)
	default:
		return w.content(f, g, octets)
	}
}

// multipart walks the parts of both sides.
func (w *walk) multipart(f, g form) refusal {
	level := len(w.a.bounds)
	w.a.bounds, w.b.bounds = append(w.a.bounds, f.boundary), append(w.b.bounds, g.boundary)
	no := w.content(form{}, form{}, outer)
	if no == "" && w.a.hit != level && f.boundary != g.boundary {
		no = "other boundary of parts that are not there"
	}
	for no == "" && w.a.hit == level && !w.a.closed {
		no = w.part(f.kind)
	}
	if no != "" {
		return no
	}
	w.a.bounds, w.b.bounds = w.a.bounds[:level], w.b.bounds[:level]
	if w.a.hit != level || !w.a.closed {
		if w.a.hit > level { // the end of the message
			w.a.hit, w.b.hit = level, level
		}
		return ""
	}
	w.a.again()
	w.b.again()
	return w.content(form{}, form{}, outer)
}

// part holds the next parts against each other.
func (w *walk) part(kind string) refusal {
	w.a.again()
	w.b.again()
	h, ok := w.a.header()
	g, ok2 := w.b.header()
	if !ok || !ok2 {
		return "the header of a part is too long"
	}
	coding := func(f field) bool { return partOf(f.name) == coding && f.name != "content-id" }
	x, y := split(h, coding)
	u, v := split(g, coding)
	if no := sameFields(y, v); no != "" {
		return "in a part: " + no
	}
	standard := "text/plain"
	if kind == "multipart/digest" {
		standard = "message/rfc822"
	}
	return w.entity(x, u, standard)
}

// message holds two attached messages against each other. Of their headers nothing may differ but the folding.
func (w *walk) message() refusal {
	if w.a.done || w.b.done {
		return w.content(form{}, form{}, raw)
	}
	h, ok := w.a.header()
	g, ok2 := w.b.header()
	if !ok || !ok2 || !slices.Equal(h, g) {
		return "other header of an attached message"
	}
	coding := func(f field) bool { return partOf(f.name) == coding && f.name != "content-id" }
	x, _ := split(h, coding)
	y, _ := split(g, coding)
	return w.entity(x, y, "text/plain")
}

func split(h header, first func(field) bool) (yes, no header) {
	for _, f := range h {
		if first(f) {
			yes = append(yes, f)
		} else {
			no = append(no, f)
		}
	}
	return yes, no
}

func without(h header, name string) header {
	_, rest := split(h, func(f field) bool { return f.name == name })
	return rest
}

// form is how a part is to be read.
type form struct {
	kind, boundary, charset, transfer string
	rest                              header // all else that its coding fields say
}

// readForm reads the coding fields; false where they cannot be understood without doubt.
func readForm(h header, standard string) (f form, ok bool) {
	f.kind, f.charset = standard, "us-ascii"
	seen := map[string]bool{}
	for _, c := range h {
		if seen[c.name] && c.name != "mime-version" && c.name != "content-id" {
			return form{}, false
		}
		seen[c.name] = true
		switch c.name {
		case "content-type":
			if ok = f.takeType(c.text); !ok {
				return form{}, false
			}
		case "content-transfer-encoding":
			switch t := strings.ToLower(strings.TrimSpace(c.text)); t {
			case "7bit", "8bit", "binary":
			case "base64", "quoted-printable":
				f.transfer = t
			default:
				return form{}, false
			}
		case "content-disposition":
			kind, params, ok := parse(c.text)
			if !ok {
				return form{}, false
			}
			f.rest = append(f.rest, field{"disposition", kind})
			f.rest = append(f.rest, params...)
		case "content-id":
			f.rest = append(f.rest, c)
		}
	}
	return f, true
}

func (f *form) takeType(text string) bool {
	kind, params, ok := parse(text)
	if !ok || strings.Count(kind, "/") != 1 {
		return false
	}
	f.kind = kind
	for _, p := range params {
		switch {
		case p.name == "charset" && strings.HasPrefix(kind, "text/"):
			f.charset = lower(p.text)
		case p.name == "boundary" && strings.HasPrefix(kind, "multipart/"):
			f.boundary = p.text
		default:
			f.rest = append(f.rest, field{"type " + p.name, p.text})
		}
	}
	return true
}

// parse reads a field of a value and parameters, which are decoded.
func parse(text string) (value string, params header, ok bool) {
	value, all, err := mime.ParseMediaType(text)
	if err != nil {
		return "", nil, false
	}
	for name, v := range all {
		if decoded, err := words.DecodeHeader(v); err == nil && whole(decoded) {
			v = decoded
		}
		params = append(params, field{name, v})
	}
	return value, params, true
}

func (f form) same(g form) refusal {
	if f.kind != g.kind {
		return refuse("a part is %s in one, %s in the other", f.kind, g.kind)
	}
	if no := sameFields(f.rest, g.rest); no != "" {
		return "a part has another name or parameter"
	}
	return ""
}
