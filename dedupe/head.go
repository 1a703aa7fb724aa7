package dedupe

import (
	"bytes"
	"iter"
	"strconv"

	"mailmv/formats/header"
)

// item is one field as the rules see it, or a line that is none.
type item struct {
	class Class
	name  []byte // lower case
	text  []byte // unfolded, runs of blanks one blank
	bad   bool
	top   bool // an mbox line on top of the message
	below bool // below what was added on this side of the server
}

// itemBuffer holds the slices of an item.
type itemBuffer struct{ name, text []byte }

// items yields the fields of a header in order. Their slices hold until the next.
func (r *Rules) items(head []byte, buf *itemBuffer) iter.Seq[item] {
	return func(yield func(item) bool) {
		cut, at := 0, 0
		if r.holds(lawCut) {
			cut = header.Cut(head)
		}
		for f := range header.Fields(head) {
			first := at == 0
			i := item{below: at >= cut, bad: f.Bad()}
			at += len(f.Raw)
			buf.text = f.AppendText(buf.text[:0])
			i.text = buf.text
			if i.bad {
				i.name = []byte(badLine)
				i.top = first && bytes.HasPrefix(i.text, []byte("From ")) && r.holds(lawTopFrom)
			} else {
				buf.name = appendLower(buf.name[:0], f.Name)
				i.name = buf.name
				i.class = r.classOf(i.name)
			}
			if !yield(i) {
				return
			}
		}
	}
}

// classOf is the class with the user's wishes: fields of lists are kept, unless lists are merged.
func (r *Rules) classOf(name []byte) Class {
	c := r.classes.of(name)
	if c == List && r.merge&MergeLists == 0 {
		return Kept
	}
	return c
}

func appendLower(out, in []byte) []byte {
	for _, c := range in {
		if c >= 'A' && c <= 'Z' {
			c |= 0x20
		}
		out = append(out, c)
	}
	return out
}

// delivers tells of the fields that name the address of a delivery.
func delivers(name []byte) bool {
	switch string(name) {
	case "delivered-to", "x-original-to", "envelope-to":
		return true
	}
	return false
}

// marks are what a program says about its copy: that it is none, or not all of the message.
type marks uint8

const (
	partial   marks = 1 << iota // only the start was fetched (Thunderbird)
	ghost                       // deleted, and still in the file until it is compacted (Thunderbird)
	dataTitle                   // these two together: no mail, but UW-IMAP's own data
	dataField                   //
	listed                      // came by a mailing list
)

// Bits of X-Mozilla-Status (nsMsgMessageFlags.idl).
const (
	mozillaExpunged = 0x0008
	mozillaPartial  = 0x0400
)

// marksOf reads the marks in one field.
func (r *Rules) marksOf(i item) marks {
	if i.bad {
		return 0
	}
	switch string(i.name) {
	case "x-mozilla-status":
		bits, err := strconv.ParseUint(string(i.text), 16, 32)
		if err != nil {
			return 0
		}
		var m marks
		if bits&mozillaExpunged != 0 && r.holds(lawGhost) {
			m |= ghost
		}
		if bits&mozillaPartial != 0 && r.holds(lawPartial) {
			m |= partial
		}
		return m
	case "subject":
		if string(i.text) == "DON'T DELETE THIS MESSAGE -- FOLDER INTERNAL DATA" && r.holds(lawInternal) {
			return dataTitle
		}
	case "x-imap":
		return dataField
	case "list-id", "list-post", "x-beenthere", "mailing-list", "x-mailing-list":
		return listed
	}
	return 0
}
