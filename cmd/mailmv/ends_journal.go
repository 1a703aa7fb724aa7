package main

import (
	"fmt"
	"sync"

	"mailmv/formats/mail"
	"mailmv/migrate"
)

// openJournal opens the journal of the destination; a dry run only reads it.
func (e *ends) openJournal(dryRun bool) (*migrate.Journal, error) {
	if dryRun {
		return migrate.ReadJournal(e.state, e.sinkID)
	}
	if early := e.early; early != nil {
		e.early = nil
		j := <-early
		return j.Journal, j.err
	}
	return migrate.OpenJournal(e.state, e.sinkID)
}

// brought is Journal.Brought for one who writes no journal: it is read once somebody asks.
func (e *ends) brought(t *trip, note func(string)) func(source int, from, to mail.Path) bool {
	read := sync.OnceValue(func() *migrate.Journal {
		j, err := e.openJournal(true)
		if err != nil {
			note(fmt.Sprintf("%v: where folders went before is not known", err))
		}
		return j
	})
	return func(source int, from, to mail.Path) bool {
		j := read()
		if j == nil {
			return false
		}
		id, err := t.from[source].sourceID(e.sources[source], j)
		return err == nil && j.Brought(id, from, to)
	}
}
