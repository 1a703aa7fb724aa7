package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"

	"mailmv/archive"
	"mailmv/archive/files"
	"mailmv/archive/ledger"
	"mailmv/formats/mail"
	"mailmv/formats/thunderbird"
	"mailmv/migrate"
	"mailmv/migrate/imap"
	"mailmv/migrate/pop3"
	"mailmv/migrate/wire"
)

// openFiles opens what the run writes beside the mail. It is undone by close.
func (a *app) openFiles(t *trip, o *moveOptions) error {
	if o.logFile != "" {
		f, err := createPrivate(o.logFile, os.O_APPEND)
		if err != nil {
			return err
		}
		t.files = append(t.files, f)
		t.log = &eventLog{w: a.redact.writer(f), now: time.Now}
	}
	if o.traceFile != "" {
		f, err := createPrivate(o.traceFile, os.O_TRUNC)
		if err != nil {
			return err
		}
		t.files = append(t.files, f)
		t.trace = wire.NewTrace(f)
	}
	if o.octetRate > 0 {
		t.rate = wire.NewRate(o.octetRate)
	}
	report, err := a.openReport(o.reportFile, t.to)
	t.report = report
	return err
}

// close closes the files; an event that could not be logged is an error.
func (t *trip) close() error {
	var errs []error
	if t.log != nil && t.log.err != nil {
		errs = append(errs, fmt.Errorf("log: %w", t.log.err))
	}
	for _, f := range t.files {
		errs = append(errs, f.Close())
	}
	return errors.Join(errs...)
}

// ends are the stores of a move, not yet connected.
type ends struct {
	sources []migrate.Source
	sink    sink
	// state is the folder of the journal, sinkID the name of the sink in it.
	state, sinkID string
	// early gives the journal that was opened beside the archive; nil: none was.
	early <-chan earlyJournal
}

type earlyJournal struct {
	*migrate.Journal
	err error
}

// sink is a destination, which can always be listed too.
type sink interface {
	migrate.Sink
	Folders(ctx context.Context) ([]mail.Folder, error)
}

// opener makes stores of places.
type opener struct {
	secrets  *secrets
	silence  time.Duration // the longest of a server
	trace    *wire.Trace
	rate     *wire.Rate
	received *wire.Meter
	remember bool // messages that are fetched may be removed
	proves   bool // archives tell the dates that other programs see
	note     func(string)
	open     []string // profiles of Thunderbird that it was told of
}

func (a *app) newOpener(trace *wire.Trace, silence time.Duration, note func(string)) *opener {
	s := &secrets{warn: a.warn, ask: a.prompt(), keyring: fromKeyring, hide: func(secret string) {
		a.redact.hide(secret)
		if trace != nil {
			trace.Hide(secret)
		}
	}}
	return &opener{secrets: s, silence: silence, trace: trace, note: note}
}

// files makes the store of a place in files that other programs keep.
func (o *opener) files(p place) (migrate.Source, error) {
	s, err := files.Open(p.Path, files.Kind(p.Kind), o.note)
	if err != nil {
		return nil, err
	}
	if home, err := os.UserHomeDir(); err == nil {
		s.SetHome(home)
	}
	return s, nil
}

// source makes the store of a place that is read.
func (o *opener) source(ctx context.Context, p place) (migrate.Source, error) {
	if p.inFiles() {
		o.noteThunderbird(p)
	}
	if p.readOnly() {
		return o.files(p)
	}
	if p.inFiles() {
		return readArchive(p, archive.Options{FileDates: o.proves, Tell: o.note})
	}
	login, server, err := o.login(ctx, p)
	if err != nil {
		return nil, err
	}
	server.Rate, server.Meter = o.rate, o.received
	if p.Proto == "imap" {
		return imap.New(server, login, imap.Options{Connections: p.Connections, Notes: o.note, Ahead: cmp.Or(p.Folder, mail.Inbox)}), nil
	}
	return pop3.New(server, login, pop3.Options{Remember: o.remember, Notes: o.note}), nil
}

