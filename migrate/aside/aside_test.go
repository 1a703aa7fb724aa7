package aside_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"mailmv/formats/mail"
	"mailmv/migrate"
	"mailmv/migrate/aside"
	"mailmv/migrate/memstore"
)

var someDate = time.Date(2003, 5, 6, 7, 8, 9, 0, time.UTC)

func letter(n int) []byte {
	return fmt.Appendf(nil, "Subject: %d\r\nMessage-ID: <%d@x>\r\n\r\nbody %d\r\n", n, n, n)
}

// bench is two places with copies, and what a run needs.
type bench struct {
	a, b     *memstore.Store
	q        *memstore.Store // nil: quarantine in the places themselves
	manifest *memstore.File
	fates    []aside.Fate
	renewed  int
	patient  bool // a lost connection is there again after each wait
	waits    int
	remove   bool
	undated  bool // dates cannot be changed, as on a server
	alter    func(pairs []aside.Pair) []aside.Pair
}

// server is a store that cannot change dates.
type server struct{ store }

type store interface {
	aside.Keeper
	migrate.Source
	migrate.Flagger
}

func newBench(quarantine bool) *bench {
	b := &bench{a: &memstore.Store{}, b: &memstore.Store{}}
	if quarantine {
		b.q = &memstore.Store{}
	}
	for n := range 9 {
		b.a.Put("INBOX", memstore.Message{Octets: letter(n), InternalDate: someDate.Add(time.Duration(n) * time.Hour)})
	}
	for n := range 5 { // copies in the same place, with more state
		b.a.Put("Work", memstore.Message{Octets: letter(n), InternalDate: someDate, Flags: mail.Seen | mail.Flagged, Keywords: []string{"blue"}})
	}
	for n := range 12 { // and in another: three of them are nowhere else
		b.b.Put("INBOX", memstore.Message{Octets: letter(n), InternalDate: someDate.Add(-time.Hour), Flags: mail.Answered, Keywords: []string{"red"}})
	}
	b.b.Put("INBOX", memstore.Message{Octets: letter(3), Flags: mail.Draft}) // a third copy
	return b
}

func (b *bench) fuse(f *memstore.Fuse) {
	for _, s := range []*memstore.Store{b.a, b.b, b.q} {
		if s != nil {
			s.Fuse = f
		}
	}
}

func (b *bench) places() []*aside.Place {
	var all []*aside.Place
	for i, s := range []*memstore.Store{b.a, b.b} {
		p := &aside.Place{ID: fmt.Sprint("place", i), Word: fmt.Sprint("word", i), Store: s, To: aside.Quarantine{Store: s, Below: "Aside"}}
		if b.undated {
			p.Store = server{s}
		}
		if b.q != nil {
			p.To = aside.Quarantine{Word: "q", Store: b.q, Below: mail.Path(p.ID)}
		}
		all = append(all, p)
	}
	return all
}

// pairs finds copies as they are now: the first of each stays.
func (b *bench) pairs() (pairs []aside.Pair) {
	type where struct {
		place int
		ref   mail.Ref
	}
	first := map[string]where{}
	for i, s := range []*memstore.Store{b.a, b.b} {
		for _, p := range []mail.Path{"INBOX", "Work"} {
			for _, m := range s.Messages(p) {
				f, err := s.Look(context.Background(), p)
				if err != nil {
					panic(err)
				}
				at := where{i, mail.Ref{Folder: p, Validity: f.Validity, ID: m.ID}}
				keep, ok := first[string(m.Octets)]
				if !ok {
					first[string(m.Octets)] = at
					continue
				}
				pairs = append(pairs, aside.Pair{DropIn: i, Drop: at.ref, KeepIn: keep.place, Keep: keep.ref})
			}
		}
	}
	if b.alter != nil {
		pairs = b.alter(pairs)
	}
	return pairs
}

func (b *bench) open(f *memstore.Fuse, powerCut bool) (*aside.Manifest, error) {
	if b.manifest == nil {
		b.manifest = memstore.NewFile(nil, f)
		m, err := aside.NewManifest(b.manifest, someDate)
		return m, err
	}
	data := b.manifest.Data(powerCut)
	_, n, err := aside.ReadManifest(bytes.NewReader(data), nil)
	if errors.Is(err, aside.ErrManifest) && !bytes.Contains(data, []byte("\n")) {
		b.manifest = nil // cut before it had begun
		return b.open(f, powerCut)
	}
	if err != nil {
		return nil, err
	}
	b.manifest = memstore.NewFile(data[:n], f)
	m, _, err := aside.ReadManifest(bytes.NewReader(data[:n]), b.manifest)
	return m, err
}

