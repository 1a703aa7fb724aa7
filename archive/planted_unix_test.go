//go:build unix

package archive

import (
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"mailmv/formats/mail"
)

// TestPlanted holds F28 and F29: nothing is followed out of the archive, and nothing blocks.
func TestPlanted(t *testing.T) {
	for _, c := range []struct {
		name  string
		plant func(t *testing.T, root, outside string)
	}{
		{"state is a link", func(t *testing.T, root, outside string) { link(t, outside, filepath.Join(root, stateDir)) }},
		{"lock is a link", func(t *testing.T, root, outside string) {
			mkdir(t, filepath.Join(root, stateDir))
			link(t, filepath.Join(outside, "made"), filepath.Join(root, stateDir, "lock"))
		}},
		{"manifest is a link", func(t *testing.T, root, outside string) {
			mkdir(t, filepath.Join(root, stateDir))
			link(t, filepath.Join(outside, "made"), filepath.Join(root, manifestFile))
		}},
		{"manifest is a FIFO", func(t *testing.T, root, outside string) {
			mkdir(t, filepath.Join(root, stateDir))
			if err := syscall.Mkfifo(filepath.Join(root, manifestFile), 0o600); err != nil {
				t.Fatal(err)
			}
		}},
		{"manifest is a directory", func(t *testing.T, root, outside string) { mkdir(t, filepath.Join(root, manifestFile)) }},
		{"folder is a link", func(t *testing.T, root, outside string) { link(t, outside, filepath.Join(root, ".Work")) }},
		{"cur is a link", func(t *testing.T, root, outside string) {
			mkdir(t, filepath.Join(root, ".Work"))
			link(t, outside, filepath.Join(root, ".Work", "cur"))
		}},
		{"tmp is a link", func(t *testing.T, root, outside string) {
			mkdir(t, filepath.Join(root, ".Work", "cur"))
			link(t, outside, filepath.Join(root, ".Work", "tmp"))
		}},
		{"folder is a file", func(t *testing.T, root, outside string) { write(t, filepath.Join(root, ".Work"), "x") }},
	} {
		t.Run(c.name, func(t *testing.T) {
			root, outside := t.TempDir(), t.TempDir()
			c.plant(t, root, outside)
			a, err := Open(root, Options{})
			if err == nil {
				// A place that is taken is an error or another directory, never what is behind the link.
				err = tryPut(t.Context(), a, "Work", letter(1))
				a.Close()
			}
			t.Log(err)
			if left := names(t, outside); len(left) > 0 {
				t.Errorf("written outside: %q (%v)", left, err)
			}
		})
	}
}

func link(t *testing.T, to, name string) {
	t.Helper()
	if err := os.Symlink(to, name); err != nil {
		t.Fatal(err)
	}
}

func mkdir(t *testing.T, name string) {
	t.Helper()
	if err := os.MkdirAll(name, 0o700); err != nil {
		t.Fatal(err)
	}
}

// TestModes holds F27: private whatever the umask, and a word on a place that others can write.
func TestModes(t *testing.T) {
	old := syscall.Umask(0)
	defer syscall.Umask(old)
	root := filepath.Join(t.TempDir(), "a", "b")
	a := create(t, root, Options{})
	for i := range 3 {
		put(t, a, mail.Path([]string{"INBOX", "A", "A/B"}[i]), lettersOf(0, 4)...)
	}
	if err := keyworded(t, a); err != nil {
		t.Fatal(err)
	}
	close_(t, a)
	err := filepath.WalkDir(filepath.Dir(root), func(p string, e fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		i, err := e.Info()
		want := fs.FileMode(0o600)
		if e.IsDir() {
			want = 0o700
		}
		if err == nil && i.Mode().Perm() != want {
			t.Errorf("%s has mode %v, want %v", p, i.Mode().Perm(), want)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(root, 0o777); err != nil {
		t.Fatal(err)
	}
	var told []string
	a = create(t, root, Options{Tell: func(s string) { told = append(told, s) }})
	close_(t, a)
	if !slices.ContainsFunc(told, func(s string) bool { return strings.Contains(s, "other users can write") }) {
		t.Errorf("told %q", told)
	}
}

func keyworded(t *testing.T, a *Archive) error {
	f, err := a.Open(t.Context(), "Keywords")
	if err != nil {
		return err
	}
	p := parcelsOf(letter(1))
	p[0].Keywords = []string{"$Label1", "$Forwarded"}
	wait, err := a.Append(t.Context(), f, p)
	if err != nil {
		return err
	}
	_, err = wait()
	return err
}
