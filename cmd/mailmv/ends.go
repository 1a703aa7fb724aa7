package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"mailmv/formats/mail"
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
}

// popToIMAP reads the places of pop2imap: POP3 maildrops, then one IMAP account.
func (a *app) popToIMAP(words []string) (*trip, error) {
	conf, err := loadConfig(a.opts.config)
	if err != nil {
		return nil, err
	}
	t := &trip{}
	seen := map[string]bool{}
	for i, word := range words {
		p, err := parsePlace(word, conf)
		last := i == len(words)-1
		switch {
		case err != nil:
			return nil, err
		case last && p.Proto != "imap":
			return nil, usagef("write mailmv pop2imap pop3s://USER@HOST... imaps://USER@HOST[/FOLDER]", "%s is not an IMAP place, and the last one is where mail goes", safe(p.String()))
		case !last && p.Proto != "pop3":
			return nil, usagef("write mailmv pop2imap pop3s://USER@HOST... imaps://USER@HOST[/FOLDER]", "%s is not a POP3 place", safe(p.String()))
		case seen[p.id()]:
			return nil, usagef("name each maildrop once", "%s is named twice", safe(p.String()))
		}
		seen[p.id()] = true
		if last {
			t.to = p
		} else {
			t.from = append(t.from, p)
		}
	}
	return t, nil
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
	sources []*pop3.Store
	sink    *imap.Store
}

// openEnds finds every secret, asking for it where need be, and makes the stores. No connection is made yet:
// a person is asked at the beginning, not when the second maildrop is reached after an hour.
func (a *app) openEnds(ctx context.Context, t *trip, o *moveOptions, note func(string)) (*ends, error) {
	s := &secrets{warn: a.warn, ask: a.prompt(), keyring: fromKeyring, hide: func(secret string) {
		a.redact.hide(secret)
		if t.trace != nil {
			t.trace.Hide(secret)
		}
	}}
	e := &ends{}
	for _, p := range t.places() {
		k := s.keeper(p)
		if _, err := k.get(ctx, false); err != nil {
			return nil, err
		}
		login := wire.Login{User: p.User, Authzid: p.Authzid, Mechanism: p.Auth, Secret: k.get}
		server := p.server()
		server.Timeout, server.Trace = o.silence, t.trace
		if p.Proto == "imap" {
			e.sink = imap.New(server, login, imap.Options{Connections: cmp.Or(p.Connections, o.jobs), Notes: note})
			continue
		}
		server.Rate, server.Meter = t.rate, &t.received
		e.sources = append(e.sources, pop3.New(server, login, pop3.Options{Remember: o.removal.On, Notes: note}))
	}
	return e, nil
}

// from gives the sources as the engine takes them.
func (e *ends) from(t *trip) []migrate.From {
	var from []migrate.From
	for i, p := range t.from {
		from = append(from, migrate.From{Source: e.sources[i], Name: p.String(), ID: p.id()})
	}
	return from
}

func (e *ends) close() error {
	var errs []error
	for _, s := range e.sources {
		errs = append(errs, s.Close())
	}
	return errors.Join(append(errs, e.sink.Close())...)
}

// target is the one folder that pop2imap fills.
func (t *trip) target(mail.Folder) mail.Path { return cmp.Or(t.to.Folder, mail.Inbox) }
