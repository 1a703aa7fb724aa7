package migrate

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"iter"
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

func TestTwinsOfThreePCs(t *testing.T) {
	b := newPCs(t, 3)
	b.put(0, mail.Inbox, one, mail.Seen)
	b.put(0, mail.Inbox, two, 0)
	b.put(0, mail.Inbox, letter("only", someDate, "only on the first"), 0)
	b.put(1, mail.Inbox, fetched("b", one), mail.Flagged|mail.Deleted, "work")
	b.put(1, "Filed/2004", fetched("b", two), 0)
	b.put(2, mail.Inbox, thunderbird(1, two), mail.Seen|mail.Answered, "$Forwarded")
	b.put(2, "Trash", thunderbird(1, letter("only", someDate, "only on the first")), mail.Seen)
	b.put(2, "Trash", three, 0)
	want := []string{
		fmt.Sprintf("INBOX: %v %q %s", mail.Seen|mail.Flagged, []string{"work"}, one),
		fmt.Sprintf("INBOX: %v %q %s", mail.Seen, []string(nil), letter("only", someDate, "only on the first")),
		fmt.Sprintf("Filed/2004: %v %q %s", mail.Seen|mail.Answered, []string{"$Forwarded"}, fetched("b", two)),
		fmt.Sprintf("Trash: %v %q %s", mail.Flags(0), []string(nil), three),
	}

	b.run.DryRun = true
	b.mustDo("8 seen = 4 copied + 0 present + 4 duplicate + 0 skipped + 0 failed")
	b.wantSink()
	b.run.DryRun = false
	b.mustDo("8 seen = 4 copied + 0 present + 4 duplicate + 0 skipped + 0 failed")
	b.wantSink(want...)

	fetches := func() (n int) {
		for _, s := range append(b.sources, b.sink) {
			n += s.Fetches
		}
		return n
	}
	before := fetches()
	if rep := b.mustDo("8 seen = 0 copied + 4 present + 4 duplicate + 0 skipped + 0 failed"); rep.Flagged != 0 || fetches() != before {
		t.Errorf("a second run changed flags of %d and read %d bodies", rep.Flagged, fetches()-before)
	}
	b.wantSink(want...)

	// One more PC, and a journal that is lost: by content it comes to the same.
	b.file = memstore.NewFile(nil, nil)
	b.sources = append(b.sources, &memstore.Store{})
	b.put(3, mail.Inbox, one, 0)
	b.put(3, "Other", thunderbird(1, letter("only", someDate, "only on the first")), mail.Answered)
	b.mustDo("10 seen = 0 copied + 4 present + 6 duplicate + 0 skipped + 0 failed")
	want[1] = fmt.Sprintf("INBOX: %v %q %s", mail.Seen|mail.Answered, []string(nil), letter("only", someDate, "only on the first"))
	b.wantSink(want...)

	b.run.Twins = KeepTwins // twins are not copied, says a run that was not asked for all of them
	b.mustDo("10 seen = 6 copied + 4 present + 0 duplicate + 0 skipped + 0 failed")
	b.mustDo("10 seen = 0 copied + 10 present + 0 duplicate + 0 skipped + 0 failed")
	b.run.Twins = DropTwins
	b.mustDo("10 seen = 0 copied + 10 present + 0 duplicate + 0 skipped + 0 failed")
}

// Changes of a twin's flags come after, and only what it adds.
func TestTwinsFlagsFollow(t *testing.T) {
	b := newPCs(t, 2)
	b.put(0, mail.Inbox, one, mail.Seen)
	b.put(1, mail.Inbox, one, mail.Seen)
	b.mustDo("2 seen = 1 copied + 0 present + 1 duplicate + 0 skipped + 0 failed")
	setAt(t, b.sources[1], 0, mail.Flagged, mail.Seen, "late")
	if rep := b.mustDo("2 seen = 0 copied + 1 present + 1 duplicate + 0 skipped + 0 failed"); rep.Flagged != 1 {
		t.Errorf("%d changed, want 1", rep.Flagged)
	}
	b.wantSink(fmt.Sprintf("INBOX: %v %q %s", mail.Seen|mail.Flagged, []string{"late"}, one))
	b.run.KeepFlags = true
	setAt(t, b.sources[1], 0, mail.Answered, 0)
	if rep := b.mustDo("2 seen = 0 copied + 1 present + 1 duplicate + 0 skipped + 0 failed"); rep.Flagged != 0 {
		t.Errorf("%d changed though flags are to be kept", rep.Flagged)
	}
}

