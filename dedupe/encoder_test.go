package dedupe

import (
	"bytes"
	"slices"
	"strings"
	"testing"
)

// plainHash keeps what is written, in the place of a sum.
type plainHash struct{ bytes.Buffer }

func (*plainHash) Sum(b []byte) []byte { return b }
func (*plainHash) Size() int           { return 0 }
func (*plainHash) BlockSize() int      { return 1 }

// written is what the encoder hashes for lists of fields, one after the other.
func written(lists ...[]Field) string {
	var h plainHash
	e := encoder{h: &h}
	for _, l := range lists {
		e.fields(l)
	}
	return h.String()
}

func fieldsIn(text string) (list []Field) {
	for l := range strings.SplitSeq(text, "\n") {
		name, v, _ := strings.Cut(l, ":")
		list = append(list, Field{name, v})
	}
	return list
}

// Two different structures never give the same octets to hash.
func FuzzEncoder(f *testing.F) {
	f.Add("a:b\nc:d", "e", "a:b", "c:d\ne")
	f.Add("", "", ":", "")
	f.Fuzz(func(t *testing.T, a, b, c, d string) {
		equal := slices.Equal(fieldsIn(a), fieldsIn(c)) && slices.Equal(fieldsIn(b), fieldsIn(d))
		if x, y := written(fieldsIn(a), fieldsIn(b)), written(fieldsIn(c), fieldsIn(d)); (x == y) != equal {
			t.Errorf("%q %q and %q %q: equal %v, written %q and %q", a, b, c, d, equal, x, y)
		}
	})
}
