package mboxes

import (
	"slices"

	"mailmv/formats/mbox"
)

// elsewhere finds what the manifest has of a message that another program moved, or copied, from another folder to this one: under the same key, best one that
// is not there any more. nil: nothing. The caller holds mu.
func (a *Archive) elsewhere(s *shelf, key uint64) *entry {
	var best *entry
	for _, other := range a.manifest.shelves {
		for twin := 0; other != s; twin++ {
			e := other.keyed(key, twin)
			if e == nil {
				break
			}
			if e.bits&summed == 0 {
				continue
			}
			if e.bits&here == 0 {
				return e
			}
			best = e
		}
	}
	return best
}

// remembered is what the manifest has of a found message that came from another folder, if what lies here now has its sums: its date, how its octets
// come out of the file, where it was had from, and keywords that no file shows.
func (a *Archive) remembered(r *reader, e *entry) (record, bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	was := a.elsewhere(r.s, e.key)
	if was == nil {
		return record{}, false
	}
	rec, err := a.manifest.recordAt(was.at)
	if err != nil || !a.proves(r.file, mbox.Extent{Offset: e.offset, Length: e.length}, rec) {
		return record{}, false
	}
	now := a.manifest.states.all[e.state]
	if rec.hidden {
		now = a.manifest.states.all[was.state]
	}
	rec.Flags, rec.Keywords = now.Flags, slices.Clone(now.Keywords)
	for _, k := range a.manifest.states.all[was.state].Unshown() {
		if !slices.Contains(rec.Keywords, k) {
			rec.Keywords = append(rec.Keywords, k)
		}
	}
	return rec, true
}
