package mbox

import (
	"fmt"
	"strings"
)

// doubtsMax is how many places are named.
const doubtsMax = 20

// Doubts gathers doubtful places, to tell people of them. Its zero value holds none.
type Doubts struct {
	N   int
	few []Doubt
}

// Add is for Options.Doubt.
func (d *Doubts) Add(one Doubt) {
	if d.N++; len(d.few) < doubtsMax {
		d.few = append(d.few, one)
	}
}

// String names the places.
func (d *Doubts) String() string {
	parts := make([]string, 0, len(d.few)+1)
	for _, one := range d.few {
		parts = append(parts, fmt.Sprintf("octet %d: %s", one.Offset, one.Reason))
	}
	if more := d.N - len(d.few); more > 0 {
		parts = append(parts, fmt.Sprintf("and %d more", more))
	}
	return fmt.Sprintf("doubtful places in the file, %d: %s", d.N, strings.Join(parts, "; "))
}
