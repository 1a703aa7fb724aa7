package main

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"

	"mailmv/formats/mail"
	"mailmv/formats/popstate"
	"mailmv/migrate"
)

// seenFile is one --seen: what a mail program notes of the mail that it has fetched.
type seenFile struct {
	word string // as the user wrote it, without kind and account
	path string
	want string // of the accounts in it, whatever the place is called; empty: those of the places
	*popstate.File
	used []*seenAccount
}

// seenAccount is an account of such a file that is one of the places.
type seenAccount struct {
	*popstate.Account
	folder       string // as getmail writes it, where that is an IMAP one
	reason       string
	listed, hits int
	told         bool
}

const seenHelp = `

--seen leaves out what a PC has fetched from the POP3 server already: FILE is Thunderbird's popstate.dat, fetchmail's .fetchids, an
oldmail-* of getmail (of an IMAP folder too), mpop's uidls file, a file of the uidl folder of Claws Mail or Sylpheed, or Evolution's
uid-cache. Whose it is is told by what is in it, or by a word before it: fetchmail:FILE. It counts for a place that has the host and
the user by which the file, or its name, calls the account; FILE?account=USER@HOST counts an account under that name whatever the
place is called, FILE?account=* all of the file. Mail of which the program has no more than headers is not left out, nor what
shares its UIDL with another message. What was only left out is never removed.`

const seenHint = "name Thunderbird's popstate.dat, fetchmail's .fetchids, getmail's oldmail-*, mpop's uidls file, or one of the uidl folder of Claws Mail or Sylpheed; " +
	"fetchmail:FILE (thunderbird:, getmail:, mpop:, claws:, sylpheed:, evolution:) says whose it is"

// readSeen reads the files of --seen before anything is connected to.
func readSeen(words []string) ([]*seenFile, error) {
	var all []*seenFile
	for _, word := range words {
		f := &seenFile{}
		kind, path := seenKind(word)
		if i := strings.LastIndex(path, "?account="); i >= 0 {
			path, f.want = path[:i], path[i+len("?account="):]
			if f.want == "" {
				return nil, usagef("write ?account=USER@HOST, or ?account=* for all that the file has", "--seen %s: the account is empty", safe(word))
			}
		}
		f.word, f.path = path, homePath(path)
		r, err := os.Open(f.path)
		if err != nil {
			return nil, usagef("give a file that can be read", "--seen: %v", err)
		}
		f.File, err = popstate.Read(r, realPath(f.path), kind)
		r.Close()
		switch {
		case errors.Is(err, popstate.ErrEmpty):
			f.File = &popstate.File{Kind: kind}
		case errors.Is(err, popstate.ErrUnknown):
			return nil, usagef(seenHint, "--seen %s: %v", safe(path), err)
		case err != nil:
			return nil, usagef("give a file that can be read", "--seen %s: %v", safe(path), err)
		}
		all = append(all, f)
	}
	return all, nil
}

// seenKind parts the program's name from the path.
func seenKind(word string) (popstate.Kind, string) {
	name, path, ok := strings.Cut(word, ":")
	if kind := popstate.Kind(strings.ToLower(name)); ok && slices.Contains(popstate.Kinds, kind) {
		return kind, path
	}
	return "", word
}

// checkSeen finds for each file the accounts that are sources of this move.
func (a *app) checkSeen(t *trip, o *moveOptions) error {
	if len(o.seen) == 0 {
		return nil
	}
	servers := slices.DeleteFunc(slices.Clone(t.from), place.inFiles)
	if len(servers) == 0 {
		return usagef("leave --seen out: what is in files was fetched long ago", "--seen is for mail from POP3 servers, and no such place is named")
	}
	t.seen = make([][]*seenAccount, len(t.from))
	for _, f := range o.seen {
		if err := f.checkWant(servers); err != nil {
			return err
		}
		for i, p := range t.from {
			for _, account := range f.Accounts {
				if s := f.match(account, p, len(servers)); s != nil {
					t.seen[i] = append(t.seen[i], s)
					f.used = append(f.used, s)
				}
			}
		}
		a.tellSeen(f, servers)
	}
	return nil
}

// checkWant refuses ?account= where it does not say which server's mail is meant, or names what the file does not have.
func (f *seenFile) checkWant(servers []place) error {
	switch {
	case f.want == "":
		return nil
	case len(servers) > 1:
		return usagef("run it for one server at a time", "--seen %s?account=%s: there are %d servers, and it does not say which", safe(f.word), safe(f.want), len(servers))
	case f.want != "*" && !slices.ContainsFunc(f.Accounts, func(a *popstate.Account) bool { return strings.EqualFold(a.String(), f.want) }):
		return usagef("it has "+f.names(), "--seen %s: no account of it is called %s", safe(f.word), safe(f.want))
	}
	return nil
}

