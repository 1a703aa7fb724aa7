package migrate

import (
	"errors"
	"slices"
	"testing"

	"mailmv/formats/mail"
	"mailmv/migrate/memstore"
)

// sweeping makes b's source one that hands over whole folders.
func sweeping(b *bench) *memstore.Sweeping {
	s := &memstore.Sweeping{Store: b.source}
	b.alter = func(r *Run) { r.Sources[0].Source = s }
	return s
}

// TestSweep: a folder that is new is copied without being listed, once; whatever a sweep leaves out, a listing finds.
func TestSweep(t *testing.T) {
	bad := &mail.Error{Op: "fetch", Scope: mail.ScopeMessage, Err: errors.New("cannot be read")}
	for _, c := range []struct {
		name   string
		alter  func(*bench, *memstore.Sweeping)
		sweeps int
		lists  int // of the source
		want   Counts
		err    error
	}{
		{"whole", func(*bench, *memstore.Sweeping) {}, 1, 0, Counts{Seen: 7, Copied: 7}, nil},
		{"some are left out", func(_ *bench, s *memstore.Sweeping) { s.Withheld = 3 }, 1, 1, Counts{Seen: 7, Copied: 7}, nil},
		{"all are left out", func(_ *bench, s *memstore.Sweeping) { s.Withheld = 7 }, 1, 1, Counts{Seen: 7, Copied: 7}, nil},
		{"some are there", func(b *bench, _ *memstore.Sweeping) {
			b.sink.Put(mail.Inbox, memstore.Message{Octets: []byte(samples(7)[2])})
		}, 1, 0, Counts{Seen: 7, Copied: 6, Present: 1}, nil},
		{"one cannot be read", func(b *bench, _ *memstore.Sweeping) {
			b.source.FetchErr = func(id string) error {
				if id == "uidl-3" {
					return bad
				}
				return nil
			}
		}, 1, 1, Counts{Seen: 7, Copied: 6, Failed: 1}, ErrMessages},
		{"one is refused", func(b *bench, _ *memstore.Sweeping) {
			b.sink.Refuse = func(p mail.Parcel) error {
				if p.ID == "uidl-3" {
					return bad
				}
				return nil
			}
		}, 1, 1, Counts{Seen: 7, Copied: 6, Failed: 1}, ErrMessages},
		{"no lasting names", func(b *bench, _ *memstore.Sweeping) { b.source.Fleeting = true }, 1, 0, Counts{Seen: 7, Copied: 7}, nil},
		{"a limit", func(b *bench, _ *memstore.Sweeping) { b.run.StopAfter = 1 << 30 }, 0, 1, Counts{Seen: 7, Copied: 7}, nil},
		{"a selection", func(b *bench, _ *memstore.Sweeping) { b.run.Select.Larger = 1 }, 0, 1, Counts{Seen: 7, Copied: 7}, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := newBench(t, samples(7)...)
			s := sweeping(b)
			c.alter(b, s)
			rep, err := b.do(nil)
			if !errors.Is(err, c.err) {
				t.Errorf("error %v, want %v", err, c.err)
			}
			octets := rep.Counts.Octets
			if rep.Counts.Octets = 0; rep.Counts != c.want || !rep.Balanced() {
				t.Errorf("%+v, want %+v (%d octets)", rep.Counts, c.want, octets)
			}
			if s.Sweeps != c.sweeps || b.source.Lists != c.lists {
				t.Errorf("%d sweeps and %d listings, want %d and %d", s.Sweeps, b.source.Lists, c.sweeps, c.lists)
			}
			failed := 0
			for _, e := range b.events {
				if d, ok := e.(MessageDone); ok && d.Outcome == Failed {
					failed++
				}
			}
			if failed != c.want.Failed {
				t.Errorf("told of %d failures, want %d", failed, c.want.Failed)
			}
			b.source.FetchErr, b.sink.Refuse = nil, nil
			if again, err := b.do(nil); err != nil || again.Copied != c.want.Failed || s.Sweeps != c.sweeps {
				t.Errorf("second run: %+v, %d sweeps in all, %v", again.Counts, s.Sweeps, err)
			}
			got, want := contents(b.sink), samples(7)
			slices.Sort(got)
			slices.Sort(want)
			if !slices.Equal(got, want) {
				t.Errorf("in the sink are\n%q, want\n%q", got, want)
			}
		})
	}
}

// TestSweepCutAtEveryStep is TestCutAtEveryStep where nothing is listed before.
func TestSweepCutAtEveryStep(t *testing.T) {
	for _, powerCut := range []bool{false, true} {
		cutEverywhere(t, func() *bench {
			b := newBench(t, samples(11)...)
			sweeping(b)
			b.sink.InFlight, b.sink.Atomic, b.powerCut = 4, true, powerCut
			b.sink.Put(mail.Inbox, memstore.Message{Octets: []byte(samples(1)[0])})
			b.run.Remove.On = true
			return b
		})
	}
}
