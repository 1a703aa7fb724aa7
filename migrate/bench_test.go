package migrate

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"mailmv/formats/mail"
	"mailmv/migrate/memstore"
)

// bench is both ends and a journal in memory, kept over several runs.
type bench struct {
	t        *testing.T
	source   *memstore.Store
	sink     *memstore.Store
	file     *memstore.File
	run      Run
	events   []Event
	observe  func(Event) // of verify
	powerCut bool
	alter    func(*Run) // what one run has besides
}

func newBench(t *testing.T, octets ...string) *bench {
	b := &bench{t: t, source: &memstore.Store{}, sink: &memstore.Store{InFlight: 1}, file: memstore.NewFile(nil, nil)}
	for i, o := range octets {
		b.source.Put(mail.Inbox, memstore.Message{ID: fmt.Sprintf("uidl-%d", i+1), Octets: []byte(o)})
	}
	b.run = Run{Retries: -1, Remove: Removal{LimitPercent: -1}, Pause: func(context.Context, time.Duration) error { return nil }}
	return b
}

// do makes one run with the fuse in all three places.
func (b *bench) do(fuse *memstore.Fuse) (Report, error) {
	b.t.Helper()
	b.source.Fuse, b.sink.Fuse = fuse, fuse
	data := b.file.Data(b.powerCut)
	b.file = memstore.NewFile(data, fuse)
	j := newJournal()
	whole, err := j.load(bytes.NewReader(data), sinkID)
	if err != nil {
		b.t.Fatal(err)
	}
	if len(j.damage) > 0 {
		b.t.Fatalf("journal damaged: %q", j.damage)
	}
	if whole != int64(len(data)) {
		b.t.Fatalf("journal torn: %d of %d octets", whole, len(data))
	}
	j.file = b.file
	if whole == 0 {
		if err := j.start(sinkID); err != nil {
			return Report{}, err
		}
	}
	b.events = nil
	r := b.run
	r.Sources = []From{{Source: b.source, Name: "memory", ID: "pop3:test@memory"}}
	r.Sink, r.Journal = b.sink, j
	if r.To == nil {
		r.To = func(mail.Folder) mail.Path { return mail.Inbox }
	}
	r.Observe = func(e Event) { b.events = append(b.events, e) }
	if b.alter != nil {
		b.alter(&r)
	}
	rep, err := r.Do(b.t.Context())
	return rep, errors.Join(err, j.Close())
}

func (b *bench) mustDo(want string) Report {
	b.t.Helper()
	rep, err := b.do(nil)
	if err != nil {
		b.t.Fatalf("run: %v", err)
	}
	if rep.Counts.String() != want {
		b.t.Fatalf("got %v, want %s", rep.Counts, want)
	}
	return rep
}

// contents lists what a folder holds, sorted.
func contents(s *memstore.Store) []string {
	var all []string
	for _, m := range s.Messages(mail.Inbox) {
		all = append(all, string(m.Octets))
	}
	slices.Sort(all)
	return all
}

func letter(id, date, body string) string {
	head := "From: a@example.org\r\nSubject: " + body + "\r\n"
	if id != "" {
		head += "Message-ID: <" + id + "@example.org>\r\n"
	}
	if date != "" {
		head += "Received: from x by y with SMTP; " + date + "\r\n"
	}
	return head + "\r\n" + body + "\r\n"
}

func samples(n int) []string {
	all := []string{
		letter("one", someDate, "one"),
		letter("", someDate, "no id"),
		letter("twice", someDate, "first of an id"),
		letter("twice", someDate, "second of an id"),
		letter("twin", someDate, "twin"),
		letter("twin", someDate, "twin"),
		"no header at all\r\n",
	}
	for i := len(all); i < n; i++ {
		all = append(all, letter(fmt.Sprint("n", i), someDate, fmt.Sprint("message ", i)))
	}
	return all[:n]
}

// doMended makes a run in which only the sink is cut, and is whole again at the next try.
func (b *bench) doMended(fuse *memstore.Fuse) (Report, error) {
	b.run.Pause = func(context.Context, time.Duration) error { b.sink.Fuse = nil; return nil }
	j := newJournal()
	j.file = b.file
	if err := j.start(sinkID); err != nil {
		return Report{}, err
	}
	r := b.run
	r.Sources = []From{{Source: b.source, Name: "memory", ID: "pop3:test@memory"}}
	r.Sink, r.Journal = b.sink, j
	r.To = func(mail.Folder) mail.Path { return mail.Inbox }
	r.Observe = func(e Event) { b.events = append(b.events, e) }
	if b.alter != nil {
		b.alter(&r)
	}
	rep, err := r.Do(b.t.Context())
	return rep, errors.Join(err, j.Close())
}
