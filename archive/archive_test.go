package archive

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"mailmv/formats/mail"
	"mailmv/formats/maildir"
	"mailmv/migrate"
	"mailmv/migrate/storetest"
)

var (
	_ migrate.Source  = (*Archive)(nil)
	_ migrate.Sink    = (*Archive)(nil)
	_ migrate.Remover = (*Archive)(nil)
)

func TestSink(t *testing.T) {
	for _, layout := range []maildir.Layout{maildir.PlusPlus, maildir.Nested} {
		t.Run(string(layout), func(t *testing.T) {
			root := filepath.Join(t.TempDir(), "new", "archive")
			var last *Archive
			open := func(t *testing.T) migrate.Sink {
				if last != nil {
					if err := last.Close(); err != nil {
						t.Fatal(err)
					}
				}
				last = create(t, root, Options{Layout: layout})
				return last
			}
			storetest.Sink(t, open)
			storetest.Dater(t, open)
			close_(t, last)
			clean(t, root)
		})
	}
}

func TestSource(t *testing.T) {
	root := t.TempDir()
	a := create(t, root, Options{})
	put(t, a, mail.Inbox, storetest.Letters()...)
	close_(t, a)
	t.Run("Numbers", func(t *testing.T) {
		storetest.Source(t, storetest.Letters(), func(t *testing.T) migrate.Source { return openFor(t, root) })
	})
	t.Run("Names", func(t *testing.T) {
		storetest.Source(t, storetest.Letters(), func(t *testing.T) migrate.Source { return openSource(t, root) })
	})
	t.Run("NamesOfOthers", func(t *testing.T) {
		root := t.TempDir()
		foreign(t, root, storetest.Letters()...)
		storetest.Source(t, storetest.Letters(), func(t *testing.T) migrate.Source { return openSource(t, root) })
		if names(t, root)[0] != "cur" {
			t.Errorf("the tree that was read holds %q", names(t, root))
		}
	})
}

func TestRemover(t *testing.T) {
	t.Run("Numbers", func(t *testing.T) {
		root := t.TempDir()
		a := create(t, root, Options{})
		put(t, a, mail.Inbox, storetest.Letters()...)
		close_(t, a)
		storetest.Remover(t, storetest.Letters(), func(t *testing.T) migrate.Source { return openFor(t, root) })
	})
	t.Run("Names", func(t *testing.T) {
		root := t.TempDir()
		a := create(t, root, Options{})
		put(t, a, mail.Inbox, storetest.Letters()...)
		close_(t, a)
		storetest.Remover(t, storetest.Letters(), func(t *testing.T) migrate.Source { return openSource(t, root) })
		clean(t, root)
	})
	t.Run("NamesOfOthers", func(t *testing.T) {
		root := t.TempDir()
		foreign(t, root, storetest.Letters()...)
		storetest.Remover(t, storetest.Letters(), func(t *testing.T) migrate.Source { return openSource(t, root) })
		if got := names(t, root); slices.Contains(got, stateDir) {
			t.Errorf("a tree that was only removed from holds %q", got)
		}
	})
}

// odd are messages that a line-minded store would change.
func odd() [][]byte {
	var all [][]byte
	for _, s := range []string{
		"", "\r\n", "\n", "\r", "\r\r\n", "a", "a\r", "a\r\n", "a\n", "a\r\nb", "a\nb\r\n", "a\r\r\nb\r\n", "\x00\r\n",
		"A: b\r\n\r\nbody\r\n", "A: b\r\n\r\nbody", "A: b\n\nbody\n", "A: b\r\n\r\nbare\nin the middle\r\n", "A: b\r\n\r\nrest\r",
		"\r\n\r\n\r\n", "x\r\n\n", "\xff\xfe\r\n", "lone \r inside\r\n", "\r\n\r", "\n\r\n", "From x\r\n",
	} {
		all = append(all, []byte(s))
	}
	long := bytes.Repeat([]byte("long line without end "), 30_000)
	return append(all, long, append(append(slices.Clone(long), '\n'), long...), bytes.Repeat([]byte("\r\n"), 200_000))
}

