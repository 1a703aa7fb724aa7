package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
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

// trip is the two sides of a move before anything is connected: places, the secrets for them, and what all
// connections share.
type trip struct {
	from []place
	to   place

	trace    *wire.Trace
	rate     *wire.Rate
	received wire.Meter // from the sources
	files    []*os.File
	log      *eventLog
	report   *reportFile
	seen     [][]*seenAccount // what other programs have of each source; nil: nothing was said of that
}

// readTrip reads the places of a command: sources, then the destination.
func (a *app) readTrip(m *mover, words []string) (*trip, error) {
	conf, err := loadConfig(a.opts.config)
	if err != nil {
		return nil, err
	}
	t := &trip{}
	for _, word := range words {
		p, err := parsePlace(word, conf)
		if err != nil {
			return nil, err
		}
		t.from = append(t.from, p)
	}
	last := len(t.from) - 1
	t.from, t.to = t.from[:last], t.from[last]
	return t, t.check(m)
}

// check compares the places with what the command takes, and with each other.
func (t *trip) check(m *mover) error {
	for i, p := range t.from {
		switch {
		case !m.from.takes(p):
			return usagef(m.usage(), "%s is not %s", safe(p.String()), m.from.words)
		}
		for _, q := range t.from[:i] {
			if err := apart(q, p); err != nil && !otherMail(q, p) && !oneInbox(q, p) && !oneInbox(p, q) { // that is only likely, and --dedupe copies one of each
				return err
			}
		}
	}
	if err := t.checkThere(); err != nil {
		return err
	}
	if !m.to.takes(t.to) {
		return usagef(m.usage(), "%s is not %s, and the last one is where mail goes", safe(t.to.String()), m.to.words)
	}
	if t.to.inFiles() && !t.to.writable() && t.to.Kind == archive.Absent {
		return usagef("name the path alone: it becomes a Maildir archive", "nothing is written as %s: such mail is only read", t.to.Proto)
	}
	if t.to.inFiles() && !t.to.writable() {
		return usagef("name a new path: it becomes a Maildir archive", "nothing is written into %s, which is %s", safe(t.to.Path), t.to.Kind)
	}
	return t.checkApart()
}

// checkThere refuses a path where nothing is.
func (t *trip) checkThere() error {
	for _, p := range t.from {
		if p.Kind != archive.Absent {
			continue
		}
		if link := firstLink(p.Path); link != "" {
			return usagef("name what it leads to", "no mail is at %s but maybe behind links, which are not followed, such as %s", safe(p.Path), safe(link))
		}
		return usagef("check the path", "no mail is at %s", safe(p.Path))
	}
	return nil
}

// firstLink finds a link to something in a directory without files; empty: there is none.
func firstLink(dir string) string {
	link := ""
	dir = realPath(dir)
	_ = filepath.WalkDir(dir, func(name string, d fs.DirEntry, err error) error { // what cannot be read is told when it is looked at
		if err != nil || name == dir || d.Type()&fs.ModeSymlink == 0 {
			return nil
		}
		if _, err := os.Stat(name); err != nil {
			return nil
		}
		link = name
		return fs.SkipAll
	})
	return link
}

// checkApart refuses a destination that is, holds, or lies in one of the sources.
func (t *trip) checkApart() error {
	for _, p := range t.from {
		switch {
		case p.id() == t.to.id():
			return usagef("a destination is another account or another archive", "%s is both source and destination", safe(p.String()))
		case p.inFiles() && t.to.inFiles() && (holdsPath(p.Path, t.to.Path) || holdsPath(t.to.Path, p.Path)):
			return usagef("name a destination beside it", "of %s and %s one lies in the other", safe(p.String()), safe(t.to.String()))
		}
	}
	return nil
}

// checkProfile refuses to write where Thunderbird does.
func (t *trip) checkProfile() error {
	if t.to.inFiles() {
		return archive.RefuseProfile(t.to.Path)
	}
	return nil
}

// checkRemoval refuses to remove where that cannot be, or where source and destination are one mailbox seen twice.
func (t *trip) checkRemoval(o *moveOptions) error {
	for _, p := range t.from {
		switch {
		case !o.removal.On:
		case p.inFiles() && thunderbird.ProfileOf(p.Path) != "":
			return usagef("leave --remove out", "%s is a profile of Thunderbird, or lies in one: it is only read", safe(p.String()))
		case p.readOnly():
			return usagef("leave --remove out", "%s is only read: nothing can be removed from it", safe(p.String()))
		case p.Proto == "pop3" && t.to.Proto == "imap" && p.account() == t.to.account() && cmp.Or(t.to.Folder, mail.Inbox) == mail.Inbox:
			return usagef("leave --remove out, or name another account or folder", "%s is most likely the INBOX of %s: removing from it would remove the only copy", safe(p.String()), safe(t.to.String()))
		}
	}
	return nil
}

// checkSearch refuses to search where no server can.
func (t *trip) checkSearch(o *moveOptions) error {
	for _, p := range t.from {
		if o.selection.Search != "" && p.Proto != "imap" {
			return usagef("leave --search out, or choose with --since, --before, --larger and --smaller", "--search is done by an IMAP server, and %s is none", safe(p.String()))
		}
	}
	return nil
}

// account is the user and the host, whatever the protocol, where the ports are the usual ones.
func (p place) account() string {
	if !p.defaultPort() {
		return p.id()
	}
	return cmp.Or(p.Authzid, p.User) + "@" + p.Host
}

// places gives all of them, sources first.
func (t *trip) places() []place { return append(append([]place{}, t.from...), t.to) }

// warnPlaintext says once for each place that everything goes there in the clear.
func (a *app) warnPlaintext(t *trip) {
	for _, p := range t.places() {
		if p.Security == wire.None {
			a.warn("%s: tls=none: password and mail go over the network in the clear", p)
		}
	}
}

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
