package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"mailmv/archive"
	"mailmv/dedupe/proof"
	"mailmv/formats/mail"
	"mailmv/formats/mbox"
	"mailmv/migrate"
	"mailmv/migrate/aside"
)

// readTarget reads the place of --to, which is none of the others.
func (d *deduping) readTarget() error {
	if d.o.to == "" {
		return nil
	}
	conf, err := loadConfig(d.a.opts.config)
	if err != nil {
		return err
	}
	t, err := parsePlace(d.o.to, conf)
	if err != nil {
		return cmp.Or(refuseTarget(d.o.to), err)
	}
	if !t.keepsAside() {
		return usagef("name an archive (of mbox files: a tree) or an IMAP folder", "--to: copies are not set aside into %s", safe(t.String()))
	}
	for _, p := range d.from {
		if p.id() == t.id() && t.Folder == "" || overlap(p, t) && rootOf(p) != "" ||
			p.inFiles() && t.inFiles() && (holdsPath(p.Path, t.Path) || holdsPath(t.Path, p.Path)) {
			return usagef("name a place beside those that are looked into", "--to: %s is, holds, or lies in %s", safe(t.String()), safe(p.String()))
		}
	}
	d.target = &t
	return nil
}

// keepsAside tells a place that copies can be set aside into: one that has folders, and in which nothing is another program's.
func (t place) keepsAside() bool {
	switch {
	case t.Proto == "imap", t.Proto == "maildir" && t.writable():
		return true
	case t.Proto != "mbox" || !t.writable() || t.Kind != archive.Absent && t.Kind != archive.KindMboxArchive:
		return false
	}
	i, err := os.Stat(t.Path)
	return err == nil && i.IsDir() || err != nil && !strings.EqualFold(filepath.Ext(t.Path), ".mbox")
}

// fileWord is a place in files as it is written whatever the directory one is in.
func (t place) fileWord() string {
	full, err := filepath.Abs(t.Path)
	if err != nil {
		full = t.Path
	}
	word := t.Proto + ":" + full
	if t.Dialect != mbox.Unknown {
		word += "?dialect=" + t.Dialect.String()
	}
	return word
}

// apply sets aside what was found.
func (d *deduping) apply(ctx context.Context) error {
	if err := d.checkShare(); err != nil {
		return err
	}
	pairs := d.pairs()
	home, err := aside.OpenHome(filepath.Join(d.o.stateDir(), "aside"))
	if err != nil {
		return err
	}
	s := &settingAside{deduping: d, home: home, stores: map[string]aside.Keeper{}}
	return errors.Join(s.run(ctx, pairs), s.close())
}

// checkShare stops before anything is done where more of a folder would go than the user thinks possible.
func (d *deduping) checkShare() error {
	var over []string
	for n, c := range d.folders {
		f := &d.census.Folders[n]
		if going := c.Duplicate - c.Fixed; float64(going) > d.o.limit/100*float64(c.Seen) {
			over = append(over, fmt.Sprintf("%s: %s: %d of %d", d.from[f.Place], f.Path, going, c.Seen))
		}
	}
	if len(over) == 0 {
		return nil
	}
	more := ""
	if len(over) > 3 {
		over, more = over[:3], " and "+mail.Count(len(over)-3, "folder more", "folders more")
	}
	return fmt.Errorf("%w: %s%s; nothing was touched", errShare, strings.Join(over, ", "), more)
}

// pairs are the copies that can be set aside, each with the one that stays.
func (d *deduping) pairs() (pairs []aside.Pair) {
	c := d.census
	for _, g := range d.found.Groups {
		for i := range g.Drop() {
			if !c.PlaceOf(i).Fixed {
				pairs = append(pairs, aside.Pair{DropIn: c.FolderOf(i).Place, Drop: c.Ref(i), KeepIn: c.FolderOf(g.Keep).Place, Keep: c.Ref(g.Keep)})
			}
		}
	}
	return pairs
}

// settingAside is what --apply and --undo have open.
type settingAside struct {
	*deduping
	home     *aside.Home
	manifest *aside.Manifest
	name     string // of the manifest's file
	places   []*aside.Place
	stores   map[string]aside.Keeper // quarantines, by word
}

