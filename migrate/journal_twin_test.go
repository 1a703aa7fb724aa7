package migrate

import (
	"errors"
	"fmt"
	"testing"

	"mailmv/formats/mail"
)

// What is a twin stays one when the journal is written anew, and what was one and is copied since is none.
func TestJournalKeepsTwins(t *testing.T) {
	dir := t.TempDir()
	j, err := OpenJournal(dir, sinkID)
	if err != nil {
		t.Fatal(err)
	}
	from, to := fill(t, j)
	at, err := j.to(mail.Folder{Path: "Elsewhere", Validity: 9})
	if err != nil {
		t.Fatal(err)
	}
	twinOf := func(id string) item {
		it := someItem(from, id)
		it.key = keyOf(from, "Übung/\t\"x\"", id)
		return it
	}
	same := sameAs{to: at, uid: 77, form: [16]byte{1, 2, 3}}
	for round := range 2 {
		for i := range compactFrom {
			it := twinOf(fmt.Sprint("t", i))
			if err := j.twin(it, to, same); err != nil {
				t.Fatal(err)
			}
			if round == 1 && i%2 == 0 {
				err = j.here(it, to, fate{kind: stored, uid: uint32(1000 + i)})
			}
			if err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := errors.Join(j.flagged(twinOf("t1").key, mail.Seen, []string{"work"}, 0, nil), j.gone(twinOf("t1").key), j.Close()); err != nil {
		t.Fatal(err)
	}
	for round := range 2 {
		if j, err = OpenJournal(dir, sinkID); err != nil || len(j.damage) > 0 {
			t.Fatal(err, j.damage)
		}
		if round == 1 && j.lines > compactFrom+20 {
			t.Errorf("%d lines", j.lines)
		}
		if s, ok := j.sameAs(twinOf("t1").key); !ok || s != same {
			t.Errorf("t1 is the same as %+v, %v", s, ok)
		}
		if e, ok := j.find(twinOf("t1").key, to); !ok || e.state != twin|removed || e.flags != mail.Seen || fmt.Sprint(j.wordsNamed(e.words)) != "[work]" {
			t.Errorf("t1: %+v, %v", e, ok)
		}
		trips, err := History(dir, twinOf("t1").sum)
		if last := len(trips) - 1; err != nil || last < 0 || trips[last].Outcome != Duplicate || trips[last].To != (mail.Ref{Folder: "Elsewhere", Validity: 9, ID: "77"}) || !trips[last].Removed {
			t.Errorf("the history of t1: %+v, %v", trips, err)
		}
		if _, ok := j.sameAs(twinOf("t2").key); ok {
			t.Error("t2 is still a twin")
		}
		if e, ok := j.find(twinOf("t2").key, to); !ok || e.state != 0 || e.uid != 1002 {
			t.Errorf("t2: %+v, %v", e, ok)
		}
		if got := len(j.claimed(at)); got != 0 {
			t.Errorf("twins claim %d messages", got)
		}
		if err := j.Close(); err != nil {
			t.Fatal(err)
		}
	}
}
