package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"mailmv/migrate"
	"mailmv/migrate/census"
)

// deduping is one call of dedupe.
type deduping struct {
	*look
	a      *app
	o      *dedupeOptions
	found  *census.Found
	start  time.Time
	cancel context.CancelCauseFunc

	folders []census.Counts
	all     census.Counts
	applied applied
}

// runDedupe looks, judges, tells, and sets aside where that is asked for.
func (a *app) runDedupe(ctx context.Context, words []string, o *dedupeOptions) error {
	tuneMemory()
	l, err := a.readPlaces(words)
	if err != nil {
		return err
	}
	first, err := o.firstPlaces(a, l)
	if err != nil {
		return err
	}
	d := &deduping{look: l, a: a, o: o, start: time.Now()}
	if err := d.readTarget(); err != nil {
		return err
	}
	a.warnPlaintext(&l.trip)
	if err := a.openLogs(l, &o.lookOptions); err != nil {
		return errors.Join(err, l.closeAll())
	}
	err = d.run(ctx, first)
	if err == nil && d.all.Failed+d.applied.failed > 0 {
		err = fmt.Errorf("%w: %d could not be read, %d could not be set aside", migrate.ErrMessages, d.all.Failed, d.applied.failed)
	}
	if err == nil {
		err = l.unread(&o.lookOptions)
	}
	return errors.Join(err, outputError(d.report(err)), l.closeAll())
}

// firstPlaces are the numbers of the places of --first.
func (o *dedupeOptions) firstPlaces(a *app, l *look) (map[int]bool, error) {
	first := map[int]bool{}
	conf, err := loadConfig(a.opts.config)
	if err != nil {
		return nil, err
	}
	for _, word := range o.first {
		p, err := parsePlace(word, conf)
		if err != nil {
			return nil, err
		}
		known := false
		for i, q := range l.from {
			if p.id() == q.id() && (p.Folder == q.Folder || p.Folder == "") {
				first[i], known = true, true
			}
		}
		if !known {
			return nil, usagef("name it among the places too", "--first: %s is none of the places", safe(p.String()))
		}
	}
	return first, nil
}

func (d *deduping) run(ctx context.Context, first map[int]bool) error {
	a, o := d.a, d.o
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	d.cancel = cancel
	tell := &audience{out: a.printer(place{}), log: d.log, cancel: cancel}
	if err := d.open(ctx, a, &o.lookOptions, tell.note); err != nil {
		return err
	}
	if err := d.look.count(ctx, a, &o.lookOptions, &census.Census{Rules: o.rules, Deep: o.match == "near"}, tell); err != nil {
		return err
	}
	a.unknownFolders(&o.folderOptions)
	for i := range first {
		d.census.Places[i].First = true
	}
	var err error
	if d.found, err = d.census.Judge(ctx, o.wish); err != nil {
		return err
	}
	d.folders, d.all = d.census.Count(d.found.Groups)
	if !d.all.Balanced() {
		return migrate.ErrBalance
	}
	if err := d.printFound(ctx); err != nil {
		return err
	}
	if !o.apply {
		return nil
	}
	return d.apply(ctx)
}
