package eml

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"testing/iotest"
	"time"
)

func TestLineEnds(t *testing.T) {
	for in, want := range map[string]string{
		"":                       "",
		"a":                      "a",
		"\n":                     "\r\n",
		"a\nb\n":                 "a\r\nb\r\n",
		"a\r\nb\r\n":             "a\r\nb\r\n",
		"a\r\nbare\nb\r\n\n":     "a\r\nbare\nb\r\n\n", // a message with bare LFs, saved as it came
		"a\nb\r\nc\r\r\nd\n":     "a\r\nb\r\nc\r\r\nd\r\n",
		"a\rb\n\r":               "a\rb\r\n\r",
		"\r\nbody\n":             "\r\nbody\n",
		"From x\nSubject: y\n\n": "From x\r\nSubject: y\r\n\r\n",
	} {
		for name, r := range map[string]io.Reader{"whole": strings.NewReader(in), "octet by octet": iotest.OneByteReader(strings.NewReader(in))} {
			got, err := io.ReadAll(NewReader(r))
			if err != nil || string(got) != want {
				t.Errorf("%q, %s: %q, %v, want %q", in, name, got, err, want)
			}
		}
		if n, err := Octets(strings.NewReader(in)); err != nil || n != int64(len(want)) {
			t.Errorf("Octets(%q) = %d, %v, want %d", in, n, err, len(want))
		}
	}
}

// Whatever a file holds: read again, what came out stays; and but for CRs before LFs it is what went in.
func FuzzLineEnds(f *testing.F) {
	for _, s := range []string{"a\nb\r\n", "\r\n\n", "\r\r\n\n", strings.Repeat("x\n", 20000)} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		once, err := io.ReadAll(NewReader(strings.NewReader(string(b))))
		if err != nil {
			t.Fatal(err)
		}
		twice, err := io.ReadAll(NewReader(iotest.HalfReader(strings.NewReader(string(once)))))
		if err != nil || string(twice) != string(once) {
			t.Errorf("%q became %q, then %q", b, once, twice)
		}
		if got, want := strings.ReplaceAll(string(once), "\r\n", "\n"), strings.ReplaceAll(string(b), "\r\n", "\n"); got != want {
			t.Errorf("%q became %q", b, once)
		}
	})
}

func TestFolders(t *testing.T) {
	day := time.Date(2004, 2, 29, 12, 0, 0, 0, time.UTC)
	mail := &fstest.MapFile{Data: []byte("Subject: a\n\nb\n"), ModTime: day}
	fsys := fstest.MapFS{
		"b.eml": mail, "a.EML": mail, "note.txt": mail, ".hidden.eml": mail,
		"sub/deep/1.eml": mail, "empty/x.txt": mail,
		"sub/deep/folder.eml/x": mail,
		"sub/deep/link.eml":     {Mode: fs.ModeSymlink, Data: []byte("../../a.EML")},
	}
	var dirs []string
	for dir, err := range Folders(fsys) {
		if err != nil {
			t.Fatal(err)
		}
		dirs = append(dirs, dir)
	}
	if want := []string{".", "sub/deep"}; !slices.Equal(dirs, want) {
		t.Errorf("folders %q, want %q", dirs, want)
	}
	var names, odd []string
	for _, dir := range dirs {
		for f, err := range Files(fsys, dir) {
			switch {
			case errors.Is(err, ErrNotRegular):
				odd = append(odd, f.Name)
			case err != nil:
				t.Fatal(err)
			default:
				names = append(names, f.Name)
				if f.Size != 14 || !f.Changed.Equal(day) {
					t.Errorf("%+v", f)
				}
			}
		}
	}
	if want := []string{"a.EML", "b.eml", "sub/deep/1.eml"}; !slices.Equal(names, want) {
		t.Errorf("messages %q, want %q", names, want)
	}
	if want := []string{"sub/deep/folder.eml", "sub/deep/link.eml"}; !slices.Equal(odd, want) {
		t.Errorf("odd %q, want %q", odd, want)
	}
	r, err := Open(fsys, "b.eml")
	if err != nil {
		t.Fatal(err)
	}
	got, err := io.ReadAll(r)
	if err := errors.Join(err, r.Close()); err != nil || string(got) != "Subject: a\r\n\r\nb\r\n" {
		t.Errorf("%q, %v", got, err)
	}
}

// A folder that cannot be read spoils nothing but itself.
func TestFolderThatCannotBeRead(t *testing.T) {
	if os.Geteuid() == 0 {
		t.Skip("root can read every folder: run as another user")
	}
	dir := t.TempDir()
	for _, sub := range []string{"a", "b"} {
		if err := os.Mkdir(filepath.Join(dir, sub), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, sub, "1.eml"), []byte("A: b\n"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Chmod(filepath.Join(dir, "a"), 0); err != nil {
		t.Fatal(err)
	}
	defer func() { _ = os.Chmod(filepath.Join(dir, "a"), 0o700) }()
	var good, bad []string
	for name, err := range Folders(os.DirFS(dir)) {
		if err != nil {
			bad = append(bad, name)
		} else {
			good = append(good, name)
		}
	}
	if !slices.Equal(good, []string{"b"}) || !slices.Equal(bad, []string{"a"}) {
		t.Errorf("good %q, bad %q", good, bad)
	}
}
