package migrate

import (
	"bytes"
	"errors"
	"testing"

	"mailmv/formats/mail"
	"mailmv/migrate/memstore"
)

// What servers do to odd octets is noticed, also where it leaves the size as it was.
func TestAlterationsAreCounted(t *testing.T) {
	alter := func(from, to string) func([]byte) []byte {
		return func(o []byte) []byte { return bytes.ReplaceAll(o, []byte(from), []byte(to)) }
	}
	for _, test := range []struct {
		name  string
		alter func([]byte) []byte
	}{
		{"NUL becomes 0x80", alter("\x00", "\x80")},
		{"bare CR is dropped", alter("\rx", "x")},
		{"8-bit header octets become X", alter("\xe4", "X")},
	} {
		t.Run(test.name, func(t *testing.T) {
			b := newBench(t, samples(3)...)
			b.source.Put(mail.Inbox, memstore.Message{ID: "odd", Octets: []byte("Message-ID: <odd@example.org>\r\nSubject: \xe4\r\n\r\na\x00b\rx\r\n")})
			b.sink.Alter = test.alter
			rep := b.mustDo("4 seen = 4 copied + 0 present + 0 duplicate + 0 skipped + 0 failed")
			if rep.Altered != 1 {
				t.Errorf("altered = %d, want 1", rep.Altered)
			}
			for range 2 { // and it is found again without the journal
				b.file = memstore.NewFile(nil, nil)
				b.mustDo("4 seen = 0 copied + 4 present + 0 duplicate + 0 skipped + 0 failed")
			}
		})
	}
}

// A message without Message-ID and Received, to which a mail program has added its own fields.
func TestPresentWithAddedFields(t *testing.T) {
	note := "From: a@example.org\r\nDate: Fri, 02 Jan 2004 03:04:05 +0100\r\nSubject: note\r\n\r\ntext\r\n"
	b := newBench(t, note, note)
	b.sink.Put(mail.Inbox, memstore.Message{Octets: []byte("X-UID: 7\r\nStatus: RO\r\nX-Mozilla-Status: 0001\r\n" + note)})
	b.mustDo("2 seen = 1 copied + 1 present + 0 duplicate + 0 skipped + 0 failed")
	b.file = memstore.NewFile(nil, nil)
	b.mustDo("2 seen = 0 copied + 2 present + 0 duplicate + 0 skipped + 0 failed")
}

func TestDryRunTellsOfRemovalsAndLimits(t *testing.T) {
	b := newBench(t, samples(6)...)
	b.run.DryRun, b.run.Remove.On = true, true
	if rep := b.mustDo("6 seen = 6 copied + 0 present + 0 duplicate + 0 skipped + 0 failed"); rep.Removed != 6 {
		t.Errorf("would remove %d, want 6", rep.Removed)
	}
	b.run.Remove.On, b.run.StopAfter = false, 200
	rep, err := b.do(nil)
	if !errors.Is(err, ErrStopped) || rep.Copied == 0 || rep.Copied == 6 || !rep.Balanced() {
		t.Errorf("got %v and %v, want a stop on the way", rep.Counts, err)
	}
	copied := rep.Copied
	b.run.DryRun = false
	if rep, err := b.do(nil); !errors.Is(err, ErrStopped) || rep.Copied != copied {
		t.Errorf("the run copied %d (%v), its plan %d", rep.Copied, err, copied)
	}
	if len(b.source.Messages(mail.Inbox)) != 6 {
		t.Error("something was removed")
	}
}
