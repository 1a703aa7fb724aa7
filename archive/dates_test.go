package archive

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"mailmv/formats/mail"
	"mailmv/migrate"
)

var _ migrate.Dater = (*Archive)(nil)

// TestSetDatesBySource: an archive that was opened to be read, and another program's Maildir, take dates too; the archive reads the new one
// at once, keeps it, and proves itself.
func TestSetDatesBySource(t *testing.T) {
	early := time.Date(2001, 2, 3, 4, 5, 6, 0, time.UTC)
	for _, ours := range []bool{true, false} {
		t.Run(map[bool]string{true: "archive", false: "Maildir"}[ours], func(t *testing.T) {
			root := t.TempDir()
			if ours {
				a := create(t, root, Options{})
				put(t, a, mail.Inbox, lettersOf(0, 3)...)
				close_(t, a)
			}
			foreign(t, root, lettersOf(3, 5)...)
			a := openSource(t, root)
			f := mail.Folder{Path: mail.Inbox}
			refs := refsIn(t, a, f)
			dates := func() (all []string) {
				for _, m := range messages(t, a, mail.Inbox) {
					all = append(all, m.ID+" "+m.InternalDate.UTC().String())
				}
				return all
			}
			before := dates()
			for _, i := range []int{0, len(refs) - 1} {
				for ref, err := range a.SetDates(t.Context(), f, []mail.Dating{{Ref: refs[i], Date: early}}) {
					if err != nil {
						t.Fatal(ref, err)
					}
				}
				before[i] = refs[i].ID + " " + early.String()
			}
			for again := range 2 {
				if again == 1 {
					close_(t, a)
					a = openSource(t, root)
				}
				for i, got := range dates() {
					if got != before[i] {
						t.Errorf("opened %d times: %s, want %s", again+1, got, before[i])
					}
				}
			}
			close_(t, a)
			if ours {
				if found := findings(t, openFor(t, root)); len(found) != 2 {
					t.Errorf("check finds %q, want the two of another program", found)
				}
			}
		})
	}
}

// TestMovedKeepsDate: a message that another program moved to another folder, by a copy that forgets times, keeps the date that it came
// with, and where it was had from; a repair has its file show that again.
func TestMovedKeepsDate(t *testing.T) {
	early := time.Date(2001, 2, 3, 4, 5, 6, 0, time.UTC) // before the time in the names of other programs
	tests := []struct {
		name string
		move func(t *testing.T, root string)
	}{
		{"the folder", func(t *testing.T, root string) { rename(t, filepath.Join(root, ".A"), filepath.Join(root, ".B")) }},
		{"the files", func(t *testing.T, root string) {
			for _, file := range files(t, root, ".A/cur") {
				rename(t, filepath.Join(root, ".A", "cur", file), filepath.Join(root, ".B", "cur", file))
			}
		}},
	}
	for _, test := range tests {
		for _, ours := range []bool{true, false} {
			t.Run(test.name+map[bool]string{true: "", false: " of another program"}[ours], func(t *testing.T) {
				root := t.TempDir()
				a := create(t, root, Options{})
				put(t, a, "A", lettersOf(0, 2)...)
				if test.name == "the files" {
					put(t, a, "B", lettersOf(2, 3)...)
				}
				n := 2
				close_(t, a)
				if !ours {
					foreign(t, filepath.Join(root, ".A"), lettersOf(3, 5)...)
					n = 4
					for _, file := range files(t, root, ".A/cur")[:2] {
						if err := os.Chtimes(filepath.Join(root, ".A/cur", file), early, early); err != nil {
							t.Fatal(err)
						}
					}
					repair(t, root)
				}
				for _, file := range files(t, root, ".A/cur") { // as cp -r leaves them
					now := time.Now()
					if err := os.Chtimes(filepath.Join(root, ".A/cur", file), now, now); err != nil {
						t.Fatal(err)
					}
				}
				test.move(t, root)
				repair(t, root)
				a = openFor(t, root)
				dated := 0
				for _, m := range messages(t, a, "B") {
					if m.InternalDate.Equal(day) || m.InternalDate.Equal(early) {
						dated++
					}
				}
				if want := len(files(t, root, ".B/cur")); dated != want || want < n {
					t.Errorf("%d of %d have the date that they came with", dated, want)
				}
				from := 0
				for _, e := range a.manifest.byPath["B"].entries {
					if r, err := a.recordOf(e); err == nil && r.From.Folder == "From" {
						from++
					}
				}
				if from < 2 {
					t.Errorf("of %d it is known where they were had from, want 2 at least", from)
				}
				for _, file := range files(t, root, ".B/cur") {
					if i, err := os.Stat(filepath.Join(root, ".B/cur", file)); err != nil || !i.ModTime().Equal(day) && !i.ModTime().Equal(early) {
						t.Errorf("%s shows %v, %v", file, i.ModTime(), err)
					}
				}
				close_(t, a)
				clean(t, root)
			})
		}
	}
}

func repair(t *testing.T, root string) {
	t.Helper()
	a := openFor(t, root)
	for _, err := range a.Repair(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
	}
	close_(t, a)
}
