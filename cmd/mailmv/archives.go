package main

import (
	"context"
	"iter"
	"path/filepath"
	"strings"

	"mailmv/archive"
	"mailmv/archive/mboxes"
	"mailmv/migrate"
)

// box is an archive, of Maildirs or of mbox files.
type box interface {
	sink
	migrate.Remover
	StateDir() string
	Check(ctx context.Context) iter.Seq2[archive.Finding, error]
	Repair(ctx context.Context) iter.Seq2[archive.Finding, error]
}

// mboxOptions are those of an archive in mbox files. A new one is a tree, unless its name ends in .mbox.
func mboxOptions(p place, o archive.Options) mboxes.Options {
	// What a run that was cut has left in a file is taken away before that is judged: this is no reading alone.
	readOnly := o.ReadOnly && !o.Alone
	return mboxes.Options{ReadOnly: readOnly, FileDates: o.FileDates, Tell: o.Tell, Dialect: p.Dialect, OneFile: strings.EqualFold(filepath.Ext(p.Path), ".mbox")}
}

// createArchive opens an archive, and makes it where nothing is.
func createArchive(p place, o archive.Options) (box, error) {
	if p.Proto == "mbox" {
		return mboxes.Create(p.Path, mboxOptions(p, o))
	}
	return archive.Create(p.Path, o)
}

// openArchive opens one that is there.
func openArchive(p place, o archive.Options) (box, error) {
	if p.Proto == "mbox" {
		return mboxes.Open(p.Path, mboxOptions(p, o))
	}
	return archive.Open(p.Path, o)
}

// readArchive opens any tree of Maildirs, or an archive in mbox files, as a source.
func readArchive(p place, o archive.Options) (migrate.Source, error) {
	if p.Proto == "mbox" {
		return mboxes.OpenSource(p.Path, mboxOptions(p, o))
	}
	return archive.OpenSource(p.Path, o)
}

// oneFolder tells that the destination is one folder, whatever the names of those that go there.
func (e *ends) oneFolder() bool {
	one, ok := e.sink.(*mboxes.Archive)
	if !ok {
		return false
	}
	_, ok = one.Root()
	return ok
}
