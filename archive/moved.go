package archive

import (
	"context"
	"iter"
	"slices"
)

// remember takes over what the manifest tells of a message whose file was moved here from another folder: the date, which its file may not
// show any more, where it was had from, and keywords without a letter. known: it does tell of it; redated: the date is another than the file shows.
func (a *Archive) remember(s *shelf, r *record) (known, redated bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	for was := range a.awayFrom(s, r.unique) {
		if was.Sums.Exact != r.Sums.Exact {
			continue
		}
		redated = !was.Date.Equal(r.Date)
		r.Date, r.From = was.Date, was.From
		_, rest := s.keywords.Letters(0, was.Keywords)
		for _, k := range rest {
			if !slices.Contains(r.Keywords, k) {
				r.Keywords = append(r.Keywords, k)
			}
		}
		return true, redated
	}
	return false, false
}

// awayFrom yields what the manifest tells of messages of other folders whose files are not there, by their unique part. a.mu is held.
func (a *Archive) awayFrom(s *shelf, unique string) iter.Seq[record] {
	return func(yield func(record) bool) {
		for _, other := range a.manifest.shelves {
			if other == s || other.whole {
				continue
			}
			e := other.named(unique)
			if e == nil || e.state&(summed|here) != summed {
				continue
			}
			if was, err := a.manifest.recordAt(e.at); err == nil && !yield(was) {
				return
			}
		}
	}
}

// movedHere tells whether a message without a line is, by its name and its octets, one that the manifest tells of in another folder.
func (a *Archive) movedHere(ctx context.Context, s *shelf, e entry) bool {
	a.mu.Lock()
	away := false
	for range a.awayFrom(s, e.unique()) {
		away = true
	}
	a.mu.Unlock()
	if !away {
		return false
	}
	r, err := a.sum(ctx, s, e.entry())
	if err != nil {
		return false
	}
	known, _ := a.remember(s, &r)
	return known
}
