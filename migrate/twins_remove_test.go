package migrate

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"strings"
	"testing"

	"mailmv/formats/mail"
	"mailmv/migrate/memstore"
)

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
	return maildrop(s).List(ctx, f)
}

func (s otherUIDs) Fetch(ctx context.Context, f mail.Folder, refs []mail.Ref) iter.Seq2[mail.Fetched, error] {
	return maildrop(s).Fetch(ctx, f, refs)
}

func (s otherUIDs) Remove(ctx context.Context, f mail.Folder, doomed []mail.Doomed) iter.Seq2[mail.Ref, error] {
	return maildrop(s).Remove(ctx, f, doomed)
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