func (b *bench) run(f *memstore.Fuse, powerCut bool) (aside.Run, error) {
	pairs := b.places()
	b.fuse(f)
	m, err := b.open(f, powerCut)
	return aside.Run{Places: pairs, Manifest: m, Delete: b.remove, Patience: b.patience(),
		Prove: func(keep, drop func() io.Reader) error {
			x, err := io.ReadAll(keep())
			y, err2 := io.ReadAll(drop())
			if err := errors.Join(err, err2); err != nil {
				return err
			}
			if !bytes.Equal(x, y) {
				return errors.New("other octets")
			}
			return nil
		},
		Unite: func(keep, drop mail.Message, _ io.Reader) (c aside.Change, err error) {
			c.Add = drop.Flags &^ keep.Flags &^ mail.Draft
			if !drop.InternalDate.IsZero() && drop.InternalDate.Before(keep.InternalDate) {
				c.Date = drop.InternalDate
			}
			for _, k := range drop.Keywords {
				if !slices.Contains(keep.Keywords, k) {
					c.AddKeywords = append(c.AddKeywords, k)
				}
			}
			return c, nil
		},
		Observe: func(f aside.Fate) {
			if f.Renewed && f.Err == nil {
				b.renewed++
			} else {
				b.fates = append(b.fates, f)
			}
		},
	}, err
}

// patience has none, unless the bench is patient; then it does not wait.
func (b *bench) patience() migrate.Patience {
	if !b.patient {
		return migrate.Patience{Retries: -1}
	}
	return migrate.Patience{Pause: func(context.Context, time.Duration) error {
		b.fuse(nil)
		b.waits++
		return nil
	}}
}

func (b *bench) do(f *memstore.Fuse, powerCut bool) error {
	pairs := b.pairs()
	r, err := b.run(f, powerCut)
	if err != nil {
		return err
	}
	return r.Do(context.Background(), pairs)
}

func (b *bench) undo(f *memstore.Fuse, powerCut bool) (aside.Undone, error) {
	r, err := b.run(f, powerCut)
	if err != nil {
		return aside.Undone{}, err
	}
	return r.Undo(context.Background())
}

// contents lists what the folders hold, sorted, without names: octets, date, flags, keywords.
func contents(s *memstore.Store, folders ...mail.Path) (all []string) {
	if s == nil {
		return nil
	}
	for _, p := range folders {
		for _, m := range s.Messages(p) {
			slices.Sort(m.Keywords)
			all = append(all, fmt.Sprintf("%s %q %s %s %s", p, m.Octets, m.InternalDate.UTC(), m.Flags, strings.Join(m.Keywords, " ")))
		}
	}
	slices.Sort(all)
	return all
}

func (b *bench) mail() []string {
	return append(contents(b.a, "INBOX", "Work"), contents(b.b, "INBOX", "Work")...)
}

func (b *bench) quarantined() []string {
	all := append(contents(b.a, "Aside/INBOX", "Aside/Work"), contents(b.b, "Aside/INBOX", "Aside/Work")...)
	return append(all, contents(b.q, "place0/INBOX", "place0/Work", "place1/INBOX", "place1/Work")...)
}

// TestCutAtEveryStep counts the side effects of a run and cuts a run before and after each of them: at no instant is a
// message nowhere; a run that goes on ends where an uncut one does; and undoing gives back what was there, whether the run was
// cut or went on, and itself cut anywhere.
func TestCutAtEveryStep(t *testing.T) {
	for _, row := range []struct{ own, unnamed, remove, power, undated bool }{
		{false, false, false, false, false},
		{true, true, false, true, false},
		{false, true, true, false, false},
		{true, false, true, true, false},
		{true, false, false, false, false},
		{false, false, false, true, true},
		{true, true, false, false, true},
		{true, false, true, true, true},
	} {
		t.Run(fmt.Sprintf("own=%v/UIDPLUS=%v/delete=%v/power=%v/dates=%v", row.own, !row.unnamed, row.remove, !row.power, !row.undated), func(t *testing.T) {
			cutEverywhere(t, row.power, func() *bench {
				b := newBench(!row.own)
				b.remove, b.undated = row.remove, row.undated
				for _, s := range []*memstore.Store{b.a, b.b, b.q} {
					if s != nil {
						s.Unnamed = row.unnamed
					}
				}
				return b
			})
		})
	}
}

