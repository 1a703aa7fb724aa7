package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"mailmv/formats/mail"
)

const listLong = `List the folders of a place: how many messages each has, how many of them are unread, their octets, the dates of
receipt of the oldest and the newest, and what the server says the folder is for. Of mail in files it says what was
recognised. Nothing is changed. From a server no message is fetched; what it does not tell without that is shown as "-".
Of mail in files all is told: a message whose octets or date nothing else tells is read. That may take a while; with --quick
no file is read for its octets, and those of the folder are shown as "-".`

// listOptions are those of `mailmv list`.
type listOptions struct {
	timeout string
	quick   bool
}

func newList(a *app) *cobra.Command {
	o := &listOptions{}
	cmd := &cobra.Command{
		Use:   "list PLACE[/FOLDER]",
		Short: "List the folders of a place",
		Long:  listLong + exitHelp(exitDone, exitFailed, exitUsage, exitMessages, exitRefused, exitLimit, exitInterrupted),
		Example: `  mailmv list imaps://me@mail.example.org
  mailmv list ~/Mail/archive
  mailmv list --json ~/.thunderbird/x1.default
  mailmv list --quick ~/Maildir`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) != 1 {
				return usagef("write mailmv list imaps://USER@HOST, or mailmv list PATH", "list takes one place")
			}
			return nil
		},
		ValidArgsFunction: a.completePlaces,
		RunE: func(cmd *cobra.Command, args []string) error {
			silence, err := option(o.timeout, "timeout", "write 30s, 2m or a number of seconds", parseTimeout)
			if err != nil {
				return err
			}
			return a.runList(cmd.Context(), args[0], o, silence)
		},
	}
	cmd.Flags().StringVar(&o.timeout, "timeout", "60s", "the longest silence of a server, as a `DURATION`")
	cmd.Flags().BoolVar(&o.quick, "quick", false, "read no file for its octets")
	return cmd
}

// listReport is the last object of list.
type listReport struct {
	Kind     string `json:"kind"`
	Command  string `json:"command"`
	Place    string `json:"place"`
	Holds    string `json:"holds"` // what a path was recognised as; else the protocol
	Folders  int    `json:"folders"`
	Messages int    `json:"messages"`
	Unread   *int   `json:"unread"`
	Octets   *int64 `json:"octets"`
	Complete bool   `json:"complete"`
}

func (a *app) runList(ctx context.Context, word string, o *listOptions, silence time.Duration) error {
	conf, err := loadConfig(a.opts.config)
	if err != nil {
		return err
	}
	p, err := parsePlace(word, conf)
	if err != nil {
		return err
	}
	t := &trip{from: []place{p}}
	if err := t.checkThere(); err != nil {
		return err
	}
	a.warnPlaintext(t)
	src, err := a.newOpener(nil, silence, a.note).source(ctx, p)
	if err != nil {
		return err
	}
	l := &lister{place: p, src: src, quick: o.quick, warn: a.warn, bar: a.newProgress(func() int64 { return 0 })}
	facts, err := l.folders(ctx)
	l.bar.close()
	return errors.Join(err, src.Close(), outputError(a.printList(p, facts, err == nil)))
}

func (a *app) printList(p place, all []folderFacts, complete bool) error {
	r := listReport{Kind: "report", Command: "list", Place: a.redact.clean(p.String()), Holds: cmp.Or(string(p.Kind), p.Proto),
		Folders: len(all), Unread: new(int), Octets: new(int64), Complete: complete}
	for _, f := range all {
		r.Messages += f.Messages
		r.Unread, r.Octets = plus(r.Unread, f.Unread), plus(r.Octets, f.Octets)
	}
	switch {
	case a.opts.json:
	case a.opts.quiet, !complete && len(all) == 0: // of what is not there no sum is told
		return nil
	default:
		return a.printListText(r, all)
	}
	for _, f := range all {
		f.Folder = a.redact.clean(f.Folder)
		if err := a.object(f); err != nil {
			return err
		}
	}
	return a.object(r)
}

// plus adds what is known; the sum with something unknown is unknown.
func plus[N int | int64](a, b *N) *N {
	if a == nil || b == nil {
		return nil
	}
	sum := *a + *b
	return &sum
}

func (a *app) printListText(r listReport, all []folderFacts) error {
	rows := [][]string{{"folder", "role", "messages", "unread", "size", "oldest", "newest"}}
	for _, f := range all {
		rows = append(rows, []string{a.foreign(f.Folder), a.foreign(strings.TrimPrefix(string(f.Role), `\`)), strconv.Itoa(f.Messages),
			known(f.Unread, strconv.Itoa), known(f.Octets, sizeText), known(f.Oldest, day), known(f.Newest, day)})
	}
	var b strings.Builder
	if len(all) > 0 {
		writeTable(&b, rows, 5)
	}
	fmt.Fprintf(&b, "%s: %s, %s in %s, %s", a.foreign(r.Place), r.Holds, mail.Count(r.Messages, "message", "messages"),
		mail.Count(r.Folders, "folder", "folders"), known(r.Octets, sizeText))
	return a.screen.line(a.stdout, b.String())
}

func day(t time.Time) string { return t.Local().Format(time.DateOnly) }

// known writes what may not be known.
func known[T any](v *T, text func(T) string) string {
	if v == nil {
		return "-"
	}
	return text(*v)
}
