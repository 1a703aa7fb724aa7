// Package files is a Source of package migrate over mail that other programs keep on disk: mbox and MMDF files,
// Thunderbird's and others' trees of them, Thunderbird's maildirs, folders of .eml files, MH, and Apple Mail's .emlx. It changes nothing.
//
// # Folders
//
// A place that is one folder (an mbox file, a flat directory of .eml) is called INBOX here, and Root tells its own name. In a
// tree a folder is named by its directories: Foo.sbd/Bar and Foo.mbox/mbox are Thunderbird's and Apple Mail's ways to write Foo/Bar and
// Foo, ".mbox" and ".gz" do not count; files that come to one name are one folder. Of a Thunderbird profile the accounts below Mail and ImapMail
// are the first level, by host.
//
// # Names that last
//
// Validity is 0, and a Ref.ID is such that it never means another message later, though every program may
// compact, sort or renumber its folders:
//
//	mbox  SUM[.N]           of the message's header without the fields that hold state, and of the body's length; N
//	                        counts those that are equal in both
//	eml   NAME:SIZE:TIME    the file's name in its folder, length, and time of change in nanoseconds
//	mh    NUMBER:SIZE:TIME
//	emlx  NAME:SUM          of the first 4 KiB; NAME is the file's path in the tree
//	lite  NAME:SUM          of the header without the fields that programs change; NAME has no info behind it (":2,S")
//
// So what Thunderbird compacts, and what a program marks as read, keeps its name.
//
// # What is not passed on
//
// A message that Thunderbird deleted and has not compacted away, one of which it or Apple Mail has only a part, and
// the folder data that Pine keeps as a message are left out. Files and names that are no mail, links that lead nowhere else, what
// cannot be read, and, but for the kind Lite, Maildirs (cur, and new and tmp beside it) are passed over. All of it is told, a note for each kind, and Unread names what may hold mail all the same. Nothing outside the place is ever opened,
// but where the accounts of a profile keep mail elsewhere a look tells whether there is any, and a note names it; a profile of MH tells what is unread.
//
// The fields that Thunderbird keeps on top of each message of its folders (X-Account-Key, X-UIDL, X-Mozilla-Status and the like) are
// its own notes, as the line before them is: they are read as flags and keywords and left off, so that the message is what the
// server gave. Such fields elsewhere, and those of other programs (Status, X-Status), are left where they are.
//
// # Dates
//
// InternalDate is Apple Mail's record, or the From_ line that an archive of ours wrote; else that of the topmost Received
// line; else that of a From_ line with a zone; else the Date field; else that of a From_ line without one; else the file's
// time of change, and the message is Undated. List tells it where no header is needed for it.
package files

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"iter"
	"os"
	"path/filepath"
	"slices"

	"mailmv/formats/mail"
	"mailmv/formats/maildir"
	"mailmv/formats/mbox"
)

// Kind is how the mail is kept, in the words of package archive's Kind.
type Kind string

// The kinds that are read. Mbox, Mboxes and MMDF are one: what a file is, its octets tell.
const (
	Mbox   Kind = "mbox"
	Mboxes Kind = "mbox tree"
	MMDF   Kind = "mmdf"
	EML    Kind = "eml"
	MH     Kind = "mh"
	EMLX   Kind = "emlx"
	// Lite are the Maildirs of Thunderbird and the mbox files beside them, for each account may have its own.
	Lite Kind = "maildir-lite"
)

// Store is one place. It is a migrate.Source, for one goroutine at a time.
type Store struct {
	tree     *tree
	only     string // the one file that was given; empty: a directory
	finder   finder
	notes    notes
	shelves  []shelf // nil: nobody has looked yet
	byPath   map[mail.Path]shelf
	rootOnly bool
	lite     bool // Maildirs are read, not passed over
	box      *box // whose file is open
	part     part // that is being looked through
	unread   []mail.Path
	damaged  []mail.Path
	given    string // the place as it was named
	home     string // see SetHome
}

// shelf is one folder.
type shelf interface {
	path() mail.Path
	// isRoot tells that its mail lies in the place itself, not in a folder below, whatever that is called.
	isRoot() bool
	// list is Reader.List.
	list(ctx context.Context) iter.Seq2[mail.Message, error]
	// read is Reader.Fetch. Its InternalDate is zero where the header tells it.
	read(ctx context.Context, refs []mail.Ref) iter.Seq2[mail.Fetched, error]
}

