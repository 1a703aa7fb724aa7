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
	"mailmv/migrate"
)

const listLong = `List the folders of a place: how many messages each has, how many of them are unread, their octets, the dates of
receipt of the oldest and the newest, and what the server says the folder is for. Of mail in files it says what was
recognised. Nothing is changed, and no message is fetched; what the place does not tell without that is shown as "-".`

// listOptions are those of `mailmv list`.
type listOptions struct{ timeout string }

func newList(a *app) *cobra.Command {
	o := &listOptions{}
	cmd := &cobra.Command{
		Use:   "list PLACE[/FOLDER]",
		Short: "List the folders of a place",
		Long:  listLong + exitHelp(exitDone, exitFailed, exitUsage, exitMessages, exitRefused, exitLimit, exitInterrupted),
		Example: `  mailmv list imaps://me@mail.example.org
  mailmv list ~/Mail/archive
  mailmv list --json ~/.thunderbird/x1.default`,
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
			return a.runList(cmd.Context(), args[0], silence)
		},
	}
	cmd.Flags().StringVar(&o.timeout, "timeout", "60s", "the longest silence of a server, as a `DURATION`")
	return cmd
}

// folderFacts are what list tells of a folder. What is nil is not known.
type folderFacts struct {
	Kind     string     `json:"kind"`
	Folder   string     `json:"folder"`
	Messages int        `json:"messages"`
	Unread   *int       `json:"unread"`
	Octets   *int64     `json:"octets"`
	Oldest   *time.Time `json:"oldest"`
	Newest   *time.Time `json:"newest"`
	Role     mail.Role  `json:"role"`
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

func (a *app) runList(ctx context.Context, word string, silence time.Duration) error {
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
	facts, err := listFolders(ctx, p, src)
	return errors.Join(err, src.Close(), outputError(a.printList(p, facts, err == nil)))
}

// listFolders goes over the folders of a place. One that cannot be listed does not keep the others from their turn.
func listFolders(ctx context.Context, p place, src migrate.Source) ([]folderFacts, error) {
	folders, err := src.Folders(ctx)
	if err != nil {
		return nil, err
	}
	var all []folderFacts
	var spoilt error
	seen := false
	wants := func(f mail.Folder) bool {
		_, ok := below(f.Path, p.Folder)
		return ok
	}
	for _, f := range folders {
		if !wants(f) {
			continue
		}
		seen = true
		facts, err := listFolder(ctx, p, src, f)
		switch {
		case err == nil:
			all = append(all, facts)
		case mail.ScopeOf(err) == mail.ScopeStore:
			return all, errors.Join(err, spoilt)
		default:
			spoilt = errors.Join(spoilt, err)
		}
	}
	if f, ok := unreadIn(src, wants); ok && spoilt == nil {
		return all, fmt.Errorf("%s: %w, such as %q", p, errUnread, f)
	}
	if !seen && p.Folder != "" {
		return nil, fmt.Errorf("%s: folder %q: %w", p, p.Folder, mail.ErrNoFolder)
	}
	if spoilt != nil {
		spoilt = fmt.Errorf("%w: %w", migrate.ErrFolders, spoilt)
	}
	return all, spoilt
}

// listFolder sums up one folder. Only of files are headers read, where their dates are not known otherwise.
func listFolder(ctx context.Context, p place, src migrate.Source, f mail.Folder) (folderFacts, error) {
	facts := folderFacts{Kind: "folder", Folder: string(f.Path), Role: f.Role, Octets: new(int64)}
	if p.Proto != "pop3" && p.Proto != "eml" { // those have no flags
		facts.Unread = new(int)
	}
	var undated []mail.Ref
	for m, err := range src.List(ctx, f) {
		if err != nil {
			return facts, err
		}
		facts.add(m)
		if m.InternalDate.IsZero() && p.inFiles() {
			undated = append(undated, m.Ref)
		}
	}
	if len(undated) == 0 {
		return facts, nil
	}
	for m, err := range src.Describe(ctx, f, undated) {
		if err != nil && mail.ScopeOf(err) != mail.ScopeMessage {
			return facts, err
		}
		facts.date(m.InternalDate)
	}
	return facts, nil
}

func (f *folderFacts) add(m mail.Message) {
	f.Messages++
	if f.Unread != nil && m.Flags&mail.Seen == 0 {
		*f.Unread++
	}
	switch {
	case m.Octets < 0:
		f.Octets = nil
	case f.Octets != nil:
		*f.Octets += m.Octets
	}
	f.date(m.InternalDate)
}

func (f *folderFacts) date(t time.Time) {
	if t.IsZero() {
		return
	}
	t = t.UTC()
	if f.Oldest == nil || t.Before(*f.Oldest) {
		f.Oldest = &t
	}
	if f.Newest == nil || t.After(*f.Newest) {
		f.Newest = &t
	}
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
	fmt.Fprintf(&b, "%s: %s, %d messages in %d folders, %s", a.foreign(r.Place), r.Holds, r.Messages, r.Folders, known(r.Octets, sizeText))
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
