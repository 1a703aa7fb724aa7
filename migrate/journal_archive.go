package migrate

import (
	"slices"

	"mailmv/formats/line"
)

const recArchive = "archive"

// Archive gives the lasting name (From.ID) of a source that is an archive and bears a name of its own, and notes it: that under which the
// journal has met this archive; else the first of paths, its names by where it lies and lay, that the journal knows: an earlier
// build went by these, and an archive that was made anew in its old place is still the same source; else the first of them. What is in
// another archive of that name does no harm: its messages have other IDs, or are the same.
func (j *Journal) Archive(name string, paths ...string) (string, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if source, ok := j.named[name]; ok {
		return source, nil
	}
	source := paths[0]
	if i := slices.IndexFunc(paths, j.hasMet); i >= 0 {
		source = paths[i]
	}
	if _, ok := j.file.(readOnly); ok {
		return source, nil
	}
	j.named[name] = source
	j.record(recArchive, name, source)
	return source, j.flush()
}

// hasMet tells whether a folder of that source was dealt with. The caller holds mu.
func (j *Journal) hasMet(source string) bool {
	return slices.ContainsFunc(j.froms, func(p place) bool { return p.store == source })
}

func (j *Journal) replayArchive(p *line.Reader) {
	if name, source := p.Text(), p.Text(); p.Err == nil {
		j.named[name] = source
	}
}
