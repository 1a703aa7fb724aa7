package aside

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/gofrs/flock"

	"mailmv/migrate"
)

// Home is the folder in which runs keep what they need to be undone: a folder for each, named for when it began, with the
// manifest and the quarantine of places in files. It is locked: one run at a time.
type Home struct {
	dir    string
	unlock func() error
}

const (
	manifestName = "manifest"
	mailName     = "mail"
)

// OpenHome makes the folder, if it is absent, and takes its lock. Another run's lock gives migrate.ErrLocked.
func OpenHome(dir string) (*Home, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("%w: %w", migrate.ErrState, err)
	}
	name := filepath.Join(dir, "lock")
	l := flock.New(name, flock.SetPermissions(0o600))
	ok, err := l.TryLock()
	if err != nil {
		return nil, fmt.Errorf("%w: %w", migrate.ErrState, err)
	}
	if !ok {
		return nil, fmt.Errorf("%s: %w", name, migrate.ErrLocked)
	}
	return &Home{dir, l.Unlock}, nil
}

// Close gives up the lock.
func (h *Home) Close() error { return h.unlock() }

// Begin makes the folder of a new run with its manifest.
func (h *Home) Begin(now time.Time) (m *Manifest, name string, err error) {
	for n := 0; ; n++ {
		dir := filepath.Join(h.dir, now.Add(time.Duration(n)*time.Second).UTC().Format("20060102T150405Z"))
		err := os.Mkdir(dir, 0o700)
		if errors.Is(err, fs.ErrExist) {
			continue
		}
		if err != nil {
			return nil, "", fmt.Errorf("%w: %w", migrate.ErrState, err)
		}
		name = filepath.Join(dir, manifestName)
		break
	}
	f, err := os.OpenFile(name, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, "", fmt.Errorf("%w: %w", migrate.ErrState, err)
	}
	if m, err = NewManifest(f, now); err == nil {
		err = errors.Join(syncDir(filepath.Dir(name)), syncDir(h.dir))
	}
	return m, name, err
}

// syncDir makes names in a directory durable, where the system knows how to.
func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	_ = d.Sync() // Windows and some network file systems do not know it
	return d.Close()
}

// MailIn is the folder for the quarantine of the run with that manifest.
func MailIn(manifest string) string { return filepath.Join(filepath.Dir(manifest), mailName) }

// Unfinished are the manifests of runs that were cut, the latest first.
func (h *Home) Unfinished() (names []string, err error) {
	all, err := filepath.Glob(filepath.Join(h.dir, "*", manifestName))
	slices.Sort(all)
	slices.Reverse(all)
	for _, name := range all {
		f, ferr := os.Open(name)
		if ferr != nil {
			continue
		}
		m, _, merr := ReadManifest(f, nil)
		_ = f.Close() // only read
		if merr == nil && !m.Ended && !m.Undone && len(m.copies)+len(m.renews) > 0 {
			names = append(names, name)
		}
	}
	return names, err
}

// OpenManifest opens the manifest of an earlier run, to go on with it or to undo it.
func OpenManifest(name string) (*Manifest, error) {
	f, err := os.OpenFile(name, os.O_RDWR, 0)
	if err != nil {
		return nil, err
	}
	m, length, err := ReadManifest(f, f)
	if err == nil {
		err = f.Truncate(length)
	}
	if err == nil {
		_, err = f.Seek(length, 0)
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("%s: %w", name, err), f.Close())
	}
	return m, nil
}

// Covers tells whether the manifest is of a run with no other places than these, set aside to where these are.
func (m *Manifest) Covers(places []*Place) bool {
	for _, known := range m.places {
		if !slices.ContainsFunc(places, func(p *Place) bool {
			return p.ID == known.id && p.To.Word == known.quarantine && p.To.Below == known.below
		}) {
			return false
		}
	}
	return true
}

// Quarantined are the words of the quarantines that hold copies now, and their folders; "" stands for a place itself.
func (m *Manifest) Quarantined() (words []string) {
	for _, e := range m.copies {
		p := m.places[m.folders[e.folder].place]
		word := p.quarantine
		if word == "" {
			word = p.word
		}
		word = strings.TrimSuffix(word, "/") + ": " + string(p.below)
		if e.held && !slices.Contains(words, word) {
			words = append(words, word)
		}
	}
	return words
}

// Knows tells whether the manifest names the place.
func (m *Manifest) Knows(p *Place) bool {
	return slices.ContainsFunc(m.places, func(known placeLine) bool { return known.id == p.ID })
}
