package migrate

import (
	"bufio"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/gofrs/flock"

	"mailmv/dedupe"
	"mailmv/formats/line"
)

// compactFrom is how many lines a journal must have before it is worth writing anew.
const compactFrom = 10_000

func newJournal() *Journal {
	return &Journal{
		wires:   map[key]dedupe.Sum{},
		twins:   map[key]sameAs{},
		own:     map[key]flagSet{},
		sent:    map[uint64]*shipment{},
		named:   map[string]string{},
		resting: map[[2]uint16]resting{},
		words:   map[uint32][]string{},
		syncing: make(chan struct{}, 1),
	}
}

// OpenJournal opens or makes the journal in folder dir for the sink whose lasting name is sinkID
// ("imap:user@host"), takes its lock, cuts off a torn last line, and writes it anew where most of it
// is superseded. Another run's lock gives an error that is ErrLocked and names the holder; a file of a
// newer format gives ErrVersion. The file has mode 0600, dir 0700.
func OpenJournal(dir, sinkID string) (*Journal, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrState, err)
	}
	name := filepath.Join(dir, journalName(sinkID))
	unlock, err := lock(name + ".lock")
	if err != nil {
		return nil, err
	}
	j, err := openJournal(name, sinkID)
	if err != nil {
		return nil, errors.Join(err, unlock())
	}
	j.unlock = unlock
	return j, nil
}

// HasJournal tells whether dir has a journal for that sink.
func HasJournal(dir, sinkID string) bool {
	i, err := os.Lstat(filepath.Join(dir, journalName(sinkID)))
	return err == nil && i.Mode().IsRegular()
}

// ReadJournal reads the journal for a run that writes nothing (Run.DryRun): it takes no lock and makes
// no file. Without one it is empty. Close it like any other.
func ReadJournal(dir, sinkID string) (*Journal, error) {
	j := newJournal()
	j.file, j.sink = readOnly{}, sinkID
	f, err := os.Open(filepath.Join(dir, journalName(sinkID)))
	if errors.Is(err, fs.ErrNotExist) {
		return j, nil
	}
	if err != nil {
		return nil, fmt.Errorf("journal: %w", err)
	}
	defer f.Close()
	if _, err := j.load(f, sinkID); err != nil {
		return nil, fmt.Errorf("journal: %s: %w", f.Name(), err)
	}
	return j, nil
}

// readOnly is the file of a journal that must not be written.
type readOnly struct{}

func (readOnly) Write([]byte) (int, error) { return 0, errors.New("opened for reading") }
func (readOnly) Sync() error               { return nil }
func (readOnly) Close() error              { return nil }

func openJournal(name, sinkID string) (*Journal, error) {
	f, err := os.OpenFile(name, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrState, err)
	}
	j, err := readJournal(f, sinkID)
	if err == nil {
		err = syncDir(filepath.Dir(name))
	}
	if err != nil {
		f.Close()
		return nil, fmt.Errorf("%w: %s: %w", ErrState, name, err)
	}
	j.name = name
	return j, nil
}

// readJournal reads f, or its gist, and makes it ready to be appended to.
func readJournal(f *os.File, sinkID string) (*Journal, error) {
	i, err := f.Stat()
	if err != nil {
		return nil, err
	}
	j := newJournal()
	j.file = f
	if j.readGist(f, i.Size(), sinkID) {
		_, err := f.Seek(0, io.SeekEnd)
		return j, err
	}
	j = newJournal()
	j.file = f
	whole, err := j.load(f, sinkID)
	if err != nil {
		return j, err
	}
	if i.Size() != whole { // a file that is left as it is costs no wait for the disk
		if err := f.Truncate(whole); err != nil {
			return j, err
		}
	}
	if _, err := f.Seek(whole, io.SeekStart); err != nil {
		return j, err
	}
	if whole == 0 {
		return j, j.start(sinkID)
	}
	if j.version < journalVersion || j.superseded(j.entries.len()) {
		return j, j.compact(f.Name(), sinkID)
	}
	return j, nil
}

// start writes the first line.
func (j *Journal) start(sinkID string) error {
	j.record(journalMagic, journalVersion, sinkID)
	j.version, j.sink = journalVersion, sinkID
	if err := j.flush(); err != nil {
		return err
	}
	return j.syncNow()
}

// journalName is a file name that people recognise and that no two sinks share.
func journalName(sinkID string) string {
	sum := sha256.Sum256([]byte(sinkID))
	plain := strings.Map(func(r rune) rune {
		if r == '@' || r == '.' || r == '-' || r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' {
			return r
		}
		return '-'
	}, sinkID)
	return fmt.Sprintf("%.80s-%x.journal", plain, sum[:4])
}

