package migrate

import (
	"path/filepath"
	"slices"
	"testing"

	"mailmv/formats/mail"
	"mailmv/migrate/memstore"
)

// TestFromDecides: a source's own Want and To count in place of those of the run.
func TestFromDecides(t *testing.T) {
	one, two, sink := &memstore.Store{}, &memstore.Store{}, &memstore.Store{InFlight: 1}
	for _, p := range []mail.Path{"Keep", "Leave"} {
		one.Put(p, memstore.Message{ID: "1", Octets: []byte("Subject: one " + string(p) + "\r\n\r\n")})
		two.Put(p, memstore.Message{ID: "1", Octets: []byte("Subject: two " + string(p) + "\r\n\r\n")})
	}
	journal, err := OpenJournal(filepath.Join(t.TempDir(), "state"), sinkID)
	if err != nil {
		t.Fatal(err)
	}
	defer journal.Close()
	run := Run{Sink: sink, Journal: journal, To: func(f mail.Folder) mail.Path { return f.Path }, Sources: []From{
		{Source: one, Name: "one", ID: "one", Want: func(f mail.Folder) bool { return f.Path == "Keep" },
			To: func(f mail.Folder) mail.Path { return "One/" + f.Path }},
		{Source: two, Name: "two", ID: "two"},
	}}
	report, err := run.Do(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var to []mail.Path
	for _, f := range report.Folders {
		to = append(to, f.To)
	}
	slices.Sort(to)
	if want := []mail.Path{"Keep", "Leave", "One/Keep"}; !slices.Equal(to, want) || report.Copied != 3 {
		t.Errorf("copied %d to %q, want %q", report.Copied, to, want)
	}
}

// TestOneFolderByTwoNames: mail that was "found" at the destination because it is the source is never removed.
func TestOneFolderByTwoNames(t *testing.T) {
	both := &memstore.Store{InFlight: 1}
	both.Put(mail.Inbox, memstore.Message{ID: "1", Octets: []byte("Subject: only\r\n\r\n")})
	journal, err := OpenJournal(filepath.Join(t.TempDir(), "state"), sinkID)
	if err != nil {
		t.Fatal(err)
	}
	defer journal.Close()
	run := Run{Sink: both, Journal: journal, To: func(f mail.Folder) mail.Path { return f.Path }, Retries: -1,
		Remove: Removal{On: true, LimitPercent: -1}, Sources: []From{{Source: both, Name: "same", ID: "same"}}}
	report, err := run.Do(t.Context())
	if err != nil || report.Present != 1 || report.Removed != 0 {
		t.Fatalf("%v, %d removed, %v", report.Counts, report.Removed, err)
	}
}
