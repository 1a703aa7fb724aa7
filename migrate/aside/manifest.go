package aside

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"mailmv/dedupe"
	"mailmv/formats/line"
	"mailmv/formats/mail"
)

const (
	magic   = "mailmv-aside"
	version = 2
)

// The kinds of lines. N numbers copies, M the changes of state, P places, F folders.
const (
	linePlace  = "place"  // P ID WORD QUARANTINE BELOW
	lineFolder = "folder" // F P PATH VALIDITY
	lineAside  = "aside"  // N F ID OCTETS SUM DATE FLAGS KEYWORDS TRACE KEEPF KEEPID NEXT: about to be copied
	lineStored = "stored" // N VALIDITY ID: its copy is durable and was read back
	lineMerge  = "merge"  // M F ID ADD REMOVE ADDWORDS REMOVEWORDS "" TRACE DATE OLDDATE: about to be given; before version 2 without dates
	lineGoing  = "going"  // N: about to be removed
	lineGone   = "gone"   // N
	lineStayed = "stayed" // N: it was not removed
	lineNoCopy = "nocopy" // N: it has no copy in the quarantine (any more)
	lineUndo   = "undo"   // N NEXT: about to be put back
	lineBack   = "back"   // N VALIDITY ID
	lineSame   = "same"   // M: the state is what it was
	lineRenew  = "renew"  // K F ID OCTETS SUM DATE FLAGS KEYWORDS NEXT: about to be stored once more, with that date
	lineFresh  = "fresh"  // K VALIDITY ID: the new one is durable, was read back, and stays in its place
	lineNot    = "not"    // K: there is no new one (any more)
	lineEnd    = "end"    // the run came to its end
	lineUndone = "undone" // the undoing did
)

// File is what a Manifest is written to. It is only appended to.
type File interface {
	io.Writer
	Sync() error
	Close() error
}

// Manifest is what was done, as its file says it.
type Manifest struct {
	Started time.Time
	// Ended: the run came to its end; Undone: all of it was put back.
	Ended, Undone bool

	file    File
	buf     []byte
	err     error
	places  []placeLine
	folders []folderLine
	copies  []*entry
	merges  []*merge
	renews  []*renewal
}

// placeLine is a place as the manifest knows it.
type placeLine struct {
	id, word   string
	quarantine string
	below      mail.Path
}

type folderLine struct {
	place    int
	path     mail.Path
	validity uint32
}

// state is how far a copy has come.
type state uint8

const (
	begun  state = iota // about to be copied
	stored              // its copy is proven
	going               // about to be removed
	away                // removed
	stays               // not removed
	undone              // about to be put back
	back                // put back
)

// entry is one copy.
type entry struct {
	n        int
	folder   int
	id       string
	octets   int64
	sum      [32]byte
	date     time.Time
	flags    mail.Flags
	keywords []string
	trace    string
	keepIn   int // folder
	keep     string
	next     uint32 // UIDNEXT of the quarantine's folder before it was stored there
	state    state
	held     bool // the quarantine has a copy
	at       mail.Ref
	undoNext uint32
	restored mail.Ref
}

// merge is a change of the state of one that stays.
type merge struct {
	m      int
	folder int
	Change
	was    time.Time // its date before, where that changes
	trace  string
	undone bool
}

// NewManifest begins one in an empty file.
func NewManifest(f File, started time.Time) (*Manifest, error) {
	m := &Manifest{file: f, Started: started}
	m.put(magic, version, started.UTC().Format(time.RFC3339))
	return m, m.sync()
}

// put adds a line; it is written by the next sync.
func (m *Manifest) put(fields ...any) { m.buf = line.Append(m.buf, fields...) }

// sync makes durable what was put.
func (m *Manifest) sync() error {
	if m.err != nil || len(m.buf) == 0 {
		return m.err
	}
	_, err := m.file.Write(m.buf)
	m.buf = m.buf[:0]
	if err == nil {
		err = m.file.Sync()
	}
	if err != nil {
		m.err = fmt.Errorf("manifest: %w", err)
	}
	return m.err
}

// Close closes the file.
func (m *Manifest) Close() error { return m.file.Close() }

// Places are the places by the words that the user would write, each with its quarantine's word ("" for itself) and folder.
func (m *Manifest) Places() (all []Words) {
	for _, p := range m.places {
		all = append(all, Words{p.id, p.word, p.quarantine, p.below})
	}
	return all
}

// Words is a place as a manifest knows it.
type Words struct {
	ID, Word, Quarantine string
	Below                mail.Path
}

// Aside counts the copies that are set aside now, and how many of them only were removed and not kept.
func (m *Manifest) Aside() (kept, deleted int) {
	for _, e := range m.copies {
		switch {
		case e.state == away && e.held:
			kept++
		case e.state == away:
			deleted++
		}
	}
	return kept, deleted
}

// place gives the number of a place, and writes it down when it is new.
func (m *Manifest) place(p *Place) int {
	for i, known := range m.places {
		if known.id == p.ID {
			return i
		}
	}
	m.places = append(m.places, placeLine{p.ID, p.Word, p.To.Word, p.To.Below})
	n := len(m.places) - 1
	m.put(linePlace, n, p.ID, p.Word, p.To.Word, string(p.To.Below))
	return n
}

func (m *Manifest) folderNumber(place int, ref mail.Ref) int {
	f := folderLine{place, ref.Folder, ref.Validity}
	for i, known := range m.folders {
		if known == f {
			return i
		}
	}
	m.folders = append(m.folders, f)
	n := len(m.folders) - 1
	m.put(lineFolder, n, place, string(f.path), f.validity)
	return n
}

// begin writes down a copy that is about to be set aside.
func (m *Manifest) begin(e *entry) {
	e.n = len(m.copies)
	m.copies = append(m.copies, e)
	m.put(lineAside, e.n, e.folder, e.id, e.octets, dedupe.Sum(e.sum), e.date.Format(time.RFC3339), e.flags.String(),
		strings.Join(e.keywords, " "), e.trace, e.keepIn, e.keep, e.next)
}

func (m *Manifest) beginMerge(g *merge) {
	g.m = len(m.merges)
	m.merges = append(m.merges, g)
	date, was := "", ""
	if !g.Date.IsZero() {
		date, was = g.Date.Format(time.RFC3339), g.was.Format(time.RFC3339)
	}
	m.put(lineMerge, g.m, g.folder, g.ID, g.Add.String(), g.Remove.String(), strings.Join(g.AddKeywords, " "),
		strings.Join(g.RemoveKeywords, " "), "", g.trace, date, was)
}

func (m *Manifest) set(e *entry, s state, word string) {
	e.state = s
	m.put(word, e.n)
}

func (m *Manifest) noCopy(e *entry) {
	e.held = false
	m.put(lineNoCopy, e.n)
}

// ref is the copy's own reference.
func (m *Manifest) ref(e *entry) mail.Ref { return m.refIn(e.folder, e.id) }

func (m *Manifest) refIn(folder int, id string) mail.Ref {
	f := m.folders[folder]
	return mail.Ref{Folder: f.path, Validity: f.validity, ID: id}
}

// target is the quarantine's folder for one of a place.
func target(below, p mail.Path) mail.Path {
	if below == "" {
		return p
	}
	return below + "/" + p
}

var errLine = errors.New("no such copy, place or folder")
