package dedupe

import (
	"cmp"
	"encoding/hex"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"mailmv/formats/mail"
)

// Line is one line of a canonical form, for people.
type Line struct {
	// Group says what it is to the message: "kept", "received", "delivered", "part", "sum"; or that it is none of it, by
	// the name of the class that its field has: "state", "scanner", "trace", "list", "ignored".
	Group string
	// Name is that of the field, in lower case, or of the part.
	Name string
	// Value is as it is compared, but readable.
	Value string
	// Depth counts the parts around a part.
	Depth int
}

// Counts tells whether a difference in the line makes another message. The octets as they lie may differ in what is the same.
func (l Line) Counts() bool {
	switch l.Group {
	case "kept", "received", "part":
		return true
	case "sum":
		return l.Name != octetsLine
	}
	return false
}

// octetsLine is the name of the sum of the octets.
const octetsLine = "octets"

// Lines writes the canonical form down: fields that are the message, the server's trace, the addresses of delivery, the
// tree of parts with their digests, what was left out by class, and the sum of it all.
func (c *Canonical) Lines() []Line {
	var all []Line
	for _, f := range c.Kept {
		all = append(all, Line{Group: "kept", Name: f.Name, Value: readable(f.Value)})
	}
	for _, s := range c.Stack {
		all = append(all, Line{Group: "received", Name: "received", Value: s})
	}
	for _, s := range c.Delivered {
		all = append(all, Line{Group: "delivered", Name: "delivered", Value: s})
	}
	for i, p := range c.Parts() {
		all = append(all, Line{Group: "part", Name: strconv.Itoa(i + 1), Value: p.String(), Depth: p.Depth})
	}
	for _, f := range c.Dropped {
		group := c.rules.classes.of([]byte(f.Name)).String()
		if f.Name == badLine {
			group = Trace.String()
		}
		all = append(all, Line{Group: group, Name: f.Name, Value: f.Value})
	}
	sum := c.Sum()
	return append(all, Line{Group: "sum", Name: "canonical", Value: hex.EncodeToString(sum[:])},
		Line{Group: "sum", Name: octetsLine, Value: hex.EncodeToString(c.Plain[:])})
}

// Parts lists the parts of the message, as they stand in it; of very many only the first thousand.
func (c *Canonical) Parts() []Part { return c.list }

// String gives type, name, length and digest.
func (p Part) String() string {
	kind := cmp.Or(p.Kind, "unknown type")
	if p.Name != "" {
		kind += fmt.Sprintf(" %q", p.Name)
	}
	if p.isLeaf() {
		kind += ", " + mail.Count(p.Octets, "octet", "octets")
	}
	if p.Opaque {
		kind += ", cannot be read without doubt and is taken as it lies"
	}
	return kind + ", " + hex.EncodeToString(p.Sum[:8])
}

// readable is the canonical value of a field without the mark of how it was read (Rules.value).
func readable(value string) string {
	how, text, _ := strings.Cut(value, ":")
	switch how {
	case "date":
		if n, err := strconv.ParseInt(text, 10, 64); err == nil {
			return time.Unix(n, 0).UTC().Format(time.RFC3339)
		}
	case "addresses":
		var all []string
		for a := range strings.SplitSeq(strings.TrimSuffix(text, ";"), ";") {
			var name, local, domain string
			if n, err := fmt.Sscanf(a, "%q %q %q", &name, &local, &domain); n != 3 || err != nil {
				return text
			}
			all = append(all, strings.TrimSpace(name+" <"+local+"@"+domain+">"))
		}
		return strings.Join(all, ", ")
	case "text", "ids", "raw":
		return text
	}
	return value
}

// Differences pairs the lines that two canonical forms do not share; one of a pair may be empty. Those that count
// come first.
func (c *Canonical) Differences(o *Canonical) (pairs [][2]Line) {
	a, b := c.Lines(), o.Lines()
	onlyA, onlyB := linesOnly(a, b), linesOnly(b, a)
	for _, x := range onlyA {
		pair := [2]Line{x}
		i := slices.IndexFunc(onlyB, func(y Line) bool { return y.Group == x.Group && y.Name == x.Name })
		if i >= 0 {
			pair[1] = onlyB[i]
			onlyB = slices.Delete(onlyB, i, i+1)
		}
		pairs = append(pairs, pair)
	}
	for _, y := range onlyB {
		pairs = append(pairs, [2]Line{{}, y})
	}
	slices.SortStableFunc(pairs, func(x, y [2]Line) int { return cmp.Compare(weight(x), weight(y)) })
	return pairs
}

// weight orders differences.
func weight(pair [2]Line) int {
	group := cmp.Or(pair[0].Group, pair[1].Group)
	if i := slices.Index([]string{"kept", "part", "received", "delivered", "list"}, group); i >= 0 {
		return i
	}
	if group == "sum" {
		return 100
	}
	return 10
}

// linesOnly are the lines of a that b does not have.
func linesOnly(a, b []Line) (only []Line) {
	has := map[Line]int{}
	for _, l := range b {
		has[l]++
	}
	for _, l := range a {
		if has[l]--; has[l] < 0 {
			only = append(only, l)
		}
	}
	return only
}
