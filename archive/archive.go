// Package archive is mail at rest: a tree of Maildirs on disk that any mail program opens, with a folder
// ".mailmv" beside the mail that lets it prove itself. It is a Source, a Sink, a Remover and a
// Flagger of package migrate. An archive kept in mbox files is package mboxes; what both have in .mailmv, and the lock, is package ledger.
//
// # The tree
//
// A new archive is a Maildir++ tree: the root is INBOX, folder A/B is ".A.B" beside it. It is what Dovecot and Courier
// keep by default, what mutt, Evolution and Python's mailbox module read, and, since it is flat, no depth of folders can
// make a path too long. The root is laid out from the start, for mail programs know the tree by it; it is no folder of the
// archive before mail is in it or a run has made INBOX. A tree that is there already keeps its layout: Maildir++, or nested directories
// ("fs"). Names are in modified UTF-7, with all that some file system does not take encoded, and told apart without
// regard to case; a name that is too long is cut, at the level where that has to be, and ends in a hash. Package maildir says more, and how the files
// are named and what is in them: with nothing but the tree at hand, every message, its octets, its date and its flags are
// there.
//
// # .mailmv, version 1
//
//	.mailmv/manifest     what the archive knows of each message
//	.mailmv/id           what journals know the archive by as a source (ledger.Identity); goes where it goes
//	.mailmv/*.gist       short forms of manifest and journal, for runs with nothing to do; may be deleted
//	.mailmv/lock         locked (flock) by the run that writes
//	.mailmv/holder       says who that is, or was last
//	.mailmv/*.journal    the engine's journal, where the caller keeps it here (StateDir)
//	.mailmv/cur new tmp  empty
//
// Programs that know Maildir++ take every directory with a dot in front for a folder: they find an empty one called
// "mailmv". Mail that one puts there all the same is a folder of the archive like any other.
//
// Without .mailmv nothing is lost but the sums, keywords beyond 26, roles, the true names of folders whose directory ends
// in a hash, and where the mail came from. It is made anew then, and every folder has another Validity.
// Nothing in it counts on where the archive lies: it may be moved, and a copy of it is known for one by its id.
//
// The manifest is text that is only appended to. A line is fields joined by a tab, the last of them the
// CRC-32 (IEEE, eight hex digits) of all before its tab. Text is quoted as in Go where it holds anything but plain
// characters. A torn last line is cut off; a line that is damaged is named and left out: the message
// behind it is indexed anew.
//
//	mailmv-archive  1  LAYOUT                     the first line; LAYOUT is maildir++ or fs
//	folder  F  VALIDITY  PATH  DIR                folder number F
//	mail    F  N  UNIQUE  SIZE  OCTETS  SUM  WIRE  DATE  FLAGS  KEYWORDS  FROM  FROMVALIDITY  FROMID
//	                                              message number N of it: the unique part of its file's name; octets
//	                                              of the file, and as mail; SHA-256 (unpadded base64url) of its octets,
//	                                              and of its wire form (package dedupe), "=" where that is the same;
//	                                              internal date; flags and keywords as they were when it came; the folder
//	                                              it came from, with that folder's validity and the message's name there
//	found   F  N  UNIQUE                          put there by another program: numbered, not summed yet
//	letter  F  LETTER  KEYWORD                    what a letter for a keyword in the folder's file names means
//	role    F  ROLE                               what the folder is for (RFC 6154), as a source told last
//	going   F  N                                  about to be removed by us: that it is gone is no damage
//	lost    F  N                                  gone, and known to be (Repair)
//
// A later line about a message takes the place of an earlier one. A message's number (mail.Ref.ID) is
// never given to another. Flags, and keywords that have a letter, are in the file's name, where other programs change
// them; the manifest's are a record.
//
// # Invariants
//
// A line is written once the message's octets, its name and every new directory on the way to it are synced; Append's
// wait returns once the line is. So a line without its file is damage, and a file without a line is mail
// that came otherwise, or was cut off at that instant: both are found by the next listing.
package archive

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"time"

	"mailmv/archive/ledger"
	"mailmv/formats/mail"
	"mailmv/formats/maildir"
	"mailmv/formats/thunderbird"
)

// Errors of opening an archive.
var (
	ErrLocked   = ledger.ErrLocked
	ErrVersion  = ledger.ErrVersion
	ErrReadOnly = errors.New("opened for reading")
	ErrLayout   = errors.New("nothing is written into a tree of this kind")
	ErrNoTree   = errors.New("no such archive")
	ErrProfile  = errors.New("a profile of Thunderbird is only read")
)

var errNoDirectory = errors.New("not a directory, or a link to one: nothing is followed out of the archive")

// stateDir is where all lies that is not mail.
const stateDir = ledger.Dir

