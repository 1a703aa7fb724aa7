package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"syscall"

	"mailmv/archive"
	"mailmv/archive/mboxes"
	"mailmv/formats/mail"
	"mailmv/formats/mbox"
	"mailmv/formats/receipt"
	"mailmv/migrate"
	"mailmv/migrate/aside"
)

// The exit codes that scripts may rely on.
const (
	exitDone        = 0
	exitFailed      = 1
	exitUsage       = 2
	exitMessages    = 3
	exitRefused     = 4
	exitLimit       = 5
	exitLocked      = 6
	exitInterrupted = 130
)

var exitMeaning = map[int]string{
	exitDone:        "done",
	exitFailed:      "failed; nothing more could be done",
	exitUsage:       "wrong usage or configuration; nothing was touched",
	exitMessages:    "finished, but some messages or folders failed, or verify or check found something",
	exitRefused:     "login, certificate or TLS refused",
	exitLimit:       "stopped at a limit that was asked for or that the server set; run again to go on",
	exitLocked:      "another run holds the lock of this archive or journal",
	exitInterrupted: "interrupted; run again to go on",
}

// exitHelp is the part of a help text that lists the command's exit codes.
func exitHelp(codes ...int) string {
	var b strings.Builder
	b.WriteString("\n\nExit codes:\n")
	for _, c := range codes {
		fmt.Fprintf(&b, "  %3d  %s\n", c, exitMeaning[c])
	}
	return strings.TrimRight(b.String(), "\n")
}

// usageError is a mistake in the words or the configuration: nothing was touched.
type usageError struct{ text, hint string }

func (e *usageError) Error() string { return e.text }

func usagef(hint, format string, args ...any) error {
	return &usageError{text: fmt.Sprintf(format, args...), hint: hint}
}

func isUsage(err error) bool {
	u := (*usageError)(nil)
	return errors.As(err, &u)
}

var (
	// errInterrupted is the cause of a context that a signal has ended.
	errInterrupted = errors.New("interrupted")
	// errNoSecret: no way of finding a password was there.
	errNoSecret = errors.New("no password")
)

// isBrokenPipe tells that nobody reads stdout any more; that is no error worth a word.
func isBrokenPipe(err error) bool { return errors.Is(err, syscall.EPIPE) && errors.Is(err, errOutput) }

// outcomes maps errors to exit codes and hints, the one that matters most first.
var outcomes = []struct {
	err  error
	code int
	hint string
}{
	{migrate.ErrBalance, exitFailed, "this is an error in mailmv; please report it with the output of --log and --trace"},
	{migrate.ErrVersion, exitUsage, "use the mailmv that wrote it, or a newer one"},
	{migrate.ErrState, exitUsage, "give yourself the right to read and write there; the journals of a server may also be kept in another folder (--state)"},
	{errInterrupted, exitInterrupted, "nothing is lost; run the same command again to go on"},
	{context.Canceled, exitInterrupted, "nothing is lost; run the same command again to go on"},
	{receipt.ErrVersion, exitUsage, "use the mailmv that wrote it, or a newer one"},
	{receipt.ErrNone, exitUsage, "name the file that verify --receipt wrote"},
	{receipt.ErrDamaged, exitFailed, "take it from a backup: what is left of it proves nothing"},
	{archive.ErrVersion, exitUsage, "use the mailmv that wrote the archive, or a newer one"},
	{archive.ErrProfile, exitUsage, archive.ProfileHint},
	{archive.ErrLayout, exitUsage, "name a new path: it becomes a Maildir archive"},
	{mboxes.ErrDialect, exitUsage, "leave dialect= out, or name another place for an archive in that dialect"},
	{archive.ErrLocked, exitLocked, "wait until the other run has ended"},
	{migrate.ErrLocked, exitLocked, "wait until the other run has ended, then run the same command again"},
	{errNoSecret, exitRefused, secretWays},
	{mail.ErrTLS, exitRefused, "check host and port; for a server with a certificate of its own give ca=FILE or pin=sha256:HEX in the place"},
	{mail.ErrSearch, exitUsage, searchHint},
	{mail.ErrAuth, exitRefused, "check user and password; many providers want an app password or a token (auth=xoauth2) for POP3 and IMAP"},
	{errShare, exitLimit, "look at it with -v; if it is meant, allow more with --limit 100%"},
	{aside.ErrVersion, exitUsage, "use the mailmv that wrote it, or a newer one"},
	{migrate.ErrStopped, exitLimit, "run the same command again to go on"},
	{mail.ErrQuota, exitLimit, "make room in the account or raise its quota, then run the same command again"},
	{mail.ErrLimit, exitLimit, "the server asks for a pause; run the same command again later, maybe with --rate or connections=1"},
	{mail.ErrInUse, exitLimit, "another program is reading this maildrop; end it or wait some minutes, then run the same command again"},
	{errFindings, exitMessages, "each finding says the way out"},
	{migrate.ErrFolders, exitMessages, "all else was done; when that is mended run the same command again (--exclude leaves a folder out)"},
	{mbox.ErrNotMbox, exitUsage, "write the path alone to have what is there told by looking, or eml: for a file that is one message"},
	{mail.ErrNoFolder, exitFailed, "mailmv list PLACE shows the folders"},
	{errUnread, exitMessages, "give yourself the right to read it, name what a link leads to as a place of its own, take what is damaged from another copy, unpack what a note says so of, and run again (--exclude leaves a folder out)"},
	{errNotStated, exitMessages, "what is missing or differs is listed above; take it from a backup, or where folders were moved since, say where to with --map and --into"},
	{errNotProven, exitMessages, "what is missing or differs is listed above"},
	{migrate.ErrMessages, exitMessages, "they are listed above; run the same command again to try them once more"},
	{mail.ErrTooBig, exitFailed, "leave big messages out with --smaller, or have them listed with --on-bad skip"},
}

// exitCode maps err to the exit code.
func exitCode(err error) int {
	switch {
	case err == nil:
		return exitDone
	case isUsage(err):
		return exitUsage
	case isBrokenPipe(err):
		return exitInterrupted // whoever read our output has gone
	}
	for _, o := range outcomes {
		if errors.Is(err, o.err) {
			return o.code
		}
	}
	return exitFailed
}

// hinted is an error with a way out of its own.
type hinted struct {
	error
	hint string
}

func (h hinted) Unwrap() error { return h.error }

// withHint gives an error a way out; no error needs none.
func withHint(err error, hint string) error {
	if err == nil {
		return nil
	}
	return hinted{err, hint}
}

// hintFor gives the way out of err, where there is one: the error's own, else that of its kind.
func hintFor(err error) string {
	if h := (hinted{}); errors.As(err, &h) {
		return h.hint
	}
	if u := (*usageError)(nil); errors.As(err, &u) {
		return u.hint
	}
	if e := (*mail.Error)(nil); errors.As(err, &e) && e.Hint != "" {
		return e.Hint
	}
	for _, o := range outcomes {
		if errors.Is(err, o.err) {
			return o.hint
		}
	}
	if hint := networkHint(err); hint != "" || !mail.Retryable(err) {
		return hint
	}
	return lostHint
}
