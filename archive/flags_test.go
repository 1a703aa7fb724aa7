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
)

var _ migrate.Flagger = (*Archive)(nil)

func TestSetFlags(t *testing.T) {
	root := t.TempDir()
	a := create(t, root, Options{})
	put(t, a, mail.Inbox, lettersOf(0, 3)...)
	write(t, filepath.Join(root, "new", "2000000000.foreign.host"), "Subject: theirs\n\nx\n")
	write(t, filepath.Join(root, "cur", "2000000001.odd.host:2,SXa,more"), "Subject: theirs\n\ny\n")
	write(t, filepath.Join(root, "cur", "2000000002.other.host:1,info"), "Subject: theirs\n\nz\n")
	f := look(t, a, mail.Inbox)
	var many []string
	for i := range 30 {
		many = append(many, fmt.Sprint("word", i))
	}
	ref := func(n int) mail.Ref { return mail.Ref{Folder: mail.Inbox, Validity: f.Validity, ID: fmt.Sprint(n)} }
	changes := []mail.Flagging{
		{Ref: ref(1), Add: mail.Answered, Remove: mail.Flagged, AddKeywords: []string{"$Forwarded", "word1"}},
		{Ref: ref(2), AddKeywords: many},
		{Ref: ref(4), Add: mail.Seen},
		{Ref: ref(5), Add: mail.Flagged, AddKeywords: many[27:28]},
		{Ref: ref(6), Add: mail.Seen},
		{Ref: ref(99), Add: mail.Seen},
	}
	// Another program renames one meanwhile.
	first := files(t, root, "cur")[0]
	rename(t, filepath.Join(root, "cur", first), filepath.Join(root, "cur", strings.Replace(first, ":2,FS", ":2,DFS", 1)))
	failed := 0
	for ref, err := range a.SetFlags(t.Context(), f, changes) {
		if err != nil && mail.ScopeOf(err) != mail.ScopeMessage {
			t.Fatal(err)
		}
		if err != nil {
			failed++
			t.Log(ref.ID, err)
		}
	}
	if failed != 2 {
		t.Errorf("%d failed, want the one with another info and the one that is not there", failed)
	}
	want := func(a *Archive) {
		t.Helper()
		list := messages(t, a, mail.Inbox)
		for i, w := range []struct {
			flags    mail.Flags
			keywords int
		}{{mail.Draft | mail.Seen | mail.Answered, 2}, {mail.Seen | mail.Flagged, 30}, {mail.Seen | mail.Flagged, 0}, {mail.Seen, 0}, {mail.Seen | mail.Flagged, 2}, {0, 0}} {
			if list[i].Flags != w.flags || len(list[i].Keywords) != w.keywords {
				t.Errorf("message %s: %v %q, want %v and %d keywords", list[i].ID, list[i].Flags, list[i].Keywords, w.flags, w.keywords)
			}
		}
	}
	want(a)
	close_(t, a)
	a = openFor(t, root)
	want(a)
	close_(t, a)
	list, err := os.ReadDir(filepath.Join(root, "cur"))
	if err != nil || !slices.ContainsFunc(list, func(e os.DirEntry) bool { return e.Name() == "2000000001.odd.host:2,FSXa,more" }) {
		t.Errorf("the letters that mean nothing did not stay: %v, %v", list, err)
	}
}
