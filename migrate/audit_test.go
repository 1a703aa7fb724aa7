package migrate

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"mailmv/formats/mail"
	"mailmv/formats/receipt"
	"mailmv/migrate/memstore"
)

// receipt proves the bench's source to be in its sink, and gives the receipt of that.
func (b *bench) receipt() *receipt.Receipt {
	b.t.Helper()
	var text bytes.Buffer
	w := receipt.NewWriter(&text, receipt.Head{Written: time.Unix(0, 0), From: []receipt.Place{{Name: "memory"}}, To: receipt.Place{Name: "sink"}})
	p, err := b.verify(func(e Verified) {
		if err := w.Add(e.Stated(0, 0)); err != nil {
			b.t.Fatal(err)
		}
	})
	if err != nil || !p.Holds() {
		b.t.Fatalf("%+v, %v", p, err)
	}
	if _, err := w.End(); err != nil {
		b.t.Fatal(err)
	}
	r, err := receipt.Open(bytes.NewReader(text.Bytes()), int64(text.Len()))
	if err != nil {
		b.t.Fatal(err)
	}
	return r
}

// audit holds the sink against a receipt.
func (b *bench) audit(r *receipt.Receipt) (Proof, []string) {
	b.t.Helper()
	var found []string
	a := Audit{Receipt: r, Place: b.sink, Name: "sink", Retries: b.run.Retries, Ignore: b.run.Ignore,
		Pause: func(context.Context, time.Duration) error { return nil }, Observe: func(e Event) {
			switch e := e.(type) {
			case Verified:
				if e.Finding != Proven {
					found = append(found, fmt.Sprintf("%s %s: %s", e.Finding, e.Message.Envelope.Subject, e.Reason))
				}
			case FolderAbsent:
				found = append(found, fmt.Sprintf("folder %s: %d", e.To, e.Messages))
			}
		}}
	p, err := a.Do(b.t.Context())
	if err != nil {
		b.t.Fatal(err)
	}
	slices.Sort(found)
	return p, found
}

