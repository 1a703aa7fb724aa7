package migrate

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"mailmv/formats/mail"
	"mailmv/migrate/memstore"
)

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

// A source that tells other sizes than its messages have is not read again and again.
func TestTwinsOfOddSizes(t *testing.T) {
	b := newPCs(t, 2)
	b.put(0, mail.Inbox, one, 0)
	b.put(1, mail.Inbox, fetched("b", one), 0)
	b.mustDo("2 seen = 1 copied + 0 present + 1 duplicate + 0 skipped + 0 failed")
	b.sources[1].Announce = func(octets int64) int64 { return octets + 3 }
	b.mustDo("2 seen = 0 copied + 1 present + 1 duplicate + 0 skipped + 0 failed")
	before := b.sources[1].Fetches
	b.mustDo("2 seen = 0 copied + 1 present + 1 duplicate + 0 skipped + 0 failed")
	if got := b.sources[1].Fetches - before; got != 0 {
		t.Errorf("%d bodies read for nothing", got)
	}
}

// More changes of flags than wait at once.
func TestTwinsWithManyFlags(t *testing.T) {
	b := newPCs(t, 2)
	n := flagsAtOnce + 50
	for i := range n {
		m := letter(fmt.Sprint("n", i), someDate, fmt.Sprint("message ", i))
		b.put(0, "Work", m, 0)
		b.put(1, mail.Inbox, m, mail.Seen)
	}
	rep := b.mustDo(fmt.Sprintf("%d seen = %d copied + 0 present + %d duplicate + 0 skipped + 0 failed", 2*n, n, n))
	if rep.Flagged != n {
		t.Errorf("%d changed, want %d", rep.Flagged, n)
	}
	for _, m := range b.sink.Messages("Work") {
		if m.Flags != mail.Seen {
			t.Fatalf("%s has flags %v", m.ID, m.Flags)
		}
	}
	if rep := b.mustDo(fmt.Sprintf("%d seen = 0 copied + %d present + %d duplicate + 0 skipped + 0 failed", 2*n, n, n)); rep.Flagged != 0 {
		t.Errorf("%d changed again", rep.Flagged)
	}
}

// Verify takes a copy in any folder where twins were dropped, and misses the flags that it lacks.
func TestTwinsVerified(t *testing.T) {
	b := newPCs(t, 2)
	b.put(0, "Filed", one, mail.Seen)
	b.put(0, "Filed", two, 0)
	b.put(1, mail.Inbox, fetched("b", one), mail.Flagged, "work")
	b.put(1, "Only there", thunderbird(0, two), 0)
	b.mustDo("4 seen = 2 copied + 0 present + 2 duplicate + 0 skipped + 0 failed")
	verify := b.verify
	if p := verify(DropTwins); p.Present != 4 || !p.Holds() {
		t.Errorf("%+v, want all to be present", p.ProofCounts)
	}
	if p := verify(KeepTwins); p.Present != 2 || p.Missing != 2 {
		t.Errorf("%+v, want what is elsewhere to be missing", p.ProofCounts)
	}
	setAt(t, b.sources[1], 0, mail.Answered, 0)
	if p := verify(DropTwins); p.Present != 3 || p.Differs != 1 {
		t.Errorf("%+v, want one that lacks a flag", p.ProofCounts)
	}
	b.sink.Drop("Filed", "1")
	if p := verify(DropTwins); p.Present != 2 || p.Missing != 2 {
		t.Errorf("%+v, want both missing of which the copy is gone", p.ProofCounts)
	}
}

// Two sources whose messages have the same names are two.
func TestVerifySeveralSources(t *testing.T) {
	b := newPCs(t, 2)
	b.run.Twins = KeepTwins
	b.put(0, mail.Inbox, one, 0)
	b.put(1, mail.Inbox, two, 0)
	b.sink.Put(mail.Inbox, memstore.Message{Octets: []byte(one)})
	r := Run{Sink: b.sink, Retries: -1, To: func(f mail.Folder) mail.Path { return f.Path }}
	for _, s := range b.sources {
		r.Sources = append(r.Sources, From{Source: s, Name: "x", ID: fmt.Sprintf("%p", s)})
	}
	if p, err := r.Verify(t.Context()); err != nil || p.Seen != 2 || p.Present != 1 || p.Missing != 1 {
		t.Errorf("%+v, %v, want one of two missing", p.ProofCounts, err)
	}
}
