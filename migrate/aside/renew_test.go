package aside_test

import (
	"bytes"
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"mailmv/formats/line"
	"mailmv/formats/mail"
	"mailmv/migrate/aside"
	"mailmv/migrate/memstore"
)

// newServer has one message in two folders; the copy in the first, which stays, has the later date.
func newServer() *bench {
	b := &bench{a: &memstore.Store{}, b: &memstore.Store{}, q: &memstore.Store{}, undated: true}
	b.a.Put("INBOX", memstore.Message{Octets: letter(1), InternalDate: someDate.AddDate(9, 0, 0), Flags: mail.Seen, Keywords: []string{"blue"}})
	b.a.Put("Work", memstore.Message{Octets: letter(1), InternalDate: someDate, Flags: mail.Answered, Keywords: []string{"red"}})
	return b
}

// TestRenew: the one that stays has the earliest date and the state of all.
func TestRenew(t *testing.T) {
	b := newServer()
	before := b.mail()
	if err := b.do(nil, false); err != nil {
		t.Fatal(err)
	}
	all := b.a.Messages("INBOX")
	if len(all) != 1 || len(b.a.Messages("Work")) > 0 || b.renewed != 1 || len(b.fates) != 1 {
		t.Fatalf("INBOX has %d, Work %d; %d renewed, %d fates", len(all), len(b.a.Messages("Work")), b.renewed, len(b.fates))
	}
	if m := all[0]; !m.InternalDate.Equal(someDate) || m.Flags != mail.Seen|mail.Answered || !slices.Equal(m.Keywords, []string{"blue", "red"}) || m.ID == "1" {
		t.Errorf("what stays is %+v", m)
	}
	// What the user did since is not lost with it.
	f, _ := b.a.Look(t.Context(), "INBOX")
	for _, err := range b.a.SetFlags(t.Context(), f, []mail.Flagging{{Ref: mail.Ref{Folder: "INBOX", Validity: f.Validity, ID: all[0].ID}, Add: mail.Flagged, AddKeywords: []string{"new"}}}) {
		if err != nil {
			t.Fatal(err)
		}
	}
	if u, err := b.undo(nil, false); err != nil || len(u.Failed) > 0 || u.Back != 2 {
		t.Fatal(u, err)
	}
	before[0] = strings.Replace(before[0], `\Seen blue`, `\Seen \Flagged blue new`, 1)
	if got := b.mail(); !slices.Equal(got, before) {
		t.Errorf("undone: %q, want %q", got, before)
	}
}

// TestRenewedAlone: where the old one is not to be had any more, undoing does not take the new one away.
func TestRenewedAlone(t *testing.T) {
	b := newServer()
	if err := b.do(nil, false); err != nil {
		t.Fatal(err)
	}
	for _, m := range b.q.Messages("place0/INBOX") {
		b.q.Drop("place0/INBOX", m.ID)
	}
	if u, err := b.undo(nil, false); err != nil || len(u.Failed) != 1 {
		t.Fatal(u, err)
	}
	if got := b.a.Messages("INBOX"); len(got) != 1 || !got[0].InternalDate.Equal(someDate) {
		t.Errorf("INBOX has %+v", got)
	}
}

// redater gives messages another date than it is told.
type redater struct{ store }

func (r redater) Append(ctx context.Context, f mail.Folder, batch []mail.Parcel) (func() ([]mail.Stored, error), error) {
	for i := range batch {
		batch[i].InternalDate = batch[i].InternalDate.Add(time.Hour)
	}
	return r.store.Append(ctx, f, batch)
}

// TestServerRedates: a server that does not take the date keeps both copies, and nothing else.
func TestServerRedates(t *testing.T) {
	b := newServer()
	before := b.mail()
	r, err := b.run(nil, false)
	if err != nil {
		t.Fatal(err)
	}
	r.Places[0].Store = redater{b.a}
	if err := r.Do(t.Context(), b.pairs()); err != nil {
		t.Fatal(err)
	}
	if len(b.fates) != 1 || b.fates[0].Err == nil || !strings.Contains(b.fates[0].Err.Error(), "another date") {
		t.Errorf("fates %v", b.fates)
	}
	if got := b.mail(); !slices.Equal(got, before) {
		t.Errorf("%q, want %q", got, before)
	}
}

// TestSecondsApart: hosts are not at one as to the second in which a message came; it is not stored again for that.
func TestSecondsApart(t *testing.T) {
	b := newServer()
	b.a.Drop("Work", "1")
	b.a.Put("Work", memstore.Message{Octets: letter(1), InternalDate: someDate.AddDate(9, 0, 0).Add(-59 * time.Second)})
	if err := b.do(nil, false); err != nil || b.renewed != 0 || len(b.a.Messages("INBOX")) != 1 || b.a.Messages("INBOX")[0].ID != "1" {
		t.Errorf("%v, %d renewed, INBOX %+v", err, b.renewed, b.a.Messages("INBOX"))
	}
}

// TestManifestVersion1: what was written before lines of merges had dates is undone.
func TestManifestVersion1(t *testing.T) {
	b := &bench{a: &memstore.Store{}, b: &memstore.Store{}, q: &memstore.Store{}}
	b.a.Put("INBOX", memstore.Message{Octets: letter(1), InternalDate: someDate, Flags: mail.Seen | mail.Answered, Keywords: []string{"red"}})
	var data []byte
	for _, fields := range [][]any{
		{"mailmv-aside", 1, "2003-05-06T07:08:09Z"}, {"place", 0, "place0", "word0", "q", "place0"}, {"folder", 0, 0, "INBOX", 1001},
		{"merge", 0, 0, "1", `\Answered`, "", "red", "", `\Seen`, ""}, {"end"},
	} {
		data = line.Append(data, fields...)
	}
	b.manifest = memstore.NewFile(data, nil)
	if u, err := b.undo(nil, false); err != nil || u.States != 1 || len(u.Failed) > 0 {
		t.Fatal(u, err)
	}
	if m := b.a.Messages("INBOX")[0]; m.Flags != mail.Seen || len(m.Keywords) > 0 || !m.InternalDate.Equal(someDate) {
		t.Errorf("undone: %+v", m)
	}
	data = line.Append(nil, "mailmv-aside", 3, "2003-05-06T07:08:09Z")
	if _, _, err := aside.ReadManifest(bytes.NewReader(data), nil); err == nil {
		t.Error("a manifest of a newer mailmv is read")
	}
}
