package main

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"mailmv/archive"
	"mailmv/formats/mail"
	"mailmv/formats/mbox"
)

// fileSchemes are the ways in which mail lies in files.
var fileSchemes = map[string]bool{"maildir": true, "mbox": true, "eml": true, "mh": true, "emlx": true}

const filesHint = "write maildir:, mbox:, eml:, mh: or emlx: and the path, or the path alone to have it told by looking"

// isBarePath tells a path that holds a colon from NAME: of the configuration file: it begins as a path.
func isBarePath(word string) bool {
	if len(word) > 2 && word[1] == ':' && strings.ContainsRune(`\/`, rune(word[2])) { // C:\mail
		return true
	}
	return word != "" && strings.ContainsRune("./~"+string(filepath.Separator), rune(word[0]))
}

// filePlace reads a place in files, and looks at what is there. kind is the word before the colon, empty for a
// bare path.
func filePlace(kind, path string) (place, error) {
	if path == "" {
		return place{}, usagef(filesHint, "the path is empty")
	}
	path, dialect, err := cutDialect(kind, homePath(path))
	if err == nil {
		err = noParams(path)
	}
	if err != nil {
		return place{}, err
	}
	found, err := archive.Detect(path)
	if err != nil {
		return place{}, usagef("give a path that can be read", "%s: %v", safe(path), err)
	}
	p := place{Proto: protoOf(found.Kind), Path: path, Kind: found.Kind, Dialect: dialect}
	switch {
	case named[kind] != "" && found.Kind != archive.Absent && p.Proto != "maildir":
		p.Proto = kind // the user knows better: .eml files may begin as mbox files do
		if protoOf(p.Kind) != kind {
			p.Kind = named[kind]
		}
		return p, nil
	case named[kind] != "" && p.Proto == "maildir" && found.Kind != archive.Absent && archive.Beside(path, named[kind]):
		p.Proto, p.Kind, p.Beside = kind, named[kind], true
		return p, nil
	case found.Kind == archive.Absent && kind != "":
		p.Proto = kind
		return p, nil
	case found.Kind == archive.Empty:
		return place{}, usagef("write mbox:"+safe(path)+" to have it taken for an mbox file without mail", "%s is an empty file, which does not tell what it is", safe(path))
	case p.Proto == "" && found.Hint != "":
		return place{}, usagef(found.Hint, "%s is %s (%s), which mailmv does not read", safe(path), found.Kind, found.Why)
	case p.Proto == "":
		return place{}, usagef(filesHint, "%s holds no mail that is known: %s", safe(path), found.Why)
	case kind != "" && kind != p.Proto:
		return place{}, usagef("write "+p.Proto+":, or the path alone", "%s: is not what %s is: %s (%s)", kind, safe(path), found.Kind, found.Why)
	}
	return p, nil
}

const dialectHint = "write mbox:PATH?dialect=mboxrd, mboxo or mboxcl2"

// cutDialect reads "?dialect=" behind the path of an mbox place, unless there is a file of that very name.
func cutDialect(kind, path string) (string, mbox.Dialect, error) {
	bare, query, ok := strings.Cut(path, "?dialect=")
	if !ok {
		return path, mbox.Unknown, nil
	}
	if _, err := os.Lstat(path); err == nil {
		return path, mbox.Unknown, nil
	}
	if kind != "mbox" {
		return "", mbox.Unknown, usagef(dialectHint, "dialect=%s: only an mbox place has a dialect", safe(query))
	}
	if d, ok := mbox.ParseDialect(query); ok && (d == mbox.MboxRD || d == mbox.MboxO || d == mbox.MboxCL2) {
		return bare, d, nil
	}
	return "", mbox.Unknown, usagef(dialectHint, "dialect=%s is none that can be written", safe(query))
}

var likeParam = regexp.MustCompile(`\?([A-Za-z][A-Za-z-]*)=`)

