package migrate

import (
	"bytes"
	"testing"

	"mailmv/formats/mail"
	"mailmv/migrate/memstore"
)

// What another program has added to, and what the destination alters as servers do, are two counts: of a proof, of one with one copy
// for all twins, and of a place that is held against a receipt.
func TestVerifyCountsAlike(t *testing.T) {
	note := letter("note", someDate, "text")
	nul := "Subject: nul\r\n\r\na\x00b\r\n"
	for _, twins := range []Twins{KeepTwins, DropTwins} {
		b := newBench(t, note, nul)
		b.run.Twins = twins
		b.sink.Put(mail.Inbox, memstore.Message{Octets: []byte("X-UID: 7\r\nStatus: RO\r\n" + note)})
		b.sink.Alter = func(o []byte) []byte { return bytes.ReplaceAll(o, []byte("\x00"), []byte("\x80")) }
		if _, err := b.do(nil); err != nil {
			t.Fatal(err)
		}
		b.run.Ignore = Dates
		p, found := b.prove()
		if p.Present != 2 || p.Altered != 2 || p.Alike != 1 || len(found) > 0 {
			t.Errorf("twins %d: %+v, %q, want two altered, one of them alike", twins, p.ProofCounts, found)
		}
		if twins == DropTwins {
			continue
		}
		if p, found = b.audit(b.receipt()); p.Present != 2 || p.Altered != 2 || p.Alike != 1 || len(found) > 0 {
			t.Errorf("against a receipt: %+v, %q", p.ProofCounts, found)
		}
	}
}