// What is near is not the same.
func TestTwinsAreNotKin(t *testing.T) {
	b := newPCs(t, 2)
	b.put(0, mail.Inbox, letter("bulk", someDate, "Hello"), 0)
	b.put(0, mail.Inbox, "From: a@example.org\r\n\r\nnothing proves one delivery\r\n", 0)
	b.put(0, mail.Inbox, "Delivered-To: me@example.org\r\n"+two, 0)
	b.put(1, mail.Inbox, strings.Replace(letter("bulk", someDate, "Hello"), "\r\n\r\nHello", "\r\n\r\nHello Bob", 1), 0)
	b.put(1, mail.Inbox, "Status: RO\r\nFrom: a@example.org\r\n\r\nnothing proves one delivery\r\n", 0)
	b.put(1, mail.Inbox, "Delivered-To: you@example.org\r\n"+two, 0)
	b.mustDo("6 seen = 6 copied + 0 present + 0 duplicate + 0 skipped + 0 failed")
}

// Twins of one folder come while their twin is still under way; what comes to nothing stands for nothing.
func TestTwinsUnderWay(t *testing.T) {
	for _, unnamed := range []bool{false, true} {
		for _, refused := range []bool{false, true} {
			t.Run(fmt.Sprintf("unnamed=%v/refused=%v", unnamed, refused), func(t *testing.T) {
				b := newPCs(t, 1)
				b.sink.InFlight, b.sink.Unnamed = 4, unnamed
				for i := range 40 {
					b.put(0, mail.Inbox, letter(fmt.Sprint("n", i/2), someDate, fmt.Sprint("message ", i/2)), 0)
				}
				want := "40 seen = 20 copied + 0 present + 20 duplicate + 0 skipped + 0 failed"
				if refused {
					b.sink.Refuse = func(p mail.Parcel) error {
						if p.ID == "7" {
							return &mail.Error{Op: "append", Ref: p.Ref, Scope: mail.ScopeMessage, Err: errors.New("NO, not this one")}
						}
						return nil
					}
					want = "40 seen = 20 copied + 0 present + 19 duplicate + 0 skipped + 1 failed"
				}
				rep, err := b.do(nil)
				if (err != nil) != refused || rep.Counts.String() != want {
					t.Fatalf("got %v, %v, want %s\n%s", rep.Counts, err, want, b.told())
				}
				if got := len(b.sink.Messages(mail.Inbox)); got != 20 {
					t.Errorf("the sink holds %d, want 20", got)
				}
			})
		}
	}
}

// What is in the sink already is found in any folder, by its content; of its bodies only those are read that may be meant.
func TestTwinsThatWereThere(t *testing.T) {
	b := newPCs(t, 1)
	b.sink.Put("Old/2004", memstore.Message{Octets: []byte(fetched("old", one))})
	b.sink.Put("Old/2004", memstore.Message{Octets: []byte(two), Flags: mail.Deleted})
	b.sink.Put("Trash", memstore.Message{Octets: []byte(three)})
	for i := range 20 {
		b.sink.Put("Old/2004", memstore.Message{Octets: []byte(letter(fmt.Sprint("foreign", i), someDate, "x"))})
	}
	b.put(0, mail.Inbox, one, mail.Seen)
	b.put(0, mail.Inbox, two, 0)
	b.put(0, mail.Inbox, three, 0)
	b.put(0, "Junk", letter("spam", someDate, "spam"), 0)
	b.put(0, "Trash", "X-UIDL: 7\r\n"+three, 0)
	b.mustDo("5 seen = 3 copied + 1 present + 1 duplicate + 0 skipped + 0 failed")
	if b.sink.Fetches > 3 {
		t.Errorf("read %d bodies of the sink", b.sink.Fetches)
	}
	if got := b.sink.Messages("Old/2004")[0].Flags; got != mail.Seen {
		t.Errorf("the copy that was there has flags %v", got)
	}
	// Its folder is made anew: nothing there stands for anything now.
	b.sink.Delete("Old/2004")
	b.mustDo("5 seen = 1 copied + 4 present + 0 duplicate + 0 skipped + 0 failed")
}

