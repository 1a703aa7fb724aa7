package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"mailmv/formats/mail"
	"mailmv/migrate"
)

// createPrivate opens a file of ours for writing, for nobody else to read; with os.O_APPEND at its end.
func createPrivate(name string, how int) (*os.File, error) {
	f, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|how, 0o600)
	if err != nil {
		return nil, usagef("give a file that can be written", "%v", err)
	}
	// One that was there may be open to others. A log is the user's to keep as it is; a trace is made anew.
	if info, err := f.Stat(); err == nil && info.Mode().IsRegular() && how&os.O_TRUNC != 0 {
		if err := f.Chmod(0o600); err != nil {
			return nil, errors.Join(usagef("give another file", "%v", err), f.Close())
		}
	}
	return f, nil
}

// eventLog writes a line with the time for each event. Secrets are hidden in it, and no line of it can be
// forged by what a server or a sender says.
type eventLog struct {
	w   io.Writer
	now func() time.Time
	err error // the first; told when the log is closed
}

func (l *eventLog) line(format string, args ...any) {
	if l == nil || l.err != nil {
		return
	}
	_, l.err = fmt.Fprintf(l.w, "%s %s\n", l.now().Format("2006-01-02T15:04:05.000Z07:00"), safe(oneLine(fmt.Sprintf(format, args...))))
}

func (l *eventLog) event(e migrate.Event) {
	if l == nil {
		return
	}
	switch e := e.(type) {
	case migrate.FolderStarted:
		l.line("folder %s to %q: %d messages, %d to fetch, %d octets", messageURL(e.Source, mail.Ref{Folder: e.Folder}), e.To, e.Messages, e.ToFetch, e.Octets)
	case migrate.MessageDone:
		l.line("%s %s octets=%d message-id=%q to=%s/%s (%s)", e.Outcome, messageURL(e.Source, e.Message.Ref), e.Message.Octets,
			e.Message.Envelope.MessageID, e.To.Folder, e.To.ID, reasonOf(e))
	case migrate.Verified:
		l.line("%s %s octets=%d message-id=%q to=%s/%s (%s)", e.Finding, messageURL(e.Source, e.Message.Ref), e.Message.Octets,
			e.Message.Envelope.MessageID, e.To.Folder, e.To.ID, e.Reason)
	case migrate.FolderAbsent:
		l.line("missing folder %q for %s: %d messages", e.To, messageURL(e.Source, mail.Ref{Folder: e.Folder}), e.Messages)
	case migrate.Note:
		l.line("note %s", e.Text)
	case migrate.Retrying:
		l.line("retry %d in %d s: %v", e.Attempt, e.Wait, e.Err)
	}
}
