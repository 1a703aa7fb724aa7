package mboxes

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"mailmv/formats/mail"
)

// TestTwinsByDate: of twins with a date each, the one that is left, or lies elsewhere, has its own.
func TestTwinsByDate(t *testing.T) {
	of := func(n int) time.Time { return day.AddDate(n, 0, 0) }
	for _, c := range []struct {
		name string
		lie  []int // the messages that are left, as they lie: 0 and 1 are twins, and 2 and 3, which have their key and other octets
	}{
		{"all", []int{0, 1, 2, 3}},
		{"the first is gone", []int{1, 2, 3}},
		{"each first is gone", []int{1, 3}},
		{"they lie otherwise", []int{3, 1, 0, 2}},
	} {
		t.Run(c.name, func(t *testing.T) {
			root := t.TempDir()
			a := create(t, root, Options{})
			one, two := []byte("Subject: 1\r\n\r\nbody a\r\n"), []byte("Subject: 1\r\n\r\nbody b\r\n")
			parcels := parcelsOf(one, one, two, two)
			for i := range parcels {
				parcels[i].InternalDate = of(i)
			}
			if err := deliver(t.Context(), a, mail.Inbox, parcels); err != nil {
				t.Fatal(err)
			}
			shut(t, a)
			file := filepath.Join(root, "INBOX")
			all := strings.SplitAfter(read(t, file), "\n\n")
			var now strings.Builder
			for _, i := range c.lie { // head and body
				now.WriteString(all[2*i] + all[2*i+1])
			}
			write(t, now.String(), file)
			if later := time.Now().Add(time.Minute); os.Chtimes(file, later, later) != nil { // the clock may stand still between two writes
				t.Fatal("its time cannot be set")
			}
			var want []string
			for _, i := range slices.Sorted(slices.Values(c.lie)) {
				want = append(want, fmt.Sprintln(i+1, of(i).UTC()))
			}
			for _, fileDates := range []bool{false, true} {
				a, err := OpenSource(root, Options{FileDates: fileDates, zone: time.UTC})
				if err != nil {
					t.Fatal(err)
				}
				a.byKey = false
				var got []string
				for _, m := range messages(t, a, mail.Inbox) {
					got = append(got, fmt.Sprintln(m.ID, m.InternalDate))
				}
				shut(t, a)
				if !slices.Equal(got, want) {
					t.Errorf("got %q, want %q", got, want)
				}
			}
			if moved, others := redatings(t, root, time.UTC); len(moved) > 0 || others != 4-len(c.lie) {
				t.Errorf("%+v, and %d others", moved, others)
			}
		})
	}
}
