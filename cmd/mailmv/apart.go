package main

import (
	"os"
	"path/filepath"
	"slices"

	"mailmv/archive"
	"mailmv/formats/mail"
	"mailmv/formats/maildir"
	"mailmv/formats/thunderbird"
)

// apart refuses two places that have mail in common.
func apart(p, q place) error {
	const hint = "name each place once: a message is no copy of itself"
	switch {
	case overlap(p, q):
		return usagef(hint, "%s is named twice, or lies in %s", safe(q.String()), safe(p.String()))
	case p.inFiles() && q.inFiles() && (holdsPath(p.Path, q.Path) || holdsPath(q.Path, p.Path)):
		return usagef(hint+"; the outer one has the mail of both", "of %s and %s one lies in the other", safe(p.String()), safe(q.String()))
	}
	return nil
}

// apartForGood is apart where mail is removed, or judged by how often it is there: a maildrop that is most likely an account's INBOX is refused too.
func apartForGood(p, q place) error {
	if oneInbox(p, q) || oneInbox(q, p) {
		return usagef("name each place once: a message is no copy of itself; name the IMAP account alone",
			"%s and %s are most likely one INBOX under two names", safe(p.String()), safe(q.String()))
	}
	return apart(p, q)
}

// overlap tells whether two places have a folder in common.
func overlap(p, q place) bool {
	_, in := below(rootOf(p), rootOf(q))
	_, around := below(rootOf(q), rootOf(p))
	return p.id() == q.id() && (in || around)
}

// oneInbox tells that a maildrop is most likely the INBOX of an IMAP account.
func oneInbox(pop, imap place) bool {
	if pop.Proto != "pop3" || imap.Proto != "imap" || pop.account() != imap.account() {
		return false
	}
	_, in := below(mail.Inbox, rootOf(imap))
	return in
}

// otherMail tells of places in files of which one lies in the other that no file is read for both: each kind of mail in a tree is read by
// its own word. That is enough where mail is copied; where it is removed nothing but apart is.
func otherMail(p, q place) bool {
	if !p.inFiles() || !q.inFiles() {
		return false
	}
	if !holdsPath(p.Path, q.Path) {
		p, q = q, p
	}
	if !oneKind(p, q) {
		return !p.inMaildir(q.Path)
	}
	return !p.looksInto(q.Path)
}

// oneKind tells that two places take the same files for mail.
func oneKind(p, q place) bool {
	return slices.ContainsFunc(p.kinds(), func(kind string) bool { return slices.Contains(q.kinds(), kind) })
}

// kinds are the words for the mail that is read from a place in files.
func (p place) kinds() []string {
	switch {
	case p.Kind == archive.KindLite:
		return []string{"maildir", "mbox"}
	case p.Proto == "mh": // its messages are files that begin as .eml do
		return []string{"eml"}
	}
	return []string{p.Proto}
}

// inMaildir tells that a path leads to messages of a Maildir of the place, whatever they are taken for.
func (p place) inMaildir(path string) bool {
	if !slices.Contains(p.kinds(), "maildir") {
		return false
	}
	for dir := realPath(path); holdsPath(p.Path, dir) && dir != filepath.Dir(dir); dir = filepath.Dir(dir) {
		if name := filepath.Base(dir); name == "cur" || name == "new" {
			return true
		}
	}
	return false
}

// looksInto tells whether what is at a path in the place is read with it: of a profile of Thunderbird only Mail and ImapMail are, and a tree
// of Maildirs leaves hidden directories out.
func (p place) looksInto(path string) bool {
	if !slices.Contains(p.kinds(), "mbox") {
		return p.Proto != "maildir" || p.hasFolderIn(path)
	}
	profile := thunderbird.ProfileOf(p.Path)
	if profile == "" || realPath(profile) != realPath(p.Path) {
		return true
	}
	all := true
	for _, name := range []string{"Mail", "ImapMail"} {
		dir := filepath.Join(p.Path, name)
		if i, err := os.Lstat(dir); err != nil || !i.IsDir() {
			continue
		}
		if all = false; holdsPath(dir, path) || holdsPath(path, dir) {
			return true
		}
	}
	return all
}

// hasFolderIn tells whether a Maildir of the place's tree is at a path, or below it.
func (p place) hasFolderIn(path string) bool {
	d, err := maildir.OpenDisk(p.Path)
	if err != nil {
		return true // nobody knows
	}
	defer d.Close() // only read
	for f := range maildir.Folders(d) {
		if f != nil && holdsPath(path, filepath.Join(p.Path, filepath.FromSlash(f.Dir))) {
			return true
		}
	}
	return false
}
