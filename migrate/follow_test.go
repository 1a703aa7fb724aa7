package migrate

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"iter"
	"testing"

	"mailmv/formats/mail"
	"mailmv/migrate/memstore"
)

// setAt changes flags of the n-th message of a store's INBOX, as its user would.
func setAt(t *testing.T, s *memstore.Store, n int, add, remove mail.Flags, keywords ...string) {
	t.Helper()
	change := mail.Flagging{Ref: mail.Ref{ID: s.Messages(mail.Inbox)[n].ID}, Add: add, Remove: remove, AddKeywords: keywords}
	for _, err := range s.SetFlags(t.Context(), mail.Folder{Path: mail.Inbox}, []mail.Flagging{change}) {
		if err != nil {
			t.Fatal(err)
		}
	}
}

func TestFlagsFollow(t *testing.T) {
	b := newBench(t, samples(5)...)
	setAt(t, b.source, 0, mail.Seen|mail.Flagged, 0, "work")
	b.mustDo("5 seen = 5 copied + 0 present + 0 duplicate + 0 skipped + 0 failed")
	flags := func(n int) string {
		m := b.sink.Messages(mail.Inbox)[n]
		return fmt.Sprint(m.Flags, " ", m.Keywords)
	}
	if got := flags(0); got != `\Flagged \Seen [work]` && got != `\Seen \Flagged [work]` {
		t.Fatalf("carried over %s", got)
	}
	setAt(t, b.sink, 0, mail.Answered, 0)                          // by the sink's user
	setAt(t, b.source, 0, mail.Draft, mail.Flagged, "work", "new") // by the source's
	rep := b.mustDo("5 seen = 0 copied + 5 present + 0 duplicate + 0 skipped + 0 failed")
	if got := flags(0); rep.Flagged != 1 || got != `\Seen \Answered \Draft [work new]` {
		t.Errorf("%d changed, now %s", rep.Flagged, got)
	}
	if rep := b.mustDo("5 seen = 0 copied + 5 present + 0 duplicate + 0 skipped + 0 failed"); rep.Flagged != 0 {
		t.Errorf("%d changed again", rep.Flagged)
	}
	b.run.KeepFlags = true
	setAt(t, b.source, 0, mail.Flagged, 0)
	if rep := b.mustDo("5 seen = 0 copied + 5 present + 0 duplicate + 0 skipped + 0 failed"); rep.Flagged != 0 {
		t.Errorf("%d changed though they are to be kept", rep.Flagged)
	}
}

// A keyword that the source's user takes away goes from the sink, after a compaction too; one that the sink's user set,
// or took away, is left as it is.
func TestKeywordsFollow(t *testing.T) {
	b := newBench(t, samples(3)...)
	setAt(t, b.source, 0, 0, 0, "work", "later", "$Forwarded")
	b.mustDo("3 seen = 3 copied + 0 present + 0 duplicate + 0 skipped + 0 failed")
	words := func() string { return fmt.Sprint(b.sink.Messages(mail.Inbox)[0].Keywords) }
	change := func(s *memstore.Store, add, remove []string) {
		c := mail.Flagging{Ref: mail.Ref{ID: s.Messages(mail.Inbox)[0].ID}, AddKeywords: add, RemoveKeywords: remove}
		for _, err := range s.SetFlags(t.Context(), mail.Folder{Path: mail.Inbox}, []mail.Flagging{c}) {
			if err != nil {
				t.Fatal(err)
			}
		}
	}
	change(b.sink, []string{"mine"}, []string{"$Forwarded"})
	change(b.source, []string{"new"}, []string{"later"})
	idle := "3 seen = 0 copied + 3 present + 0 duplicate + 0 skipped + 0 failed"
	if rep := b.mustDo(idle); rep.Flagged != 1 || words() != "[work mine new]" {
		t.Errorf("%d changed, now %s, want [work mine new]", rep.Flagged, words())
	}
	b.compact()
	change(b.source, nil, []string{"work", "new", "$Forwarded"})
	if rep := b.mustDo(idle); rep.Flagged != 1 || words() != "[mine]" {
		t.Errorf("%d changed, now %s, want [mine]", rep.Flagged, words())
	}
	if rep := b.mustDo(idle); rep.Flagged != 0 {
		t.Errorf("%d changed again", rep.Flagged)
	}
}

// compact writes the journal anew, as opening an old one does.
func (b *bench) compact() {
	b.t.Helper()
	data := b.file.Data(false)
	j, fresh := newJournal(), newJournal()
	if _, err := j.load(bytes.NewReader(data), sinkID); err != nil {
		b.t.Fatal(err)
	}
	b.file = memstore.NewFile(nil, nil)
	fresh.file = b.file
	if err := errors.Join(fresh.rewrite(bytes.NewReader(data), j, sinkID), fresh.syncNow()); err != nil {
		b.t.Fatal(err)
	}
}