func (s *settingAside) close() error {
	var errs []error
	for _, k := range s.stores {
		errs = append(errs, k.Close())
	}
	if s.manifest != nil {
		errs = append(errs, s.manifest.Close())
	}
	if s.home != nil {
		errs = append(errs, s.home.Close())
	}
	return errors.Join(errs...)
}

func (s *settingAside) run(ctx context.Context, pairs []aside.Pair) error {
	s.applied.begun = true
	if err := s.openManifest(len(pairs) > 0); err != nil || s.manifest == nil {
		return err
	}
	if err := s.openQuarantines(ctx, pairs); err != nil {
		return err
	}
	r := s.newRun()
	err := r.Do(ctx, pairs)
	s.applied.manifest, s.applied.quarantine = s.name, s.manifest.Quarantined()
	return errors.Join(err, s.tidy())
}

func (s *settingAside) newRun() *aside.Run {
	o := proof.Options{Ignore: s.o.ignore, Aliases: strings.Contains(s.o.merge, "aliases"), Lists: strings.Contains(s.o.merge, "lists")}
	patience := migrate.Patience{Observe: func(e migrate.Event) { s.a.note(retryText(e.(migrate.Retrying))) }}
	return &aside.Run{Places: s.places, Manifest: s.manifest, Delete: s.o.delete, Unite: unite, Observe: s.fate, Patience: patience,
		Prove: func(keep, drop func() io.Reader) error {
			answer, err := proof.Same(again(keep), again(drop), o)
			if err == nil && !answer.OK {
				err = errors.New(answer.Why)
			}
			return err
		}}
}

// again gives a message from its start as often as it is asked for.
func again(r func() io.Reader) proof.Opener {
	return func() (io.ReadCloser, error) { return io.NopCloser(r()), nil }
}

// openManifest goes on with that of a run with these places that was cut, or begins one, if there is anything to do.
func (s *settingAside) openManifest(anything bool) error {
	cut, err := s.home.Unfinished()
	if err != nil {
		return err
	}
	for _, name := range cut {
		m, err := aside.OpenManifest(name)
		if err != nil {
			return err
		}
		s.name = name
		s.nameQuarantines()
		if m.Covers(s.places) {
			s.manifest = m
			s.a.note("going on where an earlier run was cut: " + name)
			return nil
		}
		if err := m.Close(); err != nil {
			return err
		}
		s.a.note("an earlier run with other places was cut; mailmv dedupe --undo " + name + " undoes it")
	}
	if !anything {
		return nil
	}
	s.manifest, s.name, err = s.home.Begin(time.Now())
	s.nameQuarantines()
	return err
}

// nameQuarantines says for each place where its copies go.
func (s *settingAside) nameQuarantines() {
	s.places = nil
	labels := map[string]bool{}
	for i, p := range s.from {
		q := aside.Quarantine{Word: "maildir:" + aside.MailIn(s.name), Below: label(p, labels)}
		switch {
		case s.target != nil:
			q.Word, q.Below = fullWord(s.o.to), join(s.target.Folder, q.Below)
			if s.target.inFiles() {
				q.Word = s.target.fileWord()
			}
		case p.Proto == "imap" && !s.o.delete:
			q.Word, q.Below = "", quarantineFolder
		}
		s.places = append(s.places, &aside.Place{ID: p.id() + "/" + string(p.Folder), Word: s.words[i], Store: s.sources[i], To: q})
	}
}

// label is the folder of a quarantine for a place, none for two of them.
func label(p place, taken map[string]bool) mail.Path {
	name := p.User + "@" + p.Host
	if p.inFiles() {
		name = path.Base(filepath.ToSlash(realPath(p.Path)))
	}
	name = strings.Trim(strings.NewReplacer("/", "-", "\\", "-").Replace(name), ".")
	if name == "" {
		name = "mail"
	}
	for n := 2; taken[strings.ToLower(name)]; n++ {
		name = strings.TrimRight(name, "0123456789") + fmt.Sprint(n)
	}
	taken[strings.ToLower(name)] = true
	return mail.Path(name).Clean()
}

