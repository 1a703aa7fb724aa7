package main

import (
	"cmp"
	"context"
	"errors"
	"time"

	"github.com/spf13/cobra"

	"mailmv/formats/mail"
	"mailmv/migrate"
)

const pop2imapLong = `Move the mail of POP3 maildrops into one folder of an IMAP account: INBOX unless FOLDER is given.

Every message arrives once, octet for octet, with the date it was received. What is in the folder already, however
it came there, is recognised by its content and not copied again. The maildrops are left as they are unless --remove
is given; then what has been read back from the destination is removed from them.

Run again it copies what is new. Ended at any instant and run again it goes on.`

func newPop2imap(a *app) *cobra.Command {
	o := &moveOptions{}
	cmd := &cobra.Command{
		Use:   "pop2imap POP... IMAP[/FOLDER]",
		Short: "Move POP3 maildrops into an IMAP folder",
		Long:  pop2imapLong + moveHelp + exitHelp(exitDone, exitFailed, exitUsage, exitMessages, exitRefused, exitLimit, exitLocked, exitInterrupted),
		Example: `  mailmv pop2imap pop3s://me@mail.old.example imaps://me@mail.new.example
  mailmv pop2imap 'pop3s://me%40old.example@mail.old.example?password-command=pass show mail/old' new:Old/Mail
  mailmv pop2imap --remove-after 30d --remove-limit 10% old: new:`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) < 2 {
				return usagef("write mailmv pop2imap pop3s://USER@HOST imaps://USER@HOST", "pop2imap takes POP3 places and then an IMAP place")
			}
			return nil
		},
		ValidArgsFunction: a.completePlaces,
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := o.check(time.Now()); err != nil {
				return err
			}
			return a.runPop2imap(cmd.Context(), args, o)
		},
	}
	o.flags(cmd)
	return cmd
}

// runPop2imap joins places to ends, ends to a run, and the run to what is printed.
func (a *app) runPop2imap(ctx context.Context, words []string, o *moveOptions) error {
	if !a.guest {
		tuneMemory()
	}
	t, err := a.popToIMAP(words)
	if err != nil {
		return err
	}
	a.warnPlaintext(t)
	if err := a.openFiles(t, o); err != nil {
		return errors.Join(err, t.close())
	}
	t.log.line("begin: pop2imap to %s, folder %q", t.to, t.target(mail.Folder{}))
	err = a.move(ctx, t, o)
	t.log.line("end: %s", cmp.Or(errorText(err), "done"))
	return errors.Join(err, t.close())
}

func errorText(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

// move runs one move between the places of t.
func (a *app) move(ctx context.Context, t *trip, o *moveOptions) (err error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	tell := &audience{out: a.printer(t.to), log: t.log, report: t.report, cancel: cancel}
	e, err := a.openEnds(ctx, t, o, tell.note)
	if err != nil {
		t.report.drop()
		return err
	}
	journal, err := migrate.OpenJournal(cmp.Or(o.state, stateDir()), t.to.id())
	if err != nil {
		t.report.drop()
		return errors.Join(err, e.close())
	}
	tell.bar = a.newProgress(t.received.In.Load)
	run := migrate.Run{Sources: e.from(t), Sink: e.sink, SinkName: t.to.String(), Journal: journal, To: t.target,
		Select: o.selection, Remove: o.removal, OnBad: o.bad, DryRun: o.dryRun, StopAfter: o.stopAt, MessageRate: float64(o.rateMessages), Observe: tell.event}
	report, err := run.Do(ctx)
	tell.bar.close()
	err = errors.Join(err, e.close(), journal.Close())
	return errors.Join(err, tell.end(result{Report: report, Command: "pop2imap", DryRun: o.dryRun, Err: err}))
}

// completePlaces offers the schemes, and the accounts of the configuration file.
func (a *app) completePlaces(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
	words := []string{"pop3s://", "pop3://", "imaps://", "imap://"}
	if conf, err := loadConfig(a.opts.config); err == nil {
		for _, name := range conf.names() {
			words = append(words, name+":")
		}
	}
	return words, cobra.ShellCompDirectiveNoSpace | cobra.ShellCompDirectiveNoFileComp
}
