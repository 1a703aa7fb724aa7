package aside_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"mailmv/formats/mail"
	"mailmv/migrate"
	"mailmv/migrate/aside"
	"mailmv/migrate/memstore"
)

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
