package main

import (
	"cmp"
	"context"
	"errors"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"mailmv/migrate/census"
)

const overlapLong = `Say which mail is where: how many messages of each place are also in each other place, and how many are nowhere else; by folder
and by year. Copies are told as "mailmv dedupe" tells them, so the copies that several PCs fetched from one maildrop are one
message. It is what to look at before mail of several PCs is brought together. Nothing is changed.

Of a server only the messages are read that have, by their envelopes, a copy elsewhere.`

// overlapOptions are those of `mailmv overlap`.
type overlapOptions struct {
	reportFile string
	ruleOptions
	lookOptions
}

func newOverlap(a *app) *cobra.Command {
	o := &overlapOptions{}
	cmd := &cobra.Command{
		Use:   "overlap PLACE...",
		Short: "Say who has what: which mail is also elsewhere, which is not",
		Long:  overlapLong + exitHelp(exitDone, exitFailed, exitUsage, exitMessages, exitRefused, exitLimit, exitInterrupted),
		Example: `  mailmv overlap ~/Mail/laptop ~/Mail/desktop pop3s://me@mail.example.org
  mailmv overlap --report overlap.html ~/.thunderbird/x1.default imaps://me@mail.example.org`,
		ValidArgsFunction: a.completePlaces,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) == 0 {
				return usagef("write mailmv overlap PLACE...", "overlap takes one place or more")
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := errors.Join(o.ruleOptions.check(), o.lookOptions.check(time.Now())); err != nil {
				return err
			}
			if ext := strings.ToLower(filepath.Ext(o.reportFile)); o.reportFile != "" && ext != ".html" && ext != ".json" {
				return usagef("name it .html to look at it, .json to process it", "--report %s: the ending says the form, and this one is not known", o.reportFile)
			}
			return a.runOverlap(cmd.Context(), args, o)
		},
	}
	f := cmd.Flags()
	f.SortFlags = false
	f.StringVar(&o.reportFile, "report", "", "draw it into `FILE` (.html), or write it there as .json")
	o.ruleOptions.flags(cmd)
	o.lookOptions.flags(f)
	return cmd
}

func (a *app) runOverlap(ctx context.Context, words []string, o *overlapOptions) error {
	tuneMemory()
	l, err := a.readPlaces(words)
	if err != nil {
		return err
	}
	a.warnPlaintext(&l.trip)
	if err := a.openLogs(l, &o.lookOptions); err != nil {
		return errors.Join(err, l.closeAll())
	}
	return errors.Join(a.overlap(ctx, l, o), l.closeAll())
}

func (a *app) overlap(ctx context.Context, l *look, o *overlapOptions) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	tell := &audience{out: a.printer(place{}), log: l.log, cancel: cancel}
	if err := l.open(ctx, a, &o.lookOptions, tell.note); err != nil {
		return err
	}
	if err := l.count(ctx, a, &o.lookOptions, &census.Census{Rules: o.rules}, tell); err != nil {
		return err
	}
	a.unknownFolders(&o.folderOptions)
	found, err := l.census.Judge(ctx, census.Wish{})
	if err != nil {
		return err
	}
	shown := a.overlapJSON(l, l.census.Overlap(found.Groups))
	if err := a.writeOverlap(o.reportFile, shown); err != nil {
		return err
	}
	if err := outputError(a.printOverlap(shown)); err != nil {
		return err
	}
	return cmp.Or(shown.unread(), l.unread(&o.lookOptions))
}
