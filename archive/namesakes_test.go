package archive

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"mailmv/formats/mail"
	"mailmv/migrate"
	"mailmv/migrate/memstore"
)

const letterA, letterB = "Message-ID: <a@x>\nSubject: a\n\none\n", "Message-ID: <b@x>\nSubject: b\n\nanother\n"

// TestNamesakes: files of one folder with the same unique part are all read, whichever a listing shows first, and none is taken for another.
func TestNamesakes(t *testing.T) {
	tests := []struct {
		name  string
		files map[string]string
		want  []string // IDs
	}{
		{"alone", map[string]string{"cur/2.x:2,S": letterA}, []string{"2.x"}},
		{"other flags", map[string]string{"cur/2.x:2,S": letterA, "cur/2.x:2,F": letterB}, []string{"cur/2.x:2,F", "cur/2.x:2,S"}},
		{"new and cur", map[string]string{"new/2.x": letterA, "cur/2.x:2,S": letterB}, []string{"cur/2.x:2,S", "new/2.x"}},
		{"new and cur, the same name", map[string]string{"new/2.x": letterA, "cur/2.x": letterB}, []string{"cur/2.x", "new/2.x"}},
		{"other fields", map[string]string{"cur/2.x,S=9:2,": letterA, "cur/2.x,S=8:2,": letterB}, []string{"cur/2.x,S=8:2,", "cur/2.x,S=9:2,"}},
		{"three", map[string]string{"cur/2.x:2,": letterA, "cur/2.x:2,F": letterB, "cur/2.x:2,S": letterA, "cur/3.x:2,": letterB},
			[]string{"3.x", "cur/2.x:2,", "cur/2.x:2,F", "cur/2.x:2,S"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			root := t.TempDir()
			foreign(t, root)
			var want []string
			for file, text := range test.files {
				write(t, filepath.Join(root, file), text)
				want = append(want, strings.ReplaceAll(text, "\n", "\r\n"))
			}
			slices.Sort(want)
			a := openSource(t, root)
			for range 2 { // a second listing knows them
				var ids []string
				for _, m := range messages(t, a, mail.Inbox) {
					ids = append(ids, m.ID)
				}
				if slices.Sort(ids); !slices.Equal(ids, test.want) {
					t.Errorf("got %q, want %q", ids, test.want)
				}
				if got := contents(t, a, mail.Inbox); !slices.Equal(got, want) {
					t.Errorf("got %q, want %q", got, want)
				}
			}
		})
	}
}

// TestNamesakesLinked: two links to one file, as a program makes them for a moment that moves it, are one message.
func TestNamesakesLinked(t *testing.T) {
	root := t.TempDir()
	foreign(t, root)
	write(t, filepath.Join(root, "new", "2.x"), letterA)
	if err := os.Link(filepath.Join(root, "new", "2.x"), filepath.Join(root, "cur", "2.x:2,S")); err != nil {
		t.Skip(err)
	}
	if got := messages(t, openSource(t, root), mail.Inbox); len(got) != 1 || got[0].ID != "2.x" {
		t.Errorf("got %+v, want one message", got)
	}
}

// TestNamesakeComesAndGoes: a folder's listing is another one with each file that comes; a run copies what came, once, and may remove both.
func TestNamesakeComesAndGoes(t *testing.T) {
	from, root := t.TempDir(), t.TempDir()
	foreign(t, from)
	write(t, filepath.Join(from, "cur", "2.x:2,S"), letterA)
	seen := map[[32]byte]bool{}
	for _, step := range []struct {
		name   string
		do     func()
		copied int
	}{
		{"one", func() {}, 1},
		{"another comes", func() { write(t, filepath.Join(from, "cur", "2.x:2,F"), letterB) }, 1},
		{"nothing new", nil, 0},
		{"a flag of one", func() { rename(t, filepath.Join(from, "cur", "2.x:2,S"), filepath.Join(from, "cur", "2.x:2,RS")) }, 0},
	} {
		if step.do != nil {
			step.do()
		}
		a := openSource(t, from)
		if l := look(t, a, mail.Inbox).Listing; seen[l] == (step.do != nil) {
			t.Errorf("%s: the listing was seen before: %v", step.name, seen[l])
		} else {
			seen[l] = true
		}
		if report, err := pull(t, a, root, Options{}); err != nil || report.Copied != step.copied {
			t.Errorf("%s: %+v, %v; want %d copied", step.name, report.Counts, err, step.copied)
		}
		close_(t, a)
	}
	a := openSource(t, from)
	j, err := migrate.OpenJournal(t.TempDir(), "on")
	if err != nil {
		t.Fatal(err)
	}
	defer j.Close()
	to := &memstore.Store{}
	run := migrate.Run{Sources: []migrate.From{{Source: a, Name: from, ID: "from"}}, Sink: to, Journal: j,
		To: func(f mail.Folder) mail.Path { return f.Path }, Remove: migrate.Removal{On: true, LimitPercent: -1}}
	if _, err := run.Do(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got, left := len(to.Messages(mail.Inbox)), files(t, from, "cur"); got != 2 || len(left) != 0 {
		t.Errorf("moved %d, left %q; want both moved", got, left)
	}
}

// TestNamesakeInArchive: the manifest's message stays what it is, whichever file a listing shows first; check tells of the other until that has a
// name of its own; as a source the archive hands out both.
func TestNamesakeInArchive(t *testing.T) {
	for i := range 8 { // names, and so the order of a listing, differ
		root := t.TempDir()
		a := create(t, root, Options{})
		put(t, a, mail.Inbox, letter(i))
		close_(t, a)
		file := files(t, root, "cur")[0]
		second := strings.TrimSuffix(file, ":2,FS") + ":2,T"
		write(t, filepath.Join(root, "cur", second), letterB)

		a = openFor(t, root)
		for _, err := range a.Repair(t.Context()) {
			if err != nil {
				t.Fatal(err)
			}
		}
		if got, want := findings(t, a), []string{"foreign " + second}; !slices.Equal(got, want) {
			t.Errorf("check finds %q, want %q", got, want)
		}
		if got := contents(t, a, mail.Inbox); !slices.Equal(got, []string{string(letter(i))}) {
			t.Errorf("got %q, want what was written", got)
		}
		close_(t, a)

		a = openSource(t, root)
		if got := contents(t, a, mail.Inbox); len(got) != 2 {
			t.Errorf("as a source it gives %q, want two messages", got)
		}
		close_(t, a)

		rename(t, filepath.Join(root, "cur", second), filepath.Join(root, "cur", fmt.Sprintf("3%d.x:2,T", i)))
		a = openFor(t, root)
		for _, err := range a.Repair(t.Context()) {
			if err != nil {
				t.Fatal(err)
			}
		}
		if n := len(contents(t, a, mail.Inbox)); n != 2 {
			t.Errorf("renamed: %d messages, want 2", n)
		}
		close_(t, a)
		clean(t, root)
	}
}