// noParams refuses a new path that ends in what looks like a parameter, most likely misspelt: else it would become a part of
// the name of what is made. The value is not repeated: there may be a password in it.
func noParams(path string) error {
	dir, name := filepath.Split(path)
	at := likeParam.FindStringSubmatchIndex(name)
	if at == nil {
		return nil
	}
	if _, err := os.Lstat(path); err == nil {
		return nil
	}
	bare, param := dir+name[:at[0]], name[at[2]:at[3]]
	if knownParam(param) {
		return usagef("leave it out", "%s is for servers, and %s is in files", param, safe(bare))
	}
	return usagef("the only one of files is dialect=, of a new mbox:PATH; for a path that has a \"?\" in it, make the directory first",
		"the parameter %q behind %s is not known", param, safe(bare))
}

// named are the kinds that a word before the colon asks for, whatever the files look like.
var named = map[string]archive.Kind{"mbox": archive.KindMboxes, "eml": archive.KindEML, "mh": archive.KindMH, "emlx": archive.KindEMLX}

// protoOf is the word before the colon for a kind of mail on disk; empty where it is not read. What is not there yet would
// be a Maildir.
func protoOf(k archive.Kind) string {
	switch k {
	case archive.Absent, archive.KindArchive, archive.KindMaildir, archive.KindPlus, archive.KindTree, archive.KindLite:
		return "maildir"
	case archive.KindMbox, archive.KindMboxes, archive.KindMMDF, archive.KindMboxArchive:
		return "mbox"
	case archive.KindEML, archive.KindMH, archive.KindEMLX:
		return string(k)
	}
	return ""
}

// readOnly tells a place in files that mailmv only reads.
func (p place) readOnly() bool {
	return p.inFiles() && (p.Proto != "maildir" || p.Kind == archive.KindLite) && p.Kind != archive.KindMboxArchive
}

// inFiles tells a place in files from one on a server.
func (p place) inFiles() bool { return p.Path != "" }

// isArchive: an archive of ours, of either kind.
func (p place) isArchive() bool {
	return p.Kind == archive.KindArchive || p.Kind == archive.KindMboxArchive
}

// writable tells whether mail can be put into the tree, or a tree made there.
func (p place) writable() bool {
	if p.Beside {
		return false
	}
	switch p.Kind {
	case archive.Absent, archive.KindArchive, archive.KindMaildir, archive.KindPlus, archive.KindTree:
		return p.Proto == "maildir" || p.Proto == "mbox" && p.Kind == archive.Absent
	case archive.KindMboxArchive, archive.KindMbox, archive.KindMboxes:
		return p.Proto == "mbox"
	}
	return false
}

// ownName is the folder that mail of a single file or a flat directory goes to by itself. Some names say
// nothing.
func ownName(name string) mail.Path {
	switch strings.ToLower(name) {
	case "", ".", "..", "/", "mbox", "mail", "inbox":
		return mail.Inbox
	}
	return mail.Path(name).Clean()
}

// realPath is the path without links, as far as it exists: two names of one tree become one.
func realPath(path string) string {
	full, err := filepath.Abs(path)
	if err != nil {
		return filepath.Clean(path)
	}
	rest := ""
	for dir := full; ; dir = filepath.Dir(dir) {
		if real, err := filepath.EvalSymlinks(dir); err == nil {
			return filepath.Join(real, rest)
		}
		if dir == filepath.Dir(dir) {
			return full
		}
		rest = filepath.Join(filepath.Base(dir), rest)
	}
}

// holdsPath tells whether inner is outer or lies below it; names alone do not tell where a disk is mounted twice, so
// directories are compared too.
func holdsPath(outer, inner string) bool {
	top, err := os.Stat(outer)
	for dir := realPath(inner); ; dir = filepath.Dir(dir) {
		if dir == realPath(outer) {
			return true
		}
		if i, ierr := os.Stat(dir); err == nil && ierr == nil && os.SameFile(top, i) {
			return true
		}
		if dir == filepath.Dir(dir) {
			return false
		}
	}
}
