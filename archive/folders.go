package archive

import (
	"cmp"
	"context"
	"crypto/rand"
	"encoding/binary"
	"errors"
	"io/fs"
	"iter"
	"path"
	"slices"
	"strings"

	"mailmv/formats/mail"
	"mailmv/formats/maildir"
)

// Folders lists the folders of the tree by name, INBOX first.
func (a *Archive) Folders(ctx context.Context) ([]mail.Folder, error) {
	a.unread = nil
	if err := a.survey(); err != nil {
		return nil, err
	}
	var all []mail.Folder
	for _, s := range a.shelves() {
		f, err := a.Look(ctx, s.path)
		switch {
		case err == nil:
			all = append(all, f)
		case mail.ScopeOf(err) != mail.ScopeFolder:
			return nil, err
		case !errors.Is(err, mail.ErrNoFolder): // else it went away meanwhile
			a.leaveOut(s.path, s.folder.Dir, Cause(err))
		}
	}
	return all, ctx.Err()
}

// Cause is what went wrong, without in which folder.
func Cause(err error) error {
	if e := (*mail.Error)(nil); errors.As(err, &e) {
		return e.Err
	}
	return err
}

// shelves are the folders whose directories are there, by name, INBOX first.
func (a *Archive) shelves() []*shelf {
	var all []*shelf
	for _, s := range a.manifest.shelves {
		if ok, err := s.folder.Exists(); ok || err != nil {
			all = append(all, s)
		}
	}
	slices.SortFunc(all, func(x, y *shelf) int {
		return cmp.Or(-compareBool(x.path == mail.Inbox, y.path == mail.Inbox), cmp.Compare(x.path, y.path))
	})
	return all
}

func compareBool(a, b bool) int {
	switch {
	case a == b:
		return 0
	case a:
		return 1
	}
	return -1
}

// survey walks the tree for folders that other programs made.
func (a *Archive) survey() error {
	if err := a.wake(); err != nil {
		return a.fail("folders", mail.ScopeStore, mail.Ref{}, err)
	}
	var others *beside
	file := func(string) {}
	if a.byName && !a.surveyed {
		others = &beside{disk: a.disk, max: besideMax}
		file = others.look
	}
	for f, err := range a.walkBeside(file) {
		if err != nil {
			return a.fail("folders", mail.ScopeStore, mail.Ref{}, err)
		}
		if a.manifest.byDir[f.Dir] != nil {
			continue
		}
		p := maildir.Apart(f.Path, a.taken)
		if _, err := a.newShelf(p, f.Dir); err != nil {
			return err
		}
	}
	if others != nil {
		for _, note := range others.notes() {
			a.tell("%s: %s", a.root, note)
		}
	}
	a.surveyed, a.inUse = true, nil
	return nil
}

// appeared tells whether another program has made a directory for a folder since the tree was walked: thousands of folders
// are not looked for by a walk each.
func (a *Archive) appeared(p mail.Path) bool {
	layout := a.manifest.layout
	if layout == "" {
		return true // a tree without a manifest
	}
	dir := maildir.DirFor(p, layout, func(string) bool { return false })
	_, err := a.disk.Lstat(dir)
	return !errors.Is(err, fs.ErrNotExist) && a.manifest.byDir[dir] == nil
}

// walk yields the Maildirs of the tree. Our own directory is none unless somebody has put mail there; nor is an archive's root,
// which is always laid out as one, unless that or a run has made it INBOX.
func (a *Archive) walk() iter.Seq2[*maildir.Folder, error] { return a.walkBeside(func(string) {}) }

// walkBeside is walk, and calls file with the name of each file beside the Maildirs.
func (a *Archive) walkBeside(file func(name string)) iter.Seq2[*maildir.Folder, error] {
	return func(yield func(*maildir.Folder, error) bool) {
		for f, err := range maildir.FoldersBeside(a.disk, file) {
			if err := a.overOdd(err); err != nil {
				yield(nil, err)
				return
			}
			if f == nil || (f.Dir == stateDir || f.Dir == "." && a.begun()) && empty(f) {
				continue
			}
			if !yield(f, nil) {
				return
			}
		}
	}
}

// begun tells whether the tree has a manifest, and so its root may be there for mail programs alone.
func (a *Archive) begun() bool {
	return a.manifest != nil && a.manifest.layout == maildir.PlusPlus && a.manifest.byDir["."] == nil
}

func empty(f *maildir.Folder) bool {
	for range f.Entries() {
		return false
	}
	return true
}

// taken tells whether a folder of that name is there, in a directory that is.
func (a *Archive) taken(p mail.Path) bool {
	s := a.manifest.byPath[p]
	if s == nil {
		return false
	}
	ok, err := s.folder.Exists()
	return ok || err != nil
}

// newShelf notes a folder in the manifest, with a validity that no folder had before.
func (a *Archive) newShelf(p mail.Path, dir string) (*shelf, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	m := a.manifest
	s := &shelf{n: m.last + 1, path: p, validity: newValidity(), next: 1, folder: maildir.NewFolder(a.disk, p, dir)}
	m.Add(lineFolder, s.n, s.validity, string(p), dir)
	if err := m.Flush(); err != nil {
		return nil, a.fail("open", mail.ScopeStore, mail.Ref{Folder: p}, err)
	}
	m.put(s)
	if a.inUse != nil {
		a.use(dir)
	}
	return s, nil
}

