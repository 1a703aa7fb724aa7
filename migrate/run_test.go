package migrate

import (
	"bytes"
	"errors"
	"slices"
	"testing"
	"time"

	"mailmv/formats/mail"
	"mailmv/migrate/memstore"
)

const sinkID = "imap:test@memory"

const someDate = "Fri, 02 Jan 2004 03:04:05 +0100"

func TestCopyThenIdle(t *testing.T) {
	all := samples(12)
	b := newBench(t, all...)
	b.mustDo("12 seen = 12 copied + 0 present + 0 duplicate + 0 skipped + 0 failed")
	slices.Sort(all)
	if got := contents(b.sink); !slices.Equal(got, all) {
		t.Fatalf("got %q, want %q", got, all)
	}
	want := time.Date(2004, 1, 2, 2, 4, 5, 0, time.UTC)
	if got := b.sink.Messages(mail.Inbox)[0].InternalDate; !got.Equal(want) {
		t.Errorf("InternalDate = %v, want %v", got, want)
	}
	fetches, lists := b.source.Fetches, b.sink.Lists
	b.mustDo("12 seen = 0 copied + 12 present + 0 duplicate + 0 skipped + 0 failed")
	if b.source.Fetches != fetches || b.sink.Lists != lists {
		t.Errorf("the idle run fetched %d bodies and listed the sink %d times, want neither", b.source.Fetches-fetches, b.sink.Lists-lists)
	}
	b.source.Put(mail.Inbox, memstore.Message{ID: "late", Octets: []byte(letter("late", someDate, "late"))})
	b.mustDo("13 seen = 1 copied + 12 present + 0 duplicate + 0 skipped + 0 failed")
	if b.source.Fetches != fetches+1 {
		t.Errorf("fetched %d bodies for one new message", b.source.Fetches-fetches)
	}
}

func TestLostJournalFindsByContent(t *testing.T) {
	b := newBench(t, samples(12)...)
	b.mustDo("12 seen = 12 copied + 0 present + 0 duplicate + 0 skipped + 0 failed")
	b.file = memstore.NewFile(nil, nil)
	b.mustDo("12 seen = 0 copied + 12 present + 0 duplicate + 0 skipped + 0 failed")
	b.mustDo("12 seen = 0 copied + 12 present + 0 duplicate + 0 skipped + 0 failed")
	if got := len(b.sink.Messages(mail.Inbox)); got != 12 {
		t.Errorf("sink holds %d messages, want 12", got)
	}
}

// What is in the sink already is found by content, and no more of it is read than may be meant.
func TestPresentAnotherWay(t *testing.T) {
	one, other := letter("one", someDate, "one"), letter("other", someDate, "other")
	b := newBench(t, one, letter("two", someDate, "two"), letter("two", someDate, "six"))
	b.sink.Put(mail.Inbox, memstore.Message{Octets: []byte(other)})
	b.sink.Put(mail.Inbox, memstore.Message{Octets: []byte(one)})
	b.sink.Put(mail.Inbox, memstore.Message{Octets: []byte(letter("two", someDate, "two"))})
	b.mustDo("3 seen = 1 copied + 2 present + 0 duplicate + 0 skipped + 0 failed")
	for _, m := range b.sink.Messages(mail.Inbox) {
		t.Logf("%s", m.Octets)
	}
	if b.sink.Fetches > 3 {
		t.Errorf("read %d bodies of the sink", b.sink.Fetches)
	}
}

func TestTwinsStayTwins(t *testing.T) {
	twin := letter("twin", someDate, "twin")
	b := newBench(t, twin, twin)
	b.sink.Put(mail.Inbox, memstore.Message{Octets: []byte(twin)})
	b.mustDo("2 seen = 1 copied + 1 present + 0 duplicate + 0 skipped + 0 failed")
	b.mustDo("2 seen = 0 copied + 2 present + 0 duplicate + 0 skipped + 0 failed")
	if got := len(b.sink.Messages(mail.Inbox)); got != 2 {
		t.Errorf("sink holds %d, want 2", got)
	}
}

