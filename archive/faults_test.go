package archive

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"

	"mailmv/archive/ledger"
	"mailmv/formats/line"
	"mailmv/formats/mail"
	"mailmv/formats/maildir"
	"mailmv/formats/maildir/disktest"
)

// letter makes a message with CRLF line ends; every third has a line end that Maildir could not hold as LF.
func letter(i int) []byte {
	end := "\r\n"
	if i%3 == 0 {
		end = "\n"
	}
	return fmt.Appendf(nil, "Subject: %d\r\n\r\n%s%s", i, strings.Repeat("body ", i*20), end)
}

func lettersOf(from, to int) [][]byte {
	var all [][]byte
	for i := from; i < to; i++ {
		all = append(all, letter(i))
	}
	return all
}

// TestFaultAtEveryStep lets step 1, 2, 3 ... of a run fail, until one passes: once only, and from then on, as when the
// process is killed or the disk is full. What was acknowledged is there, nothing is there by half or twice, and the
// next run makes it whole.
func TestFaultAtEveryStep(t *testing.T) {
	for _, c := range []struct {
		name string
		fail func(int, error) func(int, string) error
		err  error
	}{
		{"full once", disktest.At, syscall.ENOSPC},
		{"gone from then on", disktest.From, syscall.EIO},
	} {
		t.Run(c.name, func(t *testing.T) {
			for n := 1; ; n++ {
				if passed := faultAt(t, n, c.fail(n, c.err), c.err); passed {
					t.Logf("%d steps", n-1)
					return
				}
			}
		})
	}
}

// all is how many letters a run of faultAt brings; the last of them in a batch that is synced by one call where that can be had.
const all = 15

func faultAt(t *testing.T, n int, fail func(int, string) error, want error) (passed bool) {
	root := t.TempDir()
	a := create(t, root, Options{})
	put(t, a, "Work", lettersOf(0, 3)...)
	close_(t, a)

	var faults *disktest.Faults
	o := Options{wrap: func(d maildir.Disk) maildir.Disk {
		faults = &disktest.Faults{Disk: d, Fail: fail}
		return faults
	}}
	acked := lettersOf(0, 3)
	a, err := Open(root, o)
	if err == nil {
		if err = tryPut(t.Context(), a, "Work", lettersOf(3, 6)...); err == nil {
			acked = append(acked, lettersOf(3, 6)...)
			if err = tryPut(t.Context(), a, "Made/new", lettersOf(6, all)...); err == nil {
				acked = append(acked, lettersOf(6, all)...)
			}
		}
		err = errors.Join(err, a.Close())
	}
	if err != nil && !errors.Is(err, want) {
		t.Fatalf("step %d: %v, want %v in it", n, err, want)
	}
	passed = faults.Steps() < n

	a = openFor(t, root)
	if f := findings(t, a); len(f) > 0 {
		t.Fatalf("step %d (%v): Check: %q", n, err, f)
	}
	there := allContents(t, a)
	for _, l := range acked {
		if !slices.Contains(there, string(l)) {
			t.Fatalf("step %d: %.40q was acknowledged and is lost", n, l)
		}
	}
	var missing [][]byte
	for _, l := range lettersOf(0, all) {
		switch i := slices.Index(there, string(l)); {
		case i < 0:
			missing = append(missing, l)
		default:
			there = slices.Delete(there, i, i+1)
		}
	}
	if len(there) > 0 {
		t.Fatalf("step %d: there by half or twice: %.200q", n, there)
	}
	put(t, a, "Work", missing...)
	if f := findings(t, a); len(f) > 0 {
		t.Fatalf("step %d, next run: Check: %q", n, f)
	}
	close_(t, a)
	for _, tmp := range []string{"tmp", ".Work/tmp"} {
		if left, err := os.ReadDir(filepath.Join(root, tmp)); err == nil && len(left) > 0 {
			t.Fatalf("step %d: left in %s: %v", n, tmp, left)
		}
	}
	return passed
}

