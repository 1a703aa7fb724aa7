package main

import (
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
