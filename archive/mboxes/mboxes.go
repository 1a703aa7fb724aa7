// Package mboxes is mail at rest in mbox files: a tree of them, or one file, that mutt, Thunderbird and others open, with a folder
// ".mailmv" beside the mail that lets it prove itself. It is a Source, a Sink, a Remover, a Flagger and a Dater of package migrate, and
// puts back what was removed (Restore), as package archive does, which keeps Maildirs.
//
// # The tree
//
// Folder A/B is the file A.sbd/B, as Thunderbird lays it out: it is the one way in which a folder can hold messages and folders
// that a mail program opens as a tree; to all others each file is a folder. Where folders below A lie in a directory A, others
// are made there. Names are UTF-8, told apart without regard to case; what some file system does not take, and what says something to
// mail programs (".mbox" at the end), is written %XX. A name that is too long is cut and ends in a hash; the manifest has it whole.
//
// One mbox file can be an archive too (Options.OneFile): it is the folder INBOX, and beside NAME lies NAME.mailmv in place of .mailmv.
//
// A file is written in the archive's dialect: mboxrd, unless it was made as mboxo or mboxcl2. Each message has a From_ line with the
// envelope sender and the internal date in UTC, LF line ends, and one empty line behind it. It begins with the fields Status and X-Status, and
// X-Mozilla-Keys where it has keywords: so mutt, Dovecot, Thunderbird and Python's mailbox module show read mail as read. What
// they write of that kind, anywhere in a header, is read back as its flags (\Draft stays where mutt was the last to write: it has no word for it),
// and taken away before its octets are handed out; such fields
// as the message brought along itself are kept as X-Mailmv-Status and so on. What an mbox cannot hold (no final line end, a bare LF among
// CRLF) is in the manifest. So whatever other programs do to flags, every message comes out octet for octet. Keywords
// that are no plain words are in the manifest alone.
//
// X-Keywords is read where Dovecot and c-client (Pine, UW IMAP) wrote it, and words that mailmv takes away are taken out of it; but it is not written. Those two
// believe no word of it that a field X-IMAPbase before it, in the file's first message, does not declare, and at its next write Dovecot takes out all
// such words: who had taken one of ours away could not be told from who had never believed it. And to declare them, each batch would have
// to change the first message, in a file that is only appended to. Python's mailbox module knows no keywords. So those that mailmv
// writes are seen by Thunderbird, and by mailmv itself.
//
// The date that counts is the manifest's. Where a From_ line that mailmv wrote comes to show another one, Check says so, and Repair sets the line back.
// Programs write such lines anew in shapes of their own, in another zone, or in local time without one: that is no other date (mbox.From.Tells). Nor is
// one told of messages that other programs put there, whose lines were never ours.
//
// Without .mailmv the mail is complete, but for those few octets, and what quotes and what renames fields was; its flags are there, and its dates
// to the second. What package archive/files reads of it, and the archive itself when it is made anew, has not the fields of state on top.
//
// # .mailmv, version 1
//
// It holds manifest, id, lock, holder, *.journal and *.gist as package archive's, "mark", of which dotlocks are links, and for a moment "draft", a file about
// to take another's place. The manifest's first line names the dialect as its layout. Then
//
//	folder   F  VALIDITY  PATH  FILE  MADE        folder number F; MADE: "made" by us, or "found"
//	mail     F  N  OFFSET  LENGTH  KEY  OCTETS  SUM  WIRE  DATE  FLAGS  KEYWORDS  FROM  FROMVALIDITY  FROMID  DIALECT  NOTE  SHOWN
//	                                              message number N of it: from its From_ line to the end of its body; a hash of what
//	                                              other programs leave alone; as in package archive; how its octets come out of the
//	                                              file (mbox.Note); SHOWN is "hidden" where the file cannot show its flags
//	found    F  N  OFFSET  LENGTH  KEY  OCTETS  DATE  FLAGS  KEYWORDS  DIALECT
//	                                              put there by another program: numbered, not summed yet
//	role     F  ROLE                              what the folder is for (RFC 6154), as a source told last
//	place    F  N  OFFSET  LENGTH                 it lies there now
//	moved    F  N  LAST  DELTA                    all from number N to LAST lie so many octets further on
//	away     F  N                                 it is not in the file now
//	state    F  N  FLAGS  KEYWORDS                as they are now
//	writing  F  OFFSET  LENGTH  FROMS  PIECE  SUMS
//	                                              about to append so many octets from OFFSET on; how far apart the words "From " are in
//	                                              them; CRC-32 of each piece of PIECE octets, where pieces begin at multiples of that
//	as       F  SIZE  TIME  CHANGE                the file when all of the above was true of it: when it was modified, and when
//	                                              anything of it changed (0: not known), in nanoseconds
//	going    F  N                                 about to be removed by us
//	lost     F  N                                 gone, and known to be (Repair)
//
// # Invariants
//
// A file is written, and its size trusted, only under dotlock and fcntl. "writing" is durable before the first octet of a batch is written, the octets
// are before "mail" is: so what a killed run left is octets behind the last message that "mail" tells of, as many as "writing" accounts for. The next run cuts
// them off, but only if they are the ones that were to be written, piece by piece: a delivery of another program that
// stands there stays, and so does all that cannot be told from one.
//
// A file whose size or time is not that of "as" was changed by others: it is read through, and each message is found again by its KEY,
// wherever it lies and whatever state is written into it. To remove, and to change flags that do not fit in place, the file is written anew as
// draft and renamed: there is always one that is whole.
package mboxes

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"mailmv/archive"
	"mailmv/archive/ledger"
	"mailmv/formats/mail"
	"mailmv/formats/maildir"
	"mailmv/formats/mbox"
)

