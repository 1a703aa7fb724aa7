package dedupe

import (
	"slices"
	"strings"
)

// What is said of near copies in more than one place.
const (
	reasonDelivered = "same content, delivered to another address"
	reasonStack     = "same content, another delivery"
	reasonUnproven  = "same content, but neither Message-ID nor Received proves one delivery"
	reasonHolds     = "contains the other message as an attachment"
	reasonFragment  = "a fragment without header, perhaps the end of the message before it"
)

// partialVerdict is about a copy and one that its program calls partial, which the first may be.
func partialVerdict(first bool) Verdict {
	v := Verdict{Kind: Near, Reason: "only the start of the message was fetched", Fuller: -1}
	if first {
		v.Fuller = 1
	}
	return v
}

// difference is what keeps two messages from having one canonical form.
type difference struct {
	a, b *Canonical
	kept []string // fields
	rest []string // "received", "body"
}

func (c *Canonical) difference(o *Canonical) difference {
	d := difference{a: c, b: o, kept: fieldsDiffer(c.Kept, o.Kept)}
	if !slices.Equal(c.Stack, o.Stack) && c.rules.merge&MergeLists == 0 {
		d.rest = append(d.rest, "received")
	}
	if c.Body != o.Body {
		d.rest = append(d.rest, "body")
	}
	return d
}

// verdict finds the words for a difference.
func (d difference) verdict() Verdict {
	differs := slices.Concat(d.kept, d.rest)
	switch {
	case len(d.kept) == 0 && slices.Equal(d.rest, []string{"received"}):
		return Verdict{Kind: Near, Reason: reasonStack, Differs: differs}
	case shareOne(d.a.MessageIDs(), d.b.MessageIDs()):
		return Verdict{Kind: Near, Reason: "same Message-ID, other " + strings.Join(differs, ", "), Differs: differs}
	case slices.Equal(d.kept, []string{"message-id"}) && !slices.Contains(d.rest, "body"):
		return Verdict{Kind: Near, Reason: "same content, other Message-ID", Differs: differs}
	}
	return Verdict{Kind: Different, Reason: "other " + strings.Join(differs, ", "), Differs: differs}
}

// rank orders reasons: the fewer differences the nearer.
func (v Verdict) rank() int { return len(v.Differs) }

// heldHints are the hints of the messages in the message.
func (c *Canonical) heldHints() []uint64 { return c.hints }