// openQuarantines opens the stores of those quarantines that are needed.
func (s *settingAside) openQuarantines(ctx context.Context, pairs []aside.Pair) error {
	for n, p := range s.places {
		needed := slices.ContainsFunc(pairs, func(q aside.Pair) bool { return q.DropIn == n }) || s.manifest.Knows(p)
		if !needed {
			continue
		}
		if p.To.Word == "" {
			k, ok := p.Store.(aside.Keeper)
			if !ok {
				return fmt.Errorf("cannot happen: %s keeps nothing", p.Word)
			}
			p.To.Store = k
			continue
		}
		k, err := s.keeper(ctx, p.To.Word)
		if err != nil {
			return err
		}
		p.To.Store = k
	}
	return nil
}

// keeper opens a quarantine once.
func (s *settingAside) keeper(ctx context.Context, word string) (aside.Keeper, error) {
	if k := s.stores[word]; k != nil {
		return k, nil
	}
	conf, err := loadConfig(s.a.opts.config)
	if err != nil {
		return nil, err
	}
	p, err := parsePlace(word, conf)
	if err != nil {
		return nil, err
	}
	var k aside.Keeper
	if p.inFiles() {
		k, err = createArchive(p, archive.Options{Tell: s.a.note})
	} else {
		var src migrate.Source
		if src, err = s.a.newOpener(s.trace, s.o.silence, s.a.note).source(ctx, p); err == nil {
			k = src.(aside.Keeper) // IMAP: parsed so
		}
	}
	if err != nil {
		return nil, err
	}
	s.stores[word] = k
	return k, nil
}

// tidy takes away a quarantine of ours that holds nothing any more.
func (s *settingAside) tidy() error {
	kept, _ := s.manifest.Aside()
	word := "maildir:" + aside.MailIn(s.name)
	k := s.stores[word]
	if kept > 0 || k == nil || !s.manifest.Ended && !s.manifest.Undone {
		return nil
	}
	delete(s.stores, word)
	if err := k.Close(); err != nil {
		return err
	}
	return os.RemoveAll(aside.MailIn(s.name))
}

// fate counts and tells what became of one copy.
func (s *settingAside) fate(f aside.Fate) {
	where := messageURL(s.from[f.DropIn].String(), f.Drop)
	outcome, reason := "set aside", "the same as "+messageURL(s.from[f.KeepIn].String(), f.Keep)
	switch {
	case f.Err != nil:
		s.applied.failed++
		outcome, reason = "stayed", oneLine(f.Err.Error())
	case f.Renewed:
		s.applied.renewed++
		outcome, reason = "renewed", "stored again with an earlier date, as "+messageURL(s.from[f.KeepIn].String(), f.Keep)
	default:
		s.applied.done++
		s.applied.octets += f.Octets
		if s.o.delete {
			outcome = "removed"
		}
		if gave := givenText(f.Merged); gave != "" {
			reason += ", which was given " + gave
		}
	}
	s.log.line("%s: %s: %s", outcome, where, reason)
	if f.Err == nil && !s.a.opts.verbose {
		return
	}
	var err error
	if s.a.opts.json {
		err = s.a.object(messageJSON{Kind: "message", From: s.a.redact.clean(where), To: s.a.redact.clean(s.quarantineName(f)),
			MessageID: s.a.redact.clean(f.MessageID), Outcome: outcome, Reason: s.a.redact.clean(reason), Octets: f.Octets})
	} else {
		err = s.a.screen.line(s.a.stdout, fmt.Sprintf("%-9s %8s  %s  (%s)", outcome, messageSize(f.Octets), s.a.foreign(where), s.a.foreign(reason)))
	}
	if err != nil {
		s.cancel(outputError(err))
	}
}

func (s *settingAside) quarantineName(f aside.Fate) string {
	if f.To.ID == "" || f.Err != nil || s.o.delete {
		return ""
	}
	q := s.places[f.DropIn].To
	if q.Word == "" {
		return messageURL(s.from[f.DropIn].String(), f.To)
	}
	name, _, _ := strings.Cut(q.Word, "?")
	return messageURL(name, f.To)
}
