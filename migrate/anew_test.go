package migrate

import (
	"fmt"
	"strings"
	"testing"

	"mailmv/formats/mail"
	"mailmv/migrate/memstore"
)

// notesOf are the notes of the last run that hold a word.
func (b *bench) notesOf(word string) int {
	n := 0
	for _, e := range b.events {
		if note, ok := e.(Note); ok && strings.Contains(note.Text, word) {
			n++
		}
	}
	return n
}

// A folder that its server has made anew has other names for the same mail: it is found by its octets, nothing comes twice, flags that have
// changed meanwhile follow, and it is told once. Other mail in it is new.
func TestFolderMadeAnew(t *testing.T) {
	for _, keep := range []bool{false, true} {
		t.Run(fmt.Sprint("keep=", keep), func(t *testing.T) {
			all := append(samples(5), letter("twin", someDate, "twin"), letter("twin", someDate, "twin"))
			b := newBench(t, all...)
			b.run.KeepFlags = keep
			setAt(t, b.source, 0, mail.Answered, 0)
			b.mustDo("7 seen = 7 copied + 0 present + 0 duplicate + 0 skipped + 0 failed")
			for round := range 3 {
				b.source.Delete(mail.Inbox)
				for i, o := range all {
					b.source.Put(mail.Inbox, memstore.Message{ID: fmt.Sprintf("%d of %d", i, round), Octets: []byte(o), Flags: []mail.Flags{0, mail.Seen}[round%2]})
				}
				rep := b.mustDo("7 seen = 0 copied + 7 present + 0 duplicate + 0 skipped + 0 failed")
				if want := map[bool]int{false: []int{1, 7, 7}[round]}[keep]; rep.Flagged != want {
					t.Errorf("round %d: %d changes of flags followed, want %d", round, rep.Flagged, want)
				}
				if n := b.notesOf("anew (it has another UIDVALIDITY)"); n != 1 {
					t.Errorf("round %d: told %d times", round, n)
				}
				b.mustDo("7 seen = 0 copied + 7 present + 0 duplicate + 0 skipped + 0 failed")
			}
			b.source.Delete(mail.Inbox)
			b.source.Put(mail.Inbox, memstore.Message{ID: "0 of 0", Octets: []byte(letter("other", someDate, "other"))})
			b.mustDo("1 seen = 1 copied + 0 present + 0 duplicate + 0 skipped + 0 failed")
			if n := len(b.sink.Messages(mail.Inbox)); n != 8 {
				t.Errorf("%d messages, want 8", n)
			}
		})
	}
}

// A message that comes back under another name has the flags that it was given meanwhile.
func TestRenamedMessageKeepsFlags(t *testing.T) {
	all := samples(3)
	b := newBench(t, all...)
	b.mustDo("3 seen = 3 copied + 0 present + 0 duplicate + 0 skipped + 0 failed")
	b.source.Drop(mail.Inbox, "uidl-2")
	b.source.Put(mail.Inbox, memstore.Message{ID: "back", Octets: []byte(all[1]), Flags: mail.Flagged, Keywords: []string{"work"}})
	if rep := b.mustDo("3 seen = 0 copied + 3 present + 0 duplicate + 0 skipped + 0 failed"); rep.Flagged != 1 {
		t.Errorf("%d changes of flags followed, want 1", rep.Flagged)
	}
	for _, m := range b.sink.Messages(mail.Inbox) {
		if want := map[bool]mail.Flags{true: mail.Flagged}[string(m.Octets) == all[1]]; m.Flags != want || (len(m.Keywords) == 1) != (want != 0) {
			t.Errorf("%q: flags %v, keywords %q, want %v", m.Octets, m.Flags, m.Keywords, want)
		}
	}
	if rep := b.mustDo("3 seen = 0 copied + 3 present + 0 duplicate + 0 skipped + 0 failed"); rep.Flagged != 0 {
		t.Errorf("%d followed again", rep.Flagged)
	}
}