// Source and sink are one account, and it is known or not: what is to be moved stands for nothing that is moved too.
func TestTwinsWithinOneAccount(t *testing.T) {
	for _, id := range []string{sinkID, "imap:alias@memory"} {
		t.Run(id, func(t *testing.T) {
			box := &memstore.Store{InFlight: 2}
			for _, o := range []string{one, two, two} {
				box.Put("From", memstore.Message{Octets: []byte(o)})
			}
			box.Put("Old", memstore.Message{Octets: []byte("X-UIDL: 7\r\n" + one)})
			j := newJournal()
			j.file = memstore.NewFile(nil, nil)
			if err := j.start(sinkID); err != nil {
				t.Fatal(err)
			}
			run := Run{Sources: []From{{Source: otherUIDs{box}, Name: "me", ID: id}}, Sink: box, Journal: j, Retries: -1, Twins: DropTwins,
				Want: func(f mail.Folder) bool { return f.Path == "From" }, To: func(mail.Folder) mail.Path { return "To" },
				Remove: Removal{On: true, LimitPercent: -1}}
			rep, err := run.Do(t.Context())
			known := id == sinkID
			if known != (err == nil) || !known && !errors.Is(err, errOneMailbox) {
				t.Errorf("%v, %v", rep.Counts, err)
			}
			if want := "3 seen = 1 copied + 0 present + 2 duplicate + 0 skipped + 0 failed"; known && rep.Counts.String() != want {
				t.Errorf("got %v, want %s", rep.Counts, want)
			}
			held := everything(t, box)
			for _, m := range []string{one, two} {
				if !slices.ContainsFunc(held, func(h string) bool { return strings.HasSuffix(h, m) }) {
					t.Errorf("%v; lost %q: %q", rep.Counts, m, held)
				}
			}
		})
	}
}

// otherUIDs shows a store under other names and no generation.
type otherUIDs struct{ *memstore.Store }

func (s otherUIDs) Folders(ctx context.Context) ([]mail.Folder, error) {
	all, err := s.Store.Folders(ctx)
	for i := range all {
		all[i].Validity, all[i].Next, all[i].ModSeq = 0, 0, 0
	}
	return all, err
}

func (s otherUIDs) List(ctx context.Context, f mail.Folder) iter.Seq2[mail.Message, error] {
	return maildrop{s.Store}.List(ctx, f)
}

func (s otherUIDs) Fetch(ctx context.Context, f mail.Folder, refs []mail.Ref) iter.Seq2[mail.Fetched, error] {
	return maildrop{s.Store}.Fetch(ctx, f, refs)
}

func (s otherUIDs) Remove(ctx context.Context, f mail.Folder, doomed []mail.Doomed) iter.Seq2[mail.Ref, error] {
	return maildrop{s.Store}.Remove(ctx, f, doomed)
}

