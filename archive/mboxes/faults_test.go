package mboxes

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"mailmv/formats/mail"
	"mailmv/formats/maildir"
	"mailmv/formats/maildir/disktest"
	"mailmv/formats/mbox"
)

// TestFaultAtEveryStep lets step 1, 2, 3 ... of a run fail, until one passes: once only, and from then on, as when the process is killed or the
// disk is full. What was acknowledged is there, nothing is there by half or twice, and the next run makes it whole.
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

// run puts mail, marks it and removes some, and tells what was acknowledged.
func run(t *testing.T, a *Archive) (there, gone [][]byte, err error) {
	there = lettersOf(0, 3)
	if err := tryPut(t.Context(), a, "Work", lettersOf(3, 6)...); err != nil {
		return there, nil, err
	}
	there = append(there, lettersOf(3, 6)...)
	if err := tryPut(t.Context(), a, "Made/new", lettersOf(6, 8)...); err != nil {
		return there, nil, err
	}
	there = append(there, lettersOf(6, 8)...)
	f, err := a.Look(t.Context(), "Work")
	if err != nil {
		return there, nil, err
	}
	ref := func(n int) mail.Ref { return mail.Ref{Folder: f.Path, Validity: f.Validity, ID: fmt.Sprint(n)} }
	for _, err := range a.SetFlags(t.Context(), f, []mail.Flagging{{Ref: ref(1), Add: mail.Answered}, {Ref: ref(2), AddKeywords: []string{"new"}}}) {
		if err != nil {
			return there, nil, err
		}
	}
	l := letter(1)
	d := mail.Doomed{Ref: ref(2), Octets: int64(len(l)), Sum: sumOf(l)}
	for _, err := range a.Remove(t.Context(), f, []mail.Doomed{d}) {
		if err != nil {
			return there, [][]byte{l}, err
		}
	}
	return slices.DeleteFunc(there, func(x []byte) bool { return bytes.Equal(x, l) }), [][]byte{l}, nil
}

func faultAt(t *testing.T, n int, fail func(int, string) error, want error) (passed bool) {
	root := t.TempDir()
	a := create(t, root, Options{})
	put(t, a, "Work", lettersOf(0, 3)...)
	shut(t, a)

	var faults *disktest.Faults
	o := Options{wrap: func(d maildir.Disk) maildir.Disk {
		faults = &disktest.Faults{Disk: d, Fail: fail}
		return faults
	}}
	acked, doubtful := lettersOf(0, 3), [][]byte(nil)
	a, err := Open(root, o)
	if err == nil {
		acked, doubtful, err = run(t, a)
		err = errors.Join(err, a.Close())
	}
	if err != nil && !errors.Is(err, want) {
		t.Fatalf("step %d: %v, want %v in it", n, err, want)
	}
	passed = faults.Steps() < n
	if passed && err != nil {
		t.Fatalf("step %d: %v", n, err)
	}

	a = reopen(t, root)
	if f := findings(t, a); len(f) > 0 {
		t.Fatalf("step %d (%v): Check: %q", n, err, f)
	}
	there := allContents(t, a)
	for _, l := range acked {
		if !slices.Contains(there, string(l)) && !slices.ContainsFunc(doubtful, func(d []byte) bool { return bytes.Equal(d, l) }) {
			t.Fatalf("step %d: %.40q was acknowledged and is lost", n, l)
		}
	}
	var missing [][]byte
	for _, l := range lettersOf(0, 8) {
		switch i := slices.Index(there, string(l)); {
		case i < 0:
			missing = append(missing, l)
		default:
			there = slices.Delete(there, i, i+1)
		}
	}
	if len(there) > 0 {
		t.Fatalf("step %d (%v): there by half or twice: %.200q", n, err, there)
	}
	put(t, a, "Work", missing...)
	if f := findings(t, a); len(f) > 0 {
		t.Fatalf("step %d, next run: Check: %q", n, f)
	}
	shut(t, a)
	onlyMail(t, root)
	return passed
}