// What is found in the sink gets the source's flags too.
func TestFlagsOfFound(t *testing.T) {
	all := samples(3)
	b := newBench(t, all...)
	setAt(t, b.source, 1, mail.Seen, 0)
	b.sink.Put(mail.Inbox, memstore.Message{Octets: []byte(all[1]), Flags: mail.Flagged})
	rep := b.mustDo("3 seen = 2 copied + 1 present + 0 duplicate + 0 skipped + 0 failed")
	if got := b.sink.Messages(mail.Inbox)[0].Flags; rep.Flagged != 1 || got != mail.Seen|mail.Flagged {
		t.Errorf("%d changed, now %v", rep.Flagged, got)
	}
	if rep := b.mustDo("3 seen = 0 copied + 3 present + 0 duplicate + 0 skipped + 0 failed"); rep.Flagged != 0 {
		t.Errorf("%d changed again", rep.Flagged)
	}
}

// A folder that has not changed is not listed; whatever changes in it is seen.
func TestUnchangedFolderRests(t *testing.T) {
	for _, summed := range []bool{false, true} {
		t.Run(fmt.Sprint("summed=", summed), func(t *testing.T) { rests(t, summed) })
	}
}

func rests(t *testing.T, summed bool) {
	b := newBench(t, samples(5)...)
	b.source.Summed = summed
	idle := "5 seen = 0 copied + 5 present + 0 duplicate + 0 skipped + 0 failed"
	b.mustDo("5 seen = 5 copied + 0 present + 0 duplicate + 0 skipped + 0 failed")
	lists := b.source.Lists
	b.mustDo(idle)
	b.mustDo(idle)
	if b.source.Lists != lists {
		t.Errorf("listed %d times though nothing has changed", b.source.Lists-lists)
	}
	b.run.Each = true
	b.mustDo(idle)
	told := 0
	for _, e := range b.events {
		if m, ok := e.(MessageDone); ok && m.Outcome == Present {
			told++
		}
	}
	if b.run.Each = false; told != 5 {
		t.Errorf("%d messages told of, want 5", told)
	}
	lists = b.source.Lists
	if b.mustDo(idle); b.source.Lists != lists {
		t.Error("it does not rest any more")
	}
	setAt(t, b.source, 2, mail.Flagged, 0)
	if rep := b.mustDo(idle); rep.Flagged != 1 {
		t.Errorf("%d flags followed, want 1", rep.Flagged)
	}
	b.source.Put(mail.Inbox, memstore.Message{ID: "new", Octets: []byte(letter("new", someDate, "new"))})
	b.mustDo("6 seen = 1 copied + 5 present + 0 duplicate + 0 skipped + 0 failed")
	b.source.Drop(mail.Inbox, "new")
	b.source.Put(mail.Inbox, memstore.Message{ID: "other", Octets: []byte(letter("other", someDate, "other"))})
	b.mustDo("6 seen = 1 copied + 5 present + 0 duplicate + 0 skipped + 0 failed")
	b.sink.Delete(mail.Inbox)
	b.mustDo("6 seen = 6 copied + 0 present + 0 duplicate + 0 skipped + 0 failed")
}

// Names that hold for a session only are no proof that nothing has changed, whatever they sum up to.
func TestFleetingDoesNotRest(t *testing.T) {
	b := newBench(t, samples(3)...)
	b.source.Summed, b.source.Fleeting = true, true
	b.mustDo("3 seen = 3 copied + 0 present + 0 duplicate + 0 skipped + 0 failed")
	b.mustDo("3 seen = 0 copied + 3 present + 0 duplicate + 0 skipped + 0 failed")
	if b.source.Lists != 2 {
		t.Errorf("listed %d times, want 2", b.source.Lists)
	}
}

// A folder in which something failed is looked at again.
func TestFailedFolderDoesNotRest(t *testing.T) {
	b := newBench(t, samples(5)...)
	b.source.FetchErr = func(id string) error {
		if id == "uidl-3" {
			return &mail.Error{Op: "RETR", Scope: mail.ScopeMessage, Err: errors.New("-ERR broken")}
		}
		return nil
	}
	if _, err := b.do(nil); !errors.Is(err, ErrMessages) {
		t.Fatal(err)
	}
	b.source.FetchErr = nil
	b.mustDo("5 seen = 1 copied + 4 present + 0 duplicate + 0 skipped + 0 failed")
}

// stubborn takes no change of flags.
type stubborn struct{ *memstore.Store }

