package mboxes

import (
	"context"
	"slices"

	"mailmv/formats/maildir"
	"mailmv/formats/mbox"
)

// match gives each message the entry with its key: of several the one with its date, else the first that is not taken, those that are gone last.
func (r *reading) match() {
	want := map[uint64][]int32{}
	for _, pass := range []bits{0, gone} {
		for i := range r.s.entries {
			if e := &r.s.entries[i]; e.bits&gone == pass {
				want[e.key] = append(want[e.key], int32(i))
			}
		}
	}
	taken := r.matchDated(want)
	for i := range r.seen {
		m := &r.seen[i]
		if m.known >= 0 {
			continue
		}
		list := want[m.key]
		for len(list) > 0 && taken[list[0]] {
			list = list[1:]
		}
		if len(list) > 0 {
			m.known, list = list[0], list[1:]
		}
		want[m.key] = list
	}
}

// matchDated matches by date where several have one key: of two twins either can have been deleted, and the one that is left
// shows by its date which one it is. It gives the entries that are taken.
func (r *reading) matchDated(want map[uint64][]int32) map[int32]bool {
	type dated struct {
		key  uint64
		date int64
		sent bits
	}
	by := map[dated][]int32{}
	for key, list := range want {
		for _, i := range list {
			if e := &r.s.entries[i]; len(list) > 1 && e.bits&gone == 0 {
				d := dated{key, e.date, e.bits & sent}
				by[d] = append(by[d], i)
			}
		}
	}
	taken := map[int32]bool{}
	for i := range r.seen {
		m := &r.seen[i]
		for _, d := range []dated{{m.key, m.from, sent}, {m.key, m.date, 0}} {
			if list := by[d]; m.known < 0 && len(list) > 0 {
				m.known, by[d] = list[0], list[1:]
				taken[m.known] = true
			}
		}
	}
	return taken
}

// matchPlaces takes a message that nobody knows, in the very place of one that is not there any more, and with its date, for that one: octets of its
// header have changed, which its sums will tell.
func (r *reading) matchPlaces() {
	type place struct{ offset, length int64 }
	lost := map[place]int32{}
	for i := range r.s.entries {
		if e := &r.s.entries[i]; e.bits&(summed|here|gone) == summed|here {
			lost[place{e.offset, e.length}] = int32(i)
		}
	}
	for i := range r.seen {
		if m := &r.seen[i]; m.known >= 0 {
			e := &r.s.entries[m.known]
			if n, ok := lost[place{e.offset, e.length}]; ok && n == m.known {
				delete(lost, place{e.offset, e.length})
			}
		}
	}
	for i := range r.seen {
		m := &r.seen[i]
		n, ok := lost[place{m.Offset, m.Length}]
		if !ok || m.known >= 0 {
			continue
		}
		if date := r.s.entries[n].date; date == m.from || date == m.date {
			m.known = n
		}
	}
}

// sortTwins matches, and where messages that are not the same share a key, looks at their octets to tell which is which.
func (r *reading) sortTwins(ctx context.Context, f maildir.File) error {
	r.match()
	groups := map[uint64][]int{}
	for i, m := range r.seen {
		if m.known >= 0 && r.s.entries[m.known].bits&summed != 0 {
			groups[m.key] = append(groups[m.key], i)
		}
	}
	var file *mbox.File
	for _, group := range groups {
		if len(group) < 2 || r.oneSum(group) {
			continue
		}
		if file == nil {
			var err error
			if file, err = mbox.New(keepOpen{f}, r.s.file); err != nil {
				return err
			}
		}
		if err := r.tellApart(ctx, file, group); err != nil {
			return err
		}
	}
	r.matchPlaces()
	return nil
}

// keepOpen is a file that is not closed by who reads it.
type keepOpen struct{ maildir.File }

func (keepOpen) Close() error { return nil }

// oneSum tells that the messages of a group have one sum: which is which makes no difference.
func (r *reading) oneSum(group []int) bool {
	var first *record
	for _, i := range group {
		rec, err := r.a.manifest.recordAt(r.s.entries[r.seen[i].known].at)
		if err != nil {
			continue
		}
		if first == nil {
			first = &rec
		}
		if rec.Sums.Exact != first.Sums.Exact {
			return false
		}
	}
	return true
}

// tellApart gives the messages of a group the entries with their sums.
func (r *reading) tellApart(ctx context.Context, file *mbox.File, group []int) error {
	var free []int32
	for _, i := range group {
		free = append(free, r.seen[i].known)
	}
	var rest []int
	for _, i := range group {
		proves := func(known int32) bool {
			rec, err := r.a.manifest.recordAt(r.s.entries[known].at)
			return err == nil && r.a.proves(file, r.seen[i].Extent, rec)
		}
		at := slices.Index(free, r.seen[i].known) // by its date perhaps
		if at < 0 || !proves(free[at]) {
			at = slices.IndexFunc(free, proves)
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if at < 0 {
			rest = append(rest, i)
			continue
		}
		r.seen[i].known = free[at]
		free = slices.Delete(free, at, at+1)
	}
	for n, i := range rest {
		r.seen[i].known = free[n]
	}
	return nil
}