// onlyMail: no lock and no draft is left, and each file is what an mbox reader makes of it.
func onlyMail(t *testing.T, root string) {
	t.Helper()
	err := filepath.WalkDir(root, func(name string, d os.DirEntry, err error) error {
		if err == nil && (strings.HasSuffix(name, ".lock") && !strings.Contains(name, ".mailmv") || d.Name() == "draft") {
			t.Errorf("left behind: %s", name)
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
}

// TestTail: what a run that was cut short left is cut off, at whatever octet it was cut, and nothing else is.
func TestTail(t *testing.T) {
	for _, d := range dialects {
		t.Run(d.String(), func(t *testing.T) {
			root := t.TempDir()
			a := create(t, root, Options{Dialect: d})
			put(t, a, "Work", lettersOf(0, 3)...)
			shut(t, a)
			before := read(t, root, ".mailmv/manifest")
			a = reopen(t, root)
			put(t, a, "Work", append(lettersOf(3, 6), []byte("Subject: q\r\n\r\n>From joe Thu Jan  1 00:00:01 2004\r\n"+strings.Repeat("long ", 1500)+"\r\n"))...)
			shut(t, a)
			after := read(t, root, ".mailmv/manifest")
			begun := after[:len(before)+strings.Index(after[len(before):], "\nmail")+1]
			file := read(t, root, "Work")
			start := len(file)
			if a, err := OpenSource(root, Options{}); err == nil {
				start = int(a.manifest.byPath["Work"].entries[3].offset)
				shut(t, a)
			}
			for cut := len(file); cut >= start; cut -= 61 {
				write(t, begun, root, ".mailmv/manifest")
				write(t, file[:cut], root, "Work")
				a := reopen(t, root)
				if got := contents(t, a, "Work"); !slices.Equal(got, sorted(lettersOf(0, 3))) {
					t.Fatalf("cut at %d of %d: %d messages: %.300q", cut, len(file), len(got), got)
				}
				if f := findings(t, a); len(f) > 0 {
					t.Fatalf("cut at %d: %q", cut, f)
				}
				shut(t, a)
				if got := read(t, root, "Work"); got != file[:start] {
					t.Fatalf("cut at %d: the file has %d octets, want %d", cut, len(got), start)
				}
			}
			// Another program's delivery behind half a message stays, whatever that does to the half.
			for cut := len(file) - 1; cut >= start; cut -= 307 {
				for _, gap := range []string{"", "\n", "\n\n"} {
					write(t, begun, root, ".mailmv/manifest")
					text := file[:cut] + gap + theirs("delivered", "")
					write(t, text, root, "Work")
					a := reopen(t, root)
					if got := look(t, a, "Work"); got.Messages < 3 {
						t.Fatalf("cut at %d: %+v", cut, got)
					}
					shut(t, a)
					if got := read(t, root, "Work"); got != text && got != file[:start] || !strings.Contains(got, theirs("delivered", "")) {
						t.Fatalf("cut at %d, gap %q: another program's message was cut off", cut, gap)
					}
				}
			}
		})
	}
}

// TestManifestCut: a manifest cut at any length opens, and what it told of is found again.
func TestManifestCut(t *testing.T) {
	root := t.TempDir()
	a := create(t, root, Options{})
	plain := [][]byte{letter(1), letter(2), letter(4), letter(5)} // an mbox holds them without the manifest
	put(t, a, mail.Inbox, plain[:2]...)
	put(t, a, mail.Inbox, plain[2:]...)
	shut(t, a)
	whole, file := read(t, root, ".mailmv/manifest"), read(t, root, "INBOX")
	for n := 0; n <= len(whole); n += 11 {
		write(t, whole[:n], root, ".mailmv/manifest")
		write(t, file, root, "INBOX")
		a := reopen(t, root)
		got := contents(t, a, mail.Inbox)
		want := sorted(plain)
		if strings.Contains(whole[:n], "\nwriting") && !slices.Equal(got, want) { // a batch that was begun and not told of may be gone
			want = slices.DeleteFunc(want, func(s string) bool { return !slices.Contains(got, s) })
		}
		if !slices.Equal(got, want) {
			t.Errorf("cut at %d: got %.200q", n, got)
		}
		for f, err := range a.Check(t.Context()) {
			if err != nil || f.Trouble != "damaged" && f.Trouble != "foreign" {
				t.Errorf("cut at %d: %+v, %v", n, f, err)
			}
		}
		shut(t, a)
	}
}

// FuzzManifest: whatever a manifest says, the archive opens or says why not, and mail can be put into it.
func FuzzManifest(f *testing.F) {
	root := f.TempDir()
	a := create(f, root, Options{})
	put(f, a, "Work", lettersOf(0, 3)...)
	shut(f, a)
	whole := read(f, root, ".mailmv/manifest")
	file := read(f, root, "Work")
	f.Add(whole)
	f.Add(whole[:len(whole)/2])
	for _, kind := range []string{linePlace, lineMoved, lineState, lineAway, lineGoing, lineLost, lineAs} {
		f.Add(whole + string(lineOf(kind, uint32(1), uint32(2), int64(3), int64(4))))
	}
	f.Fuzz(func(t *testing.T, text string) {
		root := t.TempDir()
		write(t, text, root, ".mailmv/manifest")
		write(t, file, root, "Work")
		a, err := Open(root, Options{wrap: lazily})
		if err != nil {
			return
		}
		defer a.Close()
		if _, err := a.Folders(t.Context()); err != nil {
			return
		}
		if err := tryPut(t.Context(), a, "Work", letter(7)); err != nil {
			return
		}
		if !slices.Contains(contents(t, a, "Work"), string(letter(7))) {
			t.Error("what was put there is not handed out")
		}
		if got := read(t, root, "Work"); !strings.HasPrefix(got, file) && mbox.Sniff([]byte(got)) != nil {
			t.Errorf("the file begins as no mbox does: %.60q", got)
		}
	})
}
