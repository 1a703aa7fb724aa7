package migrate

import (
	"bytes"
	"context"
	"fmt"
	"iter"
	"slices"
	"strings"
	"testing"
	"time"

	"mailmv/formats/mail"
	"mailmv/migrate/memstore"
)

// stateful is a message in which a mail program has noted its state.
func stateful(octets string) string {
	head, body, _ := strings.Cut(octets, "\r\n\r\n")
	return fmt.Sprintf("%s\r\nStatus: RO\r\nX-Status: F\r\nContent-Length: %d\r\nLines: 1\r\n\r\n%s", head, len(body), body)
}

// changeSource has the source give other octets, and flags, under the names it gave before.
func changeSource(b *bench, change func(string) string, flags mail.Flags) {
	for _, m := range b.source.Messages(mail.Inbox) {
		b.source.Drop(mail.Inbox, m.ID)
		m.Octets, m.Flags = []byte(change(string(m.Octets))), flags
		b.source.Put(mail.Inbox, m)
	}
}

func same(octets string) string { return octets }

const mark = "X-UID: 17\r\n"

func marked(octets string) string   { return mark + octets }
func unmarked(octets string) string { return strings.TrimPrefix(octets, mark) }

// countedFetches counts what its sink is asked to read.
type countedFetches struct {
	*memstore.Store
	asked int
}

func (a *countedFetches) Fetch(ctx context.Context, f mail.Folder, refs []mail.Ref) iter.Seq2[mail.Fetched, error] {
	a.asked++
	return a.Store.Fetch(ctx, f, refs)
}

// What a program has noted in messages of the source does not make other mail of them: nothing comes twice, their flags follow, one
// question serves a batch, and the next run reads nothing.
func TestMessagesChangedInTheSource(t *testing.T) {
	long := letter("long", someDate, strings.Repeat("long ", spoolInMemory/4))
	for _, twins := range []Twins{KeepTwins, DropTwins} {
		t.Run(fmt.Sprint("twins=", twins), func(t *testing.T) {
			all := append(samples(4), letter("five", someDate, "five"), long)
			b := newBench(t, all...)
			sink := &countedFetches{Store: b.sink}
			b.run.Twins = twins
			b.alter = func(r *Run) { r.Sink = sink }
			b.mustDo("6 seen = 6 copied + 0 present + 0 duplicate + 0 skipped + 0 failed")
			changeSource(b, stateful, mail.Seen|mail.Flagged)
			idle := "6 seen = 0 copied + 6 present + 0 duplicate + 0 skipped + 0 failed"
			b.run.DryRun = true
			b.mustDo(idle)
			b.run.DryRun, sink.asked = false, 0
			if rep := b.mustDo(idle); rep.Flagged != 6 || b.notesOf("other mail") != 0 {
				t.Errorf("%d changes of flags followed, want 6; %d notes of other mail", rep.Flagged, b.notesOf("other mail"))
			}
			if sink.asked != 2 {
				t.Errorf("the sink was asked %d times, want twice: its batches are of 3", sink.asked)
			}
			slices.Sort(all)
			if got := contents(b.sink); !slices.Equal(got, all) {
				t.Errorf("the sink holds %d messages: %.300q", len(got), got)
			}
			for _, m := range b.sink.Messages(mail.Inbox) {
				if m.Flags != mail.Seen|mail.Flagged {
					t.Errorf("message %s is %v", m.ID, m.Flags)
				}
			}
			read, asked := b.source.Fetches, sink.asked
			if rep := b.mustDo(idle); rep.Flagged != 0 || b.source.Fetches != read || sink.asked != asked {
				t.Errorf("the third run had something to do: %d flags, %d messages read", rep.Flagged, b.source.Fetches-read)
			}
		})
	}
}

// A message whose octets are no longer its copy's is removed only where that is accepted, also after the journal was written anew;
// one that is again what it was, as ever.
func TestRemovalOfChangedMessages(t *testing.T) {
	for _, test := range []struct {
		name    string
		changes []func(string) string
		accept  bool
		removed int
	}{
		{"changed", []func(string) string{stateful}, false, 0},
		{"changed and accepted", []func(string) string{stateful}, true, 4},
		{"changed twice and accepted", []func(string) string{stateful, marked}, true, 4},
		{"changed and back", []func(string) string{marked, unmarked}, false, 4},
	} {
		for _, compacted := range []bool{false, true} {
			t.Run(fmt.Sprint(test.name, ", compacted=", compacted), func(t *testing.T) {
				all := samples(4)
				b := newBench(t, all...)
				b.mustDo("4 seen = 4 copied + 0 present + 0 duplicate + 0 skipped + 0 failed")
				for _, change := range test.changes {
					changeSource(b, change, 0)
					b.mustDo("4 seen = 0 copied + 4 present + 0 duplicate + 0 skipped + 0 failed")
				}
				if compacted {
					b.compact()
				}
				b.run.Remove.On, b.run.Remove.AcceptAltered = true, test.accept
				if rep := b.mustDo("4 seen = 0 copied + 4 present + 0 duplicate + 0 skipped + 0 failed"); rep.Removed != test.removed {
					t.Errorf("removed %d, want %d", rep.Removed, test.removed)
				}
				if left := len(b.source.Messages(mail.Inbox)); left != 4-test.removed {
					t.Errorf("the source has %d left", left)
				}
				if got := contents(b.sink); len(got) != 4 {
					t.Errorf("the sink has %d messages", len(got))
				}
			})
		}
	}
}

