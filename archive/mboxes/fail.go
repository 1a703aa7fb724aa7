package mboxes

import (
	"errors"
	"io/fs"
	"strings"
	"syscall"

	"mailmv/archive"
	"mailmv/formats/mail"
	"mailmv/formats/maildir"
	"mailmv/formats/mbox"
)

// fail says which archive an error is about.
func fail(path string, err error) error {
	return &mail.Error{Op: "archive", Place: path, Scope: mail.ScopeStore, Hint: hint(err), Err: err}
}

func (a *Archive) fail(op string, scope mail.Scope, ref mail.Ref, err error) error {
	return &mail.Error{Op: op, Place: a.at, Ref: ref, Scope: scope, Hint: hint(err), Err: err}
}

// hint is the way out of what commonly goes wrong.
func hint(err error) string {
	switch {
	case errors.Is(err, ErrDialect):
		return "leave dialect= out, or name another place for an archive in that dialect"
	case errors.Is(err, errOneFolder):
		return "name one folder of the source, or --map NAME=INBOX for what is to go there; a path that does not end in .mbox becomes a tree"
	case errors.Is(err, errInUse):
		return "close the program that has it; if none runs, remove the file that ends in .lock"
	case errors.Is(err, syscall.EXDEV):
		return "the archive must lie on one file system"
	}
	return archive.Hint(err)
}

// scopeOf tells how wide a trouble with the disk is: one odd file spoils its folder, the rest the archive.
func scopeOf(err error) mail.Scope {
	if errors.Is(err, maildir.ErrNoFile) || errors.Is(err, syscall.ENOTDIR) || errors.Is(err, syscall.EISDIR) || errors.Is(err, fs.ErrExist) ||
		errors.Is(err, errInUse) || errors.Is(err, fs.ErrPermission) || errors.Is(err, mbox.ErrNotMbox) || errors.Is(err, mbox.ErrUnsupported) || errors.Is(err, fs.ErrNotExist) {
		return mail.ScopeFolder
	}
	return mail.ScopeStore
}

// wider is an error about a folder's file; nil is none.
func (a *Archive) wider(err error, s *shelf) error {
	if err == nil {
		return nil
	}
	if _, ok := errors.AsType[*mail.Error](err); ok {
		return err
	}
	return a.fail("fetch", archive.Narrow(err, mail.ScopeFolder), mail.Ref{Folder: s.path}, err)
}

func lower(s string) string { return strings.ToLower(s) }
