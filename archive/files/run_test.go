package files

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"mailmv/formats/mail"
	"mailmv/migrate"
	"mailmv/migrate/memstore"
)

// TestRun: all of a tree arrives, a second run has nothing to fetch, and neither has one after compacting and marking; what came
// meanwhile arrives.
func TestRun(t *testing.T) {
	dir, state := t.TempDir(), t.TempDir()
	sink := &memstore.Store{}
	run := func() migrate.Report {
		t.Helper()
		s, err := Open(dir, Mboxes, nil)
		if err != nil {
			t.Fatal(err)
		}
		j, err := migrate.OpenJournal(state, "test")
		if err != nil {
			t.Fatal(err)
		}
		report, err := migrate.Run{Sources: []migrate.From{{Source: s, Name: dir, ID: "files"}}, Sink: sink, Journal: j,
			To: func(f mail.Folder) mail.Path { return f.Path }}.Do(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if err := j.Close(); err != nil {
			t.Fatal(err)
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		return report
	}
	unread, read := "X-Mozilla-Status: 0000\n", "X-Mozilla-Status: 0001\n"
	plant(t, dir, map[string]string{
		"Inbox":          entry("aa", unread) + entry("bb", unread) + entry("bb", unread) + entry("cc", unread),
		"Inbox.sbd/Work": entry("dd", ""), "Empty": "", "Empty.msf": "",
	})
	for i, want := range []struct{ copied, present int }{{5, 0}, {0, 5}} {
		if r := run(); r.Copied != want.copied || r.Present != want.present || r.Failed+r.Skipped != 0 {
			t.Fatalf("run %d: %+v", i+1, r.Counts)
		}
	}
	plant(t, dir, map[string]string{"Inbox": entry("bb", read) + entry("cc", read) + entry("ee", unread)})
	if err := os.Chtimes(filepath.Join(dir, "Inbox"), time.Time{}, time.Unix(1e9, 0)); err != nil {
		t.Fatal(err)
	}
	if r := run(); r.Copied != 1 || r.Present != 3 || r.Failed+r.Skipped != 0 {
		t.Errorf("after compacting: %+v", r.Counts)
	}
	if got := len(sink.Messages(mail.Inbox)); got != 5 {
		t.Errorf("%d messages in INBOX, want 5", got)
	}
}
