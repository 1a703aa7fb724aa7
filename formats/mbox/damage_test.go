package mbox_test

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"mailmv/formats/mbox"
)

// scanDamaged reads what there is of a file, and what it ends with.
func scanDamaged(t *testing.T, b []byte) (bodies []string, err error) {
	t.Helper()
	name := filepath.Join(t.TempDir(), "box")
	if err := os.WriteFile(name, b, 0o600); err != nil {
		t.Fatal(err)
	}
	f, err := mbox.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	s, err := f.Scan(mbox.Options{})
	if err != nil {
		t.Fatal(err)
	}
	var all []mbox.Extent
	for e, failed := range s.Entries() {
		if err = failed; err == nil {
			all = append(all, e.Extent)
		}
	}
	for _, x := range all {
		bodies = append(bodies, read(t, f, x, s.Dialect(), mbox.Note{}))
	}
	return bodies, err
}

// What of a packed file unpacks whole is read, and a message that is cut is none; NULs behind it are nothing.
func TestDamagedPackedFileIsReadSoFar(t *testing.T) {
	want := []string{crlf(one + "x\n"), crlf(two + "y\n")}
	const times = 50
	whole := slices.Repeat(want, times)
	for _, packing := range []string{"gz", "bz2", "xz", "zst"} {
		unit, err := os.ReadFile(packed(t, "two.mbox."+packing))
		if err != nil {
			t.Fatal(err)
		}
		many := bytes.Repeat(unit, times)
		flipped := slices.Clone(many)
		for i := range len(unit) / 2 {
			flipped[30*len(unit)+len(unit)/4+i] ^= 0x55
		}
		for _, c := range []struct {
			name   string
			octets []byte
			min    int // so many messages at least are read, all as they were
			max    int
			fails  bool
		}{
			{"whole", many, 100, 100, false},
			{"cut in the middle", many[:30*len(unit)+len(unit)/2], 59, 60, true},
			{"cut of its last octet", many[:len(many)-1], 97, 99, true},
			{"overwritten in the middle", flipped, 59, 60, true},
			{"with letters behind", append(slices.Clone(many), "some letters"...), 99, 100, true},
			{"with NULs behind", append(slices.Clone(many), make([]byte, 10240)...), 99, 100, packing != "gz" && packing != "xz"},
			{"with NULs between", slices.Concat(many[:20*len(unit)], make([]byte, 512), many[20*len(unit):]), 39, 100, packing != "gz" && packing != "xz"},
		} {
			got, err := scanDamaged(t, c.octets)
			if len(got) < c.min || len(got) > c.max || !slices.Equal(got, whole[:len(got)]) {
				t.Errorf("%s, %s: %d messages, want %d to %d", packing, c.name, len(got), c.min, c.max)
			}
			d := (*mbox.Damage)(nil)
			switch {
			case !c.fails && err != nil:
				t.Errorf("%s, %s: %v", packing, c.name, err)
			case c.fails && (!errors.Is(err, mbox.ErrDamaged) || !errors.As(err, &d) || d.At <= 0 || d.At > int64(len(c.octets))):
				t.Errorf("%s, %s: got %v, want what is damaged and where", packing, c.name, err)
			}
		}
	}
}

// An octet that differs in what is packed once, not cut: all of it is read, its last message too, and the sum is told to be wrong.
func TestWrongSum(t *testing.T) {
	b, err := os.ReadFile(packed(t, "two.mbox.gz"))
	if err != nil {
		t.Fatal(err)
	}
	b[len(b)-8] ^= 1
	if got, err := scanDamaged(t, b); len(got) != 2 || err == nil || !strings.Contains(err.Error(), "checksum") {
		t.Errorf("%d messages, %v", len(got), err)
	}
}