// A receipt finds the same faults as Verify, without the source.
func TestAudit(t *testing.T) {
	for _, test := range []struct {
		name string
		harm func(b *bench)
		want ProofCounts
		says []string
	}{
		{"all is well", func(*bench) {}, ProofCounts{Seen: 12, Present: 12}, nil},
		{"one removed", func(b *bench) { b.sink.Drop(mail.Inbox, "3") }, ProofCounts{Seen: 12, Present: 11, Missing: 1}, []string{"missing first of an id: nothing like it is there"}},
		{"one of two twins removed", func(b *bench) { b.sink.Drop(mail.Inbox, "5") }, ProofCounts{Seen: 12, Present: 11, Missing: 1}, []string{"missing twin: nothing like it is there"}},
		{"one octet", func(b *bench) { b.sink.Messages(mail.Inbox)[7].Octets[20] ^= 1 }, ProofCounts{Seen: 12, Present: 11, Differs: 1}, []string{"differs message 7: its octets differ: as long"}},
		{"cut short", func(b *bench) {
			m := b.sink.Messages(mail.Inbox)[7]
			b.sink.Drop(mail.Inbox, m.ID)
			m.ID, m.Octets = "", m.Octets[:len(m.Octets)-5]
			b.sink.Put(mail.Inbox, m)
		}, ProofCounts{Seen: 12, Present: 11, Differs: 1}, []string{"differs message 7: its octets differ: "}},
		{"one flag", func(b *bench) { setAt(b.t, b.sink, 8, 0, mail.Flagged) }, ProofCounts{Seen: 12, Present: 11, Differs: 1}, []string{`differs message 8: without \Flagged`}},
		{"one keyword", func(b *bench) {
			m := b.sink.Messages(mail.Inbox)[8]
			b.sink.Drop(mail.Inbox, m.ID)
			m.ID, m.Keywords = "", []string{"more"}
			b.sink.Put(mail.Inbox, m)
		}, ProofCounts{Seen: 12, Present: 11, Differs: 1}, []string{`differs message 8: without keyword "work"`}},
		{"one date", func(b *bench) {
			m := b.sink.Messages(mail.Inbox)[9]
			b.sink.Drop(mail.Inbox, m.ID)
			m.ID, m.InternalDate = "", m.InternalDate.Add(time.Hour)
			b.sink.Put(mail.Inbox, m)
		}, ProofCounts{Seen: 12, Present: 11, Differs: 1}, []string{"differs message 9: its date is 2004-01-02T03:04:05Z, not 2004-01-02T02:04:05Z"}},
		{"the folder", func(b *bench) { b.sink.Delete(mail.Inbox) }, ProofCounts{Seen: 12, Missing: 12}, []string{"folder INBOX: 12", `missing first of an id: folder "INBOX" is not there`}},
		{"all of the folder", func(b *bench) {
			for _, m := range b.sink.Messages(mail.Inbox) {
				b.sink.Drop(mail.Inbox, m.ID)
			}
		}, ProofCounts{Seen: 12, Missing: 12}, []string{"missing message 11: nothing like it"}},
		{"one more", func(b *bench) {
			b.sink.Put(mail.Inbox, memstore.Message{Octets: []byte(letter("x", someDate, "extra"))})
		}, ProofCounts{Seen: 12, Present: 12, Extra: 1}, nil},
		{"flags and keywords more", func(b *bench) { setAt(b.t, b.sink, 3, mail.Seen, 0, "later") }, ProofCounts{Seen: 12, Present: 12}, nil},
		{"unreadable", func(b *bench) {
			id := b.sink.Messages(mail.Inbox)[7].ID
			b.sink.FetchErr = func(asked string) error {
				if asked != id {
					return nil
				}
				return &mail.Error{Op: "fetch", Scope: mail.ScopeMessage, Err: mail.ErrChanged}
			}
		}, ProofCounts{Seen: 12, Present: 11, Differs: 1}, []string{"differs message 7: what is there cannot be read"}},
		{"line ends altered", func(b *bench) {
			m := b.sink.Messages(mail.Inbox)[9]
			b.sink.Drop(mail.Inbox, m.ID)
			m.ID, m.Octets = "", bytes.TrimSuffix(m.Octets, []byte("\r\n"))
			b.sink.Put(mail.Inbox, m)
		}, ProofCounts{Seen: 12, Present: 12, Altered: 1}, nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			b := newBench(t, samples(12)...)
			setAt(t, b.source, 8, mail.Flagged, 0, "work")
			b.mustDo("12 seen = 12 copied + 0 present + 0 duplicate + 0 skipped + 0 failed")
			r := b.receipt()
			test.harm(b)
			p, found := b.audit(r)
			p.Octets = 0
			if p.ProofCounts != test.want {
				t.Errorf("got %+v, want %+v", p.ProofCounts, test.want)
			}
			text := strings.Join(found, "\n")
			for _, says := range test.says {
				if !strings.Contains(text, says) {
					t.Errorf("says %q, want %q", text, says)
				}
			}
			if test.says == nil && text != "" {
				t.Errorf("says %q", text)
			}
		})
	}
}

// A lost connection in an audit costs reading the folder anew, and nothing is told or counted twice.
func TestAuditAfterCuts(t *testing.T) {
	for at := 1; at <= 11; at++ {
		b := newBench(t, samples(12)...)
		b.mustDo("12 seen = 12 copied + 0 present + 0 duplicate + 0 skipped + 0 failed")
		r := b.receipt()
		b.sink.Drop(mail.Inbox, b.sink.Messages(mail.Inbox)[3].ID)
		fetched := 0
		b.sink.FetchErr = func(string) error {
			if fetched++; fetched != at {
				return nil
			}
			return &mail.Error{Op: "fetch", Scope: mail.ScopeStore, Retry: true, Err: errors.New("connection lost")}
		}
		b.run.Retries = 5
		p, found := b.audit(r)
		p.Octets = 0
		if want := (ProofCounts{Seen: 12, Present: 11, Missing: 1}); p.ProofCounts != want || len(found) != 1 || fetched < 11 {
			t.Errorf("cut at %d: got %+v, want %+v: %q", at, p.ProofCounts, want, found)
		}
	}
}

// What the destination altered is stated as the destination has it.
func TestAuditOfAlteringServer(t *testing.T) {
	b := newBench(t, "Subject: a\r\n\r\nbare\nline end\r\n", letter("x", someDate, "x"))
	b.sink.Alter = func(octets []byte) []byte { return bytes.ReplaceAll(octets, []byte("bare\n"), []byte("bare\r\n")) }
	b.mustDo("2 seen = 2 copied + 0 present + 0 duplicate + 0 skipped + 0 failed")
	r := b.receipt()
	if p, found := b.audit(r); p.Present != 2 || p.Altered != 1 || len(found) != 0 {
		t.Errorf("%+v %q", p.ProofCounts, found)
	}
}
