package main

import (
	"cmp"
	"crypto/sha256"
	"fmt"
	"path/filepath"

	"mailmv/dedupe"
	"mailmv/formats/mail"
	"mailmv/migrate/census"
)

// stateful is an archive: it has a folder for what belongs to it.
type stateful interface{ StateDir() string }

// printsIn is where Prints of an archive's mail are kept.
func printsIn(own stateful) string { return filepath.Join(own.StateDir(), "prints") }

// printsBelow is where Prints of any other place are kept.
func (p place) printsBelow(state string) string {
	sum := sha256.Sum256([]byte(p.id() + "\x00" + string(p.Folder)))
	return filepath.Join(state, "prints", fmt.Sprintf("%x", sum[:8]))
}

// prints is what is remembered of the mail at the destination: the same that dedupe remembers of that place.
func (e *ends) prints(to place, o *moveOptions) *census.Learner {
	own, ok := e.sink.(stateful)
	path := ""
	if ok {
		path = printsIn(own)
	} else {
		to.Folder = "" // copies lie in any
		path = to.printsBelow(cmp.Or(o.state, stateDir()))
	}
	l := &census.Learner{Cache: census.OpenCache(path, dedupe.Standard())}
	if lasting, ok := e.sink.(interface{ Lasting(mail.Ref) mail.Ref }); ok {
		l.Name = lasting.Lasting
	}
	return l
}
