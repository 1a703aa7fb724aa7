package line

import (
	"bytes"
	"slices"
	"testing"
)

func TestAppend(t *testing.T) {
	got := Append([]byte("before"), "to", 7, int64(-1), uint32(9), "a b", "", "ü", `"`)
	want := "beforeto\t7\t-1\t9\t\"a b\"\t\"\"\t\"ü\"\t\"\\\"\"\t"
	if !bytes.HasPrefix(got, []byte(want)) || got[len(got)-1] != '\n' {
		t.Fatalf("got %q, want it to begin with %q", got, want)
	}
	fields, err := Split(got[len("before"):])
	if err != nil || !slices.Equal(fields, []string{"to", "7", "-1", "9", "a b", "", "ü", `"`}) {
		t.Errorf("got %q, %v", fields, err)
	}
}

// FuzzLine: what was appended is read again, and one flipped bit is noticed.
func FuzzLine(f *testing.F) {
	f.Add("a", "b c\t\n\xff", uint(3))
	f.Add("", `"`, uint(0))
	f.Fuzz(func(t *testing.T, a, b string, bit uint) {
		text := Append(nil, a, b)
		if bytes.Count(text, []byte("\n")) != 1 {
			t.Fatalf("%q is not one line", text)
		}
		fields, err := Split(text)
		if err != nil || !slices.Equal(fields, []string{a, b}) {
			t.Fatalf("got %q, %v, want %q %q", fields, err, a, b)
		}
		bad := bytes.Clone(text)
		bad[bit/8%uint(len(bad)-1)] ^= 1 << (bit % 8)
		if fields, err := Split(bad); err == nil {
			t.Fatalf("%q was taken for good: %q", bad, fields)
		}
		Split([]byte(a))
	})
}

func TestReader(t *testing.T) {
	r := &Reader{Fields: []string{"a", "5", "-6", "=", "x"}}
	if r.Peek() != "a" || r.Text() != "a" || r.Number(8) != 5 || r.Signed() != -6 || r.Sum([32]byte{1}) != [32]byte{1} || r.Err != nil {
		t.Errorf("%+v", r)
	}
	if r.Number(8); r.Err == nil {
		t.Error("x was taken for a number")
	}
}
