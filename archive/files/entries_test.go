package files

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"mailmv/formats/eml"
)

// What fs.ReadDir tells of a directory Entries does, in the order asked for.
func TestEntries(t *testing.T) {
	dir := t.TempDir()
	plant(t, dir, map[string]string{"d/b": "bb", "d/a": "a", "d/10": "", "d/9/x": ""})
	s, err := openTree(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	near := &nearby{tree: s}
	defer near.close()
	for name, c := range map[string]struct {
		compare func(a, b string) int
		want    []string
	}{
		"by name":   {strings.Compare, []string{"10", "9/", "a", "b 2"}},
		"by length": {func(a, b string) int { return cmp.Or(cmp.Compare(len(a), len(b)), strings.Compare(a, b)) }, []string{"9/", "a", "b 2", "10"}},
	} {
		for e, all := range map[string]eml.Lister{"tree": s, "nearby": near} {
			var got []string
			for e, err := range all.Entries("d", c.compare) {
				if err != nil {
					t.Fatal(err)
				}
				i, err := e.Info()
				if err != nil || i.Name() != e.Name() || i.IsDir() != e.IsDir() {
					t.Errorf("%s: %v, %v", e.Name(), i, err)
				}
				switch {
				case e.IsDir():
					got = append(got, e.Name()+"/")
				case i.Size() > 1:
					got = append(got, fmt.Sprint(e.Name(), " ", i.Size()))
				default:
					got = append(got, e.Name())
				}
			}
			if !slices.Equal(got, c.want) {
				t.Errorf("%s, %s: got %q, want %q", e, name, got, c.want)
			}
		}
	}
	n := 0
	for _, err := range s.Entries("absent", strings.Compare) {
		if n++; !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("absent: %v", err)
		}
	}
	if n != 1 {
		t.Errorf("absent: %d answers", n)
	}
}

// Of a directory with very many files no more than the names are held.
func TestEntriesHoldLittle(t *testing.T) {
	const many, each = 20_000, 40 // octets
	dir := t.TempDir()
	for i := range many {
		if err := os.WriteFile(filepath.Join(dir, fmt.Sprintf("%d.eml", i)), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	s, err := openTree(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	before := heap()
	for _, err := range s.Entries(".", strings.Compare) {
		if err != nil {
			t.Fatal(err)
		}
		if held := heap() - before; held > many*each {
			t.Errorf("%d octets are held, more than %d for each of %d names", held, each, many)
		}
		break
	}
}

func heap() int64 {
	var m runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}
