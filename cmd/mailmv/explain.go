package main

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"mailmv/dedupe"
	"mailmv/formats/mail"
	"mailmv/migrate"
)

const explainLong = `Say why a message is, or is not, the same as another. Of one message the canonical form is shown: the header fields that are the
message, in the form in which they are compared; the trace of the server; its parts with their digests; and what was left out because programs on
the way add it. Of two, what is alike is left out; the first difference that counts is told, and the verdict. What journals and manifests
know of a message follows: where it came from, where it went, why.

MESSAGE is a Message-ID, a UID, a UIDL, the name of a file or the number of a message in an archive, or what reports of
mailmv print; FOLDER/ID where the folder matters. The second may be in another place: explain PLACE MESSAGE PLACE MESSAGE. --table prints the table of header fields.`

// explainOptions are those of `mailmv explain`.
type explainOptions struct {
	table       bool
	state       string
	timeoutWord string
	ruleOptions
	silence time.Duration
}

func newExplain(a *app) *cobra.Command {
	o := &explainOptions{}
	cmd := &cobra.Command{
		Use:   "explain PLACE MESSAGE [[PLACE] MESSAGE]",
		Short: "Say why a message is, or is not, the same as another",
		Long:  explainLong + exitHelp(exitDone, exitFailed, exitUsage, exitRefused, exitLimit, exitInterrupted),
		Example: `  mailmv explain ~/Mail/pc1 '<20040131.17@example.org>'
  mailmv explain ~/Mail/archive Work/17 imaps://me@mail.example.org Work/4711
  mailmv explain ~/Mail/pc1 INBOX/1075501234.M1P2.host ~/Mail/pc2 Work/1075509876.M1P2.host
  mailmv explain --table`,
		ValidArgsFunction: a.completePlaces,
		Args: func(_ *cobra.Command, args []string) error {
			if n := len(args); o.table != (n == 0) || n == 1 || n > 4 {
				return usagef("write mailmv explain PLACE MESSAGE [[PLACE] MESSAGE], or mailmv explain --table", "explain takes a place and a message or two")
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			err := o.ruleOptions.check()
			if err == nil {
				o.silence, err = option(o.timeoutWord, "timeout", "write 30s, 2m or a number of seconds", parseTimeout)
			}
			if err != nil {
				return err
			}
			if o.table {
				return outputError(a.printRules(o.rules))
			}
			return a.runExplain(cmd.Context(), args, o)
		},
	}
	f := cmd.Flags()
	f.SortFlags = false
	f.BoolVar(&o.table, "table", false, "print which header fields count, and which do not")
	o.ruleOptions.flags(cmd)
	o.flagsOfFiles(f)
	return cmd
}

func (o *explainOptions) flagsOfFiles(f *pflag.FlagSet) {
	f.StringVar(&o.state, "state", "", "look for journals in `DIR`, in place of $XDG_STATE_HOME/mailmv")
	f.StringVar(&o.timeoutWord, "timeout", "60s", "the longest silence of a server, as a `DURATION`")
}

// printRules prints the table of header fields with the class of each.
func (a *app) printRules(r *dedupe.Rules) error {
	if a.opts.json {
		for _, rule := range r.Table() {
			if err := a.object(ruleJSON{"rule", rule.Pattern, rule.Class.String()}); err != nil {
				return err
			}
		}
		return a.object(tableJSON{"report", "explain", dedupe.Version, r.Key()})
	}
	rows := [][]string{{"header field", "class"}}
	for _, rule := range r.Table() {
		rows = append(rows, []string{rule.Pattern, rule.Class.String()})
	}
	var b strings.Builder
	writeTable(&b, rows, 0)
	fmt.Fprintf(&b, "version %d; every other field is kept: where only one of two copies has it, they are not the same", dedupe.Version)
	return a.screen.line(a.stdout, b.String())
}

type ruleJSON struct {
	Kind  string `json:"kind"`
	Field string `json:"field"`
	Class string `json:"class"`
}

type tableJSON struct {
	Kind    string `json:"kind"`
	Command string `json:"command"`
	Version int    `json:"version"`
	Rules   string `json:"rules"`
}

// explained is one message that is explained.
type explained struct {
	place place
	mail.Message
	form  *dedupe.Canonical
	sum   dedupe.Sum
	trips []migrate.Trip
	aside []asideTrip
}

func (e *explained) name() string { return messageURL(e.place.String(), e.Ref) }

func (a *app) runExplain(ctx context.Context, words []string, o *explainOptions) error {
	conf, err := loadConfig(a.opts.config)
	if err != nil {
		return err
	}
	places, messages := words[:1], words[1:]
	if len(words) == 4 {
		places, messages = []string{words[0], words[2]}, []string{words[1], words[3]}
	}
	var all []*explained
	for n, word := range places {
		p, err := parsePlace(word, conf)
		if err != nil {
			return err
		}
		of := messages
		if len(places) == 2 {
			of = messages[n : n+1]
		}
		some, err := a.explainIn(ctx, p, of, o)
		if err != nil {
			return err
		}
		all = append(all, some...)
	}
	return outputError(a.printExplained(all))
}

// explainIn reads the messages of one place.
func (a *app) explainIn(ctx context.Context, p place, words []string, o *explainOptions) (all []*explained, err error) {
	t := &trip{from: []place{p}}
	if err := t.checkThere(); err != nil {
		return nil, err
	}
	a.warnPlaintext(t)
	src, err := a.newOpener(nil, o.silence, a.note).source(ctx, p)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, src.Close()) }()
	for _, word := range words {
		ref, err := findMessage(ctx, p, src, word)
		if err != nil {
			return nil, err
		}
		e, err := readExplained(ctx, p, src, ref, o.rules)
		if err != nil {
			return nil, err
		}
		if err := a.findHistory(e, o.stateDir()); err != nil {
			return nil, err
		}
		all = append(all, e)
	}
	return all, nil
}

func (o *explainOptions) stateDir() string {
	if o.state != "" {
		return o.state
	}
	return stateDir()
}

// readExplained reads a message: its canonical form and the sum of its octets.
func readExplained(ctx context.Context, p place, src migrate.Source, ref mail.Ref, rules *dedupe.Rules) (*explained, error) {
	e := &explained{place: p}
	for m, err := range src.Fetch(ctx, mail.Folder{Path: ref.Folder, Validity: ref.Validity}, []mail.Ref{ref}) {
		if err != nil {
			return nil, err
		}
		e.Message = m.Message
		sums := dedupe.NewDigest()
		if e.form, err = rules.Canon(teeTo(m.Body, sums)); err != nil {
			return nil, err
		}
		e.sum, e.Octets = sums.Sums().Exact, sums.Sums().Octets
	}
	if e.form == nil {
		return nil, errors.Join(ctx.Err(), &mail.Error{Op: "fetch", Ref: ref, Scope: mail.ScopeMessage, Err: mail.ErrGone})
	}
	return e, nil
}

// findHistory looks into journals and manifests.
func (a *app) findHistory(e *explained, state string) error {
	dirs := []string{state}
	if e.place.inFiles() {
		dirs = append(dirs, filepath.Join(e.place.Path, ".mailmv"))
	}
	for _, dir := range dirs {
		trips, err := migrate.History(dir, e.sum)
		if err != nil {
			return err
		}
		e.trips = append(e.trips, trips...)
	}
	var err error
	e.aside, err = asideTrips(filepath.Join(state, "aside"), e)
	return err
}
