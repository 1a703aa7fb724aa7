package dedupe

import (
	"cmp"
	"io"
	"slices"
	"strings"

	"mailmv/formats/header"
)

// What is taken apart. Beyond these bounds a message has no canonical form of its own and is compared
// as it is, so that no message, however it is made, costs more.
const (
	maxParsed = 4 << 20 // octets whose parts are looked at
	maxHead   = 1 << 20 // octets of the header
	maxFields = 10_000
)

// Field is one header field in canonical form.
type Field struct {
	Name  string // lower case; badLine for a line that is none
	Value string
}

// badLine stands for the name of a line that is no field: with a blank, as no name has.
const badLine = "bad line"

// Canonical is one message, reduced to what it is wherever it lies.
type Canonical struct {
	// Plain is the SHA-256 of the octets with LF line ends.
	Plain Sum
	// Kept are the fields that are the message, sorted: their order is not.
	Kept []Field
	// Dropped are those of Class State, Scanner and Trace, as they stand, Received above the cut among them.
	Dropped []Field
	// Stack are the Received lines of the server and those before it, newest first.
	Stack []string
	// Delivered are the addresses that the server says it delivered to, sorted, each once.
	Delivered []string
	// Body is the digest of the content: the tree of parts, decoded.
	Body Sum
}

// Canon reads a message to its end. It fails only if r does.
func Canon(r io.Reader) (*Canonical, error) {
	plain := newContentHash(wholeEnd)
	start, err := io.ReadAll(io.TeeReader(io.LimitReader(r, maxParsed), plain))
	if err != nil {
		return nil, err
	}
	c := &Canonical{}
	var encoding []Field
	end, known := headEnd(start)
	if known {
		encoding, known = c.takeHead(start[:end])
	}
	if known && len(start) < maxParsed {
		c.Plain = plain.sum()
		c.Body = bodySum(encoding, toLF(start[end:]))
		return c, nil
	}
	if !known {
		c, encoding, end = &Canonical{}, nil, 0
	}
	body := newContentHash(anyTail)
	body.Write(start[end:])
	if _, err := io.Copy(io.MultiWriter(plain, body), r); err != nil {
		return nil, err
	}
	c.Plain = plain.sum()
	c.Body = opaqueSum(encoding, body)
	return c, nil
}

// headEnd is the length of the header in the start of a message; false where it goes beyond the bounds.
func headEnd(start []byte) (end int, ok bool) {
	end = header.End(start)
	if end < 0 && len(start) < maxParsed {
		end = len(start)
	}
	return end, end >= 0 && end <= maxHead
}

// takeHead sorts the fields of the header. It returns those of Class Encoding; false where there are too many.
func (c *Canonical) takeHead(head []byte) (encoding []Field, ok bool) {
	cut, at, n := header.Cut(head), 0, 0
	for f := range header.Fields(head) {
		if n++; n > maxFields {
			return nil, false
		}
		below := at >= cut
		at += len(f.Raw)
		text, name := f.Text(), strings.ToLower(string(f.Name))
		if f.Bad() {
			c.takeBad(text, n == 1)
			continue
		}
		switch ClassOf(name) {
		case Kept:
			c.Kept = append(c.Kept, Field{name, value(name, text)})
		case Encoding:
			encoding = append(encoding, Field{name, text})
		case Trace:
			c.takeTrace(name, text, below)
		default:
			c.Dropped = append(c.Dropped, Field{name, text})
		}
	}
	slices.SortFunc(c.Kept, compareFields)
	slices.SortFunc(c.Dropped, compareFields)
	slices.SortFunc(encoding, compareFields)
	slices.Sort(c.Delivered)
	c.Delivered = slices.Compact(c.Delivered)
	return encoding, true
}

// takeBad keeps a line that is no field. A From_ line that an mbox left on top is no part of the message.
func (c *Canonical) takeBad(text string, first bool) {
	if first && strings.HasPrefix(text, "From ") {
		c.Dropped = append(c.Dropped, Field{badLine, text})
		return
	}
	c.Kept = append(c.Kept, Field{badLine, text})
}

// takeTrace sorts what was added on the way: below the cut by the server or before it.
func (c *Canonical) takeTrace(name, text string, below bool) {
	switch name {
	case "received":
		if below {
			c.Stack = append(c.Stack, text)
			return
		}
	case "delivered-to", "x-original-to", "envelope-to":
		if below {
			c.Delivered = append(c.Delivered, text)
		}
	}
	c.Dropped = append(c.Dropped, Field{name, text})
}

func compareFields(a, b Field) int {
	return cmp.Or(strings.Compare(a.Name, b.Name), strings.Compare(a.Value, b.Value))
}

// Sum is the digest of the canonical form. Messages with different sums are not the same; those with
// one sum are if Against says so.
func (c *Canonical) Sum() Sum {
	e := newEncoder()
	e.number(Version)
	e.fields(c.Kept)
	e.number(len(c.Stack))
	for _, line := range c.Stack {
		e.text(line)
	}
	e.text(string(c.Body[:]))
	return e.sum()
}

// MessageIDs are the ids that the message bears; none where what is there cannot tell messages apart.
func (c *Canonical) MessageIDs() []string {
	var ids []string
	for _, f := range c.Kept {
		if _, id, _ := strings.Cut(f.Value, ":"); f.Name == "message-id" && len(id) > len("<@>") && strings.Contains(id, "@") {
			ids = append(ids, id)
		}
	}
	return ids
}
