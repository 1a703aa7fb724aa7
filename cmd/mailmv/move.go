package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"mailmv/formats/mail"
	"mailmv/migrate"
)

// mover is a command that moves mail: its words, and which places it takes. In nothing else do such commands differ.
type mover struct {
	name, use, short, long, example string

	from, to placeKind
	sample   string // of its places, for hints
}

// placeKind is a kind of places, and what to call one.
type placeKind struct {
	words string
	takes func(place) bool
}

var (
	anyPlaces    = placeKind{"a place", func(place) bool { return true }}
	popPlaces    = placeKind{"a POP3 place", func(p place) bool { return p.Proto == "pop3" }}
	imapPlaces   = placeKind{"an IMAP place", func(p place) bool { return p.Proto == "imap" }}
	filePlaces   = placeKind{"a place in files", place.inFiles}
	targetPlaces = placeKind{"a place that can be written", func(p place) bool { return p.Proto == "imap" || p.inFiles() }}
)

func (m *mover) usage() string { return "write mailmv " + m.name + " " + m.sample }

var moveCodes = []int{exitDone, exitFailed, exitUsage, exitMessages, exitRefused, exitLimit, exitLocked, exitInterrupted}

// newMove makes the command of a mover.
func (a *app) newMove(m *mover) *cobra.Command {
	o := &moveOptions{}
	cmd := &cobra.Command{
		Use:     m.name + " " + m.use,
		Short:   m.short,
		Long:    m.long + foldersHelp + moveHelp + refetchHelp + seenHelp + exitHelp(moveCodes...),
		Example: m.example,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) < 2 {
				return usagef(m.usage(), "%s takes where mail is and then where it goes", m.name)
			}
			return nil
		},
		ValidArgsFunction: a.completePlaces,
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := errors.Join(o.check(time.Now()), o.folderOptions.check()); err != nil {
				return err
			}
			return a.runMove(cmd.Context(), m, args, o)
		},
	}
	o.flags(cmd)
	o.folderOptions.flags(cmd)
	return cmd
}

// runMove joins places to ends, ends to a run, and the run to what is printed.
func (a *app) runMove(ctx context.Context, m *mover, words []string, o *moveOptions) error {
	if !a.guest {
		tuneMemory()
	}
	t, err := a.readTrip(m, words)
	if err != nil {
		return m.readError(err, words)
	}
	if err := errors.Join(t.checkProfile(), t.checkRemoval(o), t.checkSearch(o)); err != nil {
		return err
	}
	if err := a.checkSeen(t, o); err != nil {
		return err
	}
	a.warnPlaintext(t)
	if err := a.openFiles(t, o); err != nil {
		return errors.Join(err, t.close())
	}
	t.log.line("begin: %s to %s, folder %q", m.name, t.to, t.to.Folder)
	err = a.move(ctx, m, t, o)
	t.log.line("end: %s", cmp.Or(errorText(err), "done"))
	return errors.Join(err, t.close())
}

// readError is why the words of a command make no trip: err, unless the destination is other files than mail.
func (m *mover) readError(err error, words []string) error {
	if !m.to.takes(place{Proto: "maildir", Path: "."}) {
		return err
	}
	return cmp.Or(refuseTarget(words[len(words)-1]), err)
}