func (s stubborn) SetFlags(_ context.Context, _ mail.Folder, changes []mail.Flagging) iter.Seq2[mail.Message, error] {
	return func(yield func(mail.Message, error) bool) {
		for _, c := range changes {
			if !yield(mail.Message{Ref: c.Ref}, &mail.Error{Op: "flags", Ref: c.Ref, Scope: mail.ScopeMessage, Err: errors.New("not now")}) {
				return
			}
		}
	}
}

// A change of flags that was not carried over, for it could not be or was not to be, is when it can.
func TestFlagsFollowLater(t *testing.T) {
	for name, once := range map[string]func(*Run){
		"refused": func(r *Run) { r.Sink = stubborn{r.Sink.(*memstore.Store)} },
		"kept":    func(r *Run) { r.KeepFlags = true },
	} {
		for _, summed := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s, summed=%v", name, summed), func(t *testing.T) {
				b := newBench(t, samples(3)...)
				b.source.Summed = summed
				idle := "3 seen = 0 copied + 3 present + 0 duplicate + 0 skipped + 0 failed"
				b.mustDo("3 seen = 3 copied + 0 present + 0 duplicate + 0 skipped + 0 failed")
				setAt(t, b.source, 1, mail.Flagged, 0)
				b.alter = once
				for range 2 {
					if rep := b.mustDo(idle); rep.Flagged != 0 {
						t.Fatalf("%d flags followed", rep.Flagged)
					}
				}
				b.alter = nil
				if rep := b.mustDo(idle); rep.Flagged != 1 {
					t.Errorf("%d flags followed at last, want 1", rep.Flagged)
				}
				lists := b.source.Lists
				if b.mustDo(idle); b.source.Lists != lists {
					t.Error("it does not rest afterwards")
				}
			})
		}
	}
}

// late is a store in which somebody is busy between Folders and List.
type late struct {
	*memstore.Store
	busy func()
}

func (s *late) List(ctx context.Context, f mail.Folder) iter.Seq2[mail.Message, error] {
	s.busy()
	return s.Store.List(ctx, f)
}

// A change of flags between Folders and List, undone after the run, is followed and its end too.
func TestUndoneFlagsFollow(t *testing.T) {
	b := newBench(t, samples(3)...)
	b.source.Summed = true
	idle := "3 seen = 0 copied + 3 present + 0 duplicate + 0 skipped + 0 failed"
	b.mustDo("3 seen = 3 copied + 0 present + 0 duplicate + 0 skipped + 0 failed")
	setAt(t, b.source, 1, mail.Flagged, 0)
	b.alter = func(r *Run) {
		r.Sources[0].Source = &late{b.source, func() { setAt(t, b.source, 1, mail.Seen, mail.Flagged) }}
	}
	b.mustDo(idle)
	b.alter = nil
	setAt(t, b.source, 1, mail.Flagged, mail.Seen)
	for range 2 {
		b.mustDo(idle)
		if got := b.sink.Messages(mail.Inbox)[1].Flags; got != mail.Flagged {
			t.Fatalf("the flags at the sink are %v, want %v", got, mail.Flagged)
		}
	}
	lists := b.source.Lists
	if b.mustDo(idle); b.source.Lists != lists {
		t.Error("it does not rest afterwards")
	}
}

// asking is a sink that knows no folder until it is asked for all.
type asking struct {
	*memstore.Store
	learned, opened int
}

func (a *asking) Known(p mail.Path) (mail.Folder, bool) {
	if a.learned == 0 {
		return mail.Folder{}, false
	}
	return a.Store.Known(p)
}

func (a *asking) Learn(context.Context) error {
	a.learned++
	return nil
}

func (a *asking) Open(ctx context.Context, p mail.Path) (mail.Folder, error) {
	a.opened++
	return a.Store.Open(ctx, p)
}

// Where many folders may rest the sink is asked for all of them, once; not before any may.
func TestManyRestingFolders(t *testing.T) {
	b := newBench(t)
	for i := range 6 {
		b.source.Put(mail.Path(fmt.Sprintf("f%d", i)), memstore.Message{Octets: []byte(letter(fmt.Sprint(i), someDate, "x"))})
	}
	for _, c := range []struct{ learned, opened int }{{0, 6}, {1, fewUnknown}, {1, fewUnknown}} {
		s := &asking{Store: b.sink}
		b.alter = func(r *Run) { r.Sink, r.To = s, func(f mail.Folder) mail.Path { return f.Path } }
		if _, err := b.do(nil); err != nil {
			t.Fatal(err)
		}
		if s.learned != c.learned || s.opened != c.opened {
			t.Errorf("asked for all %d times and opened %d folders, want %+v", s.learned, s.opened, c)
		}
	}
}
