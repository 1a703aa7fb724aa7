package archive

import "slices"

// remember takes over what the manifest tells of a message whose file was moved here from another folder: the date, which its file may not
// show any more, where it was had from, and keywords without a letter. True: the date is another than the file shows.
func (a *Archive) remember(s *shelf, r *record) (redated bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, other := range a.manifest.shelves {
		if other == s || other.whole {
			continue
		}
		e := other.named(r.unique)
		if e == nil || e.state&(summed|here) != summed {
			continue
		}
		was, err := a.manifest.recordAt(e.at)
		if err != nil || was.Sums.Exact != r.Sums.Exact {
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
		return redated
	}
	return false
}