func TestServerAlters(t *testing.T) {
	b := newBench(t, samples(7)...)
	b.source.Put(mail.Inbox, memstore.Message{ID: "bare", Octets: []byte("Subject: x\r\n\r\nbare\nline")})
	b.sink.Alter = func(o []byte) []byte {
		o = bytes.ReplaceAll(o, []byte("\r\n"), []byte("\n"))
		o = bytes.ReplaceAll(o, []byte("\n"), []byte("\r\n"))
		if !bytes.HasSuffix(o, []byte("\r\n")) {
			o = append(o, "\r\n"...)
		}
		return o
	}
	rep := b.mustDo("8 seen = 8 copied + 0 present + 0 duplicate + 0 skipped + 0 failed")
	if rep.Altered != 1 {
		t.Errorf("altered = %d, want 1", rep.Altered)
	}
	b.mustDo("8 seen = 0 copied + 8 present + 0 duplicate + 0 skipped + 0 failed")
	b.run.Remove.On = true
	if rep := b.mustDo("8 seen = 0 copied + 8 present + 0 duplicate + 0 skipped + 0 failed"); rep.Removed != 7 {
		t.Errorf("removed = %d, want 7: the altered one stays", rep.Removed)
	}
	b.run.Remove.AcceptAltered = true
	if rep := b.mustDo("1 seen = 0 copied + 1 present + 0 duplicate + 0 skipped + 0 failed"); rep.Removed != 1 {
		t.Errorf("removed = %d, want 1", rep.Removed)
	}
}

// A server that says OK and keeps half is found out, and its message is neither sent again nor removed.
func TestServerKeepsHalf(t *testing.T) {
	b := newBench(t, samples(5)...)
	b.run.Remove.On = true
	b.sink.Alter = func(o []byte) []byte {
		if bytes.Contains(o, []byte("no id")) {
			return o[:len(o)/2]
		}
		return o
	}
	for range 2 {
		rep, err := b.do(nil)
		if !errors.Is(err, ErrMessages) || rep.Failed != 1 {
			t.Fatalf("got %v and %v, want one failed", rep.Counts, err)
		}
	}
	if got := len(b.sink.Messages(mail.Inbox)); got != 5 {
		t.Errorf("sink holds %d, want 5", got)
	}
	if got := contents(b.source); len(got) != 1 {
		t.Errorf("source holds %d messages, want the one that is not safe", len(got))
	}
}

func TestRefused(t *testing.T) {
	refuse := func(p mail.Parcel) error {
		var o bytes.Buffer
		p.Body.WriteTo(&o)
		if bytes.ContainsRune(o.Bytes(), 0) {
			return &mail.Error{Op: "append", Ref: p.Ref, Scope: mail.ScopeMessage, Err: errors.New("NO NUL characters")}
		}
		return nil
	}
	for _, test := range []struct {
		name   string
		bad    OnBad
		failed int
		copied int
	}{{"skip", SkipBad, 1, 7}, {"repair", RepairBad, 0, 8}} {
		t.Run(test.name, func(t *testing.T) {
			b := newBench(t, samples(7)...)
			b.source.Put(mail.Inbox, memstore.Message{ID: "nul", Octets: []byte("Subject: x\r\n\r\na\x00b\r\n")})
			b.sink.Refuse, b.run.OnBad = refuse, test.bad
			for round := range 2 {
				rep, err := b.do(nil)
				if rep.Failed != test.failed || errors.Is(err, ErrMessages) != (test.failed > 0) {
					t.Errorf("round %d: got %v and %v, want %d failed", round, rep.Counts, err, test.failed)
				}
				if got := len(b.sink.Messages(mail.Inbox)); got != test.copied {
					t.Errorf("round %d: sink holds %d, want %d", round, got, test.copied)
				}
			}
		})
	}
	t.Run("stop", func(t *testing.T) {
		b := newBench(t, "Subject: x\r\n\r\na\x00b\r\n")
		b.sink.Refuse, b.run.OnBad = refuse, StopBad
		if rep, err := b.do(nil); err == nil || rep.Complete || !rep.Balanced() {
			t.Errorf("got %+v and %v, want an error", rep, err)
		}
	})
}

func TestSourceMessageUnreadable(t *testing.T) {
	b := newBench(t, samples(5)...)
	b.source.FetchErr = func(id string) error {
		if id == "uidl-3" {
			return &mail.Error{Op: "RETR", Scope: mail.ScopeMessage, Err: errors.New("-ERR broken")}
		}
		return nil
	}
	rep, err := b.do(nil)
	if !errors.Is(err, ErrMessages) || rep.Counts.String() != "5 seen = 4 copied + 0 present + 0 duplicate + 0 skipped + 1 failed" {
		t.Errorf("got %v and %v", rep.Counts, err)
	}
}