// TestExact holds promise 3: what comes out is octet for octet what went in, also where only the tree is left.
func TestExact(t *testing.T) {
	root := t.TempDir()
	a := create(t, root, Options{})
	put(t, a, mail.Inbox, odd()...)
	close_(t, a)
	want := sorted(odd())
	a = openFor(t, root)
	if got := contents(t, a, mail.Inbox); !slices.Equal(got, want) {
		t.Errorf("from the archive: %.300q\nwant %.300q", got, want)
	}
	close_(t, a)
	clean(t, root)
	if err := os.RemoveAll(filepath.Join(root, stateDir)); err != nil {
		t.Fatal(err)
	}
	if got := contents(t, openSource(t, root), mail.Inbox); !slices.Equal(got, want) {
		t.Errorf("from the tree alone: %.300q\nwant %.300q", got, want)
	}
}

// TestStateGone: without .mailmv no mail, no date and no flag is lost; the folder is of another generation.
func TestStateGone(t *testing.T) {
	root := t.TempDir()
	a := create(t, root, Options{})
	put(t, a, "Work/2004", storetest.Letters()...)
	before := look(t, a, "Work/2004")
	list := facts(t, a, "Work/2004")
	close_(t, a)
	if err := os.RemoveAll(filepath.Join(root, stateDir)); err != nil {
		t.Fatal(err)
	}
	a = openFor(t, root)
	after := look(t, a, "Work/2004")
	if after.Messages != before.Messages || after.Validity == before.Validity {
		t.Errorf("%+v became %+v, want as many messages and another validity", before, after)
	}
	if got := facts(t, a, "Work/2004"); !slices.Equal(got, list) {
		t.Errorf("got %q\nwant %q", got, list)
	}
	close_(t, a)
	clean(t, root)
}

// TestOtherPrograms: what they add gets numbers, what they move and flag is followed.
func TestOtherPrograms(t *testing.T) {
	root := t.TempDir()
	a := create(t, root, Options{})
	put(t, a, mail.Inbox, storetest.Letters()[:2]...)
	first := look(t, a, mail.Inbox)
	close_(t, a)

	write(t, filepath.Join(root, "new", "1111111111.foreign.host"), "Subject: theirs\n\nx\n")
	file := files(t, root, "cur")[0]
	rename(t, filepath.Join(root, "cur", file), filepath.Join(root, "new", strings.TrimSuffix(file, ":2,FS")+":2,RST"))

	a = openFor(t, root)
	after := look(t, a, mail.Inbox)
	if after.Messages != 3 || after.Next != first.Next+1 || after.Validity != first.Validity {
		t.Errorf("%+v became %+v", first, after)
	}
	list := messages(t, a, mail.Inbox)
	if list[0].Flags != mail.Answered|mail.Seen|mail.Deleted || list[0].ID != "1" || list[2].ID != fmt.Sprint(first.Next) {
		t.Errorf("got %+v", list)
	}
	if got := findings(t, a); !slices.Equal(got, []string{"foreign 1111111111.foreign.host"}) {
		t.Errorf("Check: %q", got)
	}
	for _, err := range a.Repair(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
	}
	close_(t, a)
	clean(t, root)

	// Gone for a while under our eyes: looked for again before it is called gone.
	a = openFor(t, root)
	list = messages(t, a, mail.Inbox)
	file = files(t, root, "new")[0]
	rename(t, filepath.Join(root, "new", file), filepath.Join(root, "cur", file+":2,S"))
	if got := len(contents(t, a, mail.Inbox)); got != len(list) {
		t.Errorf("fetched %d of %d after a move", got, len(list))
	}
	close_(t, a)
}

