package dedupe

import (
	"io"
	"slices"
	"strings"
)

// Kind is what two copies are to each other.
type Kind uint8

const (
	// Different: nothing speaks for one message.
	Different Kind = iota
	// Near: akin, for a person to judge; never to be acted on.
	Near
	// Same: one delivery of one message, with other traces of the programs that handled the copies.
	Same
	// Identical: the same octets, but for line ends.
	Identical
)

func (k Kind) String() string { return [...]string{"different", "near", "same", "identical"}[k] }

// Verdict is the answer about two copies.
type Verdict struct {
	Kind
	// Reason says why, in words for people.
	Reason string
	// Alike: all content is the same, and only for want of a Message-ID and of Received lines is one delivery
	// not proven. Two such copies may be two deliveries, but whoever has one of them lacks nothing of the other.
	Alike bool
	// Differs names what is not equal: header fields in lower case, "received", "body".
	Differs []string
}

// Merges tells whether one of the two copies may stand for both.
func (v Verdict) Merges() bool { return v.Kind >= Same }

// Compare reads two messages to their ends and judges them. It fails only if a reader does. It keeps one
// of them at a time in memory, and of a big one only the start.
func Compare(a, b io.Reader) (Verdict, error) {
	x, err := Canon(a)
	if err != nil {
		return Verdict{}, err
	}
	y, err := Canon(b)
	if err != nil {
		return Verdict{}, err
	}
	return x.Against(y), nil
}

// Against judges two messages by their canonical forms.
func (c *Canonical) Against(o *Canonical) Verdict {
	if c.Plain == o.Plain {
		return Verdict{Kind: Identical, Reason: "same octets"}
	}
	kept := fieldsDiffer(c.Kept, o.Kept)
	rest := c.contentDiffers(o)
	differs := slices.Concat(kept, rest)
	switch {
	case len(differs) == 0:
		return c.sameForm(o)
	case len(kept) == 0 && slices.Equal(rest, []string{"received"}):
		return Verdict{Kind: Near, Reason: "same content, another delivery", Differs: differs}
	case shareOne(c.MessageIDs(), o.MessageIDs()):
		return Verdict{Kind: Near, Reason: "same Message-ID, other " + strings.Join(differs, ", "), Differs: differs}
	case slices.Equal(kept, []string{"message-id"}) && !slices.Contains(rest, "body"):
		return Verdict{Kind: Near, Reason: "same content, other Message-ID", Differs: differs}
	}
	return Verdict{Kind: Different, Reason: "other " + strings.Join(differs, ", "), Differs: differs}
}

// sameForm judges two messages of equal canonical form: is it proven that they are one delivery?
func (c *Canonical) sameForm(o *Canonical) Verdict {
	differs := fieldsDiffer(c.Dropped, o.Dropped)
	switch {
	case len(c.Delivered) > 0 && len(o.Delivered) > 0 && !slices.Equal(c.Delivered, o.Delivered):
		return Verdict{Kind: Near, Reason: "same content, delivered to another address", Differs: differs}
	case len(c.MessageIDs()) == 0 && len(c.Stack) == 0:
		return Verdict{Kind: Near, Alike: true, Differs: differs,
			Reason: "same content, but neither Message-ID nor Received proves one delivery"}
	case len(differs) == 0:
		return Verdict{Kind: Same, Reason: "same content, encoded or folded another way"}
	}
	return Verdict{Kind: Same, Reason: "same content, other " + strings.Join(differs, ", "), Differs: differs}
}

// contentDiffers compares what is not a header field of the message itself.
func (c *Canonical) contentDiffers(o *Canonical) (differs []string) {
	if !slices.Equal(c.Stack, o.Stack) {
		differs = append(differs, "received")
	}
	if c.Body != o.Body {
		differs = append(differs, "body")
	}
	return differs
}

// fieldsDiffer names the fields that two sorted lists do not share, each once.
func fieldsDiffer(a, b []Field) (names []string) {
	for len(a) > 0 || len(b) > 0 {
		switch {
		case len(b) == 0 || len(a) > 0 && compareFields(a[0], b[0]) < 0:
			names, a = append(names, a[0].Name), a[1:]
		case len(a) == 0 || compareFields(a[0], b[0]) > 0:
			names, b = append(names, b[0].Name), b[1:]
		default:
			a, b = a[1:], b[1:]
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

func shareOne(a, b []string) bool {
	return slices.ContainsFunc(a, func(id string) bool { return slices.Contains(b, id) })
}
