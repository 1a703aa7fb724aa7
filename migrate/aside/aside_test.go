package aside_test

import (
	"bytes"
	"errors"
	"fmt"
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

// server is a store that cannot change dates.
type server struct{ store }

type store interface {
	aside.Keeper
	migrate.Source
	migrate.Flagger
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