// TestCheck damages an archive in each way and wants it named, with the way out.
func TestCheck(t *testing.T) {
	for _, c := range []struct {
		name   string
		damage func(t *testing.T, root, file string)
		want   Trouble
	}{
		{"one bit", func(t *testing.T, root, file string) { flip(t, filepath.Join(root, "cur", file), 40) }, Rot},
		{"cut", func(t *testing.T, root, file string) { cut(t, filepath.Join(root, "cur", file), 40) }, Changed},
		{"emptied", func(t *testing.T, root, file string) { cut(t, filepath.Join(root, "cur", file), 0) }, Changed},
		{"removed", func(t *testing.T, root, file string) {
			if err := os.Remove(filepath.Join(root, "cur", file)); err != nil {
				t.Fatal(err)
			}
		}, Missing},
		{"moved to another folder", func(t *testing.T, root, file string) {
			rename(t, filepath.Join(root, "cur", file), filepath.Join(root, ".Other", "cur", file))
		}, Moved},
	} {
		t.Run(c.name, func(t *testing.T) {
			root := t.TempDir()
			a := create(t, root, Options{})
			put(t, a, mail.Inbox, storetest.Letters()...)
			put(t, a, "Other", storetest.Letters()[0])
			close_(t, a)
			file := files(t, root, "cur")[3]
			c.damage(t, root, file)
			a = openFor(t, root)
			var got []Finding
			for f, err := range a.Check(t.Context()) {
				if err != nil {
					t.Fatal(err)
				}
				got = append(got, f)
			}
			if len(got) != 1 || got[0].Trouble != c.want || !strings.HasPrefix(file, got[0].File) || got[0].Hint == "" || got[0].Detail == "" {
				t.Errorf("Check: %+v, want %s of %s", got, c.want, file)
			}
			if c.want == Rot || c.want == Changed { // damaged octets are not handed out
				if n := len(contents(t, a, mail.Inbox)); n != len(storetest.Letters())-1 {
					t.Errorf("%d messages were handed out", n)
				}
			}
			close_(t, a)
		})
	}
}

func TestLocked(t *testing.T) {
	root := t.TempDir()
	a := create(t, root, Options{})
	_, err := Open(root, Options{})
	if err == nil || !strings.Contains(err.Error(), fmt.Sprint("process ", os.Getpid())) {
		t.Errorf("second run: %v, want the holder of the lock", err)
	}
	if _, err := Open(root, Options{ReadOnly: true}); err != nil {
		t.Errorf("reading beside a run that writes: %v", err)
	}
	close_(t, a)
	close_(t, openFor(t, root))
}

// TestOtherMail: no archive is made in a tree of another kind; nothing is written there.
func TestOtherMail(t *testing.T) {
	for name, plant := range map[string]func(root string){
		"mbox": func(root string) { write(t, filepath.Join(root, "Inbox"), "From a@b\nSubject: x\n\ny\n") },
		"mh":   func(root string) { write(t, filepath.Join(root, "1"), "Subject: x\nFrom: a\n\ny\n") },
		"maildir-lite": func(root string) {
			if err := os.MkdirAll(filepath.Join(root, "Inbox", "cur"), 0o755); err != nil {
				t.Fatal(err)
			}
			write(t, filepath.Join(root, "Inbox", "cur", "a.eml"), "x\n")
		},
	} {
		root := t.TempDir()
		plant(root)
		before := names(t, root)
		if a, err := Create(root, Options{}); !errors.Is(err, ErrLayout) {
			t.Errorf("%s: got %v, want ErrLayout", name, err)
			a.Close()
		}
		if after := names(t, root); !slices.Equal(before, after) {
			t.Errorf("%s: the tree held %q and holds %q", name, before, after)
		}
	}
	// Unrelated files are no reason.
	root := t.TempDir()
	write(t, filepath.Join(root, "notes.txt"), "hello\n")
	close_(t, create(t, root, Options{}))
}

func TestDryRun(t *testing.T) {
	root := filepath.Join(t.TempDir(), "absent")
	a, err := Create(root, Options{ReadOnly: true})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := a.Look(t.Context(), mail.Inbox); mail.ScopeOf(err) != mail.ScopeFolder {
		t.Errorf("Look: %v", err)
	}
	close_(t, a)
	if _, err := os.Stat(root); !os.IsNotExist(err) {
		t.Errorf("a dry run made %s", root)
	}
}
