package mboxes

import (
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"
)

// TestMovedElsewhere: another program moves all mail of a folder to another one, as mutt does by saving and others by renaming the file. Octets, dates
// and keywords are what they were, before it is noted and after.
func TestMovedElsewhere(t *testing.T) {
	for _, d := range dialects {
		t.Run(d.String(), func(t *testing.T) {
			root := t.TempDir()
			a := create(t, root, Options{Dialect: d})
			want := append(odd(), lettersOf(1, 4)...)
			parcels := parcelsOf(want...)
			for i := range parcels { // long after what the headers say
				parcels[i].InternalDate = time.Date(2010, 1, 1, 0, 0, i, 0, time.UTC)
				parcels[i].Keywords = []string{"work"}
			}
			if err := deliver(t.Context(), a, "Work", parcels); err != nil {
				t.Fatal(err)
			}
			shut(t, a)
			if err := os.Rename(filepath.Join(root, "Work"), filepath.Join(root, "Old")); err != nil {
				t.Fatal(err)
			}
			same := func(a *Archive, when string) {
				t.Helper()
				if got := contents(t, a, "Old"); !slices.Equal(got, sorted(want)) {
					t.Errorf("%s: got %d messages, want %d: %.600q", when, len(got), len(want), got)
				}
				for i, m := range messages(t, a, "Old") {
					if !m.InternalDate.Equal(parcels[i].InternalDate) || !slices.Equal(m.Keywords, []string{"work"}) || m.Octets != int64(len(want[i])) {
						t.Errorf("%s: message %d is of %v, with %q, %d octets", when, i, m.InternalDate, m.Keywords, m.Octets)
					}
				}
			}
			same(openSource(t, root), "read")
			a = reopen(t, root)
			same(a, "moved")
			for _, err := range a.Repair(t.Context()) {
				if err != nil {
					t.Fatal(err)
				}
			}
			same(a, "repaired")
			shut(t, a)
			a = reopen(t, root)
			if f := findings(t, a); len(f) > 0 {
				t.Errorf("Check: %q", f)
			}
			same(a, "at last")
			shut(t, a)
		})
	}
}
