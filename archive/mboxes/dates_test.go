package mboxes

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"mailmv/formats/mail"
	"mailmv/migrate"
)

var _ migrate.Dater = (*Archive)(nil)

// TestSetDatesOfOthers: From_ lines that other programs wrote, of any length, say the new date; the others stay as they are, each
// message keeps its octets, and another opening finds the same.
func TestSetDatesOfOthers(t *testing.T) {
	root := filepath.Join(t.TempDir(), "a.mbox")
	const text = "From a@b Fri, 1 Jan 2010 00:00:00 +0100\nSubject: 1\n\none\n\nFrom c@d Fri Jan  1 00:00:00 2010\nSubject: 2\n\ntwo\n\nFrom e@f Fri Jan  1 00:00:00 2010 remote from g\nStatus: RO\nSubject: 3\n\nthree\n\n"
	if err := os.WriteFile(root, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	a := create(t, root, Options{})
	for range a.Repair(t.Context()) { // all is summed
	}
	put(t, a, mail.Inbox, []byte("Subject: 4\r\n\r\nfour\r\n"))
	shut(t, a)
	a = openSource(t, root)
	f := mail.Folder{Path: mail.Inbox}
	var all []mail.Message
	for m, err := range a.List(t.Context(), f) {
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, m)
	}
	before := contents(t, a, mail.Inbox)
	early := time.Date(2001, 2, 3, 4, 5, 6, 0, time.UTC)
	var changes []mail.Dating
	for _, i := range []int{0, 1, 3} {
		changes = append(changes, mail.Dating{Ref: all[i].Ref, Date: early})
	}
	for ref, err := range a.SetDates(t.Context(), f, changes) {
		if err != nil {
			t.Fatal(ref, err)
		}
	}
	for range 2 {
		i := 0
		for m, err := range a.List(t.Context(), f) {
			if want := all[i].InternalDate; err != nil || i != 2 && !m.InternalDate.Equal(early) || i == 2 && !m.InternalDate.Equal(want) || m.Ref != all[i].Ref || m.Flags != all[i].Flags {
				t.Errorf("message %d: %+v, %v", i, m, err)
			}
			i++
		}
		if got := contents(t, a, mail.Inbox); strings.Join(got, "\n") != strings.Join(before, "\n") {
			t.Errorf("contents %q, were %q", got, before)
		}
		shut(t, a)
		a = openSource(t, root)
	}
	shut(t, a)
	now, err := os.ReadFile(root)
	if err != nil {
		t.Fatal(err)
	}
	const date = " Sat Feb  3 04:05:06 2001\n"
	want := strings.NewReplacer(" Fri, 1 Jan 2010 00:00:00 +0100\n", date, "c@d Fri Jan  1 00:00:00 2010\n", "c@d"+date).Replace(text)
	if !strings.HasPrefix(string(now), want) || strings.Count(string(now), date) != 3 {
		t.Errorf("the file is\n%s", now)
	}
	clean(t, root)
}