// A twin is removed from its source if the copy that stands for it has its very octets.
func TestTwinsRemoved(t *testing.T) {
	fresh := func() *pcs {
		b := newPCs(t, 2)
		b.put(0, mail.Inbox, one, 0)
		b.put(0, "Work", two, 0)
		b.put(1, mail.Inbox, one, 0)
		b.put(1, mail.Inbox, one, 0)
		b.put(1, mail.Inbox, two, 0)
		b.put(1, mail.Inbox, thunderbird(0, two), 0)
		b.run.Remove.On = true
		return b
	}
	b := fresh()
	rep := b.mustDo("6 seen = 2 copied + 0 present + 4 duplicate + 0 skipped + 0 failed")
	left := everything(t, b.sources[1])
	if rep.Removed != 5 || len(left) != 1 || !strings.Contains(left[0], "X-Mozilla-Status") {
		t.Errorf("removed %d; left are %q", rep.Removed, left)
	}
	b.run.Remove.AcceptAltered = true
	if rep := b.mustDo("1 seen = 0 copied + 0 present + 1 duplicate + 0 skipped + 0 failed"); rep.Removed != 1 {
		t.Errorf("removed %d, want the last", rep.Removed)
	}
	if got := len(everything(t, b.sink)); got != 2 {
		t.Errorf("the sink holds %d", got)
	}
	// The copy is gone meanwhile: then its twins stay.
	b = fresh()
	b.run.Remove.On = false
	b.mustDo("6 seen = 2 copied + 0 present + 4 duplicate + 0 skipped + 0 failed")
	b.sink.Drop("Work", "1")
	b.run.Remove.On = true
	if rep := b.mustDo("6 seen = 0 copied + 2 present + 4 duplicate + 0 skipped + 0 failed"); rep.Removed != 3 {
		t.Errorf("removed %d, want the three whose copy is there", rep.Removed)
	}
}

// TestTwinsCutAtEveryStep is TestCutAtEveryStep for runs that drop twins, with flags and removals.
func TestTwinsCutAtEveryStep(t *testing.T) {
	for _, unnamed := range []bool{false, true} {
		for _, removes := range []bool{false, true} {
			for _, powerCut := range []bool{false, true} {
				t.Run(fmt.Sprintf("UIDPLUS=%v/remove=%v/power=%v", !unnamed, removes, !powerCut), func(t *testing.T) {
					cutTwins(t, func() *pcs {
						b := newPCs(t, 2)
						b.powerCut, b.sink.Unnamed, b.run.Remove.On, b.run.Remove.AcceptAltered = powerCut, unnamed, removes, true
						for i := range 7 {
							m := letter(fmt.Sprint("n", i), someDate, fmt.Sprint("message ", i))
							b.put(0, mail.Inbox, m, mail.Seen)
							b.put(0, mail.Inbox, m, mail.Flagged)
							if i%2 == 0 {
								b.put(1, "Filed", fetched("b", m), mail.Answered)
							} else {
								b.put(1, mail.Inbox, fetched("b", m), mail.Answered, "work")
							}
						}
						b.sink.Put("Old", memstore.Message{Octets: []byte(letter("n1", someDate, "message 1"))})
						return b
					})
				})
			}
		}
	}
}

func cutTwins(t *testing.T, fresh func() *pcs) {
	whole := fresh()
	counter := memstore.NewFuse(0, false)
	if _, err := whole.do(counter); err != nil {
		t.Fatal(err)
	}
	want := everything(t, whole.sink)
	if len(want) != 7 {
		t.Fatalf("the uncut run ends with %q", want)
	}
	for step := 1; step <= counter.Steps()+3; step++ {
		for _, after := range []bool{false, true} {
			b := fresh()
			rep, err := b.do(memstore.NewFuse(step, after))
			if !rep.Balanced() {
				t.Fatalf("step %d, after %v: %v does not balance", step, after, rep.Counts)
			}
			held := strings.Join(slices.Concat(everything(t, b.sink), everything(t, b.sources[0]), everything(t, b.sources[1])), "\n")
			for i := range 7 {
				if !strings.Contains(held, fmt.Sprintf("\r\n\r\nmessage %d\r\n", i)) {
					t.Fatalf("step %d, after %v: message %d is lost after the cut (%v)", step, after, i, err)
				}
			}
			if _, err := b.do(nil); err != nil {
				t.Fatalf("step %d, after %v: resumed: %v", step, after, err)
			}
			if got := everything(t, b.sink); !slices.Equal(got, want) {
				t.Fatalf("step %d, after %v: got\n%s\nwant\n%s", step, after, strings.Join(got, "\n"), strings.Join(want, "\n"))
			}
			rep, err = b.do(nil)
			if err != nil || rep.Copied != 0 || rep.Removed != 0 || rep.Flagged != 0 {
				t.Fatalf("step %d, after %v: third run: %v, removed %d, flags of %d, %v", step, after, rep.Counts, rep.Removed, rep.Flagged, err)
			}
		}
	}
}
