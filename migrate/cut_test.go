package migrate

import (
	"fmt"
	"slices"
	"testing"

	"mailmv/formats/mail"
	"mailmv/migrate/memstore"
)

// TestCutAtEveryStep counts the side effects of a run and cuts a run before and after each of them:
// a resumed run ends where an uncut one does, and a third has nothing to do. Nothing is lost, nothing
// is there twice, also when the disk loses what was not synced.
func TestCutAtEveryStep(t *testing.T) {
	for _, jobs := range []int{1, 4} {
		for _, unnamed := range []bool{false, true} {
			for _, atomic := range []bool{false, true} {
				for _, powerCut := range []bool{false, true} {
					name := fmt.Sprintf("jobs=%d/UIDPLUS=%v/MULTIAPPEND=%v/power=%v", jobs, !unnamed, atomic, !powerCut)
					t.Run(name, func(t *testing.T) {
						cutEverywhere(t, func() *bench {
							b := newBench(t, samples(11)...)
							b.sink.InFlight, b.sink.Unnamed, b.sink.Atomic, b.powerCut = jobs, unnamed, atomic, powerCut
							b.sink.Put(mail.Inbox, memstore.Message{Octets: []byte(samples(1)[0])})
							b.sink.Put(mail.Inbox, memstore.Message{Octets: []byte(letter("foreign", someDate, "foreign"))})
							b.run.Remove.On = true
							return b
						})
					})
				}
			}
		}
	}
}

func cutEverywhere(t *testing.T, fresh func() *bench) {
	whole := fresh()
	counter := memstore.NewFuse(0, false)
	if _, err := whole.do(counter); err != nil {
		t.Fatal(err)
	}
	want := contents(whole.sink)
	if len(whole.source.Messages(mail.Inbox)) != 0 {
		t.Fatal("the uncut run left mail on the source")
	}
	// How many syncs there are depends on how they fall together, so a few steps more.
	for step := 1; step <= counter.Steps()+3; step++ {
		for _, after := range []bool{false, true} {
			b := fresh()
			rep, err := b.do(memstore.NewFuse(step, after))
			if !rep.Balanced() {
				t.Fatalf("step %d, after %v: %v does not balance", step, after, rep.Counts)
			}
			held := append(contents(b.sink), contents(b.source)...)
			for _, m := range want {
				if !slices.Contains(held, m) {
					t.Fatalf("step %d, after %v: lost after the cut (%v): %q", step, after, err, m)
				}
			}
			if _, err := b.do(nil); err != nil {
				t.Fatalf("step %d, after %v: resumed: %v", step, after, err)
			}
			if got := contents(b.sink); !slices.Equal(got, want) {
				t.Fatalf("step %d, after %v: got %q\nwant %q", step, after, got, want)
			}
			rep, err = b.do(nil)
			if err != nil || rep.Copied != 0 || rep.Removed != 0 || rep.Seen != len(b.source.Messages(mail.Inbox)) {
				t.Fatalf("step %d, after %v: third run: %v, removed %d, %v", step, after, rep.Counts, rep.Removed, err)
			}
		}
	}
}

// TestLostAnswersInOneRun: a connection that breaks after each batch is taken up again by the same run.
func TestLostAnswersInOneRun(t *testing.T) {
	for step := 1; step < 30; step++ {
		for _, after := range []bool{false, true} {
			b := newBench(t, samples(11)...)
			b.run.Retries = 3
			b.sink.InFlight = 2
			fuse := memstore.NewFuse(step, after)
			b.sink.Fuse = fuse
			b.run.Pause = nil
			rep, err := b.doMended(fuse)
			if err != nil || rep.Counts.String() != "11 seen = 11 copied + 0 present + 0 duplicate + 0 skipped + 0 failed" {
				t.Fatalf("step %d, after %v: %v, %v", step, after, rep.Counts, err)
			}
			if got := len(b.sink.Messages(mail.Inbox)); got != 11 {
				t.Fatalf("step %d, after %v: sink holds %d", step, after, got)
			}
			done := 0
			for _, e := range b.events {
				if e, ok := e.(MessageDone); ok && e.Outcome == Copied {
					done++
				}
			}
			if done != 11 {
				t.Fatalf("step %d, after %v: told of %d messages", step, after, done)
			}
		}
	}
}
