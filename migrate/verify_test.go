package migrate

import (
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

// prove verifies the bench's source against its sink and lists the findings that are not "present".
func (b *bench) prove() (Proof, []string) {
	b.t.Helper()
	var found []string
	p, err := b.verify(func(e Verified) {
		if e.Finding != Proven {
			found = append(found, fmt.Sprintf("%s %s: %s", e.Finding, e.Message.Envelope.Subject, e.Reason))
		}
	})
	if err != nil {
		b.t.Fatal(err)
	}
	slices.Sort(found)
	return p, found
}

func (b *bench) verify(told func(Verified)) (Proof, error) {
	return b.proving(told).Verify(b.t.Context())
}

// proving is a run that verifies.
func (b *bench) proving(told func(Verified)) Run {
	b.source.Fuse, b.sink.Fuse = nil, nil
	r := b.run
	r.Sources = []From{{Source: b.source, Name: "memory", ID: "pop3:test@memory"}}
	r.Sink, r.To = b.sink, func(f mail.Folder) mail.Path { return f.Path }
	r.Observe = func(e Event) {
		if b.observe != nil {
			b.observe(e)
		}
		if e, ok := e.(Verified); ok && told != nil {
			told(e)
		}
	}
	return r
}

func TestVerify(t *testing.T) {
	for _, test := range []struct {
		name  string
		harm  func(b *bench)
		want  ProofCounts
		apart Aspects
		says  string
	}{
		{"all is well", func(*bench) {}, ProofCounts{Seen: 12, Present: 12}, 0, ""},
		{"one removed", func(b *bench) { b.sink.Drop(mail.Inbox, "3") }, ProofCounts{Seen: 12, Present: 11, Missing: 1}, 0, "missing first of an id: nothing like it is there"},
		{"one of two twins removed", func(b *bench) { b.sink.Drop(mail.Inbox, "5") }, ProofCounts{Seen: 12, Present: 11, Missing: 1}, 0, "missing twin"},
		{"one octet", func(b *bench) { b.sink.Messages(mail.Inbox)[7].Octets[20] ^= 1 }, ProofCounts{Seen: 12, Present: 11, Differs: 1}, Content, "differs message 7: its octets differ"},
		{"one flag", func(b *bench) { setAt(b.t, b.sink, 8, 0, mail.Flagged) }, ProofCounts{Seen: 12, Present: 11, Differs: 1}, SystemFlags, `differs message 8: without \Flagged`},
		{"one date", func(b *bench) {
			m := b.sink.Messages(mail.Inbox)[9]
			b.sink.Drop(mail.Inbox, m.ID)
			m.ID, m.InternalDate = "", m.InternalDate.Add(time.Hour)
			b.sink.Put(mail.Inbox, m)
		}, ProofCounts{Seen: 12, Present: 11, Differs: 1}, Dates, "differs message 9: its date is 2004-01-02T03:04:05Z, not 2004-01-02T02:04:05Z"},
		{"the folder", func(b *bench) { b.sink.Delete(mail.Inbox) }, ProofCounts{Seen: 12, Missing: 12}, 0, "missing "},
		{"one more", func(b *bench) {
			b.sink.Put(mail.Inbox, memstore.Message{Octets: []byte(letter("x", someDate, "extra"))})
		}, ProofCounts{Seen: 12, Present: 12, Extra: 1}, 0, ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			b := newBench(t, samples(12)...)
			setAt(t, b.source, 8, mail.Flagged, 0)
			b.mustDo("12 seen = 12 copied + 0 present + 0 duplicate + 0 skipped + 0 failed")
			test.harm(b)
			held := len(b.sink.Messages(mail.Inbox))
			got, found := b.prove()
			got.Octets = 0
			if got.ProofCounts != test.want {
				t.Errorf("got %+v, want %+v", got.ProofCounts, test.want)
			}
			if text := strings.Join(found, "\n"); !strings.Contains(text, test.says) || test.says == "" && text != "" {
				t.Errorf("says %q, want %q", text, test.says)
			}
			if got.Apart != test.apart {
				t.Errorf("apart in %b, want %b", got.Apart, test.apart)
			}
			if len(b.sink.Messages(mail.Inbox)) != held {
				t.Error("verify changed the sink")
			}
		})
	}
}

// A proof that breaks off balances: what it did not come to has failed, and that is told.
func TestVerifyBrokenOff(t *testing.T) {
	b := newBench(t, samples(12)...)
	b.mustDo("12 seen = 12 copied + 0 present + 0 duplicate + 0 skipped + 0 failed")
	full := errors.New("receipt: no space left on device")
	ctx, cancel := context.WithCancelCause(t.Context())
	defer cancel(nil)
	var notes []string
	b.observe = func(e Event) {
		if n, ok := e.(Note); ok {
			notes = append(notes, n.Text)
		}
	}
	p, err := b.proving(func(Verified) { cancel(full) }).Verify(ctx)
	if !errors.Is(err, full) || !p.Balanced() || p.Seen != 12 || p.Present == 12 || p.Unread != 12-p.Present || p.Holds() {
		t.Errorf("%+v, %v", p.ProofCounts, err)
	}
	if want := fmt.Sprintf("the run broke off: what it did not come to counts as failed (messages: %d)", p.Unread); !slices.Contains(notes, want) {
		t.Errorf("told %q, want %q", notes, want)
	}
}

