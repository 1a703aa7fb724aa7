package migrate

import (
	"errors"
	"path/filepath"
	"slices"
	"testing"

	"mailmv/formats/mail"
	"mailmv/migrate/memstore"
)

// set changes flags and keywords of a store's only message.
func set(t *testing.T, s *memstore.Store, c mail.Flagging) {
	t.Helper()
	c.Ref = mail.Ref{ID: s.Messages(mail.Inbox)[0].ID}
	for _, err := range s.SetFlags(t.Context(), mail.Folder{Path: mail.Inbox}, []mail.Flagging{c}) {
		if err != nil {
			t.Fatal(err)
		}
	}
}

// What the sink's user has set stays, also where the source set it later and takes it away again; what the source alone had set goes.
func TestFlagsOfBoth(t *testing.T) {
	idle := "1 seen = 0 copied + 1 present + 0 duplicate + 0 skipped + 0 failed"
	on := mail.Flagging{Add: mail.Flagged | mail.Answered, AddKeywords: []string{"work", "later"}}
	off := mail.Flagging{Remove: on.Add, RemoveKeywords: on.AddKeywords}
	mine := mail.Flagging{Add: mail.Flagged, AddKeywords: []string{"Work"}}
	for name, begin := range map[string]func(*testing.T, *bench){
		"copied": func(t *testing.T, b *bench) {
			b.mustDo("1 seen = 1 copied + 0 present + 0 duplicate + 0 skipped + 0 failed")
			set(t, b.sink, mine)
			set(t, b.source, on)
		},
		"found": func(t *testing.T, b *bench) {
			b.sink.Put(mail.Inbox, memstore.Message{Octets: []byte(samples(1)[0])})
			set(t, b.sink, mine)
			set(t, b.source, on)
		},
		"under another name": func(t *testing.T, b *bench) {
			b.mustDo("1 seen = 1 copied + 0 present + 0 duplicate + 0 skipped + 0 failed")
			set(t, b.sink, mine)
			set(t, b.source, on)
			b.mustDo(idle)
			b.source.Drop(mail.Inbox, "uidl-1")
			b.source.Put(mail.Inbox, memstore.Message{ID: "back", Octets: []byte(samples(1)[0]), Flags: on.Add, Keywords: on.AddKeywords})
		},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t, samples(1)...)
			begin(t, b)
			b.mustDo(idle)
			if m := b.sink.Messages(mail.Inbox)[0]; m.Flags != on.Add || !slices.Contains(m.Keywords, "Work") || !slices.Contains(m.Keywords, "later") {
				t.Errorf("both have set: %v, %q", m.Flags, m.Keywords)
			}
			set(t, b.source, off)
			b.mustDo(idle)
			if m := b.sink.Messages(mail.Inbox)[0]; m.Flags != mail.Flagged || !slices.Contains(m.Keywords, "Work") || slices.Contains(m.Keywords, "later") {
				t.Errorf("taken away by the source: %v, %q", m.Flags, m.Keywords)
			}
			lists := b.source.Lists
			if b.mustDo(idle); b.source.Lists != lists {
				t.Error("it does not come to rest")
			}
			set(t, b.source, on)
			b.mustDo(idle)
			set(t, b.sink, mail.Flagging{Remove: mail.Flagged}) // now nobody wants it but the source
			set(t, b.source, off)
			b.mustDo(idle)
			set(t, b.source, on)
			b.mustDo(idle)
			set(t, b.source, off)
			b.mustDo(idle)
			if m := b.sink.Messages(mail.Inbox)[0]; m.Flags != 0 {
				t.Errorf("set by the source alone, and taken away: %v", m.Flags)
			}
		})
	}
}

// Compaction and a gist keep what is the user's.
func TestTheirsLast(t *testing.T) {
	dir := t.TempDir()
	open := func() *Journal {
		j, err := OpenJournal(dir, sinkID)
		if err != nil {
			t.Fatal(err)
		}
		return j
	}
	j := open()
	from, err := j.from("pop3:a@b", mail.Folder{Path: mail.Inbox})
	if err != nil {
		t.Fatal(err)
	}
	to, err := j.to(mail.Folder{Path: mail.Inbox, Validity: 7})
	if err != nil {
		t.Fatal(err)
	}
	it := item{key: keyOf(from, mail.Inbox, "1"), from: from, id: "1"}
	if err := errors.Join(j.here(it, to, fate{kind: stored, uid: 1}), j.flagged(it.key, mail.Seen, []string{"work"}, mail.Flagged, []string{"mine"}), j.Close()); err != nil {
		t.Fatal(err)
	}
	name := filepath.Join(dir, journalName(sinkID))
	for range 3 {
		j := open()
		if flags, words := j.theirs(it.key); flags != mail.Flagged || !slices.Equal(words, []string{"mine"}) {
			t.Errorf("theirs: %v, %q", flags, words)
		}
		if err := errors.Join(j.compact(name, sinkID), j.Close()); err != nil {
			t.Fatal(err)
		}
	}
	j = open()
	if err := errors.Join(j.flagged(it.key, mail.Seen, nil, 0, nil), j.Close()); err != nil {
		t.Fatal(err)
	}
	j = open()
	defer j.Close()
	if flags, words := j.theirs(it.key); flags != 0 || len(words) > 0 {
		t.Errorf("no longer theirs: %v, %q", flags, words)
	}
}
