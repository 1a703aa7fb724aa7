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
	"mailmv/migrate/memstore"
)

// pcs is several sources into one sink that drops twins, folder onto folder, over several runs.
type pcs struct {
	t        *testing.T
	sources  []*memstore.Store
	sink     *memstore.Store
	file     *memstore.File
	run      Run
	events   []Event
	powerCut bool
}

func newPCs(t *testing.T, n int) *pcs {
	b := &pcs{t: t, sink: &memstore.Store{InFlight: 2}, file: memstore.NewFile(nil, nil)}
	for range n {
		b.sources = append(b.sources, &memstore.Store{})
	}
	b.run = Run{Twins: DropTwins, Retries: -1, Remove: Removal{LimitPercent: -1}, Pause: func(context.Context, time.Duration) error { return nil }}
	return b
}

// put lays a message into a folder of a source, under a UID of its own.
func (b *pcs) put(source int, p mail.Path, octets string, flags mail.Flags, keywords ...string) {
	b.sources[source].Put(p, memstore.Message{Octets: []byte(octets), Flags: flags, Keywords: keywords})
}

// verify proves that all sources are in the sink.
func (b *pcs) verify(twins Twins) Proof {
	b.t.Helper()
	r := Run{Sink: b.sink, Twins: twins, Retries: -1, To: func(f mail.Folder) mail.Path { return f.Path }}
	for i, s := range b.sources {
		r.Sources = append(r.Sources, From{Source: s, Name: fmt.Sprintf("pc%d", i+1), ID: fmt.Sprintf("pc%d", i+1)})
	}
	p, err := r.Verify(b.t.Context())
	if err != nil {
		b.t.Fatal(err)
	}
	return p
}

func (b *pcs) do(fuse *memstore.Fuse) (Report, error) {
	b.t.Helper()
	r := b.run
	for i, s := range b.sources {
		s.Fuse = fuse
		r.Sources = append(r.Sources, From{Source: s, Name: fmt.Sprintf("pc%d", i+1), ID: fmt.Sprintf("pc%d", i+1)})
	}
	b.sink.Fuse = fuse
	data := b.file.Data(b.powerCut)
	b.file = memstore.NewFile(data, fuse)
	j := newJournal()
	if _, err := j.load(bytes.NewReader(data), sinkID); err != nil || len(j.damage) > 0 {
		b.t.Fatalf("journal: %v, %q", err, j.damage)
	}
	j.file = b.file
	if len(data) == 0 {
		if err := j.start(sinkID); err != nil {
			return Report{}, err
		}
	}
	b.events = nil
	r.Sink, r.Journal = b.sink, j
	r.To = func(f mail.Folder) mail.Path { return f.Path }
	r.Observe = func(e Event) { b.events = append(b.events, e) }
	rep, err := r.Do(b.t.Context())
	return rep, errors.Join(err, j.Close())
}

func (b *pcs) mustDo(want string) Report {
	b.t.Helper()
	rep, err := b.do(nil)
	if err != nil {
		b.t.Fatalf("run: %v", err)
	}
	if rep.Counts.String() != want {
		b.t.Fatalf("got %v, want %s\n%s", rep.Counts, want, b.told())
	}
	return rep
}

func (b *pcs) told() string {
	var s strings.Builder
	for _, e := range b.events {
		if e, ok := e.(MessageDone); ok {
			fmt.Fprintf(&s, "%s %s/%s %v: %s\n", e.Source, e.Message.Folder, e.Message.ID, e.Outcome, e.Reason)
		}
	}
	return s.String()
}

// everything lists what a store holds, each with folder, flags and keywords.
func everything(t *testing.T, s *memstore.Store) []string {
	t.Helper()
	s.Fuse = nil
	folders, err := s.Folders(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for _, f := range folders {
		for _, m := range s.Messages(f.Path) {
			all = append(all, fmt.Sprintf("%s: %v %q %s", f.Path, m.Flags, m.Keywords, m.Octets))
		}
	}
	slices.Sort(all)
	return all
}

func (b *pcs) wantSink(want ...string) {
	b.t.Helper()
	slices.Sort(want)
	if got := everything(b.t, b.sink); !slices.Equal(got, want) {
		b.t.Fatalf("the sink holds\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

// fetched is a message as another program keeps it that has fetched it.
func fetched(by, octets string) string {
	return "Received: from pop.example.org by " + by + " with POP3 (fetchmail-6.4.37); Sat, 1 Jan 2005 12:00:00 +0000 (UTC)\r\n" + octets
}

func thunderbird(status int, octets string) string {
	return fmt.Sprintf("X-Account-Key: account1\r\nX-UIDL: 0001\r\nX-Mozilla-Status: %04x\r\nX-Mozilla-Status2: 00000000\r\nX-Mozilla-Keys: %80s\r\n", status, "") + octets
}

var one, two, three = letter("one", someDate, "one"), letter("two", someDate, "two"), letter("three", someDate, "three")