func errorText(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

// move runs one move between the places of t.
func (a *app) move(ctx context.Context, m *mover, t *trip, o *moveOptions) (err error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	tell := &audience{out: a.printer(t.to), log: t.log, report: t.report, cancel: cancel}
	e, err := a.openEnds(ctx, t, o, tell.note)
	if err != nil {
		t.report.drop()
		return err
	}
	journal, err := e.openJournal(o.dryRun)
	if err != nil {
		t.report.drop()
		return errors.Join(err, e.close())
	}
	from, err := m.recorded(ctx, t, e, o, journal, tell.note)
	if err != nil {
		t.report.drop()
		return errors.Join(err, e.close(), journal.Close())
	}
	tell.bar = a.newProgress(t.received.In.Load)
	run := migrate.Run{Sources: from.sources, Sink: e.sink, Journal: journal, KeepFlags: o.keepFlags,
		Select: o.selection, Twins: o.twins(), Refetch: o.refetch, Each: a.opts.verbose || o.reportFile != "", Remove: o.removal, OnBad: o.bad, DryRun: o.dryRun, StopAfter: o.stopAt, MessageRate: float64(o.rateMessages), Observe: a.watched(t, tell)}
	forget := func() {}
	if o.dedupe && !o.dryRun {
		prints := e.prints(t.to, o)
		run.Prints = prints
		forget = func() { _ = prints.Close() } // what cannot be kept is found out anew next time
	}
	report, err := run.Do(ctx)
	forget()
	tell.bar.close()
	err = errors.Join(err, from.check(t, err), e.close(), journal.Close())
	if err == nil {
		a.unknownFolders(&o.folderOptions)
	}
	return errors.Join(err, tell.end(result{Report: report, Command: m.name, DryRun: o.dryRun, Err: err}))
}

// routed are the sources of a run with their routes.
type routed struct {
	sources []migrate.From
	found   []bool // the root of each was there
	wants   []func(mail.Folder) bool
}

// past tells where mail went before, and takes a note where that decides.
type past struct {
	brought func(source int, from, to mail.Path) bool // Journal.Brought, of the source of that number
	note    func(string)
}

// routes says which folders of each source go where.
func (m *mover) routes(ctx context.Context, t *trip, e *ends, o *moveOptions, before past) (*routed, error) {
	there, err := t.foldersThere(ctx, e)
	if err != nil {
		return nil, err
	}
	roles := rolesOf(there)
	all := &routed{found: make([]bool, len(t.from))}
	for i, p := range t.from {
		r := &route{OneFolder: e.oneFolder(), Root: rootOf(p), To: t.to.Folder, Roles: roles, Tell: before.note, folderOptions: &o.folderOptions}
		r.Went = func(from, to mail.Path) bool {
			return slices.ContainsFunc(there, func(f mail.Folder) bool { return f.Path == to }) && before.brought(i, from, to)
		}
		want := func(f mail.Folder) bool {
			r.setRootOf(p, e.sources[i])
			if _, ok := below(f.Path, r.Root); ok {
				all.found[i] = true
			}
			return r.wants(f)
		}
		from := migrate.From{Source: e.sources[i], Name: p.String(), ID: p.id(), Want: want, To: r.target, Role: r.role, Seen: t.seenBy(i)}
		if p.inFiles() {
			from.OctetRate = o.octetRate // servers are read no faster than that on the wire
		}
		all.sources, all.wants = append(all.sources, from), append(all.wants, r.wants)
	}
	return all, nil
}

// recorded are the routes of a run that has a journal, which knows the sources by names of its own.
func (m *mover) recorded(ctx context.Context, t *trip, e *ends, o *moveOptions, j *migrate.Journal, note func(string)) (*routed, error) {
	ids, err := t.sourceIDs(e, j)
	if err != nil {
		return nil, err
	}
	brought := func(source int, from, to mail.Path) bool { return j.Brought(ids[source], from, to) }
	all, err := m.routes(ctx, t, e, o, past{brought, note})
	if err != nil {
		return nil, err
	}
	for i, id := range ids {
		all.sources[i].ID = id
	}
	return all, nil
}

// foldersThere asks the destination for its folders, where some of the sources may look for those that have a role.
func (t *trip) foldersThere(ctx context.Context, e *ends) ([]mail.Folder, error) {
	for _, p := range t.from {
		if p.tellsRoles() && t.to.Proto == "imap" && t.to.Folder == "" {
			return e.sink.Folders(ctx)
		}
	}
	return nil, nil
}

// tellsRoles tells whether folders of the place may have roles that count where they go: those of a forest on a server or in an archive.
func (p place) tellsRoles() bool {
	return p.Proto == "imap" && p.Folder == "" || p.isArchive()
}

// errUnread: something in the files of a source cannot be read, so nobody knows what mail is in it.
var errUnread = errors.New("not all of it can be read")

// check tells of a folder that could not be looked into, and of one that was named and never seen, in a run that came to its end.
func (r *routed) check(t *trip, err error) error {
	if err != nil && !errors.Is(err, migrate.ErrMessages) {
		return nil
	}
	for i, p := range t.from {
		if f, ok := unreadIn(r.sources[i].Source, r.wants[i]); ok {
			return fmt.Errorf("%s: %w, such as %q", p, errUnread, f)
		}
		if p.Folder != "" && !r.found[i] {
			return fmt.Errorf("%s: folder %q: %w", p, p.Folder, mail.ErrNoFolder)
		}
	}
	return nil
}

// unreadIn gives a folder that was wanted and could not be looked into.
func unreadIn(src migrate.Source, wants func(mail.Folder) bool) (mail.Path, bool) {
	s, ok := src.(interface{ Unread() []mail.Path })
	if !ok {
		return "", false
	}
	for _, f := range s.Unread() {
		if wants(mail.Folder{Path: f}) {
			return f, true
		}
	}
	return "", false
}

// completePlaces offers the schemes, and the accounts of the configuration file.
func (a *app) completePlaces(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
	words := []string{"pop3s://", "pop3://", "imaps://", "imap://", "maildir:"}
	if conf, err := loadConfig(a.opts.config); err == nil {
		for _, name := range conf.names() {
			words = append(words, name+":")
		}
	}
	return words, cobra.ShellCompDirectiveNoSpace | cobra.ShellCompDirectiveNoFileComp
}