// A message that goes between listing and fetching is no failure.
func TestSourceMessageGone(t *testing.T) {
	b := newBench(t, samples(5)...)
	b.source.FetchErr = func(id string) error {
		if id == "uidl-3" {
			return &mail.Error{Op: "RETR", Scope: mail.ScopeMessage, Err: mail.ErrGone}
		}
		return nil
	}
	b.mustDo("5 seen = 4 copied + 0 present + 0 duplicate + 1 skipped + 0 failed")
}

func TestDryRun(t *testing.T) {
	b := newBench(t, samples(6)...)
	b.run.DryRun = true
	for range 2 {
		b.mustDo("6 seen = 6 copied + 0 present + 0 duplicate + 0 skipped + 0 failed")
	}
	if b.source.Fetches != 0 || len(b.sink.Messages(mail.Inbox)) != 0 {
		t.Error("a dry run into an absent folder fetched or stored")
	}
	b.sink.Put(mail.Inbox, memstore.Message{Octets: []byte(samples(1)[0])})
	b.mustDo("6 seen = 5 copied + 1 present + 0 duplicate + 0 skipped + 0 failed")
	if got := len(b.sink.Messages(mail.Inbox)); got != 1 {
		t.Errorf("a dry run stored %d messages", got-1)
	}
	b.run.DryRun = false
	b.mustDo("6 seen = 5 copied + 1 present + 0 duplicate + 0 skipped + 0 failed")
	b.run.DryRun = true
	b.mustDo("6 seen = 0 copied + 6 present + 0 duplicate + 0 skipped + 0 failed")
}

func TestSelection(t *testing.T) {
	b := newBench(t, letter("old", "Fri, 02 Jan 1998 03:04:05 +0100", "old"), letter("mid", someDate, "mid"),
		letter("new", "Fri, 02 Jan 2015 03:04:05 +0100", "new"))
	b.run.Select = Selection{Since: time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC), Before: time.Date(2010, 1, 1, 0, 0, 0, 0, time.UTC)}
	b.mustDo("3 seen = 1 copied + 0 present + 0 duplicate + 2 skipped + 0 failed")
	if b.source.Fetches != 1 {
		t.Errorf("fetched %d bodies, want 1", b.source.Fetches)
	}
	b.run.Select = Selection{Larger: 1 << 20}
	b.mustDo("3 seen = 0 copied + 0 present + 0 duplicate + 3 skipped + 0 failed")
}

func TestStopAfter(t *testing.T) {
	b := newBench(t, samples(12)...)
	b.run.StopAfter = 300
	for rounds := 1; ; rounds++ {
		rep, err := b.do(nil)
		if !rep.Balanced() {
			t.Fatalf("unbalanced: %v", rep.Counts)
		}
		if err == nil {
			if rounds < 3 {
				t.Errorf("done after %d rounds, want some stops", rounds)
			}
			break
		}
		if !errors.Is(err, ErrStopped) || rep.Copied == 0 || rep.Complete {
			t.Fatalf("round %d: %v, %v, complete %v", rounds, rep.Counts, err, rep.Complete)
		}
	}
	if got := len(b.sink.Messages(mail.Inbox)); got != 12 {
		t.Errorf("sink holds %d, want 12", got)
	}
}

func TestRemoval(t *testing.T) {
	b := newBench(t, samples(10)...)
	now := time.Now()
	b.run.Now = func() time.Time { return now }
	b.run.Remove = Removal{On: true, After: 48 * time.Hour, LimitPercent: -1}
	if rep := b.mustDo("10 seen = 10 copied + 0 present + 0 duplicate + 0 skipped + 0 failed"); rep.Removed != 0 {
		t.Errorf("removed %d at once", rep.Removed)
	}
	now = now.Add(72 * time.Hour)
	b.run.Remove.LimitPercent = 30
	if rep := b.mustDo("10 seen = 0 copied + 10 present + 0 duplicate + 0 skipped + 0 failed"); rep.Removed != 3 {
		t.Errorf("removed %d, want 30 percent", rep.Removed)
	}
	b.run.Remove.LimitPercent = -1
	b.sink.Drop(mail.Inbox, "5") // the copy is gone: its message must stay
	if rep := b.mustDo("7 seen = 0 copied + 7 present + 0 duplicate + 0 skipped + 0 failed"); rep.Removed != 6 {
		t.Errorf("removed %d, want all but the one whose copy is gone", rep.Removed)
	}
	if got := contents(b.source); len(got) != 1 {
		t.Errorf("source holds %d, want 1", len(got))
	}
}