// ErrDialect: the archive is kept in another dialect than was asked for.
var ErrDialect = errors.New("the archive is kept in another dialect")

// Options of opening an archive. The zero value serves.
type Options struct {
	// ReadOnly writes nothing at all: for dry runs. Mail that has no number yet has one for this session only.
	ReadOnly bool
	// FileDates: messages that came through mailmv have the dates that their From_ lines show, as other programs see them, also where the
	// manifest knows better. For proofs.
	FileDates bool
	// Dialect of what is written: MboxRD, MboxO or MboxCL2. Unknown: what the archive has, MboxRD for a new one.
	Dialect mbox.Dialect
	// OneFile makes a new path one file, not a tree.
	OneFile bool
	// Tell is given a word on each odd thing that is passed over; nil: nobody hears it.
	Tell func(string)
	// Now is the clock; nil: the system's.
	Now func() time.Time
	// wrap lets tests come between the archive and its disk; patience is how long it waits for another program's lock.
	wrap     func(maildir.Disk) maildir.Disk
	patience time.Duration
	zone     *time.Location // of programs that write local time; nil: the system's
}

// Archive is an open archive. One method runs at a time, but for the wait functions of Append.
type Archive struct {
	Options
	at     string // as it was named, for people
	root   string // the directory of the tree, or of the one file
	only   string // the one file; empty: a tree
	state  string // the folder .mailmv
	disk   maildir.Disk
	unlock func() error
	byKey  bool // Refs hold keys (OpenSource)
	// writing is the same archive open for writing, where it was opened as a source and something in it was changed.
	writing *Archive
	unread  []mail.Path
	last    chan struct{} // closed when the last Append is done

	mu       sync.Mutex // guards what follows
	manifest *manifest  // nil: it was not read yet (wake), for there is
	gist     *ledger.Gist
	told     map[string]bool
}

// Create opens the archive at path, and makes it if there is nothing. A file or a tree of other programs becomes one.
func Create(path string, o Options) (*Archive, error) {
	if err := archive.RefuseProfile(path); err != nil && !o.ReadOnly {
		return nil, fail(path, err)
	}
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) && !o.ReadOnly {
		dir := path
		if o.OneFile {
			dir = filepath.Dir(path)
		}
		if err := ledger.MakeRoot(dir); err != nil {
			return nil, fail(path, err)
		}
	}
	return open(path, o)
}

// Open opens the archive at path for writing (unless Options.ReadOnly) and takes its lock. Fails with archive.ErrNoTree,
// ErrLocked, ErrVersion, ErrLayout, ErrProfile, or ErrDialect.
func Open(path string, o Options) (*Archive, error) {
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) && !o.ReadOnly {
		return nil, fail(path, fmt.Errorf("%w", archive.ErrNoTree))
	}
	if err := archive.RefuseProfile(path); err != nil && !o.ReadOnly {
		return nil, fail(path, err)
	}
	return open(path, o)
}

