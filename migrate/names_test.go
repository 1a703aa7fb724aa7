package migrate

import (
	"fmt"
	"testing"

	"mailmv/formats/mail"
	"mailmv/migrate/memstore"
)

// Without UIDL, and with UIDLs that are new in each session, nothing comes twice.
func TestNamesThatDoNotLast(t *testing.T) {
	all := samples(9)
	for _, fleeting := range []bool{true, false} {
		t.Run(fmt.Sprint("fleeting ", fleeting), func(t *testing.T) {
			b := newBench(t, all...)
			b.source.Fleeting = fleeting
			b.mustDo("9 seen = 9 copied + 0 present + 0 duplicate + 0 skipped + 0 failed")
			for round := range 3 {
				for i, m := range b.source.Messages(mail.Inbox) {
					b.source.Rename(mail.Inbox, m.ID, fmt.Sprintf("round-%d-%d", round, i))
				}
				b.mustDo("9 seen = 0 copied + 9 present + 0 duplicate + 0 skipped + 0 failed")
			}
			// A new message in front and a twin of an old one behind are both new.
			old := b.source.Messages(mail.Inbox)
			b.source = &memstore.Store{Fleeting: fleeting}
			b.source.Put(mail.Inbox, memstore.Message{ID: "new", Octets: []byte(letter("new", someDate, "new"))})
			for _, m := range old {
				b.source.Put(mail.Inbox, m)
			}
			b.source.Put(mail.Inbox, memstore.Message{ID: "twin", Octets: []byte(all[0])})
			b.mustDo("11 seen = 2 copied + 9 present + 0 duplicate + 0 skipped + 0 failed")
			if got := len(b.sink.Messages(mail.Inbox)); got != 11 {
				t.Errorf("sink holds %d, want 11", got)
			}
		})
	}
}

// A UIDL that now names other mail is noticed by its size, and that mail is copied.
func TestNameGivenToOtherMail(t *testing.T) {
	b := newBench(t, samples(3)...)
	b.mustDo("3 seen = 3 copied + 0 present + 0 duplicate + 0 skipped + 0 failed")
	b.source.Drop(mail.Inbox, "uidl-2")
	b.source.Put(mail.Inbox, memstore.Message{ID: "uidl-2", Octets: []byte(letter("new", someDate, "quite another message"))})
	b.mustDo("3 seen = 1 copied + 2 present + 0 duplicate + 0 skipped + 0 failed")
	b.mustDo("3 seen = 0 copied + 3 present + 0 duplicate + 0 skipped + 0 failed")
}

// A folder made anew (other UIDVALIDITY) is filled again, and what is in it already is not doubled.
func TestSinkFolderMadeAnew(t *testing.T) {
	all := samples(6)
	b := newBench(t, all...)
	b.mustDo("6 seen = 6 copied + 0 present + 0 duplicate + 0 skipped + 0 failed")
	b.sink.Delete(mail.Inbox)
	b.sink.Put(mail.Inbox, memstore.Message{Octets: []byte(all[1])})
	b.mustDo("6 seen = 5 copied + 1 present + 0 duplicate + 0 skipped + 0 failed")
}

func TestNoUIDPLUS(t *testing.T) {
	b := newBench(t, samples(12)...)
	b.sink.Unnamed = true
	b.mustDo("12 seen = 12 copied + 0 present + 0 duplicate + 0 skipped + 0 failed")
	if b.sink.Fetches != 0 {
		t.Errorf("read %d bodies back though all sizes fit", b.sink.Fetches)
	}
	b.mustDo("12 seen = 0 copied + 12 present + 0 duplicate + 0 skipped + 0 failed")
}
