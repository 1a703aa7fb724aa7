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
	// Fuller tells which of two near copies has all that the other has, and more: -1 the first, 1 the second, 0 neither.
	Fuller int8
	// Differs names what is not equal: header fields in lower case, "received", "body".
	Differs []string
}

// Merges tells whether one of the two copies may stand for both.
func (v Verdict) Merges() bool { return v.Kind >= Same }

// Compare reads two messages to their ends and judges them by the standard rules.
func Compare(a, b io.Reader) (Verdict, error) { return standard.Compare(a, b) }

// Compare reads two messages to their ends and judges them. It fails only if a reader does. It keeps their headers,
// and of their content only sums.
func (r *Rules) Compare(a, b io.Reader) (Verdict, error) {
	x, err := r.Canon(a)
	if err != nil {
		return Verdict{}, err
	}
	y, err := r.Canon(b)
	if err != nil {
		return Verdict{}, err
	}
	return x.Against(y), nil
}

// Against judges two messages by their canonical forms, which are of the same Rules.
func (c *Canonical) Against(o *Canonical) Verdict {
	if c.Plain == o.Plain {
		return Verdict{Kind: Identical, Reason: "same octets"}
	}
	for _, m := range []marks{c.marks, o.marks} {
		if why := m.noCopy(); why != "" {
			return Verdict{Kind: Different, Reason: "not a copy: " + why}
		}
	}
	if d := c.difference(o); !d.none() {
		return d.verdict()
	}
	return c.sameForm(o)
}

// sameForm judges two messages of equal canonical form: is it proven that they are one delivery?
func (c *Canonical) sameForm(o *Canonical) Verdict {
	differs := fieldsDiffer(c.Dropped, o.Dropped)
	stacks := slices.Equal(c.Stack, o.Stack)
	switch {
	case (c.marks^o.marks)&partial != 0:
		v := partialVerdict(c.marks&partial != 0)
		v.Differs = differs
		return v
	case c.conflict(o):
		return Verdict{Kind: Near, Reason: reasonDelivered, Differs: differs}
	case !stacks && (c.marks|o.marks)&listed == 0:
		return Verdict{Kind: Near, Reason: reasonStack, Differs: append(differs, "received")}
	case len(c.MessageIDs()) == 0 && (len(c.Stack) == 0 || !stacks) && c.rules.holds(lawEvidence):
		return Verdict{Kind: Near, Alike: true, Differs: differs, Reason: reasonUnproven}
	case !stacks:
		return Verdict{Kind: Same, Reason: "same content, one of them by way of a mailing list", Differs: append(differs, "received")}
	case len(differs) == 0:
		return Verdict{Kind: Same, Reason: "same content, encoded or folded another way"}
	}
	return Verdict{Kind: Same, Reason: "same content, other " + strings.Join(differs, ", "), Differs: differs}
}

// conflict: the server says that it delivered the two to different addresses.
func (c *Canonical) conflict(o *Canonical) bool {
	return len(c.Delivered) > 0 && len(o.Delivered) > 0 && !slices.Equal(c.Delivered, o.Delivered) &&
		c.rules.merge&MergeAliases == 0 && c.rules.holds(lawDelivered)
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
