package main

import (
	"fmt"
	"slices"

	"mailmv/archive/ledger"
	"mailmv/migrate"
)

// identified is an archive that may bear a name of its own.
type identified interface {
	Identity() (ledger.Identity, error)
}

// sourceIDs are the names under which the journal knows the sources. An archive's holds wherever it is moved, and for copies of it.
func (t *trip) sourceIDs(e *ends, j *migrate.Journal) ([]string, error) {
	ids := make([]string, len(t.from))
	for i, p := range t.from {
		var err error
		if ids[i], err = p.sourceID(e.sources[i], j); err != nil {
			return nil, err
		}
		if n := slices.Index(ids[:i], ids[i]); n >= 0 && p.inFiles() {
			return nil, usagef("name each in a run of its own, one after the other: what the first brings, the next does not bring again",
				"%s and %s are copies of one archive, or one has taken the other's place", safe(t.from[n].String()), safe(p.String()))
		}
	}
	return ids, nil
}

func (p place) sourceID(src migrate.Source, j *migrate.Journal) (string, error) {
	own, ok := src.(identified)
	if !ok {
		return p.id(), nil
	}
	id, err := own.Identity()
	if err != nil || id.Name == "" {
		return p.id(), err
	}
	return j.Archive(id.Name, p.id(), fmt.Sprintf("%s:%s", p.Proto, id.Path))
}