// lock takes a kernel lock, which dies with the process, and writes down who holds it.
func lock(name string) (unlock func() error, err error) {
	l := flock.New(name, flock.SetPermissions(0o600))
	ok, err := l.TryLock()
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrState, err)
	}
	if !ok {
		holder, _ := os.ReadFile(name)
		return nil, fmt.Errorf("journal: %s: %w: %s", name, ErrLocked, strings.TrimSpace(string(holder)))
	}
	host, _ := os.Hostname()
	text := fmt.Sprintf("process %d on %s since %s\n", os.Getpid(), host, time.Now().Format(time.RFC3339))
	if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
		return nil, errors.Join(fmt.Errorf("journal: lock: %w", err), l.Unlock())
	}
	return l.Unlock, nil
}

// compact writes beside name a journal of what still counts and renames it over name. Entries hold no
// names, so the lines of the old file are read once more and sorted out by what is in memory.
func (j *Journal) compact(name, sinkID string) error {
	old, err := os.Open(name)
	if err != nil {
		return err
	}
	defer old.Close()
	tmp, err := os.OpenFile(name+".new", os.O_RDWR|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	fresh := newJournal()
	fresh.file = tmp
	if err := errors.Join(fresh.rewrite(old, j, sinkID), fresh.syncNow()); err != nil {
		return errors.Join(err, tmp.Close(), os.Remove(tmp.Name()))
	}
	if err := os.Rename(tmp.Name(), name); err != nil {
		return errors.Join(err, tmp.Close())
	}
	old.Close()
	j.file.Close()
	j.file, j.lines, j.version = tmp, fresh.lines, journalVersion
	return nil
}

// rewrite copies from the lines of old what j still holds.
func (fresh *Journal) rewrite(old io.Reader, j *Journal, sinkID string) error {
	fresh.record(journalMagic, journalVersion, sinkID)
	fresh.recordPlaces(j)
	for _, names := range j.words {
		fresh.learn(names)
	}
	for b, s := range j.sent {
		fresh.record(recSend, b, int(s.to), int(s.next))
		for _, it := range s.items {
			fresh.recordItem(recItem, b, it)
		}
	}
	written := map[key]bool{}
	sends := map[uint64]uint16{}
	br := bufio.NewReaderSize(old, 1<<16)
	for {
		text, err := br.ReadBytes('\n')
		if errors.Is(err, io.EOF) {
			return fresh.flush()
		}
		if err != nil {
			return err
		}
		if fields, err := line.Split(text); err == nil {
			fresh.keep(fields, j, sends, written)
		}
		if len(fresh.buf) > 1<<16 {
			if err := fresh.flush(); err != nil {
				return err
			}
		}
	}
}

// keep writes the message of one old line in its last state, once.
func (fresh *Journal) keep(fields []string, j *Journal, sends map[uint64]uint16, written map[key]bool) {
	p := &line.Reader{Fields: fields}
	var to uint16
	switch p.Text() {
	case recSend:
		n := p.Number(64)
		sends[n] = uint16(p.Number(16))
		return
	case recItem:
		to = sends[p.Number(64)]
	case recHere:
		to = uint16(p.Number(16))
		readFate(p)
	case recTwin:
		fresh.keepTwin(p, j, written)
		return
	default:
		return
	}
	it := j.item(p, to)
	e := j.entries.find(it.key)
	if p.Err != nil || e == nil || e.state&twin != 0 || written[it.key] {
		return
	}
	wire, ok := j.wires[it.key]
	if !ok {
		wire = e.sum
	}
	if e.sum != it.sum || it.wire != wire || e.to != to || e.announced != it.announced { // superseded by a later line
		return
	}
	written[it.key] = true
	it.first, it.flags, it.words = e.first, e.flags, e.words
	fresh.recordHere(it, to, fate{kind: stored, uid: e.uid, state: e.state & (altered | damaged)})
	if own, ok := j.own[it.key]; ok {
		fresh.recordFlags(it.key, it.flags, it.words, own)
	}
	if e.state&removed != 0 {
		fresh.record(recGone, fmt.Sprintf("%x", it.key[:]))
	}
	if e.state&dropped != 0 {
		fresh.record(recDrop, fmt.Sprintf("%x", it.key[:]))
	}
}

// syncDir makes the entries of a folder durable. Systems that cannot sync a folder do it by themselves.
func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	defer d.Close()
	if err := d.Sync(); err != nil && !errors.Is(err, fs.ErrInvalid) && !errors.Is(err, errors.ErrUnsupported) {
		return err
	}
	return nil
}
