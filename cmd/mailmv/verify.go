package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"mailmv/formats/mail"
	"mailmv/migrate"
)

const verifyLong = `Prove that every message of FROM is in TO, in the folder where it belongs: its octets, its date of receipt, its flags.
Both sides are read; no journal is believed and nothing is changed. What is missing or differs is listed by folder, date, sender
and subject, with the reason. Octets that servers are known to alter (line ends, NUL) count as present. Two messages
that are alike need two copies.`

func newVerify(a *app) *cobra.Command {
	o := &moveOptions{dryRun: true, onBad: "skip"}
	m := &mover{name: "verify", from: anyPlaces, to: targetPlaces, sample: "FROM... TO"}
	cmd := &cobra.Command{
		Use:   "verify FROM... TO",
		Short: "Prove that every message of FROM is in TO",
		Long:  verifyLong + foldersHelp + moveHelp + exitHelp(exitDone, exitFailed, exitUsage, exitMessages, exitRefused, exitLimit, exitLocked, exitInterrupted),
		Example: `  mailmv verify imaps://me@mail.old.example imaps://me@mail.new.example
  mailmv verify pop3s://me@mail.old.example ~/Mail/archive`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) < 2 {
				return usagef(m.usage(), "verify takes where mail was and then where it should be")
			}
			return nil
		},
		ValidArgsFunction: a.completePlaces,
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := errors.Join(o.check(time.Now()), o.folderOptions.check()); err != nil {
				return err
			}
			return a.runVerify(cmd.Context(), m, args, o)
		},
	}
	f := cmd.Flags()
	f.SortFlags = false
	o.selectionFlags(f)
	f.StringVar(&o.rate, "rate", "", "read at most `SIZE` a second")
	o.fileFlags(f)
	o.folderOptions.nameFlags(f)
	return cmd
}

func (a *app) runVerify(ctx context.Context, m *mover, words []string, o *moveOptions) error {
	tuneMemory()
	t, err := a.readTrip(m, words)
	if err != nil {
		return err
	}
	if err := t.checkSearch(o); err != nil {
		return err
	}
	a.warnPlaintext(t)
	if err := a.openFiles(t, o); err != nil {
		return errors.Join(err, t.close())
	}
	return errors.Join(a.verify(ctx, m, t, o), t.close())
}

// verify runs the proof between the places of t.
func (a *app) verify(ctx context.Context, m *mover, t *trip, o *moveOptions) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	tell := &audience{out: a.printer(t.to), log: t.log, cancel: cancel}
	e, err := a.openEnds(ctx, t, o, tell.note)
	if err != nil {
		return err
	}
	from, err := m.routes(ctx, t, e, o)
	if err != nil {
		return errors.Join(err, e.close())
	}
	tell.bar = a.newProgress(t.received.In.Load)
	run := migrate.Run{Sources: from.sources, Sink: e.sink, Select: o.selection, Observe: tell.event}
	proof, err := run.Verify(ctx)
	tell.bar.close()
	err = errors.Join(err, from.check(t, err), e.close())
	if err == nil && proof.Missing+proof.Differs+proof.Unread > 0 {
		err = fmt.Errorf("%w: %d missing, %d differ, %d could not be read", errNotProven, proof.Missing, proof.Differs, proof.Unread)
	}
	t.log.line("report: %s", proofText(proof))
	return errors.Join(err, a.proofReport(proof, err))
}

// errNotProven: verify found something missing or different.
var errNotProven = errors.New("not everything is there")

func proofText(p migrate.Proof) string {
	return fmt.Sprintf("%d seen = %d present + %d missing + %d differs + %d skipped + %d failed",
		p.Seen, p.Present, p.Missing, p.Differs, p.Skipped, p.Unread)
}

type proofJSON struct {
	Kind     string  `json:"kind"`
	Command  string  `json:"command"`
	Seen     int     `json:"seen"`
	Present  int     `json:"present"`
	Missing  int     `json:"missing"`
	Differs  int     `json:"differs"`
	Extra    int     `json:"extra"`
	Skipped  int     `json:"skipped"`
	Failed   int     `json:"failed"`
	Altered  int     `json:"altered"`
	Seconds  float64 `json:"seconds"`
	Complete bool    `json:"complete"`
	Exit     int     `json:"exit"`
	Error    string  `json:"error,omitempty"`
}

// proofReport prints the last line. All is well is said too, but for -q.
func (a *app) proofReport(p migrate.Proof, err error) error {
	if a.opts.json {
		j := proofJSON{Kind: "report", Command: "verify", Seen: p.Seen, Present: p.Present, Missing: p.Missing, Differs: p.Differs,
			Extra: p.Extra, Skipped: p.Skipped, Failed: p.Unread, Altered: p.Altered, Seconds: p.Elapsed.Round(time.Millisecond).Seconds(),
			Complete: err == nil || errors.Is(err, errNotProven), Exit: exitCode(err)}
		if err != nil {
			j.Error = a.redact.clean(oneLine(err.Error()))
		}
		text, jerr := jsonText(j)
		return errors.Join(jerr, outputError(a.screen.line(a.stdout, text)))
	}
	if a.opts.quiet {
		return nil
	}
	var b strings.Builder
	if p.Altered > 0 {
		fmt.Fprintf(&b, "%d altered by the destination as servers do\n", p.Altered)
	}
	if p.Extra > 0 {
		fmt.Fprintf(&b, "%d more at the destination\n", p.Extra)
	}
	b.WriteString(proofText(p))
	return outputError(a.screen.line(a.stdout, b.String()))
}

// finding is the line of one message that verify tells of.
func (a *app) finding(e migrate.Verified) string {
	m := e.Message
	date := "-"
	if !m.InternalDate.IsZero() {
		date = m.InternalDate.UTC().Format(time.DateOnly)
	}
	return fmt.Sprintf("%-8s %s  %s  %q  %q  (%s)", e.Finding, date, a.foreign(messageURL(e.Source, mail.Ref{Folder: m.Folder, ID: m.ID})),
		a.foreign(m.Envelope.From), a.foreign(subject(m.Envelope.Subject)), a.foreign(e.Reason))
}

func (a *app) findingJSON(e migrate.Verified, sink string) messageJSON {
	m := messageJSON{Kind: "message", Outcome: e.Finding.String(), Reason: a.redact.clean(e.Reason), Octets: e.Message.Octets,
		From:      a.redact.clean(messageURL(e.Source, e.Message.Ref)),
		MessageID: a.redact.clean(e.Message.Envelope.MessageID), Subject: a.redact.clean(subject(e.Message.Envelope.Subject))}
	if e.To.Folder != "" {
		m.To = a.redact.clean(messageURL(sink, e.To))
	}
	return m
}
