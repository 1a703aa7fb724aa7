package dedupe

import (
	"bytes"
	"cmp"
	"io"
	"slices"
	"strings"

	"mailmv/formats/header"
)

// What is taken apart. Beyond these bounds a message has no canonical form of its own and is compared
// as it is, so that no message, however it is made, costs more.
const (
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
	// Dropped are those of the other classes, as they stand, Received above the cut among them.
	Dropped []Field
	// Stack are the Received lines of the server and those before it, newest first.
	Stack []string
	// Delivered are the addresses that the server says it delivered to, sorted, each once.
	Delivered []string
	// Body is the digest of the content: the tree of parts, decoded.
	Body Sum

	rules *Rules
	marks marks
	// headless: it has none of the fields that every message has; perhaps it is the end of another.
	headless bool
	outline
}

// Canon reads a message to its end, by the standard rules. It fails only if m does.
func Canon(m io.Reader) (*Canonical, error) { return standard.Canon(m) }

// Canon reads a message to its end. It fails only if m does. It keeps the header, and of the content only sums.
func (r *Rules) Canon(m io.Reader) (*Canonical, error) {
	start, whole, err := readHead(m, make([]byte, 16<<10))
	if err != nil {
		return nil, err
	}
	plain := newContentHash(wholeEnd)
	plain.Write(start)
	c := &Canonical{rules: r}
	var encoding []Field
	end, known := headEnd(start, whole)
	if known {
		encoding, known = c.takeHead(start[:end])
	}
	body := newTree(r, encoding)
	if !known {
		c, end, body = &Canonical{rules: r}, 0, newTree(r, unreadable)
	}
	if c.headless = known && c.isHeadless(); c.headless {
		for line := range bytes.Lines(start[:end]) {
			body.lines.add(bytes.TrimRight(line, "\r\n"))
		}
	}
	body.Write(start[end:])
	if !whole {
		if _, err := io.CopyBuffer(onlyWriter{io.MultiWriter(plain, body)}, onlyReader{m}, start[:cap(start)]); err != nil {
			return nil, err
		}
	}
	c.Plain, c.Body = plain.sum(), body.close()
	c.outline = body.outline
	return c, nil
}

// unreadable makes one part of all octets that is not looked into.
var unreadable = []Field{{"content-type", ""}}

// readHead reads the start of a message into buf: all of the header, if it is not beyond the bounds. whole: it is
// all of the message.
func readHead(m io.Reader, buf []byte) (start []byte, whole bool, err error) {
	n := 0
	for {
		got, err := io.ReadFull(m, buf[n:])
		n += got
		if err == io.EOF || err == io.ErrUnexpectedEOF {
			return buf[:n], true, nil
		}
		if err != nil {
			return nil, false, err
		}
		if end, _ := headEnd(buf[:n], false); end >= 0 || n > maxHead {
			return buf[:n], false, nil
		}
		buf = append(buf[:n], make([]byte, min(3*n, maxHead+1-n))...)
	}
}

func (c *Canonical) isHeadless() bool {
	return !slices.ContainsFunc(c.Kept, func(f Field) bool {
		return f.Name == "from" || f.Name == "date" || f.Name == "subject" || f.Name == "message-id"
	})
}

// headEnd is the length of the header in the start of a message; false where it goes beyond the bounds.
// whole: the start is all there is.
func headEnd(start []byte, whole bool) (end int, ok bool) {
	end = header.End(start)
	if end < 0 && whole {
		end = len(start)
	}
	return end, end >= 0 && end <= maxHead
}

// takeHead sorts the fields of the header. It returns those of Class Encoding; false where there are too many.
func (c *Canonical) takeHead(head []byte) (encoding []Field, ok bool) {
	n := 0
	for i := range c.rules.items(head, new(itemBuffer)) {
		if n++; n > maxFields {
			return nil, false
		}
		c.marks |= c.rules.marksOf(i)
		f := Field{string(i.name), string(i.text)}
		switch {
		case i.top:
			c.Dropped = append(c.Dropped, f)
		case i.bad && c.rules.holds(lawBadLines):
			c.Kept = append(c.Kept, f)
		case i.bad:
		case i.class == Kept:
			c.Kept = append(c.Kept, Field{f.Name, c.rules.value(f.Name, f.Value)})
		case i.class == Encoding:
			encoding = append(encoding, f)
		case i.class == Trace:
			c.takeTrace(f, i.below)
		default:
			c.Dropped = append(c.Dropped, f)
		}
	}
	if c.rules.merge&MergeLists != 0 && c.marks&listed != 0 {
		c.untag()
	}
	if c.rules.holds(lawOrder) {
		slices.SortFunc(c.Kept, compareFields)
	}
	slices.SortFunc(c.Dropped, compareFields)
	slices.SortFunc(encoding, compareFields)
	slices.Sort(c.Delivered)
	c.Delivered = slices.Compact(c.Delivered)
	return encoding, true
}

// untag takes the name of the list off the Subject, "[dev] the weather".
func (c *Canonical) untag() {
	for i, f := range c.Kept {
		if how, text, _ := strings.Cut(f.Value, ":"); f.Name == "subject" && strings.HasPrefix(text, "[") {
			if _, rest, ok := strings.Cut(text, "] "); ok {
				c.Kept[i].Value = how + ":" + rest
			}
		}
	}
}

// takeTrace sorts what was added on the way: below the cut by the server or before it.
func (c *Canonical) takeTrace(f Field, below bool) {
	switch {
	case below && f.Name == "received" && c.rules.holds(lawStack):
		c.Stack = append(c.Stack, f.Value)
		return
	case below && delivers([]byte(f.Name)):
		c.Delivered = append(c.Delivered, f.Value)
	}
	c.Dropped = append(c.Dropped, f)
}

func compareFields(a, b Field) int {
	return cmp.Or(strings.Compare(a.Name, b.Name), strings.Compare(a.Value, b.Value))
}

// Sum is the digest of the canonical form. Messages with different sums are not the same; those with
// one sum are if Against says so.
func (c *Canonical) Sum() Sum {
	e := newEncoder()
	e.text(c.rules.Key())
	e.fields(c.Kept)
	if c.rules.merge&MergeLists == 0 {
		e.number(len(c.Stack))
		for _, line := range c.Stack {
			e.text(line)
		}
	}
	e.text(string(c.Body[:]))
	return e.sum()
}

// MessageIDs are the ids that the message bears; none where what is there cannot tell messages apart.
func (c *Canonical) MessageIDs() []string {
	var ids []string
	for _, f := range c.Kept {
		if f.Name == "message-id" {
			ids = appendID(ids, f.Value)
		}
	}
	return ids
}

// appendID appends the id in a field's canonical value, if it is one.
func appendID(ids []string, value string) []string {
	if _, id, _ := strings.Cut(value, ":"); tellsApart(id) {
		return append(ids, id)
	}
	return ids
}

// tellsApart leaves out what programs write that have no id.
func tellsApart[T string | []byte](id T) bool {
	for i := range len(id) {
		if id[i] == '@' {
			return len(id) > len("<@>")
		}
	}
	return false
}
