package migrate

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"mailmv/formats/mail"
	"mailmv/migrate/memstore"
)

// prove verifies the bench's source against its sink and lists the findings that are not "present".
func (b *bench) prove() (Proof, []string) {
	b.t.Helper()
	b.source.Fuse, b.sink.Fuse = nil, nil
	r := b.run
	r.Sources = []From{{Source: b.source, Name: "memory", ID: "pop3:test@memory"}}
	r.Sink, r.To = b.sink, func(f mail.Folder) mail.Path { return f.Path }
	var found []string
	r.Observe = func(e Event) {
		if e, ok := e.(Verified); ok && e.Finding != Proven {
			found = append(found, fmt.Sprintf("%s %s: %s", e.Finding, e.Message.Envelope.Subject, e.Reason))
		}
	}
	p, err := r.Verify(b.t.Context())
	if err != nil {
		b.t.Fatal(err)
	}
	slices.Sort(found)
	return p, found
}

func TestVerify(t *testing.T) {
	for _, test := range []struct {
		name string
		harm func(b *bench)
		want Proof
		says string
	}{
		{"all is well", func(*bench) {}, Proof{Seen: 12, Present: 12}, ""},
		{"one removed", func(b *bench) { b.sink.Drop(mail.Inbox, "3") }, Proof{Seen: 12, Present: 11, Missing: 1}, "missing first of an id: nothing like it is there"},
		{"one of two twins removed", func(b *bench) { b.sink.Drop(mail.Inbox, "5") }, Proof{Seen: 12, Present: 11, Missing: 1}, "missing twin"},
		{"one octet", func(b *bench) { b.sink.Messages(mail.Inbox)[7].Octets[20] ^= 1 }, Proof{Seen: 12, Present: 11, Differs: 1}, "differs message 7: its octets differ"},
		{"one flag", func(b *bench) { setAt(b.t, b.sink, 8, 0, mail.Flagged) }, Proof{Seen: 12, Present: 11, Differs: 1}, `differs message 8: without \Flagged`},
		{"one date", func(b *bench) {
			m := b.sink.Messages(mail.Inbox)[9]
			b.sink.Drop(mail.Inbox, m.ID)
			m.ID, m.InternalDate = "", m.InternalDate.Add(time.Hour)
			b.sink.Put(mail.Inbox, m)
		}, Proof{Seen: 12, Present: 11, Differs: 1}, "differs message 9: its date is 2004-01-02T03:04:05Z, not 2004-01-02T02:04:05Z"},
		{"the folder", func(b *bench) { b.sink.Delete(mail.Inbox) }, Proof{Seen: 12, Missing: 12}, "missing "},
		{"one more", func(b *bench) {
			b.sink.Put(mail.Inbox, memstore.Message{Octets: []byte(letter("x", someDate, "extra"))})
		}, Proof{Seen: 12, Present: 12, Extra: 1}, ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			b := newBench(t, samples(12)...)
			setAt(t, b.source, 8, mail.Flagged, 0)
			b.mustDo("12 seen = 12 copied + 0 present + 0 duplicate + 0 skipped + 0 failed")
			test.harm(b)
			held := len(b.sink.Messages(mail.Inbox))
			got, found := b.prove()
			got.Elapsed = 0
			if got != test.want {
				t.Errorf("got %+v, want %+v", got, test.want)
			}
			if text := strings.Join(found, "\n"); !strings.Contains(text, test.says) || test.says == "" && text != "" {
				t.Errorf("says %q, want %q", text, test.says)
			}
			if len(b.sink.Messages(mail.Inbox)) != held {
				t.Error("verify changed the sink")
			}
		})
	}
}
