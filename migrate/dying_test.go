package migrate

import (
	"slices"
	"strings"
	"testing"

	"mailmv/formats/mail"
	"mailmv/migrate/memstore"
)

// TestMarkedDeleted: a copy that is marked \Deleted goes with the next EXPUNGE. It is found to be no message but one that is marked so
// too, a proof tells of it, and nothing is removed for it.
func TestMarkedDeleted(t *testing.T) {
	twin := []byte(letter("twin", someDate, "twin"))
	b := newBench(t)
	b.source.Put(mail.Inbox, memstore.Message{Octets: twin})
	b.sink.Put(mail.Inbox, memstore.Message{Octets: twin, Flags: mail.Deleted})
	b.run.Remove = Removal{On: true, LimitPercent: -1}
	p, found := b.prove()
	if p.Differs != 1 || !strings.Contains(found[0], "marked as deleted there") {
		t.Errorf("%+v: %q, want one that differs", p.ProofCounts, found)
	}
	rep := b.mustDo("1 seen = 1 copied + 0 present + 0 duplicate + 0 skipped + 0 failed")
	if rep.Removed != 1 || len(b.sink.Messages(mail.Inbox)) != 2 {
		t.Errorf("removed %d, and the sink holds %d", rep.Removed, len(b.sink.Messages(mail.Inbox)))
	}

	b = newBench(t)
	b.source.Put(mail.Inbox, memstore.Message{Octets: twin, Flags: mail.Deleted | mail.Seen})
	b.sink.Put(mail.Inbox, memstore.Message{Octets: twin, Flags: mail.Deleted | mail.Seen})
	if p, found := b.prove(); p.Present != 1 {
		t.Errorf("%+v: %q, want both to be marked", p.ProofCounts, found)
	}
	b.mustDo("1 seen = 0 copied + 1 present + 0 duplicate + 0 skipped + 0 failed")
}

// TestMarkedDeletedSince: the user of the destination marks what came there.
func TestMarkedDeletedSince(t *testing.T) {
	b := newBench(t, samples(3)...)
	b.mustDo("3 seen = 3 copied + 0 present + 0 duplicate + 0 skipped + 0 failed")
	setAt(t, b.sink, 1, mail.Deleted, 0)
	b.run.Remove = Removal{On: true, LimitPercent: -1}
	rep := b.mustDo("3 seen = 0 copied + 3 present + 0 duplicate + 0 skipped + 0 failed")
	if left := contents(b.source); rep.Removed != 2 || len(left) != 1 {
		t.Errorf("removed %d; left are %d", rep.Removed, len(left))
	}
}

// TestDeletedTwin: a twin that is marked \Deleted stands for none, and has one that stands for it.
func TestDeletedTwin(t *testing.T) {
	for _, c := range []struct {
		name        string
		flags       []mail.Flags
		want, again string
		living      int
	}{
		{"first", []mail.Flags{mail.Deleted, mail.Seen}, "2 seen = 2 copied + 0 present + 0 duplicate + 0 skipped + 0 failed", "2 seen = 0 copied + 2 present + 0 duplicate + 0 skipped + 0 failed", 1},
		{"last", []mail.Flags{mail.Seen, mail.Deleted}, "2 seen = 1 copied + 0 present + 1 duplicate + 0 skipped + 0 failed", "2 seen = 0 copied + 1 present + 1 duplicate + 0 skipped + 0 failed", 1},
		{"both", []mail.Flags{mail.Deleted, mail.Deleted}, "2 seen = 2 copied + 0 present + 0 duplicate + 0 skipped + 0 failed", "2 seen = 0 copied + 2 present + 0 duplicate + 0 skipped + 0 failed", 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := newPCs(t, 2)
			for range 5 { // so that no UID is the same on both sides
				b.sink.Put(mail.Inbox, memstore.Message{Octets: []byte(two), Flags: mail.Deleted})
			}
			for i, flags := range c.flags {
				b.put(i, mail.Inbox, one, flags)
			}
			b.mustDo(c.want)
			if p := b.verify(DropTwins); p.Present != 2 || !p.Holds() {
				t.Errorf("%+v, want all to be present", p.ProofCounts)
			}
			b.run.Remove.On = true
			if rep := b.mustDo(c.again); rep.Removed != 2 {
				t.Errorf("removed %d", rep.Removed)
			}
			if living := slices.DeleteFunc(everything(t, b.sink), func(m string) bool { return strings.Contains(m, `Deleted`) }); len(living) != c.living {
				t.Errorf("of what is not marked the sink holds %q", living)
			}
		})
	}
}
