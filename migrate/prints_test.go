package migrate

import (
	"testing"

	"mailmv/dedupe"
	"mailmv/formats/mail"
	"mailmv/migrate/memstore"
)

// printsOf remembers in memory.
type printsOf map[mail.Ref]dedupe.Print

func (p printsOf) Find(m mail.Message) (dedupe.Print, bool) {
	print, ok := p[m.Ref]
	return print, ok
}

func (p printsOf) Learn(m mail.Message, print dedupe.Print) { p[m.Ref] = print }

// What an earlier run read of the sink is not read again by one that has lost its journal, unless only reading can tell; and it is judged as if
// it were read.
func TestTwinsRemembered(t *testing.T) {
	b := newPCs(t, 1)
	prints := printsOf{}
	b.run.Prints = prints
	changed := letter("two", someDate, "another text")
	kin := "Delivered-To: you@example.org\r\n" + three
	for _, o := range []string{one, two, "Delivered-To: me@example.org\r\n" + three} {
		b.sink.Put("Old", memstore.Message{Octets: []byte(o), InternalDate: came})
	}
	for _, o := range []string{one, "X-UIDL: 7\r\n" + one, fetched("b", one), changed, kin} {
		b.sources[0].Put(mail.Inbox, memstore.Message{Octets: []byte(o), InternalDate: came})
	}
	const want = "5 seen = 2 copied + 0 present + 3 duplicate + 0 skipped + 0 failed"
	b.mustDo(want)
	if b.sink.Fetches != 3 || len(prints) != 3 {
		t.Errorf("the first run read %d, and %d are remembered", b.sink.Fetches, len(prints))
	}
	for _, m := range b.sink.Messages(mail.Inbox) {
		b.sink.Drop(mail.Inbox, m.ID)
	}
	b.file, b.sink.Fetches = memstore.NewFile(nil, nil), 0
	b.mustDo(want)
	if b.sink.Fetches != 1 { // the one whose text is another
		t.Errorf("the second run read %d", b.sink.Fetches)
	}
	b.sink.Fetches, b.run.Prints, b.file = 0, nil, memstore.NewFile(nil, nil)
	b.mustDo("5 seen = 0 copied + 2 present + 3 duplicate + 0 skipped + 0 failed")
	if b.sink.Fetches < 3 {
		t.Errorf("without memory %d were read", b.sink.Fetches)
	}
}