func cutEverywhere(t *testing.T, power bool, fresh func() *bench) {
	before := fresh().mail()
	whole := fresh()
	steps := memstore.NewFuse(0, false)
	if err := whole.do(steps, power); err != nil {
		t.Fatal(err)
	}
	want, aside := whole.mail(), whole.quarantined()
	if whole.undated != (whole.renewed > 0) {
		t.Fatalf("%d were stored again", whole.renewed)
	}
	if len(want) != 12 || !whole.remove && len(aside) != 15+whole.renewed || whole.remove && len(aside) != 0 || len(whole.fates) != 15 {
		t.Fatalf("the uncut run left %d, set %d aside, told of %d", len(want), len(aside), len(whole.fates))
	}
	undoSteps := undoWhole(t, "uncut", whole, power, before)
	for step := 1; step <= steps.Steps(); step++ {
		for _, after := range []bool{false, true} {
			at := fmt.Sprintf("step %d, after %v", step, after)
			cut := func() *bench {
				b := fresh()
				if err := b.do(memstore.NewFuse(step, after), power); err == nil && step < steps.Steps() {
					t.Fatalf("%s: not cut", at)
				}
				b.fuse(nil)
				allThere(t, at, b)
				return b
			}
			b := cut()
			if err := b.do(nil, power); err != nil {
				t.Fatalf("%s: gone on: %v", at, err)
			}
			if got := b.mail(); !slices.Equal(got, want) {
				t.Fatalf("%s: gone on: got\n%s\nwant\n%s", at, strings.Join(got, "\n"), strings.Join(want, "\n"))
			}
			if got := b.quarantined(); !slices.Equal(got, aside) && !b.undated { // one that was stored again may be stored again once more
				t.Fatalf("%s: gone on: quarantine has\n%s\nwant\n%s", at, strings.Join(got, "\n"), strings.Join(aside, "\n"))
			}
			undoWhole(t, at+", gone on", b, power, before)
			undoWhole(t, at, cut(), power, before)
		}
	}
	for step := 1; step <= undoSteps; step++ {
		for _, after := range []bool{false, true} {
			at := fmt.Sprintf("undo: step %d, after %v", step, after)
			b := fresh()
			if err := b.do(nil, power); err != nil {
				t.Fatal(err)
			}
			_, _ = b.undo(memstore.NewFuse(step, after), power)
			b.fuse(nil)
			allThere(t, at, b)
			undoWhole(t, at, b, power, before)
		}
	}
}

// TestLostConnections: whenever a store is lost, the run waits, settles, and ends where it would have ended; each copy is told of once.
func TestLostConnections(t *testing.T) {
	for _, undated := range []bool{false, true} {
		fresh := func() *bench {
			b := newBench(true)
			b.undated, b.patient = undated, true
			return b
		}
		before := fresh().mail()
		whole := fresh()
		steps := memstore.NewFuse(0, false)
		if err := whole.do(steps, false); err != nil {
			t.Fatal(err)
		}
		for step := 1; step <= steps.Steps(); step++ {
			for _, after := range []bool{false, true} {
				at := fmt.Sprintf("dates=%v, step %d, after %v", !undated, step, after)
				b := fresh()
				fuse := memstore.NewFuse(step, after)
				r, err := b.run(nil, false) // the manifest is not lost with the stores
				if err != nil {
					t.Fatal(err)
				}
				pairs := b.pairs()
				b.fuse(fuse)
				if err := r.Do(t.Context(), pairs); err != nil {
					t.Fatalf("%s: %v", at, err)
				}
				told := map[aside.Pair]bool{}
				for _, f := range b.fates {
					told[f.Pair] = f.Err == nil
				}
				if got := b.mail(); !slices.Equal(got, whole.mail()) || len(b.fates) != 15 || len(told) != 15 || b.renewed != whole.renewed {
					t.Fatalf("%s: waited %d times, told of %d (%d), %d renewed; got\n%s\nwant\n%s", at, b.waits, len(b.fates), len(told), b.renewed, strings.Join(got, "\n"), strings.Join(whole.mail(), "\n"))
				}
				undoWhole(t, at, b, false, before)
			}
		}
	}
}

func undoWhole(t *testing.T, at string, b *bench, power bool, before []string) int {
	t.Helper()
	steps := memstore.NewFuse(0, false)
	u, err := b.undo(steps, power)
	if err != nil || len(u.Failed) > 0 {
		t.Fatalf("%s: undo: %v, %v", at, err, u.Failed)
	}
	if !b.remove {
		if got := b.mail(); !slices.Equal(got, before) {
			t.Fatalf("%s: undone: got\n%s\nwant\n%s", at, strings.Join(got, "\n"), strings.Join(before, "\n"))
		}
	}
	if got := b.quarantined(); len(got) > 0 {
		t.Fatalf("%s: undone, and the quarantine has\n%s", at, strings.Join(got, "\n"))
	}
	return steps.Steps()
}

