package main

import (
	"cmp"
	"io/fs"
	"os"
	"path/filepath"

	"mailmv/archive"
	"mailmv/formats/mail"
	"mailmv/formats/thunderbird"
	"mailmv/migrate/wire"
)

// trip is the two sides of a move before anything is connected: places, the secrets for them, and what all
// connections share.
type trip struct {
	from []place
	to   place

	trace    *wire.Trace
	rate     *wire.Rate
	received wire.Meter // from the sources
	files    []*os.File
	log      *eventLog
	report   *reportFile
	seen     [][]*seenAccount // what other programs have of each source; nil: nothing was said of that
}

// readTrip reads the places of a command: sources, then the destination.
func (a *app) readTrip(m *mover, words []string) (*trip, error) {
	conf, err := loadConfig(a.opts.config)
	if err != nil {
		return nil, err
	}
	t := &trip{}
	for _, word := range words {
		p, err := parsePlace(word, conf)
		if err != nil {
			return nil, err
		}
		t.from = append(t.from, p)
	}
	last := len(t.from) - 1
	t.from, t.to = t.from[:last], t.from[last]
	return t, t.check(m)
}

// check compares the places with what the command takes, and with each other.
func (t *trip) check(m *mover) error {
	for i, p := range t.from {
		switch {
		case !m.from.takes(p):
			return usagef(m.usage(), "%s is not %s", safe(p.String()), m.from.words)
		}
		for _, q := range t.from[:i] {
			if err := apart(q, p); err != nil && !otherMail(q, p) {
				return err
			}
		}
	}
	if err := t.checkThere(); err != nil {
		return err
	}
	if !m.to.takes(t.to) {
		return usagef(m.usage(), "%s is not %s, and the last one is where mail goes", safe(t.to.String()), m.to.words)
	}
	if t.to.inFiles() && !t.to.writable() && t.to.Kind == archive.Absent {
		return usagef("name the path alone: it becomes a Maildir archive", "nothing is written as %s: such mail is only read", t.to.Proto)
	}
	if t.to.inFiles() && !t.to.writable() {
		return usagef("name a new path: it becomes a Maildir archive", "nothing is written into %s, which is %s", safe(t.to.Path), t.to.Kind)
	}
	return t.checkApart()
}

// checkThere refuses a path where nothing is.
func (t *trip) checkThere() error {
	for _, p := range t.from {
		if p.Kind != archive.Absent {
			continue
		}
		if link := firstLink(p.Path); link != "" {
			return usagef("name what it leads to", "no mail is at %s but maybe behind links, which are not followed, such as %s", safe(p.Path), safe(link))
		}
		return usagef("check the path", "no mail is at %s", safe(p.Path))
	}
	return nil
}

// firstLink finds a link to something in a directory without files; empty: there is none.
func firstLink(dir string) string {
	link := ""
	dir = realPath(dir)
	_ = filepath.WalkDir(dir, func(name string, d fs.DirEntry, err error) error { // what cannot be read is told when it is looked at
		if err != nil || name == dir || d.Type()&fs.ModeSymlink == 0 {
			return nil
		}
		if _, err := os.Stat(name); err != nil {
			return nil
		}
		link = name
		return fs.SkipAll
	})
	return link
}

// checkApart refuses a destination that is, holds, or lies in one of the sources.
func (t *trip) checkApart() error {
	for _, p := range t.from {
		switch {
		case p.id() == t.to.id():
			return usagef("a destination is another account or another archive", "%s is both source and destination", safe(p.String()))
		case p.inFiles() && t.to.inFiles() && (holdsPath(p.Path, t.to.Path) || holdsPath(t.to.Path, p.Path)):
			return usagef("name a destination beside it", "of %s and %s one lies in the other", safe(p.String()), safe(t.to.String()))
		}
	}
	return nil
}

// checkProfile refuses to write where Thunderbird does.
func (t *trip) checkProfile() error {
	if t.to.inFiles() {
		return archive.RefuseProfile(t.to.Path)
	}
	return nil
}

// checkRemoval refuses to remove where that cannot be, or where source and destination are one mailbox seen twice.
func (t *trip) checkRemoval(o *moveOptions) error {
	for _, p := range t.from {
		switch {
		case !o.removal.On:
		case p.inFiles() && thunderbird.ProfileOf(p.Path) != "":
			return usagef("leave --remove out", "%s is a profile of Thunderbird, or lies in one: it is only read", safe(p.String()))
		case p.readOnly():
			return usagef("leave --remove out", "%s is only read: nothing can be removed from it", safe(p.String()))
		case p.Proto == "pop3" && t.to.Proto == "imap" && p.account() == t.to.account() && cmp.Or(t.to.Folder, mail.Inbox) == mail.Inbox:
			return usagef("leave --remove out, or name another account or folder", "%s is most likely the INBOX of %s: removing from it would remove the only copy", safe(p.String()), safe(t.to.String()))
		}
	}
	return nil
}

// checkSearch refuses to search where no server can.
func (t *trip) checkSearch(o *moveOptions) error {
	for _, p := range t.from {
		if o.selection.Search != "" && p.Proto != "imap" {
			return usagef("leave --search out, or choose with --since, --before, --larger and --smaller", "--search is done by an IMAP server, and %s is none", safe(p.String()))
		}
	}
	return nil
}

// account is the user and the host, whatever the protocol, where the ports are the usual ones.
func (p place) account() string {
	if !p.defaultPort() {
		return p.id()
	}
	return cmp.Or(p.Authzid, p.User) + "@" + p.Host
}

// places gives all of them, sources first.
func (t *trip) places() []place { return append(append([]place{}, t.from...), t.to) }

// warnPlaintext says once for each place that everything goes there in the clear.
func (a *app) warnPlaintext(t *trip) {
	for _, p := range t.places() {
		if p.Security == wire.None {
			a.warn("%s: tls=none: password and mail go over the network in the clear", p)
		}
	}
}