// match tells whether the account of the file is that of the place; servers is how many there are.
func (f *seenFile) match(account *popstate.Account, p place, servers int) *seenAccount {
	if p.inFiles() {
		return nil
	}
	s := &seenAccount{Account: account, reason: fmt.Sprintf("%s (%s)", f.Kind, f.word)}
	user := p.User
	if p.Authzid != "" {
		user = p.Authzid
	}
	switch {
	case p.Proto == "imap":
		folder, ok := account.FolderOf(p.Host, user)
		if s.folder = folder; ok {
			return s
		}
	case f.want == "*", f.want != "" && strings.EqualFold(account.String(), f.want):
		return s
	case f.want == "" && (account.Is(p.Host, user) || account.Anonymous() && servers == 1):
		return s
	}
	return nil
}

// tellSeen says what of a file counts, where that is not what one would think.
func (a *app) tellSeen(f *seenFile, servers []place) {
	switch {
	case len(f.Accounts) == 0:
		a.warn("--seen %s: nothing is in it", f.word)
	case len(f.used) == 0:
		a.warn("--seen %s (%s) is about none of these places: it has %s; %s", f.word, f.Kind, f.names(), f.wayToCount(servers))
	}
	if f.Odd > 0 {
		a.warn("--seen %s: %s for is fetched", f.word, mail.Count(f.Odd, "line makes no sense: what it stands", "lines make no sense: what they stand"))
	}
}

// wayToCount says how a file counts that is about none of the places. No account is that of an IMAP place because somebody says so: a UIDL is
// no UID.
func (f *seenFile) wayToCount(servers []place) string {
	switch {
	case slices.ContainsFunc(servers, func(p place) bool { return p.Proto == "pop3" }):
		return fmt.Sprintf("to count one all the same write --seen '%s?account=%s'", f.word, f.Accounts[0])
	case f.Kind == popstate.Getmail:
		return "of an IMAP place it counts for the folder that its name tells behind the same host and user, and for no other"
	}
	return "it tells of mail from POP3 servers only, which an IMAP server calls otherwise, so nothing is left out; for a place written pop3s:// it counts"
}

// names lists the accounts of the file, a few of them.
func (f *seenFile) names() string {
	const few = 5
	var names []string
	for _, account := range f.Accounts {
		names = append(names, account.String())
	}
	if more := len(names) - few; more > 0 {
		names = append(names[:few], fmt.Sprintf("%d more", more))
	}
	return safe(strings.Join(names, ", "))
}

// seenBy gives the engine the answer for the source of that number; nil: nobody has seen any of it.
func (t *trip) seenBy(i int) func(mail.Message) string {
	if t.seen == nil || len(t.seen[i]) == 0 {
		return nil
	}
	pop := t.from[i].Proto == "pop3"
	return func(m mail.Message) string {
		by := ""
		for _, s := range t.seen[i] {
			id := m.ID
			if !pop {
				if m.Validity == 0 || !s.isFolder(m.Folder) {
					continue
				}
				id = fmt.Sprintf("%d/%s", m.Validity, m.ID)
			}
			s.listed++
			if s.Has(id) {
				s.hits++
				by = s.reason
			}
		}
		return by
	}
}

// isFolder compares a folder with the one in the name of getmail's file, which has the server's own name: a prefix of
// the personal namespace, the server's delimiter, and a dot for every slash.
func (s *seenAccount) isFolder(p mail.Path) bool {
	name := popstate.StripName(string(p), ".")
	return strings.EqualFold(s.folder, name) || s.folder == "INBOX."+name
}

// watched is where the events of a run go.
func (a *app) watched(t *trip, tell *audience) func(migrate.Event) {
	return func(e migrate.Event) {
		tell.event(e)
		for _, text := range t.foreignSeen(e) {
			a.warn("%s", text)
			t.log.line("warning: %s", text)
		}
	}
}

// foreignSeen tells, once the source of that event was listed, of files that have nothing in common with it.
func (t *trip) foreignSeen(e migrate.Event) (warnings []string) {
	started, ok := e.(migrate.FolderStarted)
	if !ok || t.seen == nil {
		return nil
	}
	for i, p := range t.from {
		if p.Proto != "pop3" || p.String() != started.Source {
			continue
		}
		for _, s := range t.seen[i] {
			if s.listed > 0 && s.hits == 0 && s.Messages() > 0 && !s.told {
				s.told = true
				warnings = append(warnings, fmt.Sprintf("--seen: of the %s that %s knows the server has none under its name: "+
					"the mail was moved to another server, most likely, and all of it counts as new", mail.Count(s.Messages(), "message", "messages"), s.reason))
			}
		}
	}
	return warnings
}