// OpenSource opens an archive to read from it and, if asked, to remove from it. Refs hold the keys of messages, which
// last longer than any manifest.
func OpenSource(path string, o Options) (*Archive, error) {
	o.ReadOnly = true
	if _, err := os.Stat(path); err != nil {
		return nil, fail(path, err)
	}
	a, err := open(path, o)
	if err == nil {
		a.byKey = true
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
	if o.patience == 0 {
		o.patience = 30 * time.Second
	}
	if o.zone == nil {
		o.zone = time.Local
	}
	a := &Archive{Options: o, at: path, root: path, state: ledger.Dir, told: map[string]bool{}}
	if err := a.place(); err != nil {
		return nil, fail(path, err)
	}
	if err := a.openDisk(); err != nil {
		return nil, fail(path, err)
	}
	if err := a.openState(); err != nil {
		return nil, fail(path, errors.Join(err, a.Close()))
	}
	return a, nil
}

// place tells a tree from one file.
func (a *Archive) place() error {
	i, err := os.Stat(a.root)
	switch {
	case errors.Is(err, fs.ErrNotExist) && a.OneFile:
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return err
	case i.IsDir():
		return nil
	case !i.Mode().IsRegular():
		return maildir.ErrNoFile
	default: // a link to the file was the user's own word
		if a.root, err = filepath.EvalSymlinks(a.root); err != nil {
			return err
		}
	}
	a.root, a.only = filepath.Dir(a.root), filepath.Base(a.root)
	a.state = a.only + ledger.Dir
	return nil
}

// openDisk opens the tree; a dry run over a path where nothing is gets an empty one.
func (a *Archive) openDisk() error {
	d, err := maildir.OpenDisk(a.root)
	if a.ReadOnly && errors.Is(err, fs.ErrNotExist) {
		a.disk = archive.Nothing()
		return nil
	}
	if err != nil {
		return err
	}
	if a.disk = d; a.wrap != nil {
		a.disk = a.wrap(d)
	}
	if i, err := d.Lstat("."); err == nil && i.Mode().Perm()&0o022 != 0 && a.only == "" {
		a.tell("%s: other users can write there (mode %04o)", a.root, i.Mode().Perm())
	}
	return nil
}

// openState takes the lock and reads the manifest.
func (a *Archive) openState() (err error) {
	if a.ReadOnly {
		if a.manifest, err = readManifest(a.disk, a.state); err != nil {
			return err
		}
		return a.checkDialect()
	}
	if err := a.makeState(); err != nil {
		return err
	}
	if a.unlock, err = ledger.Lock(a.disk, a.root, a.state, a.Now()); err != nil {
		return err
	}
	if err := ledger.Identify(a.disk, a.state, filepath.Join(a.root, a.only)); err != nil {
		return err
	}
	if err := a.disk.Remove(a.draft()); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if !a.sleep() {
		if err := a.wake(); err != nil {
			return err
		}
	}
	return a.makeMark()
}

func (a *Archive) checkDialect() error {
	switch has := a.manifest.dialect; {
	case has == mbox.Unknown: // a dry run over what is no archive yet
		if a.manifest.dialect = mbox.MboxRD; a.Dialect != mbox.Unknown {
			a.manifest.dialect = a.Dialect
		}
	case a.Dialect != mbox.Unknown && a.Dialect != has:
		return fmt.Errorf("%w: %v", ErrDialect, has)
	}
	return nil
}

func (a *Archive) draft() string { return path.Join(a.state, "draft") }

// makeState makes .mailmv, durably, but nowhere that mail should not be written.
func (a *Archive) makeState() error {
	i, err := a.disk.Lstat(a.state)
	switch {
	case err == nil && i.IsDir():
		return nil
	case err == nil:
		return fmt.Errorf("%s: not a directory, or a link to one: nothing is followed out of the archive", a.state)
	case !errors.Is(err, fs.ErrNotExist):
		return err
	}
	if err := a.refuseOtherMail(); err != nil {
		return err
	}
	if err := a.disk.Mkdir(a.state); err != nil {
		return err
	}
	return a.disk.SyncDir(".")
}

// Identity is what journals know the archive by as a source; the zero value: none.
func (a *Archive) Identity() (ledger.Identity, error) {
	id, err := ledger.ReadIdentity(a.disk, a.state)
	if err != nil {
		return id, fail(a.at, err)
	}
	return id, nil
}

// StateDir is where a caller may keep what belongs to the archive, such as its journal.
func (a *Archive) StateDir() string { return filepath.Join(a.root, filepath.FromSlash(a.state)) }

// Damage lists what of the manifest could not be read, for people; empty when all is well.
func (a *Archive) Damage() []string {
	if a.wake() != nil { // as Folders will tell
		return nil
	}
	return a.manifest.Damage
}

// Root tells whether the archive is one file, and so one folder, INBOX, and the name it has on disk.
func (a *Archive) Root() (name string, ok bool) { return mbox.LevelOf(a.only), a.only != "" }

// Limits tells how much goes well into one Append.
func (a *Archive) Limits() mail.Limits {
	return mail.Limits{Connections: 1, BatchMessages: 250, BatchOctets: 3 << 20, InFlight: 2}
}

// Close gives up the lock.
func (a *Archive) Close() error {
	a.settle()
	var errs []error
	if a.writing != nil {
		errs = append(errs, a.writing.Close())
		a.writing = nil
	}
	if a.manifest != nil {
		errs = append(errs, a.closeManifest())
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

// settle waits until nothing is being appended.
func (a *Archive) settle() {
	if a.last != nil {
		<-a.last
		a.last = nil
	}
}

// tell says something once.
func (a *Archive) tell(format string, args ...any) {
	text := fmt.Sprintf(format, args...)
	if len(a.told) < 10_000 && !a.told[text] {
		a.told[text] = true
		a.Tell(text)
	}
}

// leaveOut tells of a folder that cannot be read. what is where it lies in the tree.
func (a *Archive) leaveOut(p mail.Path, what string, err error) {
	a.tell("%s: %s: left out, for it cannot be read: %v", a.at, what, err)
	if !slices.Contains(a.unread, p) {
		a.unread = append(a.unread, p)
	}
}

// Unread tells the folders that Folders had to leave out since a file or a directory cannot be read.
func (a *Archive) Unread() []mail.Path { return a.live().unread }
