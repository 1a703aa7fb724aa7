package archive

import (
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