func allThere(t *testing.T, at string, b *bench) {
	t.Helper()
	held := strings.Join(b.mail(), "\n")
	for n := range 12 {
		if !strings.Contains(held, fmt.Sprintf("%q", letter(n))) {
			t.Fatalf("%s: message %d is lost", at, n)
		}
	}
}

// TestOneMailbox: a place under two names. The first message that is removed is gone from both, and put back.
func TestOneMailbox(t *testing.T) {
	b := newBench(true)
	b.b = b.a
	before := contents(b.a, "INBOX", "Work")
	b.alter = func([]aside.Pair) (pairs []aside.Pair) {
		for _, m := range b.a.Messages("INBOX") {
			f, _ := b.a.Look(t.Context(), "INBOX")
			ref := mail.Ref{Folder: "INBOX", Validity: f.Validity, ID: m.ID}
			pairs = append(pairs, aside.Pair{DropIn: 1, Drop: ref, KeepIn: 0, Keep: ref})
		}
		return pairs
	}
	err := b.do(nil, false)
	if !errors.Is(err, aside.ErrOneMailbox) {
		t.Fatalf("got %v", err)
	}
	if got := contents(b.a, "INBOX", "Work"); !slices.Equal(got, before) {
		t.Fatalf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(before, "\n"))
	}
}

// TestUnlike: what the second comparison does not call the same stays, and so does what changed since it was found.
func TestUnlike(t *testing.T) {
	b := newBench(true)
	pairs := b.pairs()
	pairs[0].Keep = pairs[1].Keep
	pairs[2].Drop.ID = "4711"
	gone := pairs[3].Keep
	b.a.Drop(gone.Folder, gone.ID)
	b.alter = func([]aside.Pair) []aside.Pair { return pairs }
	if err := b.do(nil, false); err != nil {
		t.Fatal(err)
	}
	var stay []string
	for _, f := range b.fates {
		if f.Err != nil {
			stay = append(stay, f.Err.Error())
		}
	}
	if len(b.fates) != 15 || len(stay) < 3 || !strings.Contains(strings.Join(stay, "\n"), aside.ErrUnlike.Error()) {
		t.Fatalf("%d fates, these stay: %q", len(b.fates), stay)
	}
	undoable := b.mail()
	if len(undoable)+len(b.quarantined()) != 26 {
		t.Fatalf("%d and %d messages", len(undoable), len(b.quarantined()))
	}
}

// TestQuarantineAlters: a quarantine that keeps other octets gets nothing, and nothing is removed.
func TestQuarantineAlters(t *testing.T) {
	b := newBench(true)
	b.q.Alter = func(o []byte) []byte { return append(bytes.Clone(o), "more"...) }
	before := b.mail()
	if err := b.do(nil, false); err != nil {
		t.Fatal(err)
	}
	if got := b.mail(); len(got) != len(before) || len(b.quarantined()) > 0 {
		t.Fatalf("%d of %d messages are there, %d in quarantine", len(got), len(before), len(b.quarantined()))
	}
}

func TestManifestDamaged(t *testing.T) {
	b := newBench(true)
	if err := b.do(nil, false); err != nil {
		t.Fatal(err)
	}
	data := b.manifest.Data(false)
	for at := 0; at < len(data); at += 97 {
		torn := bytes.Clone(data)
		torn[at] ^= 1
		if _, _, err := aside.ReadManifest(bytes.NewReader(torn), nil); !errors.Is(err, aside.ErrManifest) {
			t.Fatalf("octet %d: %v", at, err)
		}
	}
}

// TestFolderFails: where a folder cannot be read, what was to be set aside there stays, and all else is done.
func TestFolderFails(t *testing.T) {
	b := newBench(true)
	b.b.FetchErr = func(id string) error {
		return &mail.Error{Op: "select", Ref: mail.Ref{Folder: "INBOX"}, Scope: mail.ScopeFolder, Err: errors.New("shut")}
	}
	before := b.mail()
	if err := b.do(nil, false); err != nil {
		t.Fatal(err)
	}
	stayed := 0
	for _, f := range b.fates {
		if f.Err != nil {
			stayed++
		}
	}
	if len(b.fates) != 15 || stayed != 10 || len(b.a.Messages("Work")) > 0 {
		t.Errorf("told of %d, %d stayed, Work has %d", len(b.fates), stayed, len(b.a.Messages("Work")))
	}
	b.b.FetchErr = nil
	undoWhole(t, "", b, false, before)
}
