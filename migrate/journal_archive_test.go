package migrate

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"mailmv/formats/mail"
)

// TestJournalArchive: an archive is the source that it was, wherever it lies, also once the journal was written anew or slept.
func TestJournalArchive(t *testing.T) {
	dir := t.TempDir()
	j, err := OpenJournal(dir, sinkID)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := j.from("maildir:/old", mail.Folder{Path: mail.Inbox}); err != nil {
		t.Fatal(err)
	}
	rows := []struct {
		about, name, now, then, want string
	}{
		{"new", "N", "maildir:/a", "maildir:/a", "maildir:/a"},
		{"moved", "N", "maildir:/b", "maildir:/a", "maildir:/a"},
		{"known by its path", "O", "maildir:/old", "maildir:/old", "maildir:/old"},
		{"and moved", "O", "maildir:/new", "maildir:/old", "maildir:/old"},
		{"known by where it lay when it got its name", "P", "maildir:/p", "maildir:/old", "maildir:/old"},
		{"moved into the place of another", "N", "maildir:/old", "maildir:/a", "maildir:/a"},
	}
	for pass, reopen := range []func() error{
		func() error { return nil },
		func() error {
			return errors.Join(j.Close(), os.Remove(filepath.Join(dir, gistName(journalName(sinkID)))))
		},
		func() error { return j.Close() },
		func() error { return errors.Join(j.compact(j.name, sinkID), j.Close()) },
	} {
		if err := reopen(); err != nil {
			t.Fatal(err)
		}
		if pass > 0 {
			if j, err = OpenJournal(dir, sinkID); err != nil {
				t.Fatal(err)
			}
		}
		for _, r := range rows {
			if got, err := j.Archive(r.name, r.now, r.then); got != r.want || err != nil {
				t.Errorf("pass %d: %s: Archive(%q, %q, %q) = %q, %v, want %q", pass, r.about, r.name, r.now, r.then, got, err, r.want)
			}
		}
	}
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
	dry, err := ReadJournal(dir, sinkID)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range rows {
		if got, err := dry.Archive(r.name, r.now, r.then); got != r.want || err != nil {
			t.Errorf("dry run: %s: %q, %v, want %q", r.about, got, err, r.want)
		}
	}
	if got, err := dry.Archive("Q", "maildir:/q", "maildir:/q"); got != "maildir:/q" || err != nil || len(dry.damage) > 0 {
		t.Errorf("dry run of a new one: %q, %v, damage %q", got, err, dry.damage)
	}
}