// finder looks for the folders of a place.
type finder func(ctx context.Context, s *Store) ([]shelf, error)

var finders = map[Kind]finder{Mbox: findBoxes, Mboxes: findBoxes, MMDF: findBoxes, EML: findEML, MH: findMH, EMLX: findEMLX, Lite: findLite}

// Open opens a place of that kind, a file or a directory. notes, if set, is told what is left out and what is odd,
// once each; it is called from within the methods of the Store, Close among them.
func Open(path string, kind Kind, notes func(string)) (*Store, error) {
	find, ok := finders[kind]
	if !ok {
		return nil, fmt.Errorf("open %s: mail of the kind %q is not read", path, string(kind))
	}
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	s := &Store{finder: find, lite: kind == Lite, given: filepath.Clean(path)}
	s.notes.tell = notes
	dir := path
	switch {
	case info.Mode().IsRegular():
		// A link to the file was the user's own word; its target's directory is the tree.
		if path, err = filepath.EvalSymlinks(path); err != nil {
			return nil, err
		}
		dir, s.only = filepath.Split(path)
		dir = cmp.Or(dir, ".")
	case !info.IsDir():
		return nil, fmt.Errorf("open %s: neither file nor directory", path)
	}
	s.tree, err = openTree(dir)
	return s, err
}

// Close ends the reading.
func (s *Store) Close() error {
	s.notes.end()
	err := s.hold(nil)
	return cmp.Or(s.tree.Close(), err)
}

// Limits says that one thing at a time is read.
func (s *Store) Limits() mail.Limits { return mail.Limits{Connections: 1} }

// Folders looks for folders and lists them by name, INBOX first. How many messages one has is not known before
// List.
func (s *Store) Folders(ctx context.Context) ([]mail.Folder, error) {
	if err := s.survey(ctx); err != nil {
		return nil, err
	}
	var all []mail.Folder
	for _, sh := range s.shelves {
		all = append(all, mail.Folder{Path: sh.path(), Messages: -1})
	}
	return all, nil
}

// Root tells whether the place is one folder, and the name it has on disk, which maybe says nothing. Folders has to have been
// called.
func (s *Store) Root() (name string, ok bool) {
	if s.only != "" {
		return mbox.LevelOf(s.only), true
	}
	return mbox.LevelOf(s.tree.name), s.rootOnly
}

func (s *Store) survey(ctx context.Context) error {
	if err := s.hold(nil); err != nil {
		return err
	}
	s.unread = nil
	found, err := s.finder(ctx, s)
	if e := (*mail.Error)(nil); errors.As(err, &e) {
		return err
	}
	if err != nil {
		return &mail.Error{Op: "folders", Place: s.given, Err: err}
	}
	slices.SortFunc(found, func(a, b shelf) int { return comparePaths(a.path(), b.path()) })
	s.shelves, s.byPath = found, map[mail.Path]shelf{}
	for _, sh := range found {
		s.byPath[sh.path()] = sh
	}
	s.rootOnly = s.only != "" || len(found) == 1 && found[0].isRoot() && len(s.unread) == 0 // else there may be others
	return nil
}

func comparePaths(a, b mail.Path) int {
	first := func(p mail.Path) int {
		if p == mail.Inbox {
			return 0
		}
		return 1
	}
	return cmp.Or(cmp.Compare(first(a), first(b)), cmp.Compare(a, b))
}

// find gives the folder of that path.
func (s *Store) find(ctx context.Context, p mail.Path) (shelf, error) {
	if s.shelves == nil {
		if err := s.survey(ctx); err != nil {
			return nil, err
		}
	}
	if sh := s.byPath[p]; sh != nil {
		return sh, nil
	}
	return nil, &mail.Error{Op: "open", Place: s.given, Ref: mail.Ref{Folder: p}, Scope: mail.ScopeFolder, Err: mail.ErrNoFolder}
}

// namer hands out paths, none twice.
type namer map[mail.Path]bool

func (n namer) path(levels []string) mail.Path {
	p := pathOf(levels)
	p = maildir.Apart(p, func(p mail.Path) bool { return n[p] })
	n[p] = true
	return p
}