func newValidity() uint32 {
	var b [4]byte
	rand.Read(b[:])
	return max(binary.BigEndian.Uint32(b[:]), 1)
}

// Look tells of a folder as it is now, with what other programs put there.
func (a *Archive) Look(ctx context.Context, p mail.Path) (mail.Folder, error) {
	s, err := a.find(p)
	if err != nil {
		return mail.Folder{}, err
	}
	a.mu.Lock()
	s.told = [32]byte{} // nothing to compare this scan with
	a.mu.Unlock()
	if err := a.scan(ctx, s); err != nil {
		return mail.Folder{}, err
	}
	var sum [32]byte
	if a.byName {
		sum = a.sumOf(s)
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	s.fresh, s.told, s.moved = a.Now(), sum, false
	f := mail.Folder{Path: s.path, Role: s.role, Messages: s.count(), Listing: sum}
	if !a.byName {
		f.Validity, f.Next = s.validity, s.next
	}
	return f, nil
}

// find finds the folder of that name, also one that another program made since.
func (a *Archive) find(p mail.Path) (*shelf, error) {
	p = p.Clean()
	if err := a.wake(); err != nil {
		return nil, a.fail("open", mail.ScopeStore, mail.Ref{Folder: p}, err)
	}
	s := a.manifest.byPath[p]
	if s == nil && (!a.surveyed || a.appeared(p)) {
		if err := a.survey(); err != nil {
			return nil, err
		}
		s = a.manifest.byPath[p]
	}
	none := a.fail("open", mail.ScopeFolder, mail.Ref{Folder: p}, mail.ErrNoFolder)
	if s == nil {
		return nil, none
	}
	ok, err := s.folder.Exists()
	if err != nil {
		return nil, a.fail("open", mail.ScopeFolder, mail.Ref{Folder: p}, err)
	}
	if !ok {
		return nil, none
	}
	return s, nil
}

// Remembered tells what Open would make of a folder whose directory is gone.
func (a *Archive) Remembered(p mail.Path) (mail.Folder, bool) {
	if a.wake() != nil {
		return mail.Folder{}, false
	}
	s := a.manifest.byPath[p.Clean()]
	if s == nil {
		return mail.Folder{}, false
	}
	return mail.Folder{Path: s.path, Role: s.role, Validity: s.validity, Next: s.next}, true
}

// Open is Look, but makes the folder where it is absent: its directories are durable when it returns.
func (a *Archive) Open(ctx context.Context, p mail.Path) (mail.Folder, error) {
	p = p.Clean()
	if p == "" {
		p = mail.Inbox
	}
	if a.ReadOnly {
		return a.Look(ctx, p)
	}
	if _, err := a.find(p); err != nil && mail.ScopeOf(err) != mail.ScopeFolder {
		return mail.Folder{}, err
	}
	s := a.manifest.byPath[p]
	if s == nil {
		dir := maildir.DirFor(p, a.manifest.layout, a.dirTaken())
		if err := maildir.NewFolder(a.disk, p, dir).Make(a.manifest.layout); err != nil {
			return mail.Folder{}, a.fail("open", scopeOf(err), mail.Ref{Folder: p}, err)
		}
		if _, err := a.newShelf(p, dir); err != nil {
			return mail.Folder{}, err
		}
	} else if err := s.folder.Make(a.manifest.layout); err != nil {
		return mail.Folder{}, a.fail("open", scopeOf(err), mail.Ref{Folder: p}, err)
	}
	return a.Look(ctx, p)
}

// KeepRole notes what a folder is for.
func (a *Archive) KeepRole(p mail.Path, role mail.Role) error {
	s, err := a.find(p)
	if err != nil {
		return err
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if err := a.manifest.KeepRole(s.n, &s.role, role); err != nil {
		return a.fail("note", mail.ScopeStore, mail.Ref{Folder: s.path}, err)
	}
	return nil
}

// dirTaken tells of a directory whether something is there, whatever the case of its letters: as the tree was at the
// first question, and with what was made since.
func (a *Archive) dirTaken() func(lower string) bool {
	if a.inUse == nil {
		a.inUse = map[string]bool{strings.ToLower(stateDir): true}
		for dir := range a.manifest.byDir {
			a.use(dir)
		}
		for e, err := range a.disk.ReadDir(".") {
			if err == nil && a.manifest.layout == maildir.PlusPlus {
				a.inUse[strings.ToLower(e.Name())] = true
			}
		}
	}
	return func(lower string) bool { return a.inUse[lower] }
}

// use notes a folder's directory and those above it; one above that is no folder itself may become one.
func (a *Archive) use(dir string) {
	for ; dir != "."; dir = path.Dir(dir) {
		lower := strings.ToLower(dir)
		a.inUse[lower] = a.inUse[lower] || a.manifest.byDir[dir] != nil
	}
}
