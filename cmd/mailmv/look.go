package main

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"runtime"
	"time"

	"github.com/spf13/pflag"

	"mailmv/archive"
	"mailmv/dedupe"
	"mailmv/formats/mail"
	"mailmv/formats/thunderbird"
	"mailmv/migrate"
	"mailmv/migrate/census"
)

// quarantineFolder is where copies are set aside on an IMAP server. It is not looked into.
const quarantineFolder = "Set aside by mailmv"

// lookOptions are those of the commands that look at many places at once.
type lookOptions struct {
	folderOptions
	timeoutWord, logFile, traceFile, state string
	jobs                                   int
	silence                                time.Duration
}

func (o *lookOptions) flags(f *pflag.FlagSet) {
	f.StringArrayVar(&o.folders, "folders", nil, "only folders whose names match `GLOB`; may be repeated")
	f.StringArrayVar(&o.exclude, "exclude", nil, "no folders whose names match `GLOB`; may be repeated")
	f.IntVar(&o.jobs, "jobs", 0, "read with `N` workers; 0 chooses")
	f.StringVar(&o.state, "state", "", "keep what belongs to no archive in `DIR`, in place of $XDG_STATE_HOME/mailmv")
	f.StringVar(&o.logFile, "log", "", "append a line for each thing done to `FILE`")
	f.StringVar(&o.traceFile, "trace", "", "write what goes over the wire to `FILE`, secrets hidden")
	f.StringVar(&o.timeoutWord, "timeout", "60s", "the longest silence of a server, as a `DURATION`")
}

func (o *lookOptions) check(time.Time) error {
	var err error
	if o.silence, err = option(o.timeoutWord, "timeout", "write 30s, 2m or a number of seconds", parseTimeout); err != nil {
		return err
	}
	if o.jobs < 0 || o.jobs > maxJobs {
		return usagef("leave the option out, or write 0, for the default", "--jobs is from 0 to %d", maxJobs)
	}
	if o.logFile != "" && filepath.Clean(o.logFile) == filepath.Clean(o.traceFile) {
		return usagef("give each its own file", "--log and --trace cannot share a file")
	}
	if o.only, err = globs("folders", o.folders); err != nil {
		return err
	}
	o.not, err = globs("exclude", o.exclude)
	return err
}

// stateDir is where caches and manifests are.
func (o *lookOptions) stateDir() string {
	if o.state != "" {
		return o.state
	}
	return stateDir()
}

// look is many places, open for looking.
type look struct {
	trip
	words   []string // as the user wrote them, paths in full
	sources []migrate.Source
	census  *census.Census
	// target is the place of --to, which is not looked into; nil: not named.
	target *place
}

// readPlaces reads the places of a command that looks at many. None may be in another: a message is no copy of itself.
func (a *app) readPlaces(words []string) (*look, error) {
	conf, err := loadConfig(a.opts.config)
	if err != nil {
		return nil, err
	}
	l := &look{}
	for _, word := range words {
		p, err := parsePlace(word, conf)
		if err != nil {
			return nil, err
		}
		if p.inFiles() {
			full, err := filepath.Abs(p.Path)
			if err != nil {
				return nil, err
			}
			word = p.Proto + ":" + full
		} else {
			word = fullWord(word)
		}
		l.from, l.words = append(l.from, p), append(l.words, word)
	}
	for i, p := range l.from {
		for _, q := range l.from[:i] {
			if err := apartForGood(q, p); err != nil {
				return nil, err
			}
		}
	}
	return l, l.checkThere()
}

// fixed tells a place from which nothing is removed: what is no Maildir and no archive of ours could not be put back as it was.
func (p place) fixed() bool {
	kept := p.Proto == "maildir" && p.writable() || p.Kind == archive.KindMboxArchive
	return p.Proto == "pop3" || p.inFiles() && (!kept || thunderbird.ProfileOf(p.Path) != "")
}

// open makes the stores of all places.
func (l *look) open(ctx context.Context, a *app, o *lookOptions, note func(string)) error {
	op := a.newOpener(l.trace, o.silence, note)
	op.received = &l.received
	for _, p := range l.from {
		s, err := op.source(ctx, p)
		if err != nil {
			return err
		}
		l.sources = append(l.sources, s)
	}
	return nil
}

