package migrate

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"mailmv/formats/mail"
	"mailmv/migrate/memstore"
)

// What is gone from the sink stays gone until a run is asked to copy it again, and then it is there once.
func TestRefetch(t *testing.T) {
	for _, fleeting := range []bool{false, true} {
		t.Run(fmt.Sprintf("fleeting=%v", fleeting), func(t *testing.T) {
			all := samples(12)
			b := newBench(t, all...)
			b.source.Fleeting = fleeting
			b.mustDo("12 seen = 12 copied + 0 present + 0 duplicate + 0 skipped + 0 failed")
			for _, id := range []string{"2", "6", "11"} {
				b.sink.Drop(mail.Inbox, id)
			}
			b.mustDo("12 seen = 0 copied + 12 present + 0 duplicate + 0 skipped + 0 failed")

			b.run.Refetch, b.run.DryRun = true, true
			b.mustDo("12 seen = 3 copied + 9 present + 0 duplicate + 0 skipped + 0 failed")
			b.run.DryRun = false
			b.mustDo("12 seen = 3 copied + 9 present + 0 duplicate + 0 skipped + 0 failed")
			for _, e := range b.events {
				if e, ok := e.(MessageDone); ok && e.Outcome == Copied && e.Reason != "gone from the destination since" {
					t.Errorf("copied because it is %q", e.Reason)
				}
			}
			slices.Sort(all)
			if got := contents(b.sink); !slices.Equal(got, all) {
				t.Fatalf("got %q, want %q", got, all)
			}
			before := b.source.Fetches
			b.mustDo("12 seen = 0 copied + 12 present + 0 duplicate + 0 skipped + 0 failed")
			if b.source.Fetches != before && !fleeting {
				t.Errorf("with nothing gone %d bodies were read", b.source.Fetches-before)
			}
			b.run.Refetch = false
			b.mustDo("12 seen = 0 copied + 12 present + 0 duplicate + 0 skipped + 0 failed")
		})
	}
}

// What other programs are said to have fetched was left out but for what was copied: that comes again.
func TestRefetchWhatOthersHaveSeen(t *testing.T) {
	b := newBench(t, samples(5)...)
	b.mustDo("5 seen = 5 copied + 0 present + 0 duplicate + 0 skipped + 0 failed")
	b.source.Put(mail.Inbox, memstore.Message{ID: "uidl-6", Octets: []byte(letter("six", someDate, "six"))})
	b.sink.Drop(mail.Inbox, "3")
	b.alter, b.run.Refetch = seenBy("uidl-3", "uidl-6"), true
	b.mustDo("6 seen = 1 copied + 4 present + 0 duplicate + 1 skipped + 0 failed")
}

// What has gone from the source as well can be had from nowhere: that is said.
func TestRefetchTellsWhatIsGoneForGood(t *testing.T) {
	b := newBench(t, samples(5)...)
	b.mustDo("5 seen = 5 copied + 0 present + 0 duplicate + 0 skipped + 0 failed")
	for _, id := range []string{"1", "4", "5"} {
		b.sink.Drop(mail.Inbox, id)
	}
	b.source.Drop(mail.Inbox, "uidl-4")
	b.source.Drop(mail.Inbox, "uidl-5")
	b.run.Refetch = true
	b.mustDo("3 seen = 1 copied + 2 present + 0 duplicate + 0 skipped + 0 failed")
	note := "memory: INBOX: messages copied before that are gone from the destination, and from the source too: 2"
	if !slices.Contains(b.events, Event(Note{note})) {
		t.Errorf("not told: %s", note)
	}
}

// A copy that another program moved within the folder, or put back, is found by its content and not doubled.
func TestRefetchFindsWhatLiesUnderAnotherNumber(t *testing.T) {
	b := newBench(t, samples(5)...)
	b.mustDo("5 seen = 5 copied + 0 present + 0 duplicate + 0 skipped + 0 failed")
	b.sink.Drop(mail.Inbox, "1")
	b.sink.Put(mail.Inbox, memstore.Message{Octets: []byte(samples(1)[0])})
	b.run.Refetch = true
	b.mustDo("5 seen = 0 copied + 5 present + 0 duplicate + 0 skipped + 0 failed")
	if got := len(contents(b.sink)); got != 5 {
		t.Errorf("the sink holds %d, want 5", got)
	}
}

