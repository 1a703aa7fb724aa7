package migrate

import (
	"context"
	"errors"
	"testing"

	"mailmv/formats/mail"
	"mailmv/migrate/memstore"
)

// seenBy makes what a program has fetched leave out of a run.
func seenBy(ids ...string) func(*Run) {
	return func(r *Run) {
		r.Sources[0].Seen = func(m mail.Message) string {
			for _, id := range ids {
				if m.ID == id {
					return "a program"
				}
			}
			return ""
		}
	}
}

// What another program has is left out, told with its reason, and never removed; what the journal knows stays present.
func TestSeenIsLeftOutAndStays(t *testing.T) {
	b := newBench(t, samples(5)...)
	b.run.Remove.On = true
	b.alter = seenBy("uidl-2", "uidl-4")
	b.mustDo("5 seen = 3 copied + 0 present + 0 duplicate + 2 skipped + 0 failed")
	if left := len(b.source.Messages(mail.Inbox)); left != 2 {
		t.Errorf("%d messages are left in the source, want the 2 that were seen", left)
	}
	told := 0
	for _, e := range b.events {
		if m, ok := e.(MessageDone); ok && m.Outcome == Skipped && m.Reason == "seen by a program" {
			told++
		}
	}
	if told != 2 {
		t.Errorf("%d messages are told as seen, want 2", told)
	}
	b.run.Remove.On = false
	b.alter = nil
	b.mustDo("2 seen = 2 copied + 0 present + 0 duplicate + 0 skipped + 0 failed")
	b.alter = seenBy("uidl-2")
	b.mustDo("2 seen = 0 copied + 2 present + 0 duplicate + 0 skipped + 0 failed")
}

// A name that does not last says nothing of what another program has.
func TestFleetingIsNeverSeen(t *testing.T) {
	b := newBench(t, samples(3)...)
	b.source.Fleeting = true
	b.alter = func(r *Run) { r.Sources[0].Seen = func(mail.Message) string { return "everybody" } }
	b.mustDo("3 seen = 3 copied + 0 present + 0 duplicate + 0 skipped + 0 failed")
}

// searcher is a source with a search of its own.
type searcher struct {
	*memstore.Store
	find  func(keys string) (map[string]bool, error)
	asked int
}

func (s *searcher) Search(_ context.Context, _ mail.Folder, keys string) (func(mail.Ref) bool, error) {
	s.asked++
	found, err := s.find(keys)
	return func(r mail.Ref) bool { return found[r.ID] }, err
}

func (b *bench) searches(keys string, find func(string) (map[string]bool, error)) *searcher {
	s := &searcher{Store: b.source, find: find}
	b.alter = func(r *Run) { r.Sources[0].Source, r.Select.Search = s, keys }
	return s
}

func TestSearchChooses(t *testing.T) {
	b := newBench(t, samples(5)...)
	s := b.searches("KEYS", func(keys string) (map[string]bool, error) {
		if keys != "KEYS" {
			t.Errorf("asked for %q", keys)
		}
		return map[string]bool{"uidl-1": true, "uidl-3": true}, nil
	})
	b.mustDo("5 seen = 2 copied + 0 present + 0 duplicate + 3 skipped + 0 failed")
	if s.asked != 1 {
		t.Errorf("asked %d times, want once for the folder", s.asked)
	}
	b.searches("WIDER", func(string) (map[string]bool, error) {
		return map[string]bool{"uidl-1": true, "uidl-2": true, "uidl-3": true}, nil
	})
	b.mustDo("5 seen = 1 copied + 2 present + 0 duplicate + 2 skipped + 0 failed")
	b.searches("BAD", func(string) (map[string]bool, error) { return nil, &mail.Error{Err: mail.ErrSearch} })
	if _, err := b.do(nil); !errors.Is(err, mail.ErrSearch) {
		t.Errorf("a refused search: %v", err)
	}
	b.alter = func(r *Run) { r.Select.Search = "KEYS" }
	if _, err := b.do(nil); !errors.Is(err, mail.ErrSearch) {
		t.Errorf("a source that cannot search: %v", err)
	}
}

// A run that was asked for a part of a folder says nothing of the whole of it, and the other way round.
func TestSearchAndRest(t *testing.T) {
	b := newBench(t, samples(4)...)
	all := func(string) (map[string]bool, error) {
		return map[string]bool{"uidl-1": true, "uidl-2": true, "uidl-3": true, "uidl-4": true}, nil
	}
	none := func(string) (map[string]bool, error) { return nil, nil }
	b.searches("NONE", none)
	b.mustDo("4 seen = 0 copied + 0 present + 0 duplicate + 4 skipped + 0 failed")
	b.searches("ALL", all)
	b.mustDo("4 seen = 4 copied + 0 present + 0 duplicate + 0 skipped + 0 failed")
	b.source.Put(mail.Inbox, memstore.Message{ID: "new", Octets: []byte(letter("new", someDate, "new"))})
	b.mustDo("5 seen = 0 copied + 4 present + 0 duplicate + 1 skipped + 0 failed")
	b.alter = nil
	b.mustDo("5 seen = 1 copied + 4 present + 0 duplicate + 0 skipped + 0 failed") // and now it rests
	b.searches("NONE", none)
	b.mustDo("5 seen = 0 copied + 0 present + 0 duplicate + 5 skipped + 0 failed")
	b.alter = nil
	lists := b.source.Lists
	b.mustDo("5 seen = 0 copied + 5 present + 0 duplicate + 0 skipped + 0 failed")
	if b.source.Lists != lists {
		t.Error("the folder has not changed since all of it was there, and was listed")
	}
}

// An honest twin of a message that is left out this time is not taken for that message under another name.
func TestTwinOfWhatIsLeftOut(t *testing.T) {
	twin := letter("twin", someDate, "twin")
	b := newBench(t, twin)
	b.mustDo("1 seen = 1 copied + 0 present + 0 duplicate + 0 skipped + 0 failed")
	b.source.Put(mail.Inbox, memstore.Message{ID: "uidl-2", Octets: []byte(twin)})
	b.searches("SECOND", func(string) (map[string]bool, error) { return map[string]bool{"uidl-2": true}, nil })
	b.mustDo("2 seen = 1 copied + 0 present + 0 duplicate + 1 skipped + 0 failed")
	if got := len(b.sink.Messages(mail.Inbox)); got != 2 {
		t.Errorf("%d copies of two twins", got)
	}
}