// Options of opening an archive. The zero value serves.
type Options struct {
	// ReadOnly writes nothing at all: for dry runs. Mail that has no number yet has one for this session only.
	ReadOnly bool
	// Alone: with ReadOnly, the lock is taken all the same, lest a run under way looks like damage. The archive has to be there.
	Alone bool
	// FileDates: messages have the dates that their files show, and the keywords that their files' letters and the folder's table tell, as
	// other programs see them, also where the manifest knows better. For proofs.
	FileDates bool
	// Layout of a new tree; empty: Maildir++.
	Layout maildir.Layout
	// Tell is given a word on each odd thing that is passed over; nil: nobody hears it.
	Tell func(string)
	// Now is the clock; nil: the system's. It names files and decides nothing.
	Now func() time.Time
	// wrap lets tests come between the archive and its disk.
	wrap func(maildir.Disk) maildir.Disk
}

// Archive is an open archive. One method runs at a time, but for the wait functions of Append; and of a source (Concurrent)
// several Fetches and Describes may run beside each other.
type Archive struct {
	Options
	root   string
	disk   maildir.Disk
	unlock func() error
	namer  *maildir.Namer
	byName bool // Refs hold unique parts (OpenSource)
	// writing is the same archive open for writing, where it was opened as a source and something in it was changed.
	writing *Archive

	scanning sync.Mutex // held by a listing
	mu       sync.Mutex // guards what follows
	manifest *manifest  // nil: it was not read yet (wake), for there is
	gist     *ledger.Gist
	told     map[string]bool
	surveyed bool // the tree was walked in this session
	unread   []mail.Path
	// inUse are the directories of the tree, in small letters, once they were asked for.
	inUse map[string]bool
	// repairing: what no line tells of is told, and not noted in silence.
	repairing bool
}

// Create opens the archive at path, and makes it if there is nothing.
func Create(path string, o Options) (*Archive, error) {
	if o.ReadOnly {
		return Open(path, o)
	}
	if err := RefuseProfile(path); err != nil {
		return nil, fail(path, err)
	}
	if err := ledger.MakeRoot(path); err != nil {
		return nil, fail(path, err)
	}
	return open(path, o)
}

// RefuseProfile refuses to write into a profile of Thunderbird, which has its mail open and indexed.
func RefuseProfile(path string) error {
	if profile := thunderbird.ProfileOf(path); profile != "" {
		return fmt.Errorf("%w: it lies in %s", ErrProfile, profile)
	}
	return nil
}

// Open opens the archive at path for writing (unless Options.ReadOnly) and takes its lock. A tree of Maildirs that
// is no archive becomes one. Fails with ErrNoTree, ErrLocked, ErrVersion, ErrLayout, ErrProfile. With ReadOnly a path where
// nothing is, is an empty archive.
func Open(path string, o Options) (*Archive, error) {
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) && !o.ReadOnly {
		return nil, fail(path, fmt.Errorf("%w", ErrNoTree))
	}
	if err := RefuseProfile(path); err != nil && !o.ReadOnly {
		return nil, fail(path, err)
	}
	return open(path, o)
}

// OpenSource opens any tree of Maildirs to read from it and, if asked, to remove from it: nothing else in it is
// changed. Refs hold the unique parts of file names, which last longer than any manifest.
func OpenSource(path string, o Options) (*Archive, error) {
	o.ReadOnly = true
	if _, err := os.Stat(path); err != nil {
		return nil, fail(path, err)
	}
	a, err := open(path, o)
	if err == nil {
		a.byName = true
	}
	return a, err
}

func open(path string, o Options) (*Archive, error) {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Tell == nil {
		o.Tell = func(string) {}
	}
	if o.Layout == "" {
		o.Layout = maildir.PlusPlus
	}
	a := &Archive{Options: o, root: path, namer: maildir.NewNamer(o.Now), told: map[string]bool{}}
	if err := a.openDisk(); err != nil {
		return nil, fail(path, err)
	}
	if err := a.openState(); err != nil {
		return nil, fail(path, errors.Join(err, a.Close()))
	}
	return a, nil
}

// openDisk opens the tree; a dry run over a path where nothing is gets an empty one.
func (a *Archive) openDisk() error {
	d, err := maildir.OpenDisk(a.root)
	if a.ReadOnly && errors.Is(err, fs.ErrNotExist) {
		a.disk = nothing{}
		return nil
	}
	if err != nil {
		return err
	}
	if a.disk = d; a.wrap != nil {
		a.disk = a.wrap(d)
	}
	if i, err := d.Lstat("."); err == nil && i.Mode().Perm()&0o022 != 0 {
		a.tell("%s: other users can write there (mode %04o)", a.root, i.Mode().Perm())
	}
	return nil
}

// openState takes the lock and reads the manifest.
func (a *Archive) openState() error {
	if a.ReadOnly {
		return a.openToRead()
	}
	if err := a.makeState(); err != nil {
		return err
	}
	var err error
	if a.unlock, err = ledger.Lock(a.disk, a.root, stateDir, a.Now()); err != nil {
		return err
	}
	if err := ledger.Identify(a.disk, stateDir, a.root); err != nil {
		return err
	}
	if a.gist = ledger.ReadGist(a.disk, stateDir); a.gist != nil {
		return nil
	}
	return a.wake()
}

