package files

import (
	"io/fs"
	"path"
	"path/filepath"
	"strings"

	"mailmv/formats/thunderbird"
)

// noteElsewhere names the mail of a Thunderbird profile that its accounts keep outside Mail and ImapMail.
func (s *Store) noteElsewhere(parts []part) {
	accounts, err := thunderbird.Accounts(s.tree.at)
	if err != nil {
		s.notes.say("%s: whether accounts keep mail outside Mail and ImapMail is not known, for prefs.js cannot be read: %v", s.tree.at, err)
	}
	for _, a := range accounts {
		if !s.inParts(parts, a.Dir) && holdsMail(a.Dir) {
			s.notes.say("%s: the account %s keeps its mail outside Mail and ImapMail, and it is not read with the profile: name its place by itself, %s", s.tree.at, a.Host, a.Dir)
		}
	}
}

// inParts tells of a directory that it is one of the parts that are read, or lies in one, whatever links lead there.
func (s *Store) inParts(parts []part, dir string) bool {
	dir = realDir(dir)
	for _, p := range parts {
		short, err := filepath.Rel(realDir(filepath.Join(s.tree.at, p.dir)), dir)
		if err == nil && filepath.IsLocal(short) {
			return true
		}
	}
	return false
}

// realDir is a directory's path in full, without links as far as they can be followed.
func realDir(dir string) string {
	if real, err := filepath.EvalSymlinks(dir); err == nil {
		dir = real
	}
	if full, err := filepath.Abs(dir); err == nil {
		dir = full
	}
	return dir
}

// holdsMail tells whether a directory looks like that of an account with mail. It looks no deeper than at what is in it.
func holdsMail(dir string) bool {
	t, err := openTree(dir)
	if err != nil {
		return false
	}
	defer t.Close() // only read
	in := &Store{tree: t}
	for e, err := range t.Entries(".", strings.Compare) {
		if err == nil && in.looksLikeFolder(e) {
			return true
		}
	}
	return false
}

// looksLikeFolder tells of an mbox file with mail, a Maildir, and a directory of Thunderbird's with folders.
func (s *Store) looksLikeFolder(e fs.DirEntry) bool {
	name := e.Name()
	if e.IsDir() {
		i, err := s.tree.root.Lstat(path.Join(name, "cur"))
		return strings.HasSuffix(name, ".sbd") || err == nil && i.IsDir()
	}
	if i, err := e.Info(); err != nil || !i.Mode().IsRegular() || i.Size() == 0 || notFolder(name) {
		return false
	}
	why, err := s.sniff(name, e)
	return why == "" && err == nil
}