func allContents(t *testing.T, a *Archive) []string {
	t.Helper()
	folders, err := a.Folders(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for _, f := range folders {
		all = append(all, contents(t, a, f.Path)...)
	}
	return all
}

// TestSyncFails holds F4 and F5: what could not be synced is not acknowledged.
func TestSyncFails(t *testing.T) {
	for _, method := range []string{"sync", "syncfiles", "syncdir", "rename", "stat", "chtimes", "mkdir", "opendir", "create"} {
		root := t.TempDir()
		close_(t, create(t, root, Options{}))
		broken := false
		a, err := Open(root, Options{wrap: func(d maildir.Disk) maildir.Disk {
			return &disktest.Faults{Disk: d, Fail: func(_ int, m string) error {
				if broken && m == method {
					return syscall.EIO
				}
				return nil
			}}
		}})
		if err != nil {
			t.Fatal(err)
		}
		broken = true
		batch := lettersOf(1, 2)
		if method == "syncfiles" {
			if batch = lettersOf(1, 20); !together(t, a, len(batch)) {
				close_(t, a)
				continue
			}
		}
		if err := tryPut(t.Context(), a, "Work", batch...); !errors.Is(err, syscall.EIO) {
			t.Errorf("%s fails: %v, want EIO", method, err)
		}
		a.Close() // says once more what failed
	}
}

// together tells whether a batch is synced by one call on the file system of the tests.
func together(t *testing.T, a *Archive, batch int) bool {
	t.Helper()
	d, err := a.disk.(*disktest.Faults).Disk.OpenDir(".")
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	return d.Together(batch)
}

// TestOrder holds F12: octets, their sync, the name, the folder's sync, the manifest's line, its sync.
func TestOrder(t *testing.T) {
	var mu sync.Mutex
	var steps []string
	root := t.TempDir()
	a := create(t, root, Options{wrap: func(d maildir.Disk) maildir.Disk {
		return &disktest.Faults{Disk: d, Fail: func(_ int, m string) error {
			mu.Lock()
			defer mu.Unlock()
			if slices.Contains([]string{"mkdir", "write", "sync", "syncfiles", "rename", "syncdir"}, m) && (len(steps) == 0 || steps[len(steps)-1] != m) {
				steps = append(steps, m)
			}
			return nil
		}}
	}})
	steps = nil
	put(t, a, "A/B", lettersOf(1, 3)...)
	got := strings.Join(steps, " ")
	want := "mkdir syncdir write sync write sync rename syncdir write sync" // folder; its line; messages; their lines
	if got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	if together(t, a, 20) {
		steps = nil
		put(t, a, "A/B", lettersOf(3, 23)...)
		// Before, some are written anew under another name: their line ends are not those of files.
		if got, want := strings.Join(steps, " "), " write syncfiles rename syncdir write sync"; !strings.HasSuffix(got, want) || strings.Contains(got, " sync write") {
			t.Errorf("many: got  %s\nmany: want %s at the end", got, want)
		}
	}
	close_(t, a)
}

// TestManifestCut holds F13: a manifest cut at any length opens, and what it told of is found again.
func TestManifestCut(t *testing.T) {
	root := t.TempDir()
	a := create(t, root, Options{})
	put(t, a, mail.Inbox, lettersOf(0, 4)...)
	close_(t, a)
	name := filepath.Join(root, manifestFile)
	whole, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	for n := 0; n <= len(whole); n += 7 {
		write(t, name, string(whole[:n]))
		checkRestored(t, root, fmt.Sprint("cut at ", n))
	}
}

func checkRestored(t *testing.T, root, what string) {
	t.Helper()
	a, err := Open(root, Options{})
	if err != nil {
		t.Fatalf("%s: %v", what, err)
	}
	if got := contents(t, a, mail.Inbox); !slices.Equal(got, sorted(lettersOf(0, 4))) {
		t.Errorf("%s: got %.200q", what, got)
	}
	var bad []string
	for f, err := range a.Check(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		if f.Trouble != Damaged {
			bad = append(bad, fmt.Sprint(f))
		}
	}
	if len(bad) > 0 {
		t.Errorf("%s: Check: %q", what, bad)
	}
	close_(t, a)
}

// TestManifestDamaged holds F14: damage is named, content takes over.
func TestManifestDamaged(t *testing.T) {
	for _, c := range []struct {
		name  string
		spoil func(b []byte) []byte
		want  string // in Damage; empty: nothing to tell
	}{
		{"a bit of the head", func(b []byte) []byte { b[3] ^= 1; return b }, "line 1"},
		{"a bit of a folder", func(b []byte) []byte { b[strings.Index(string(b), "folder")+9] ^= 4; return b }, "line 2"},
		{"a bit of a message", func(b []byte) []byte { b[strings.Index(string(b), "\nmail")+20] ^= 1; return b }, "line 3"},
		{"zeros behind", func(b []byte) []byte { return append(b, make([]byte, 5000)...) }, ""},
		{"zeros instead", func(b []byte) []byte { return make([]byte, len(b)) }, ""},
		{"lines twice", func(b []byte) []byte { return append(b, b[strings.Index(string(b), "folder"):]...) }, ""},
		{"all twice", func(b []byte) []byte { return append(b, b...) }, ""},
		{"empty", func(b []byte) []byte { return nil }, ""},
		{"another file", func(b []byte) []byte { return []byte("Dear diary\nit rained\n") }, "line 1"},
		{"unknown line", func(b []byte) []byte { return line.Append(b, "what", uint32(1), uint32(2)) }, "unknown"},
	} {
		t.Run(c.name, func(t *testing.T) {
			root := t.TempDir()
			a := create(t, root, Options{})
			put(t, a, mail.Inbox, lettersOf(0, 4)...)
			close_(t, a)
			name := filepath.Join(root, manifestFile)
			b, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			write(t, name, string(c.spoil(b)))
			a, err = Open(root, Options{})
			if err != nil {
				t.Fatal(err)
			}
			if d := strings.Join(a.Damage(), "; "); (c.want == "") != (d == "") || !strings.Contains(d, c.want) {
				t.Errorf("Damage: %q, want %q in it", d, c.want)
			}
			close_(t, a)
			checkRestored(t, root, c.name)
		})
	}
}

func TestNewerVersion(t *testing.T) {
	root := t.TempDir()
	close_(t, create(t, root, Options{}))
	write(t, filepath.Join(root, manifestFile), string(line.Append(nil, ledger.Magic, uint32(version+1), "maildir++")))
	for _, o := range []Options{{}, {ReadOnly: true}} {
		if _, err := Open(root, o); !errors.Is(err, ErrVersion) {
			t.Errorf("got %v, want ErrVersion", err)
		}
	}
}

func FuzzManifest(f *testing.F) {
	f.Add(line.Append(line.Append(nil, ledger.Magic, uint32(1), "maildir++"), lineFolder, uint32(1), uint32(5), "INBOX", "."))
	f.Add(line.Append(nil, record{unique: "x"}.fields(1, 1)...))
	f.Fuzz(func(t *testing.T, b []byte) {
		root := t.TempDir()
		if err := os.Mkdir(filepath.Join(root, stateDir), 0o700); err != nil {
			t.Fatal(err)
		}
		write(t, filepath.Join(root, manifestFile), string(b))
		a, err := Open(root, Options{})
		if err != nil {
			return
		}
		defer a.Close()
		if _, err := a.Open(t.Context(), "Made"); err != nil {
			t.Skip(err)
		}
	})
}
