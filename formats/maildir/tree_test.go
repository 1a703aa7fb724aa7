package maildir

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"

	"mailmv/formats/mail"
)

// trees are real layouts, one archive each in testdata/maildir: files, then "== folders" that should be read.
func TestTrees(t *testing.T) {
	samples, err := filepath.Glob("../../testdata/maildir/*.txtar")
	if err != nil || len(samples) == 0 {
		t.Fatalf("no samples: %v", err)
	}
	for _, sample := range samples {
		t.Run(filepath.Base(sample), func(t *testing.T) {
			a, err := txtar.ParseFile(sample)
			if err != nil {
				t.Fatal(err)
			}
			root := t.TempDir()
			want := ""
			for _, f := range a.Files {
				if f.Name == "want" {
					want = string(f.Data)
					continue
				}
				plant(t, root, f.Name, f.Data)
			}
			before := inventory(t, root)
			if got := describe(t, root); got != want {
				t.Errorf("got:\n%swant:\n%s", got, want)
			}
			if after := inventory(t, root); !slices.Equal(before, after) {
				t.Errorf("reading changed the tree:\n%q\n%q", before, after)
			}
		})
	}
}

// plant makes a file; a name that ends in a slash is a directory.
func plant(t *testing.T, root, name string, data []byte) {
	t.Helper()
	name = filepath.Join(root, filepath.FromSlash(unquote(name)))
	dir := filepath.Dir(name)
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	if filepath.Base(name) == "DIR" {
		return
	}
	if err := os.WriteFile(name, data, 0o644); err != nil {
		t.Fatal(err)
	}
}

// unquote undoes %XX, for names that an editor would not bear.
func unquote(name string) string {
	for {
		i := strings.IndexByte(name, '%')
		if i < 0 {
			return name
		}
		var c byte
		fmt.Sscanf(name[i+1:i+3], "%02x", &c)
		name = name[:i] + string([]byte{c}) + name[i+3:]
	}
}

func inventory(t *testing.T, root string) []string {
	t.Helper()
	var all []string
	err := filepath.WalkDir(root, func(p string, d os.DirEntry, err error) error {
		if err != nil {
			return err
		}
		i, err := d.Info()
		if err != nil {
			return err
		}
		text := ""
		if !d.IsDir() {
			b, err := os.ReadFile(p)
			if err != nil {
				return err
			}
			text = string(b)
		}
		all = append(all, fmt.Sprint(p, i.Mode(), i.ModTime(), text))
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// describe prints all that is read of a tree: a line for each folder, message and oddity.
func describe(t *testing.T, root string) string {
	t.Helper()
	d, err := OpenDisk(root)
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	var b strings.Builder
	for f, err := range Folders(d) {
		if odd := (*OddError)(nil); errors.As(err, &odd) {
			fmt.Fprintf(&b, "odd %v\n", odd)
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(&b, "folder %q in %q\n", f.Path, f.Dir)
		describeFolder(t, &b, f)
	}
	return b.String()
}

func describeFolder(t *testing.T, b *strings.Builder, f *Folder) {
	t.Helper()
	keywords, err := f.Keywords()
	if err != nil {
		t.Fatal(err)
	}
	courier, err := f.CourierKeywords()
	if err != nil {
		t.Fatal(err)
	}
	var lines []string
	for e, err := range f.Entries() {
		if odd := (*OddError)(nil); errors.As(err, &odd) {
			lines = append(lines, fmt.Sprintf("  odd %v\n", odd))
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		r, e, err := f.Open(e)
		if err != nil {
			t.Fatal(err)
		}
		octets, err := e.Octets(r)
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(e.Mail(r))
		if err != nil {
			t.Fatal(err)
		}
		r.Close()
		n := ParseName(e.File)
		flags, words := keywords.Flags(n.Letters())
		words = append(words, courier[n.Unique]...)
		lines = append(lines, fmt.Sprintf("  %s %q flags %v keywords %v octets %d %q\n", e.Sub, n.Unique, flags, words, octets, text))
	}
	slices.SortFunc(lines, Compare)
	b.WriteString(strings.Join(lines, ""))
}

// TestFind: a message that another program moves is found by its unique part.
func TestFind(t *testing.T) {
	root := t.TempDir()
	plant(t, root, "new/1.M2.host", []byte("x\n"))
	plant(t, root, "new/1.M22.host", []byte("y\n"))
	plant(t, root, "cur/DIR", nil)
	d, err := OpenDisk(root)
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	f := NewFolder(d, mail.Inbox, ".")
	if err := os.Rename(filepath.Join(root, "new/1.M2.host"), filepath.Join(root, "cur/1.M2.host:2,S")); err != nil {
		t.Fatal(err)
	}
	r, e, err := f.Open(Entry{"new", "1.M2.host"})
	if err != nil || e != (Entry{"cur", "1.M2.host:2,S"}) {
		t.Fatalf("%+v, %v", e, err)
	}
	r.Close()
	if err := os.Remove(filepath.Join(root, "cur/1.M2.host:2,S")); err != nil {
		t.Fatal(err)
	}
	if _, _, err := f.Open(e); !errors.Is(err, mail.ErrGone) {
		t.Errorf("got %v, want ErrGone", err)
	}
}
