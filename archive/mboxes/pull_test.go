package mboxes

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"syscall"
	"testing"

	"mailmv/formats/mail"
	"mailmv/formats/maildir"
	"mailmv/formats/maildir/disktest"
	"mailmv/migrate"
	"mailmv/migrate/memstore"
	"mailmv/migrate/storetest"
)

// pull moves what a store in memory holds into an archive, with the journal inside it.
func pull(t *testing.T, from migrate.Source, root string, o Options) (migrate.Report, error) {
	t.Helper()
	a, err := Create(root, o)
	if err != nil {
		return migrate.Report{}, err
	}
	j, err := migrate.OpenJournal(a.StateDir(), "archive")
	if err != nil {
		return migrate.Report{}, errors.Join(err, a.Close())
	}
	report, err := migrate.Run{Sources: []migrate.From{{Source: from, Name: "memory", ID: "memory"}}, Sink: a, Journal: j,
		To: func(f mail.Folder) mail.Path { return f.Path }, Retries: -1}.Do(t.Context())
	return report, errors.Join(err, a.Close(), j.Close())
}

func stocked(letters [][]byte) *memstore.Store {
	s := &memstore.Store{}
	for i, l := range letters {
		folder := []mail.Path{mail.Inbox, "Work/2004", "a.b"}[i%3]
		s.Put(folder, memstore.Message{ID: fmt.Sprint("id-", i), Octets: l, InternalDate: day, Flags: mail.Seen, Keywords: []string{"$Label1", fmt.Sprint("k", i)}})
	}
	return s
}

// TestPull: everything arrives, a second run has nothing to do, and all of it goes on to another store as it was.
func TestPull(t *testing.T) {
	for _, d := range dialects {
		t.Run(d.String(), func(t *testing.T) {
			root := t.TempDir()
			letters := append(storetest.Letters(), lettersOf(0, 40)...)
			from := stocked(letters)
			report, err := pull(t, from, root, Options{Dialect: d})
			if err != nil || report.Copied+report.Present != len(letters) || report.Failed != 0 {
				t.Fatalf("%+v, %v", report.Counts, err)
			}
			fetches := from.Fetches
			if report, err = pull(t, from, root, Options{}); err != nil || report.Copied != 0 || from.Fetches != fetches {
				t.Errorf("second run: %+v, %v, %d fetches", report.Counts, err, from.Fetches-fetches)
			}
			clean(t, root)
			back := &memstore.Store{}
			j, err := migrate.OpenJournal(t.TempDir(), "back")
			if err != nil {
				t.Fatal(err)
			}
			defer j.Close()
			report, err = migrate.Run{Sources: []migrate.From{{Source: openSource(t, root), Name: root, ID: "archive"}}, Sink: back, Journal: j,
				To: func(f mail.Folder) mail.Path { return f.Path }}.Do(t.Context())
			if err != nil || report.Failed != 0 {
				t.Fatalf("%+v, %v", report.Counts, err)
			}
			for _, p := range []mail.Path{mail.Inbox, "Work/2004", "a.b"} {
				compareStores(t, p, from.Messages(p), back.Messages(p))
			}
			forgotten(t, from, root, len(letters))
		})
	}
}

// forgotten: without the journal a further run finds by content that nothing is missing.
func forgotten(t *testing.T, from *memstore.Store, root string, n int) {
	t.Helper()
	journals, err := filepath.Glob(filepath.Join(root, ".mailmv", "*.journal"))
	if err != nil || len(journals) != 1 {
		t.Fatalf("journals %q, %v", journals, err)
	}
	if err := os.Remove(journals[0]); err != nil {
		t.Fatal(err)
	}
	if report, err := pull(t, from, root, Options{}); err != nil || report.Copied != 0 || report.Present != n {
		t.Errorf("without the journal: %+v, %v", report.Counts, err)
	}
}

func compareStores(t *testing.T, p mail.Path, want, got []memstore.Message) {
	t.Helper()
	order := func(a, b memstore.Message) int {
		return cmp.Or(bytes.Compare(a.Octets, b.Octets), slices.Compare(a.Keywords, b.Keywords))
	}
	slices.SortFunc(want, order)
	slices.SortFunc(got, order)
	if len(want) != len(got) {
		t.Fatalf("%s: %d messages, want %d", p, len(got), len(want))
	}
	for i, w := range want {
		g := got[i]
		slices.Sort(g.Keywords)
		slices.Sort(w.Keywords)
		if !bytes.Equal(g.Octets, w.Octets) || !g.InternalDate.Equal(w.InternalDate) || g.Flags != w.Flags || !slices.Equal(g.Keywords, w.Keywords) {
			t.Errorf("%s: %.40q %v %v %q, want %.40q %v %v %q", p, g.Octets, g.InternalDate, g.Flags, g.Keywords, w.Octets, w.InternalDate, w.Flags, w.Keywords)
		}
	}
}

// TestPullCutAtEveryStep: a pull whose disk goes away at step n, resumed, ends where an uncut one does, and a third run
// has nothing to do.
func TestPullCutAtEveryStep(t *testing.T) {
	letters := lettersOf(0, 5)
	letters = append(letters, letters[1]) // honest twins
	for n := 1; ; n++ {
		root := filepath.Join(t.TempDir(), "archive")
		from := stocked(letters)
		var faults *disktest.Faults
		_, err := pull(t, from, root, Options{wrap: func(d maildir.Disk) maildir.Disk {
			faults = &disktest.Faults{Disk: d, Fail: disktest.From(n, syscall.EIO)}
			return faults
		}})
		passed := faults.Steps() < n
		if passed && err != nil {
			t.Fatalf("step %d: %v", n, err)
		}
		done := err == nil // of a run that was cut: what came after was but a help
		if report, err := pull(t, from, root, Options{}); err != nil || report.Failed > 0 || done && report.Copied > 0 {
			t.Fatalf("step %d, second run: %+v, %v", n, report.Counts, err)
		}
		fetches := from.Fetches
		if report, err := pull(t, from, root, Options{}); err != nil || report.Copied > 0 || from.Fetches != fetches {
			t.Fatalf("step %d, third run: %+v, %v, %d fetches", n, report.Counts, err, from.Fetches-fetches)
		}
		a := reopen(t, root)
		got := allContents(t, a)
		if slices.Sort(got); !slices.Equal(got, sorted(letters)) {
			t.Fatalf("step %d: %d messages, want %d: %.100q", n, len(got), len(letters), got)
		}
		if f := findings(t, a); len(f) > 0 {
			t.Fatalf("step %d: Check: %q", n, f)
		}
		shut(t, a)
		if passed {
			t.Logf("%d steps", n-1)
			return
		}
	}
}