// Of twins one copy stood for several: when it is gone one comes again, and the others are its twins.
func TestRefetchTwins(t *testing.T) {
	b := newPCs(t, 2)
	b.put(0, mail.Inbox, one, mail.Seen)
	b.put(0, mail.Inbox, two, 0)
	b.put(1, mail.Inbox, one, mail.Flagged)
	b.put(1, "Filed", fetched("b", two), mail.Answered)
	b.mustDo("4 seen = 2 copied + 0 present + 2 duplicate + 0 skipped + 0 failed")
	want := everything(t, b.sink)
	b.sink.Drop(mail.Inbox, "1")
	b.sink.Drop("Filed", "1")
	b.mustDo("4 seen = 0 copied + 2 present + 2 duplicate + 0 skipped + 0 failed")
	b.run.Refetch = true
	b.mustDo("4 seen = 2 copied + 0 present + 2 duplicate + 0 skipped + 0 failed")
	b.wantSink(want...)
	b.mustDo("4 seen = 0 copied + 2 present + 2 duplicate + 0 skipped + 0 failed")
	b.wantSink(want...)
}

// TestRefetchCutAtEveryStep cuts runs that copy again.
func TestRefetchCutAtEveryStep(t *testing.T) {
	for _, unnamed := range []bool{false, true} {
		for _, powerCut := range []bool{false, true} {
			name := fmt.Sprintf("UIDPLUS=%v/power=%v", !unnamed, !powerCut)
			t.Run(name, func(t *testing.T) {
				cutEverywhere(t, func() *bench {
					b := newBench(t, samples(11)...)
					b.sink.InFlight, b.sink.Unnamed, b.powerCut = 2, unnamed, powerCut
					b.mustDo("11 seen = 11 copied + 0 present + 0 duplicate + 0 skipped + 0 failed")
					for _, id := range []string{"1", "3", "4", "6", "9"} {
						b.sink.Drop(mail.Inbox, id)
					}
					b.run.Refetch, b.run.Remove.On = true, true
					return b
				})
			})
			t.Run("twins/"+name, func(t *testing.T) {
				cutTwins(t, func() *pcs {
					b := newPCs(t, 2)
					b.sink.Unnamed, b.powerCut = unnamed, powerCut
					for i := range 7 {
						m := letter(fmt.Sprint("n", i), someDate, fmt.Sprint("message ", i))
						b.put(0, mail.Inbox, m, mail.Seen)
						b.put(i%2, "Filed", fetched("b", m), mail.Answered)
					}
					b.mustDo("14 seen = 7 copied + 0 present + 7 duplicate + 0 skipped + 0 failed")
					for _, id := range []string{"1", "3", "4"} {
						b.sink.Drop("Filed", id)
					}
					b.run.Refetch = true
					return b
				})
			})
		}
	}
}

// A folder that rests is listed all the same when what is gone is to come again.
func TestRefetchWakesWhatRests(t *testing.T) {
	b := newPCs(t, 1)
	b.run.Twins = KeepTwins
	for i := range 4 {
		b.put(0, "Work", letter(fmt.Sprint("n", i), someDate, strings.Repeat("x", i)), 0)
	}
	b.mustDo("4 seen = 4 copied + 0 present + 0 duplicate + 0 skipped + 0 failed")
	b.mustDo("4 seen = 0 copied + 4 present + 0 duplicate + 0 skipped + 0 failed")
	b.sink.Drop("Work", "2")
	b.mustDo("4 seen = 0 copied + 4 present + 0 duplicate + 0 skipped + 0 failed")
	b.run.Refetch = true
	b.mustDo("4 seen = 1 copied + 3 present + 0 duplicate + 0 skipped + 0 failed")
}