// A run over several folders tells each folder's own figures, and a folder that is not there once.
func TestVerifyByFolder(t *testing.T) {
	b := newBench(t, samples(5)...)
	b.sink.Put("Work", memstore.Message{Octets: []byte(letter("beside", someDate, "beside"))})
	for i, s := range samples(8) {
		b.source.Put("Work", memstore.Message{ID: fmt.Sprint("w", i), Octets: []byte(s)})
	}
	b.run.To = func(f mail.Folder) mail.Path { return f.Path }
	b.mustDo("13 seen = 13 copied + 0 present + 0 duplicate + 0 skipped + 0 failed")
	b.sink.Drop("Work", b.sink.Messages("Work")[3].ID)
	for i, s := range samples(3) {
		b.source.Put("Gone", memstore.Message{ID: fmt.Sprint("g", i), Octets: []byte(s)})
	}
	b.source.Put("Empty", memstore.Message{ID: "e"})
	b.source.Drop("Empty", "e")
	var absent []FolderAbsent
	b.observe = func(e Event) {
		if e, ok := e.(FolderAbsent); ok {
			absent = append(absent, e)
		}
	}
	p, found := b.prove()
	want := map[mail.Path]ProofCounts{
		mail.Inbox: {Seen: 5, Present: 5},
		"Work":     {Seen: 8, Present: 7, Missing: 1, Extra: 1},
		"Gone":     {Seen: 3, Missing: 3},
		"Empty":    {},
	}
	for _, f := range p.Folders {
		f.Octets = 0
		if f.ProofCounts != want[f.Folder] || f.Absent != (f.Folder == "Gone" || f.Folder == "Empty") {
			t.Errorf("%s: got %+v, want %+v", f.Folder, f, want[f.Folder])
		}
	}
	if len(p.Folders) != 4 || p.Seen != 16 || p.Missing != 4 || p.Extra != 1 {
		t.Errorf("in total %+v", p)
	}
	if len(absent) != 2 || absent[0] != (FolderAbsent{"memory", "Empty", "Empty", 0}) || absent[1] != (FolderAbsent{"memory", "Gone", "Gone", 3}) {
		t.Errorf("absent: %+v", absent)
	}
	if text := strings.Join(found, "\n"); strings.Count(text, `folder "Gone" is not there`) != 3 {
		t.Errorf("says %q", text)
	}
}

// Keywords count in any case; one that the destination cannot hold at all is said to be of that kind.
func TestVerifyKeywords(t *testing.T) {
	b := newBench(t, samples(9)...)
	b.mustDo("9 seen = 9 copied + 0 present + 0 duplicate + 0 skipped + 0 failed")
	setAt(t, b.source, 0, 0, 0, "Work", "$Forwarded")
	setAt(t, b.sink, 0, 0, 0, "$forwarded", "WORK", "more")
	setAt(t, b.source, 7, 0, 0, "work", "urgent")
	setAt(t, b.sink, 7, 0, 0, "urgent")
	setAt(t, b.source, 8, mail.Flagged, 0, "work", "a b")
	b.sink.Unkeeps = []string{"a b"}
	_, found := b.prove()
	want := []string{
		`differs message 7: without keyword "work"`,
		`differs message 8: without \Flagged, without keyword "work", without keyword "a b", which the destination cannot hold`,
	}
	if !slices.Equal(found, want) {
		t.Errorf("got %q, want %q", found, want)
	}
	b.run.Ignore = SystemFlags | Keywords
	if p, found := b.prove(); !p.Holds() || p.Present != 9 {
		t.Errorf("ignored: %+v %q", p, found)
	}
}

// Of two honest twins each is held against the copy that has its date and flags, in whatever order they lie there.
func TestVerifyTwins(t *testing.T) {
	twin := []byte(letter("twin", someDate, "twin"))
	day := time.Date(2001, 2, 3, 4, 5, 6, 0, time.UTC)
	put := func(s *memstore.Store, days ...int) {
		for _, d := range days {
			s.Put(mail.Inbox, memstore.Message{Octets: twin, InternalDate: day.AddDate(0, 0, min(d, 10)), Flags: mail.Flags(max(d, 10) - 10)})
		}
	}
	for _, test := range []struct {
		name         string
		source, sink []int
		want         ProofCounts
	}{
		{"another order", []int{1, 2, 3, 4, 5, 6, 7}, []int{4, 7, 3, 1, 6, 5, 2}, ProofCounts{Seen: 7, Present: 7}},
		{"one date moved", []int{1, 2, 3, 4, 5, 6, 7}, []int{9, 4, 3, 1, 6, 5, 2}, ProofCounts{Seen: 7, Present: 6, Differs: 1}},
		{"one second, other flags", []int{10, 11}, []int{11, 10}, ProofCounts{Seen: 2, Present: 2}},
		{"the first is gone", []int{1, 2, 3, 4, 5}, []int{4, 3, 5, 2}, ProofCounts{Seen: 5, Present: 4, Missing: 1}},
	} {
		t.Run(test.name, func(t *testing.T) {
			b := newBench(t)
			put(b.source, test.source...)
			put(b.sink, test.sink...)
			p, found := b.prove()
			p.Octets = 0
			if p.ProofCounts != test.want {
				t.Errorf("got %+v, want %+v: %q", p.ProofCounts, test.want, found)
			}
		})
	}
}

