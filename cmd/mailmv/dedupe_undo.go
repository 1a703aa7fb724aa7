package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"strings"

	"mailmv/migrate"
	"mailmv/migrate/aside"
)

// undoneJSON is the report of dedupe --undo.
type undoneJSON struct {
	Kind     string `json:"kind"`
	Command  string `json:"command"`
	Undo     bool   `json:"undo"`
	PutBack  int    `json:"put_back"`
	Before   int    `json:"put_back_before"`
	States   int    `json:"states"`  // of those that stayed, flags and dates as they were
	Deleted  int    `json:"deleted"` // with --delete: nothing can bring them back
	Failed   int    `json:"failed"`
	Complete bool   `json:"complete"`
	Exit     int    `json:"exit"`
	Error    string `json:"error,omitempty"`
}

// runUndo puts back what a manifest says was set aside.
func (a *app) runUndo(ctx context.Context, o *dedupeOptions) error {
	tuneMemory()
	home, err := aside.OpenHome(filepath.Join(o.stateDir(), "aside"))
	if err != nil {
		return err
	}
	m, err := aside.OpenManifest(o.undo)
	if err != nil {
		if errors.Is(err, fs.ErrNotExist) || errors.Is(err, aside.ErrManifest) {
			err = usagef("dedupe --apply said where its manifest is", "--undo: %v", err)
		}
		return errors.Join(err, home.Close())
	}
	name, err := filepath.Abs(o.undo)
	if err != nil {
		return errors.Join(err, m.Close(), home.Close())
	}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	d := &deduping{look: &look{}, a: a, o: o, cancel: cancel}
	s := &settingAside{deduping: d, home: home, manifest: m, name: name, stores: map[string]aside.Keeper{}}
	u, err := s.undo(ctx)
	err = errors.Join(err, s.close(), d.closeAll())
	if err == nil && len(u.Failed) > 0 {
		err = fmt.Errorf("%w: %d could not be put back", migrate.ErrMessages, len(u.Failed))
	}
	return errors.Join(err, outputError(a.printUndone(u, err)))
}

func (s *settingAside) undo(ctx context.Context) (u aside.Undone, err error) {
	if err := s.openKnown(ctx); err != nil {
		return u, err
	}
	u, err = s.newRun().Undo(ctx)
	if err != nil {
		return u, err
	}
	for _, why := range u.Failed {
		s.log.line("failed: %v", why)
		if err := s.printNotBack(why); err != nil {
			return u, outputError(err)
		}
	}
	return u, s.tidy()
}

// openKnown opens the places and quarantines that the manifest names.
func (s *settingAside) openKnown(ctx context.Context) error {
	var words []string
	known := s.manifest.Places()
	for _, w := range known {
		words = append(words, w.Word)
	}
	l, err := s.a.readPlaces(words)
	if err != nil {
		return err
	}
	s.look = l
	s.deduping.look = l
	s.a.warnPlaintext(&l.trip)
	if err := s.a.openLogs(l, &s.o.lookOptions); err != nil {
		return err
	}
	if err := l.open(ctx, s.a, &s.o.lookOptions, s.a.note); err != nil {
		return err
	}
	for i, w := range known {
		p := &aside.Place{ID: w.ID, Word: w.Word, Store: l.sources[i], To: aside.Quarantine{Word: w.Quarantine, Below: w.Below}}
		s.places = append(s.places, p)
	}
	return s.openQuarantines(ctx, nil)
}

func (s *settingAside) printNotBack(why error) error {
	text := oneLine(why.Error())
	if s.a.opts.json {
		return s.a.object(messageJSON{Kind: "message", Outcome: "failed", Reason: s.a.redact.clean(text)})
	}
	return s.a.screen.line(s.a.stdout, "not put back: "+s.a.foreign(text))
}

func (a *app) printUndone(u aside.Undone, err error) error {
	if a.opts.json {
		j := undoneJSON{Kind: "report", Command: "dedupe", Undo: true, PutBack: u.Back, Before: u.Before, States: u.States, Deleted: u.Deleted,
			Failed: len(u.Failed), Complete: err == nil, Exit: exitCode(err)}
		if err != nil {
			j.Error = a.redact.clean(oneLine(err.Error()))
		}
		return a.object(j)
	}
	if a.opts.quiet {
		return nil
	}
	parts := []string{fmt.Sprintf("%d put back", u.Back)}
	if u.Before > 0 {
		parts = append(parts, fmt.Sprintf("%d were put back before", u.Before))
	}
	if u.States > 0 {
		parts = append(parts, fmt.Sprintf("%d that stayed have the flags and dates they had", u.States))
	}
	if u.Deleted > 0 {
		parts = append(parts, fmt.Sprintf("%d were really removed and cannot be put back", u.Deleted))
	}
	if len(u.Failed) > 0 {
		parts = append(parts, fmt.Sprintf("%d failed", len(u.Failed)))
	}
	return a.screen.line(a.stdout, strings.Join(parts, ", "))
}
