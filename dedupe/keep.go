package dedupe

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"
)

// Copy is what Keep knows of one of several copies.
type Copy struct {
	Facts Facts
	// Preferred: it lies in a place that the user said to be first (--first).
	Preferred bool
	// Filed: it lies in a folder that a person put it in, not where mail arrives.
	Filed bool
	// Flagged: a person marked it.
	Flagged bool
	// Place counts the places in the order in which the user named them.
	Place int
	// Wire says how its store keeps octets.
	Wire   Wire
	Octets int64
	// Date is when the server received it; zero: not known.
	Date time.Time
}

// Wire says how near to what the server gave a store keeps a message.
type Wire uint8

const (
	// WireServer: a server, or octets as they came from one.
	WireServer Wire = iota
	// WireFile: a file of its own (Maildir, MH, .eml, .emlx).
	WireFile
	// WireQuoted: an mbox whose quoting can be undone, or that has none (mboxrd, mboxcl2).
	WireQuoted
	// WireMbox: any other mbox.
	WireMbox
)

// Order is by what of two equally good copies the one to keep is chosen.
type Order uint8

// The orders of --keep. ByPlace is the default: filed before unfiled, then the place named first, then the oldest.
const (
	ByPlace Order = iota
	Oldest
	Newest
	Largest
	Smallest
	Flagged
	First
)

var orderNames = []string{"", "oldest", "newest", "largest", "smallest", "flagged", "first"}

// ParseOrder reads the word of --keep.
func ParseOrder(word string) (Order, error) {
	if i := slices.Index(orderNames, word); i >= 0 {
		return Order(i), nil
	}
	return 0, fmt.Errorf("%q is none of %s", word, strings.Join(orderNames[1:], ", "))
}

// test prefers the copies for which it gives the least.
type test struct {
	why   string
	score func(c *Copy) int64
}

// Keep says which of the copies of one message stays, and why. First counts what only one of them may still have: all
// of the message, sound structure, a signature that fits. Then what the user asked for, and then the rest in an order
// that ends with the order of the copies given, so that a second run gives the same answer.
func Keep(copies []Copy, by Order) (best int, why string) {
	var room [8]int // most groups are small
	left := room[:0]
	for i := range copies {
		left = append(left, i)
	}
	var reasons []string
	for _, tests := range [...][]test{soundness, wishes[by], customs} {
		for _, t := range tests {
			if len(left) < 2 {
				break
			}
			if kept := t.least(copies, left); len(kept) < len(left) {
				reasons, left = append(reasons, t.why), kept
			}
		}
	}
	if len(left) > 1 || len(reasons) == 0 {
		reasons = append(reasons, "first of equals")
	}
	return left[0], strings.Join(reasons, ", ")
}

// least leaves in of those with the least score.
func (t test) least(copies []Copy, of []int) []int {
	var least int64
	kept := of[:0]
	for _, i := range of {
		switch s := t.score(&copies[i]); {
		case len(kept) == 0 || s < least:
			least, kept = s, append(kept[:0], i)
		case s == least:
			kept = append(kept, i)
		}
	}
	return kept
}

func no(b bool) int64 {
	if b {
		return 0
	}
	return 1
}

// soundness comes before anything a user may wish.
var soundness = []test{
	{"complete", func(c *Copy) int64 { return no(!c.Facts.Partial) }},
	{"all of its parts can be read", func(c *Copy) int64 { return int64(c.Facts.Opaque) }},
	{"its closing boundary is there", func(c *Copy) int64 { return no(!c.Facts.Open) }},
	{"no broken lines in its header", func(c *Copy) int64 { return int64(c.Facts.BadLines) }},
	{"its signature fits", func(c *Copy) int64 { return -int64(c.Facts.Integrity) }},
}

var preferred = test{"in the place to be first", func(c *Copy) int64 { return no(c.Preferred) }}

// wishes are what --first and --keep ask for.
var wishes = map[Order][]test{
	ByPlace:  {preferred},
	Oldest:   {preferred, oldest},
	Newest:   {preferred, {"newest", func(c *Copy) int64 { return -seconds(c.Date, 0) }}},
	Largest:  {preferred, {"largest", func(c *Copy) int64 { return -c.Octets }}},
	Smallest: {preferred, {"smallest", func(c *Copy) int64 { return c.Octets }}},
	Flagged:  {preferred, {"flagged", func(c *Copy) int64 { return no(c.Flagged) }}},
	First:    {preferred, firstPlace},
}

var (
	oldest     = test{"oldest", func(c *Copy) int64 { return seconds(c.Date, 1<<62) }}
	firstPlace = test{"in the place named first", func(c *Copy) int64 { return int64(c.Place) }}
)

func seconds(t time.Time, unknown int64) int64 {
	if t.IsZero() {
		return unknown
	}
	return t.Unix()
}

// customs decide among copies that are equally sound and equally wished for.
var customs = []test{
	{"no line quoted as a separator of mbox", func(c *Copy) int64 { return int64(c.Facts.FromQuoted) }},
	{"filed", func(c *Copy) int64 { return no(c.Filed) }},
	firstPlace,
	{"one kind of line ends", func(c *Copy) int64 { return no(!c.Facts.Mixed) }},
	{"nearest to what the server gave", func(c *Copy) int64 { return int64(c.Wire) }},
	{"fewest local additions", func(c *Copy) int64 { return int64(c.Facts.Additions) }},
	oldest,
	{"smallest", func(c *Copy) int64 { return cmp.Or(c.Octets, 0) }},
}
