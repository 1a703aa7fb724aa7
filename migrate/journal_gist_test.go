package migrate

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"mailmv/formats/line"
	"mailmv/formats/mail"
)

// restingIn makes a journal in dir with one message and a folder that rests, and closes it.
func restingIn(t *testing.T, dir string) (r resting) {
	t.Helper()
	j, err := OpenJournal(dir, sinkID)
	if err != nil {
		t.Fatal(err)
	}
	from, err := j.from("pop3:a@b", mail.Folder{Path: mail.Inbox})
	if err != nil {
		t.Fatal(err)
	}
	to, err := j.to(mail.Folder{Path: mail.Inbox, Validity: 7})
	if err != nil {
		t.Fatal(err)
	}
	settleOne(t, j, to, "first", 1)
	r = resting{next: 2, messages: 1, modSeq: 9, listing: [32]byte{1, 2}}
	if err := errors.Join(j.rests(from, to, r), j.Close()); err != nil {
		t.Fatal(err)
	}
	return r
}

func settleOne(t *testing.T, j *Journal, to uint16, id string, uid uint32) {
	t.Helper()
	n, err := j.begin(to, uid, []item{someItem(0, id)})
	if err != nil {
		t.Fatal(err)
	}
	if err := j.settle(n, []fate{{kind: stored, uid: uid}}); err != nil {
		t.Fatal(err)
	}
}

func reopen(t *testing.T, dir string) *Journal {
	t.Helper()
	j, err := OpenJournal(dir, sinkID)
	if err != nil {
		t.Fatal(err)
	}
	return j
}

func closeJournal(t *testing.T, j *Journal) {
	t.Helper()
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
}

// A journal whose gist fits tells what rests without its lines, and reads them when it is asked about a message.
func TestJournalSleeps(t *testing.T) {
	dir := t.TempDir()
	want := restingIn(t, dir)
	for run := range 3 {
		j := reopen(t, dir)
		if got, ok := j.rested(0, 0); !ok || got != want {
			t.Errorf("run %d: rests as %+v, %v; want %+v", run, got, ok, want)
		}
		if from, to := j.peekFrom("pop3:a@b", mail.Folder{Path: mail.Inbox}), j.peekTo(mail.Folder{Path: mail.Inbox, Validity: 7}); from != 0 || to != 0 {
			t.Errorf("run %d: folders %d and %d", run, from, to)
		}
		if j.isNew(0) || !j.isNew(1) || len(j.pending(0)) > 0 || fmt.Sprint(j.generations(mail.Inbox)) != "[0]" {
			t.Errorf("run %d: %v, %v", run, j.pending(0), j.generations(mail.Inbox))
		}
		if !j.asleep {
			t.Errorf("run %d: the lines were read for this", run)
		}
		if run > 0 { // now and then something comes
			settleOne(t, j, 0, fmt.Sprint("later ", run), uint32(10+run))
		}
		if e, ok := j.find(keyOf(0, mail.Inbox, "first"), 0); !ok || e.uid != 1 || j.asleep {
			t.Errorf("run %d: %+v, %v", run, e, ok)
		}
		if got, want := fmt.Sprint(j.claimed(0)), []string{"[1]", "[1 11]", "[1 11 12]"}[run]; got != want {
			t.Errorf("run %d: claimed %s, want %s", run, got, want)
		}
		closeJournal(t, j)
	}
	j := reopen(t, dir)
	if _, err := j.from("imap:c@d", mail.Folder{Path: "A"}); err != nil || !j.asleep { // a folder is declared asleep
		t.Fatal(err)
	}
	if !j.isNew(1) || j.wake() != nil || !j.isNew(1) || len(j.froms) != 2 || j.entries.find(keyOf(0, mail.Inbox, "later 2")) == nil {
		t.Errorf("%+v", j.froms)
	}
	closeJournal(t, j)
}