// A copy that is no longer what was compared proves nothing: its message stays, whatever is accepted.
func TestChangedMessageWithAnotherCopyStays(t *testing.T) {
	b := newBench(t, samples(1)...)
	b.mustDo("1 seen = 1 copied + 0 present + 0 duplicate + 0 skipped + 0 failed")
	changeSource(b, stateful, 0)
	b.mustDo("1 seen = 0 copied + 1 present + 0 duplicate + 0 skipped + 0 failed")
	m := b.sink.Messages(mail.Inbox)[0]
	b.sink.Drop(mail.Inbox, m.ID)
	m.Octets = []byte(letter("other", someDate, "other"))
	b.sink.Put(mail.Inbox, m)
	b.run.Remove.On, b.run.Remove.AcceptAltered = true, true
	if rep := b.mustDo("1 seen = 0 copied + 1 present + 0 duplicate + 0 skipped + 0 failed"); rep.Removed != 0 {
		t.Errorf("removed %d, want none", rep.Removed)
	}
}

// One that was copied anew after it had changed has a copy of its own again, also in a journal that was written anew.
func TestRemovalOfChangedAndCopiedAnew(t *testing.T) {
	b := newBench(t, letter("nul", someDate, "a\x00b"))
	b.sink.Alter = func(o []byte) []byte { return bytes.ReplaceAll(o, []byte("\x00"), []byte("\x80")) }
	b.mustDo("1 seen = 1 copied + 0 present + 0 duplicate + 0 skipped + 0 failed")
	changeSource(b, marked, 0)
	b.mustDo("1 seen = 0 copied + 1 present + 0 duplicate + 0 skipped + 0 failed")
	b.sink.Drop(mail.Inbox, b.sink.Messages(mail.Inbox)[0].ID)
	b.run.Refetch = true
	b.mustDo("1 seen = 1 copied + 0 present + 0 duplicate + 0 skipped + 0 failed")
	b.compact()
	b.run.Remove.On, b.run.Remove.AcceptAltered = true, true
	if rep := b.mustDo("1 seen = 0 copied + 1 present + 0 duplicate + 0 skipped + 0 failed"); rep.Removed != 1 {
		t.Errorf("removed %d, want 1", rep.Removed)
	}
}

// What is removed after some time is so by when it was first seen, however often the source changes it.
func TestAgeOfChangedMessages(t *testing.T) {
	b := newBench(t, samples(3)...)
	now := time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC)
	b.run.Now = func() time.Time { return now }
	b.run.Remove = Removal{LimitPercent: -1, On: true, After: 30 * 24 * time.Hour, AcceptAltered: true}
	b.mustDo("3 seen = 3 copied + 0 present + 0 duplicate + 0 skipped + 0 failed")
	now = now.Add(31 * 24 * time.Hour)
	changeSource(b, stateful, 0)
	if rep := b.mustDo("3 seen = 0 copied + 3 present + 0 duplicate + 0 skipped + 0 failed"); rep.Removed != 3 {
		t.Errorf("removed %d, want 3", rep.Removed)
	}
}

// What is not the message of before is new: other mail, and what has no copy any more to be compared with.
func TestChangedIsNew(t *testing.T) {
	for _, test := range []struct {
		name   string
		change func(string) string
		gone   bool
		want   string
		note   string
	}{
		{"another body", func(o string) string { return o + "more\r\n" }, false, "1 seen = 1 copied + 0 present + 0 duplicate + 0 skipped + 0 failed", "other mail"},
		{"its copy is gone", stateful, true, "1 seen = 1 copied + 0 present + 0 duplicate + 0 skipped + 0 failed", "no longer to be read"},
		{"nothing changed, its copy is gone", same, true, "1 seen = 0 copied + 1 present + 0 duplicate + 0 skipped + 0 failed", ""},
	} {
		for _, dry := range []bool{true, false} {
			t.Run(fmt.Sprint(test.name, ", dry=", dry), func(t *testing.T) {
				b := newBench(t, samples(1)...)
				b.mustDo("1 seen = 1 copied + 0 present + 0 duplicate + 0 skipped + 0 failed")
				changeSource(b, test.change, 0)
				if test.gone {
					b.sink.Drop(mail.Inbox, b.sink.Messages(mail.Inbox)[0].ID)
				}
				b.run.DryRun = dry
				b.mustDo(test.want)
				if test.note != "" && b.notesOf(test.note) != 1 {
					t.Errorf("told %d times: %q", b.notesOf(test.note), b.events)
				}
			})
		}
	}
}

// A run that is cut anywhere while messages are found to have changed ends as an uncut one does.
func TestCutWhileChanged(t *testing.T) {
	for at := 1; ; at++ {
		for _, after := range []bool{false, true} {
			b := newBench(t, samples(5)...)
			b.mustDo("5 seen = 5 copied + 0 present + 0 duplicate + 0 skipped + 0 failed")
			changeSource(b, stateful, mail.Seen)
			if _, err := b.do(memstore.NewFuse(at, after)); err == nil {
				if at == 1 {
					t.Error("nothing was cut")
				}
				return
			}
			b.mustDo("5 seen = 0 copied + 5 present + 0 duplicate + 0 skipped + 0 failed")
			if got := b.sink.Messages(mail.Inbox); len(got) != 5 || got[4].Flags != mail.Seen {
				t.Fatalf("cut at %d: %d messages", at, len(got))
			}
		}
	}
}