// openToRead reads the manifest as it is.
func (a *Archive) openToRead() (err error) {
	if a.Alone {
		if a.unlock, err = ledger.Lock(a.disk, a.root, stateDir, a.Now()); err != nil {
			return err
		}
	}
	a.manifest, err = readManifest(a.disk)
	return err
}

// makeState makes .mailmv, durably, but nowhere that mail should not be written.
func (a *Archive) makeState() error {
	i, err := a.disk.Lstat(stateDir)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		if _, err := a.layoutFor(); err != nil {
			return err
		}
	case err != nil:
		return err
	case !i.IsDir():
		return fmt.Errorf("%s: %w", stateDir, errNoDirectory)
	}
	return maildir.NewFolder(a.disk, "", stateDir).Make(maildir.Nested)
}

// layoutFor tells the layout of the tree that is there, or the one that was asked for.
func (a *Archive) layoutFor() (maildir.Layout, error) {
	var folders []*maildir.Folder
	for f, err := range a.walk() {
		if err != nil {
			return "", err
		}
		folders = append(folders, f)
	}
	if len(folders) == 0 {
		return a.Layout, a.refuseOtherMail()
	}
	layout, ok := maildir.LayoutOf(folders)
	if !ok {
		return "", fmt.Errorf("%w: it is Thunderbird's maildir; copy from it to another place", ErrLayout)
	}
	return layout, nil
}

// begin is layoutFor where the archive is made. Mail programs take a directory for a Maildir++ tree by the root's cur, new and
// tmp: a new one has them, also if no folder INBOX ever comes.
func (a *Archive) begin() (maildir.Layout, error) {
	layout, err := a.layoutFor()
	if err != nil || layout != maildir.PlusPlus {
		return layout, err
	}
	for range a.walk() {
		return layout, nil // another program's tree, which may have reasons
	}
	return layout, maildir.NewFolder(a.disk, mail.Inbox, ".").Make(layout)
}

// refuseOtherMail keeps an archive from being made among mail of another kind.
func (a *Archive) refuseOtherMail() error {
	found, err := detectFiles(a.disk)
	if err != nil || found.Kind == Absent || found.Kind == Unknown {
		return err
	}
	return fmt.Errorf("%w: it holds %s (%s); name another place for the archive", ErrLayout, found.Kind, found.Why)
}

// Identity is what journals know the archive by as a source; the zero value: none.
func (a *Archive) Identity() (ledger.Identity, error) {
	id, err := ledger.ReadIdentity(a.disk, stateDir)
	if err != nil {
		return id, fail(a.root, err)
	}
	return id, nil
}

// StateDir is where a caller may keep what belongs to the archive, such as its journal.
func (a *Archive) StateDir() string { return filepath.Join(a.root, stateDir) }

// Damage lists what of the manifest could not be read, for people; empty when all is well.
func (a *Archive) Damage() []string {
	if a.wake() != nil { // as Folders will tell
		return nil
	}
	return a.manifest.Damage
}

// Concurrent tells that several messages may be read at once, once their folder was listed.
func (a *Archive) Concurrent() bool { return a.byName }

// Limits tells how much goes well into one Append.
func (a *Archive) Limits() mail.Limits {
	return mail.Limits{Connections: 1, BatchMessages: 1000, BatchOctets: 5 << 20, InFlight: 8}
}

// Close gives up the lock.
func (a *Archive) Close() error {
	var errs []error
	if a.writing != nil {
		errs = append(errs, a.writing.Close())
		a.writing = nil
	}
	if a.manifest != nil && a.manifest.Lines != nil {
		a.keepGist()
		errs = append(errs, a.manifest.Close())
	}
	if a.unlock != nil {
		errs = append(errs, a.unlock())
		a.unlock = nil
	}
	if a.disk != nil {
		errs = append(errs, a.disk.Close())
	}
	return errors.Join(errs...)
}

// tell says something once.
func (a *Archive) tell(format string, args ...any) {
	text := fmt.Sprintf(format, args...)
	if len(a.told) < 10_000 && !a.told[text] {
		a.told[text] = true
		a.Tell(text)
	}
}

var errLink = errors.New("it is a link to another place, and none is followed")

// fail says which archive an error is about.
func fail(path string, err error) error {
	return &mail.Error{Op: "archive", Place: path, Scope: mail.ScopeStore, Hint: Hint(err), Err: err}
}

func (a *Archive) fail(op string, scope mail.Scope, ref mail.Ref, err error) error {
	return &mail.Error{Op: op, Place: a.root, Ref: ref, Scope: scope, Hint: Hint(err), Err: err}
}