// A gist is believed only as long as it is of the journal as it is; and there is none of a journal in doubt.
func TestJournalWakes(t *testing.T) {
	for name, spoil := range map[string]func(t *testing.T, journal, gist string){
		"written by one who keeps none": func(t *testing.T, journal, _ string) {
			f, err := os.OpenFile(journal, os.O_APPEND|os.O_WRONLY, 0)
			if err != nil {
				t.Fatal(err)
			}
			_, err = f.Write(line.Append(nil, recFrom, 1, "pop3:x@y", "INBOX", 0))
			if err := errors.Join(err, f.Close()); err != nil {
				t.Fatal(err)
			}
		},
		"torn": func(t *testing.T, journal, _ string) {
			if i, err := os.Stat(journal); err != nil || os.Truncate(journal, i.Size()-3) != nil {
				t.Fatal(err)
			}
		},
		"no gist": func(t *testing.T, _, gist string) {
			if err := os.Remove(gist); err != nil {
				t.Fatal(err)
			}
		},
		"gist torn": func(t *testing.T, _, gist string) {
			if i, err := os.Stat(gist); err != nil || os.Truncate(gist, i.Size()/2) != nil {
				t.Fatal(err)
			}
		},
		"gist of another journal": func(t *testing.T, journal, gist string) {
			other := t.TempDir()
			j, err := OpenJournal(other, "imap:else@where")
			if err != nil {
				t.Fatal(err)
			}
			closeJournal(t, j)
			text, err := os.ReadFile(filepath.Join(other, filepath.Base(gistName(journalName("imap:else@where")))))
			if err := errors.Join(err, os.WriteFile(gist, text, 0o600)); err != nil {
				t.Fatal(err)
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			restingIn(t, dir)
			journal := filepath.Join(dir, journalName(sinkID))
			spoil(t, journal, gistName(journal))
			j := reopen(t, dir)
			if j.asleep {
				t.Error("the gist was believed")
			}
			if _, ok := j.find(keyOf(0, mail.Inbox, "first"), 0); !ok {
				t.Error("what the lines tell is not known")
			}
			closeJournal(t, j)
			if j = reopen(t, dir); !j.asleep {
				t.Error("no gist was kept")
			}
			closeJournal(t, j)
		})
	}
	t.Run("in doubt", func(t *testing.T) {
		dir := t.TempDir()
		j := reopen(t, dir)
		from, to := fill(t, j)
		closeJournal(t, j)
		j = reopen(t, dir)
		if j.asleep {
			t.Error("a batch in doubt is slept over")
		}
		checkFilled(t, j, from, to)
		closeJournal(t, j)
	})
}

// Each octet of a gist flipped: it is not believed, or says the same.
func TestGistDamaged(t *testing.T) {
	dir := t.TempDir()
	want := restingIn(t, dir)
	name := gistName(filepath.Join(dir, journalName(sinkID)))
	good, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	for i := range good {
		bad := bytes.Clone(good)
		bad[i] ^= 4
		if err := os.WriteFile(name, bad, 0o600); err != nil {
			t.Fatal(err)
		}
		j := reopen(t, dir)
		if got, ok := j.rested(0, 0); !ok || got != want || j.asleep {
			t.Fatalf("octet %d: %+v, %v, asleep %v", i, got, ok, j.asleep)
		}
		closeJournal(t, j)
	}
}

// A journal whose lines cannot be read when they are needed takes nothing more: what is there would be sent twice.
func TestJournalCannotWake(t *testing.T) {
	dir := t.TempDir()
	restingIn(t, dir)
	j := reopen(t, dir)
	name := filepath.Join(dir, journalName(sinkID))
	if err := os.Rename(name, name+".away"); err != nil {
		t.Fatal(err)
	}
	if _, ok := j.find(keyOf(0, mail.Inbox, "first"), 0); ok {
		t.Fatal("read from nowhere")
	}
	if err := j.wake(); !errors.Is(err, ErrState) {
		t.Errorf("got %v, want ErrState", err)
	}
	if _, err := j.begin(0, 2, []item{someItem(0, "first")}); !errors.Is(err, ErrState) {
		t.Errorf("a batch: got %v, want ErrState", err)
	}
	if err := j.Close(); err != nil && !errors.Is(err, ErrState) {
		t.Error(err)
	}
}

// TestBrought: where mail of a folder went is known of what rests without a line being read, and of the rest as well, from the
// moment on that a batch is about to be sent.
func TestBrought(t *testing.T) {
	dir := t.TempDir()
	restingIn(t, dir)
	j := reopen(t, dir)
	defer j.Close()
	if !j.Brought("pop3:a@b", mail.Inbox, mail.Inbox) || !j.asleep {
		t.Errorf("of what rests: not known, or the lines were read (%v)", !j.asleep)
	}
	work, err := j.from("imap:a@b", mail.Folder{Path: "Work", Validity: 3})
	if err != nil {
		t.Fatal(err)
	}
	to, err := j.to(mail.Folder{Path: "Job", Validity: 8})
	if err != nil {
		t.Fatal(err)
	}
	if j.Brought("imap:a@b", "Work", "Job") {
		t.Error("known of a folder that has only its number")
	}
	n, err := j.begin(to, 1, []item{someItem(work, "x")})
	if err != nil {
		t.Fatal(err)
	}
	for _, settled := range []bool{false, true} {
		if settled {
			if err := j.settle(n, []fate{{kind: stored, uid: 1}}); err != nil {
				t.Fatal(err)
			}
		}
		if !j.Brought("imap:a@b", "Work", "Job") {
			t.Errorf("not known of a message, settled: %v", settled)
		}
	}
	for _, not := range [][3]string{{"imap:c@d", "Work", "Job"}, {"imap:a@b", "Job", "Work"}, {"imap:a@b", "Work", "INBOX"}, {"pop3:a@b", "INBOX", "Job"}} {
		if j.Brought(not[0], mail.Path(not[1]), mail.Path(not[2])) {
			t.Errorf("%q went nowhere", not)
		}
	}
}
