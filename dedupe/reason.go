package dedupe

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// What is said of near copies in more than one place.
const (
	reasonDelivered = "same content, delivered to another address"
	reasonStack     = "same content, another delivery"
	reasonUnproven  = "same content, but neither Message-ID nor Received proves one delivery"
	reasonPartial   = "only the start of the message was fetched"
	reasonHolds     = "contains the other message as an attachment"
	reasonFragment  = "a fragment without header, perhaps the end of the message before it"
	reasonOfFull    = "a fragment without header: the end of the other"
	reasonList      = "mailing-list copy"
	reasonResent    = "sent on by a person (Resent)"
	reasonSent      = "same content, but only one of them was delivered: a sent and a received copy"
)

// partialVerdict is about a copy and one that its program calls partial, which the first may be.
func partialVerdict(first bool) Verdict {
	v := Verdict{Kind: Near, Reason: reasonPartial, Fuller: -1}
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

func (d difference) none() bool { return len(d.kept)+len(d.rest) == 0 }

// verdict finds the words for a difference.
func (d difference) verdict() Verdict {
	v := Verdict{Kind: Near, Differs: slices.Concat(d.kept, d.rest)}
	body := slices.Contains(d.rest, "body")
	switch {
	case len(d.kept) == 0 && !body:
		v.Reason = d.otherDelivery()
	case shareOne(d.a.MessageIDs(), d.b.MessageIDs()):
		d.sameID(&v, body)
	case slices.Equal(d.kept, []string{"message-id"}) && !body:
		v.Reason = "same content, other Message-ID"
	case !body && d.sameDay():
		v.Reason = "other Message-ID, same body, sender and subject on one day"
	case d.holds(&v), d.fragment(&v):
	default:
		v.Kind, v.Reason = Different, "other "+strings.Join(v.Differs, ", ")
	}
	return v
}

// otherDelivery names what only the Received lines tell apart.
func (d difference) otherDelivery() string {
	if (len(d.a.Stack) == 0) != (len(d.b.Stack) == 0) {
		return reasonSent
	}
	return reasonStack
}

// sameID says how two messages of one Message-ID differ: by what most likely happened to one of them.
func (d difference) sameID(v *Verdict, body bool) {
	switch {
	case (d.a.marks^d.b.marks)&partial != 0:
		*v = partialVerdict(d.a.marks&partial != 0)
		v.Differs = slices.Concat(d.kept, d.rest)
		return
	case d.holds(v):
		return
	case (d.a.marks^d.b.marks)&listed != 0:
		v.Reason = reasonList
		return
	case slices.ContainsFunc(d.kept, func(n string) bool { return strings.HasPrefix(n, "resent-") }):
		v.Reason = reasonResent
		return
	}
	others := slices.Concat(d.kept, d.rest)
	if body {
		if words, fuller := d.bodies(); words != "" {
			others = slices.DeleteFunc(others, func(n string) bool { return n == "body" })
			v.Reason, v.Fuller = "same Message-ID, "+words, fuller
			if len(others) > 0 {
				v.Reason, v.Fuller = v.Reason+", other "+strings.Join(others, ", "), 0
			}
			return
		}
	}
	v.Reason = "same Message-ID, other " + strings.Join(others, ", ")
}

// bodies says how two bodies differ; empty if nothing can be said that helps.
func (d difference) bodies() (words string, fuller int8) {
	if words, fuller = sameMinusParts(d.a.list, d.b.list); words != "" {
		return words, fuller
	}
	a, b, more := d.a.lines.trimmed(), d.b.lines.trimmed(), d.a.lines.more || d.b.lines.more
	if fuller = 1; len(a) > len(b) {
		a, b, fuller = b, a, -1
	}
	if more || len(a) == len(b) {
		return otherPart(d.a.list, d.b.list), 0
	}
	if words = lessLines(a, b); words == "" {
		return otherPart(d.a.list, d.b.list), 0
	}
	return words, fuller
}

// lessLines says how the shorter text a is contained in b.
func lessLines(a, b []uint32) string {
	added := len(b) - len(a)
	start := common(a, b)
	end := 0
	for end < len(a)-start && a[len(a)-1-end] == b[len(b)-1-end] {
		end++
	}
	const footer = 12 // lines
	switch {
	case len(a) == 0:
		return "text missing"
	case start == len(a) && added <= footer:
		return count(added, "line") + " added at the end of the same text"
	case start == len(a):
		return "cut off after " + count(start, "line")
	case start == len(a)-1 && start > 0: // within a line
		return "cut off after " + count(start, "line")
	case start+end == len(a):
		return count(added, "line") + " added to the same text"
	}
	return ""
}

func count(n int, what string) string {
	if n == 1 {
		return "one " + what
	}
	return strconv.Itoa(n) + " " + what + "s"
}

// common is how many items two lists have in common at their start.
func common(a, b []uint32) int {
	n := 0
	for n < len(a) && n < len(b) && a[n] == b[n] {
		n++
	}
	return n
}

// trimmed are the sums without those of empty lines at the end.
func (l lineSums) trimmed() []uint32 {
	s := l.sums
	for len(s) > 0 && s[len(s)-1] == 0 { // the sum of nothing
		s = s[:len(s)-1]
	}
	return s
}

// sameMinusParts says which parts one of two messages lacks that otherwise has all of the other's.
func sameMinusParts(a, b []Part) (words string, fuller int8) {
	onlyA, onlyB := partsOnly(a, b), partsOnly(b, a)
	if fuller = 1; len(onlyA) > len(onlyB) || len(onlyA) == len(onlyB) && isLeftover(onlyB) {
		onlyA, onlyB, fuller = onlyB, onlyA, -1
	}
	if len(onlyB) == 0 || len(onlyA) > 0 && !isLeftover(onlyA) || slices.ContainsFunc(onlyB, Part.isBody) {
		return "", 0
	}
	var names []string
	for _, p := range onlyB {
		names = append(names, p.called())
	}
	return "same text, attachment missing (" + strings.Join(names, ", ") + ")", fuller
}

// isLeftover tells of what programs leave in the place of an attachment.
func isLeftover(parts []Part) bool {
	return len(parts) > 0 && !slices.ContainsFunc(parts, func(p Part) bool {
		return p.Kind != "text/x-moz-deleted" && p.Octets > 300
	})
}

// isBody tells of a text that is read, not kept.
func (p Part) isBody() bool { return strings.HasPrefix(p.Kind, "text/") && p.Name == "" }

func (p Part) isLeaf() bool { return p.Content != Sum{} || p.Opaque }

func (p Part) called() string {
	if p.Name != "" {
		return p.Name
	}
	return p.Kind
}

// partsOnly are the leaves of a whose content b does not have.
func partsOnly(a, b []Part) (only []Part) {
	b = slices.Clone(b)
	for _, p := range a {
		if !p.isLeaf() {
			continue
		}
		i := slices.IndexFunc(b, func(q Part) bool {
			return q.isLeaf() && p.Content == q.Content && p.Opaque == q.Opaque && (!p.Opaque || p.Sum == q.Sum)
		})
		if i < 0 {
			only = append(only, p)
		} else {
			b = slices.Delete(b, i, i+1)
		}
	}
	return only
}

// otherPart names the one part of many that is another.
func otherPart(a, b []Part) string {
	onlyA, onlyB := partsOnly(a, b), partsOnly(b, a)
	switch {
	case len(a) < 2 || len(b) < 2:
	case len(onlyA) == 1 && len(onlyB) == 1:
		return "other " + onlyA[0].called()
	case len(onlyA) == 0 && len(onlyB) == 0:
		return "same content, but in other parts, or by other names"
	}
	return ""
}

// sameDay: one sender, one subject, one day.
func (d difference) sameDay() bool {
	day := func(c *Canonical) string {
		v := c.field("date")
		if secs, ok := strings.CutPrefix(v, "date:"); ok {
			if n, err := strconv.ParseInt(secs, 10, 64); err == nil {
				return strconv.FormatInt(n/(24*60*60), 10)
			}
		}
		return v
	}
	if len(d.a.MessageIDs()) == 0 || len(d.b.MessageIDs()) == 0 || len(d.a.lines.trimmed()) == 0 {
		return false
	}
	return d.a.field("from") != "" && d.a.field("from") == d.b.field("from") &&
		d.a.field("subject") == d.b.field("subject") && day(d.a) == day(d.b)
}

// field is the value of the first kept field of a name.
func (c *Canonical) field(name string) string {
	for _, f := range c.Kept {
		if f.Name == name {
			return f.Value
		}
	}
	return ""
}

// holds: one of the two contains the other.
func (d difference) holds(v *Verdict) bool {
	switch {
	case slices.Contains(d.a.hints, d.b.hint()):
		v.Fuller = -1
	case slices.Contains(d.b.hints, d.a.hint()):
		v.Fuller = 1
	default:
		return false
	}
	v.Reason = reasonHolds
	return true
}

// hint is that of the Message-ID; one that nothing has where there is none.
func (c *Canonical) hint() uint64 {
	if ids := c.MessageIDs(); len(ids) > 0 {
		return hash64(hintByID, slices.Min(ids))
	}
	return hash64(fmt.Sprintf("none %x", c.Plain))
}

// fragment: one of the two is the end of the other, split off at a line that begins with "From ".
func (d difference) fragment(v *Verdict) bool {
	short, full := d.a, d.b
	if v.Fuller = 1; !short.headless {
		short, full, v.Fuller = full, short, -1
	}
	a, b := short.lines.trimmed(), full.lines.trimmed()
	if !short.headless || full.headless || len(a) == 0 || len(a) > len(b) || short.lines.more || full.lines.more ||
		!slices.Equal(a, b[len(b)-len(a):]) {
		v.Fuller = 0
		return false
	}
	v.Reason = reasonOfFull
	return true
}

// rank orders reasons: the fewer differences the nearer.
func (v Verdict) rank() int { return len(v.Differs) }