// noteThunderbird says that Thunderbird has the profile open that a place lies in; once for each profile.
func (o *opener) noteThunderbird(p place) {
	profile := thunderbird.ProfileOf(p.Path)
	if profile == "" || slices.Contains(o.open, profile) || !thunderbird.Running(profile) {
		return
	}
	o.open = append(o.open, profile)
	o.note(fmt.Sprintf("Thunderbird is running with the profile %s: mail may move meanwhile; run again once it has ended", profile))
}

// login finds the secret of a server's account, so that a person is asked now.
func (o *opener) login(ctx context.Context, p place) (wire.Login, wire.Server, error) {
	k := o.secrets.keeper(p)
	if _, err := k.get(ctx, false); err != nil {
		return wire.Login{}, wire.Server{}, err
	}
	server := p.server()
	server.Timeout, server.Trace = o.silence, o.trace
	return wire.Login{User: p.User, Authzid: p.Authzid, Mechanism: p.Auth, Secret: k.get}, server, nil
}

// openEnds finds every secret, asking for it where need be, and makes the stores. No connection is made yet:
// a person is asked at the beginning, not when the second maildrop is reached after an hour.
func (a *app) openEnds(ctx context.Context, t *trip, o *moveOptions, note func(string)) (e *ends, err error) {
	op := a.newOpener(t.trace, o.silence, note)
	op.rate, op.received, op.remember = t.rate, &t.received, o.removal.On
	e = &ends{state: cmp.Or(o.state, stateDir()), sinkID: t.to.id()}
	defer func() {
		if err != nil {
			err = errors.Join(err, e.close())
		}
	}()
	for _, p := range t.from {
		s, err := op.source(ctx, p)
		if err != nil {
			return e, err
		}
		e.sources = append(e.sources, s)
	}
	if err := e.checkOneFile(ctx, t, o); err != nil {
		return e, err
	}
	if t.to.inFiles() {
		return e, e.openFiles(ctx, t.to, archive.Options{ReadOnly: o.dryRun, FileDates: o.proves, Tell: note})
	}
	login, server, err := op.login(ctx, t.to)
	if err != nil {
		return e, err
	}
	e.sink = imap.New(server, login, imap.Options{Connections: cmp.Or(t.to.Connections, o.jobs), Notes: note})
	return e, nil
}

// openFiles opens the destination in files. The sources are logged in to before a new archive is made, for a wrong password is to leave
// nothing behind; while one that is there is opened, the first of them is.
func (e *ends) openFiles(ctx context.Context, p place, o archive.Options) error {
	if _, err := os.Lstat(p.Path); err != nil {
		if err := e.reach(ctx, e.sources); err != nil {
			return err
		}
		return e.openArchive(p, o)
	}
	opened := make(chan error, 1)
	go func() { opened <- e.openArchive(p, o) }()
	err := e.reach(ctx, e.sources[:1])
	if mail.Retryable(err) { // the run tries again, and knows for how long
		err = nil
	}
	return cmp.Or(<-opened, err)
}

// reach logs in to sources.
func (e *ends) reach(ctx context.Context, sources []migrate.Source) error {
	for _, s := range sources {
		if c, ok := s.(migrate.Connector); ok {
			if err := c.Connect(ctx); err != nil {
				return err
			}
		}
	}
	return nil
}

// openArchive opens the destination in files. It keeps its journal itself, under a name that holds wherever it is moved.
func (e *ends) openArchive(p place, o archive.Options) error {
	const id = "archive"
	if state := filepath.Join(p.Path, ledger.Dir); !o.ReadOnly && migrate.HasJournal(state, id) {
		early := make(chan earlyJournal, 1)
		go func() { // manifest and journal are what a run with nothing to do reads
			j, err := migrate.OpenJournal(state, id)
			early <- earlyJournal{j, err}
		}()
		e.early = early
	}
	box, err := createArchive(p, o)
	if err != nil {
		return err
	}
	e.sink, e.state, e.sinkID = box, box.StateDir(), id
	return nil
}

func (e *ends) close() error {
	var errs []error
	if e.early != nil { // nobody asked for it
		if j := <-e.early; j.err == nil {
			errs = append(errs, j.Close())
		}
	}
	for _, s := range e.sources {
		errs = append(errs, s.Close())
	}
	if e.sink != nil {
		errs = append(errs, e.sink.Close())
	}
	return errors.Join(errs...)
}
