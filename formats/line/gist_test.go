package line

import (
	"bytes"
	"slices"
	"strings"
	"testing"
)

// readGist gives what a gist says, joined.
func readGist(text []byte, of Mark) (said []string, ok bool) {
	ok = ReadGist(bytes.NewReader(text), of, func(p *Reader) {
		said = append(said, p.Text())
		if p.Peek() != "" {
			p.Number(32)
		}
	})
	return said, ok
}

func TestGist(t *testing.T) {
	whole := strings.Repeat("one line\tlike another\n", 9)
	of, err := MarkOf(strings.NewReader(whole), int64(len(whole)))
	if err != nil {
		t.Fatal(err)
	}
	text := Gist(of, Append(Append(nil, "a b", 7), "c"))
	if said, ok := readGist(text, of); !ok || !slices.Equal(said, []string{"a b", "c"}) {
		t.Errorf("got %q, %v", said, ok)
	}
	if said, ok := readGist(Gist(of, nil), of); !ok || said != nil {
		t.Errorf("of nothing: got %q, %v", said, ok)
	}
	for name, file := range map[string]string{
		"grown":       whole + "x",
		"shorter":     whole[1:],
		"another end": whole[:len(whole)-1] + "x",
		"empty":       "",
	} {
		now, err := MarkOf(strings.NewReader(file), int64(len(file)))
		if err != nil {
			t.Fatal(err)
		}
		if _, ok := readGist(text, now); ok {
			t.Errorf("%s: taken for the same file", name)
		}
	}
	for i := range text {
		if _, ok := readGist(text[:i], of); ok {
			t.Errorf("cut at %d: believed", i)
		}
		for bit := range 8 {
			bad := bytes.Clone(text)
			bad[i] ^= 1 << bit
			if _, ok := readGist(bad, of); ok {
				t.Errorf("octet %d, bit %d: believed", i, bit)
			}
		}
	}
	if _, ok := readGist(append(bytes.Clone(text), text...), of); ok {
		t.Error("more behind it: believed")
	}
	if _, ok := readGist(Gist(of, Append(nil, "a", "no number")), of); ok {
		t.Error("a line that its reader does not take: believed")
	}
}