// count takes the census of all places, in the manner of c.
func (l *look) count(ctx context.Context, a *app, o *lookOptions, c *census.Census, tell *audience) error {
	if c.Jobs = o.jobs; c.Jobs == 0 {
		c.Jobs = runtime.GOMAXPROCS(0)
	}
	tell.bar = a.newProgress(l.received.In.Load)
	defer func() {
		tell.bar.close()
		tell.bar = nil
	}()
	if !a.guest {
		tuneFor(0)
	}
	c.Observe = func(e migrate.Event) {
		if _, listed := e.(migrate.FolderStarted); listed && !a.guest {
			tuneFor(c.Len())
		}
		tell.bar.event(e)
	}
	c.Patience.Observe = tell.event
	found := make([]bool, len(l.from))
	views := map[mail.Role]bool{`\All`: true, `\Flagged`: true, `\Important`: true}
	for i, p := range l.from {
		_, removes := l.sources[i].(migrate.Remover)
		want := func(f mail.Folder) bool {
			_, in := below(f.Path, rootOf(p))
			found[i] = found[i] || in
			_, aside := below(f.Path, quarantineFolder)
			if l.target != nil && l.target.id() == p.id() {
				_, there := below(f.Path, l.target.Folder)
				aside = aside || there
			}
			switch {
			case !in || !o.chosen(f.Path):
				return false
			case aside && rootOf(p) != f.Path:
				tell.note(fmt.Sprintf("%s: %q is not looked into: copies were set aside there", p, f.Path))
				return false
			case views[f.Role] && p.Folder != f.Path:
				tell.note(fmt.Sprintf("%s: %q is not looked into: it shows messages of other folders (%s)", p, f.Path, f.Role))
				return false
			}
			return true
		}
		c.Places = append(c.Places, &census.Place{Source: l.sources[i], Name: p.String(), Want: want, Costly: !p.inFiles(), Fixed: p.fixed() || !removes,
			Wire: wireOf(p), Cache: census.OpenCache(l.printsPath(i, o), c.Rules)})
	}
	l.census = c
	err := c.Take(ctx)
	for _, why := range c.Spoilt {
		tell.note(fmt.Sprintf("left out: %v", why))
	}
	if err == nil {
		err = l.checkApartInside(found)
	}
	c.Remember() // what cannot be kept is found out anew next time
	return err
}

// unread tells of folders that were to be looked into and could not be: nobody knows what mail is in them.
func (l *look) unread(o *lookOptions) error {
	if all := l.census.Spoilt; len(all) > 0 {
		return fmt.Errorf("%w: %w", errUnread, all[0])
	}
	for i, p := range l.from {
		wants := func(f mail.Folder) bool {
			_, in := below(f.Path, rootOf(p))
			return in && o.chosen(f.Path)
		}
		if f, ok := unreadIn(l.sources[i], wants); ok {
			return fmt.Errorf("%s: %w, such as %q", p, errUnread, f)
		}
	}
	return nil
}

func wireOf(p place) dedupe.Wire {
	switch {
	case !p.inFiles():
		return dedupe.WireServer
	case p.Proto == "mbox":
		return dedupe.WireMbox
	}
	return dedupe.WireFile
}

// printsPath is where Prints of a place are kept: in an archive of ours its own folder.
func (l *look) printsPath(i int, o *lookOptions) string {
	p := l.from[i]
	if own, ok := l.sources[i].(stateful); ok && p.isArchive() {
		return printsIn(own)
	}
	return p.printsBelow(o.stateDir())
}

// checkApartInside refuses what only the folders tell: one mailbox under two names, a folder that is not there.
func (l *look) checkApartInside(found []bool) error {
	for i, p := range l.from {
		if p.Folder != "" && !found[i] {
			return fmt.Errorf("%s: folder %q: %w", p, p.Folder, mail.ErrNoFolder)
		}
	}
	all := l.census.Folders
	for n := range all {
		for m := range all[:n] {
			f, g := &all[m], &all[n]
			if f.Place != g.Place && l.from[f.Place].Proto == "imap" && l.from[g.Place].Proto == "imap" && f.Len() > 0 &&
				f.Validity != 0 && f.Validity == g.Validity && f.Next == g.Next && f.Path == g.Path && f.Len() == g.Len() && !l.twoServers(f, g) {
				return usagef("name each place once: a message is no copy of itself", "%s and %s are most likely one account: folder %q has the same UIDVALIDITY and UIDs in both",
					safe(l.from[f.Place].String()), safe(l.from[g.Place].String()), safe(string(f.Path)))
			}
		}
	}
	return nil
}

// twoServers tells two servers apart that both count UIDVALIDITY from 1, by where they answer. One that is the time of day when a folder was made
// is hardly the same on two. Should they be one all the same, the first copy that is removed from it shows that.
func (l *look) twoServers(f, g *census.Folder) bool {
	a, ok := l.sources[f.Place].(migrate.Peered)
	b, ok2 := l.sources[g.Place].(migrate.Peered)
	const counted = 1 << 20
	return ok && ok2 && a.Peer() != b.Peer() && f.Validity < counted
}

// closeAll closes stores, census and files.
func (l *look) closeAll() error {
	var errs []error
	if l.census != nil {
		errs = append(errs, l.census.Close())
	}
	for _, s := range l.sources {
		errs = append(errs, s.Close())
	}
	return errors.Join(append(errs, l.close())...)
}

// openLogs opens the files of --log and --trace.
func (a *app) openLogs(l *look, o *lookOptions) error {
	return a.openFiles(&l.trip, &moveOptions{logFile: o.logFile, traceFile: o.traceFile})
}

// messageName names a copy as reports do.
func (l *look) messageName(i int32) string {
	c := l.census
	return messageURL(l.from[c.FolderOf(i).Place].String(), c.Ref(i))
}