// A date that the source does not keep is found in the header, which was written some seconds before the server stored
// the message; a wrong zone is still seen.
func TestVerifyDatesFromHeaders(t *testing.T) {
	received := time.Date(2004, 1, 2, 2, 4, 5, 0, time.UTC)
	for _, test := range []struct {
		octets string
		kept   time.Time
		want   Finding
	}{
		{letter("x", someDate, "x"), received, Proven},
		{letter("x", someDate, "x"), received.Add(20 * time.Second), Proven},
		{letter("x", someDate, "x"), received.Add(-time.Hour), Differs},
		{letter("x", someDate, "x"), received.AddDate(20, 0, 0), Differs},
		{letter("x", "", "undated"), received, Proven},
	} {
		b := newBench(t, test.octets)
		b.sink.Put(mail.Inbox, memstore.Message{Octets: []byte(test.octets), InternalDate: test.kept})
		p, found := b.prove()
		if got := p.Present == 1; got != (test.want == Proven) {
			t.Errorf("kept %s: %+v %q", test.kept, p.ProofCounts, found)
		}
	}
}

// What cannot be read at the destination is not proven, and the reason is told.
func TestVerifyUnreadable(t *testing.T) {
	b := newBench(t, samples(9)...)
	b.mustDo("9 seen = 9 copied + 0 present + 0 duplicate + 0 skipped + 0 failed")
	rotten := b.sink.Messages(mail.Inbox)[7].ID
	b.sink.FetchErr = func(id string) error {
		if id != rotten {
			return nil
		}
		return &mail.Error{Op: "fetch", Ref: mail.Ref{ID: id}, Scope: mail.ScopeMessage, Err: mail.ErrChanged}
	}
	p, found := b.prove()
	if p.Present != 8 || p.Differs != 1 || len(found) != 1 || !strings.Contains(found[0], "what is there cannot be read") {
		t.Errorf("%+v %q", p.ProofCounts, found)
	}
}

// A lost connection at either end does not make a proof forget, nor count twice.
func TestVerifyAfterCuts(t *testing.T) {
	for _, end := range []string{"source", "sink"} {
		for at := 1; at <= 12; at++ {
			t.Run(fmt.Sprint(end, at), func(t *testing.T) {
				b := newBench(t, samples(12)...)
				b.mustDo("12 seen = 12 copied + 0 present + 0 duplicate + 0 skipped + 0 failed")
				b.sink.Drop(mail.Inbox, b.sink.Messages(mail.Inbox)[3].ID)
				b.sink.Messages(mail.Inbox)[8].Octets[20] ^= 1
				store, fetched := map[string]*memstore.Store{"source": b.source, "sink": b.sink}[end], 0
				store.FetchErr = func(string) error {
					if fetched++; fetched != at {
						return nil
					}
					return &mail.Error{Op: "fetch", Scope: mail.ScopeStore, Retry: true, Err: errors.New("connection lost")}
				}
				b.run.Retries = 5
				p, found := b.prove()
				p.Octets = 0
				if want := (ProofCounts{Seen: 12, Present: 10, Missing: 1, Differs: 1}); p.ProofCounts != want || len(found) != 2 {
					t.Errorf("got %+v, want %+v: %q", p.ProofCounts, want, found)
				}
			})
		}
	}
}

// A maildrop whose messages have no lasting names cannot be gone on with on a new connection: no proof, and no wrong one.
func TestVerifyFleetingAfterCut(t *testing.T) {
	b := newBench(t, samples(12)...)
	b.mustDo("12 seen = 12 copied + 0 present + 0 duplicate + 0 skipped + 0 failed")
	b.source.Fleeting, b.run.Retries = true, 5
	fetched := 0
	b.source.FetchErr = func(string) error {
		if fetched++; fetched != 7 {
			return nil
		}
		return &mail.Error{Op: "fetch", Scope: mail.ScopeStore, Retry: true, Err: errors.New("connection lost")}
	}
	if _, err := b.verify(nil); !errors.Is(err, errNoResuming) {
		t.Errorf("got %v", err)
	}
}
