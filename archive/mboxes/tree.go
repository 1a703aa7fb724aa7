package mboxes

import (
	"cmp"
	"context"
	"crypto/rand"
	"encoding/binary"
	"errors"
	"io"
	"io/fs"
	"iter"
	"path"
	"slices"
	"strings"

	"mailmv/archive"
	"mailmv/formats/mail"
	"mailmv/formats/maildir"
	"mailmv/formats/mbox"
)

// Bounds of a tree that is walked, so that no made-up tree keeps us for ever.
const (
	depthMax = 50
	filesMax = 100_000
)

// walk yields the names of files that may be folders: other programs' indexes and locks left out.
func (a *Archive) walk() iter.Seq2[string, error] {
	return func(yield func(string, error) bool) {
		if a.only != "" {
			if _, err := a.disk.Lstat(a.only); err == nil || !errors.Is(err, fs.ErrNotExist) {
				yield(a.only, err)
			}
			return
		}
		n := 0
		a.walkDir(".", 0, &n, yield)
	}
}

func (a *Archive) walkDir(dir string, depth int, n *int, yield func(string, error) bool) bool {
	var files, dirs []string
	for e, err := range a.disk.ReadDir(dir) {
		if errors.Is(err, fs.ErrNotExist) && dir != "." {
			return true // gone since it was listed
		}
		if err != nil && dir != "." {
			if path.Base(dir) != "lost+found" {
				a.leaveOut(pathOf(dir), dir, err)
			}
			return true
		}
		if err != nil {
			yield("", err)
			return false
		}
		name := path.Join(dir, e.Name())
		switch {
		case e.IsDir():
			if name != a.state && !strings.HasSuffix(name, ".mailmv") && (e.Name()[0] != '.' || strings.HasSuffix(name, ".directory")) {
				dirs = append(dirs, name)
			}
		case e.Type()&fs.ModeSymlink != 0:
			a.tell("%s: %s is a link, and is not followed", a.at, name)
		case e.Type().IsRegular() && mayBeBox(e.Name()):
			files = append(files, name)
		}
	}
	slices.Sort(files)
	slices.Sort(dirs)
	for _, name := range files {
		if *n++; *n > filesMax {
			a.tell("%s: more than %d files: the rest is left out", a.at, filesMax)
			return false
		}
		if !yield(name, nil) {
			return false
		}
	}
	for _, name := range dirs {
		if depth < depthMax && !a.walkDir(name, depth+1, n, yield) {
			return false
		}
	}
	return true
}

func mayBeBox(name string) bool {
	if name == "nstmp" || name[0] == '.' {
		return false
	}
	for _, end := range []string{".msf", ".lock", ".compact-temp", ".dat", ".html"} {
		if strings.HasSuffix(name, end) {
			return false
		}
	}
	return true
}

// survey looks for folders that other programs made.
func (a *Archive) survey() error {
	if err := a.wake(); err != nil {
		return a.fail("folders", mail.ScopeStore, mail.Ref{}, err)
	}
	for name, err := range a.walk() {
		if err != nil {
			return a.fail("folders", mail.ScopeStore, mail.Ref{}, err)
		}
		if a.manifest.byFile[name] != nil || !a.isBox(name) {
			continue
		}
		if _, err := a.newShelf(a.pathFor(name), name, false); err != nil {
			return err
		}
	}
	return nil
}

// isBox tells whether a file that no line tells of is an mbox.
func (a *Archive) isBox(name string) bool {
	f, err := a.disk.Open(name)
	if errors.Is(err, fs.ErrNotExist) {
		return false // gone since it was listed
	}
	if err != nil {
		a.leaveOut(pathOf(name), name, err)
		return false
	}
	defer f.Close()
	if i, err := f.Stat(); err == nil && i.Size() == 0 {
		return mbox.NamedBox(name) || a.only != ""
	}
	why, err := sniff(f)
	if err != nil {
		a.leaveOut(pathOf(name), name, err)
		return false
	}
	if why != "" {
		a.tell("%s: %s is left out: %s", a.at, name, why)
	}
	return why == ""
}

// sniff tells why a file cannot be a folder of an archive; empty: it can.
func sniff(f maildir.File) (why string, err error) {
	head := make([]byte, 8<<10)
	n, err := f.ReadAt(head, 0)
	if err != nil && err != io.EOF {
		return "", err
	}
	if head = head[:n]; n == 0 {
		return "", nil
	}
	for _, magic := range []string{"\x1f\x8b", "BZh", "\xfd7zXZ\x00", "\x28\xb5\x2f\xfd"} {
		if strings.HasPrefix(string(head), magic) {
			return "it is packed, and nothing can be added to it", nil
		}
	}
	if strings.HasPrefix(string(head), "\x01\x01\x01\x01") {
		return "it is MMDF, which is only read", nil
	}
	if !strings.Contains(string(head), "\n") {
		return "its lines have no ends that are known", nil
	}
	if err := mbox.Sniff(head); err != nil {
		return err.Error(), nil
	}
	return "", nil
}

// pathFor names the folder in a file that other programs made.
func (a *Archive) pathFor(name string) mail.Path {
	if a.only != "" {
		return mail.Inbox
	}
	return maildir.Apart(pathOf(name), func(p mail.Path) bool {
		s := a.manifest.byPath[p]
		return s != nil && a.exists(s)
	})
}

// pathOf is the folder that a file or directory would be.
func pathOf(name string) mail.Path {
	p := mail.Path(strings.ToValidUTF8(strings.Join(mbox.Levels(name), "/"), "\uFFFD")).Clean()
	if p == "" {
		p = mail.Inbox
	}
	return p
}

func (a *Archive) exists(s *shelf) bool { return a.there(s.file) }

// there tells whether something is at that name of the tree.
func (a *Archive) there(name string) bool {
	_, err := a.disk.Lstat(name)
	return !errors.Is(err, fs.ErrNotExist)
}

// newShelf notes a folder in the manifest, with a validity that no folder had before.
func (a *Archive) newShelf(p mail.Path, file string, made bool) (*shelf, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	var b [4]byte
	rand.Read(b[:])
	m := a.manifest
	s := &shelf{n: m.last + 1, path: p, validity: max(binary.BigEndian.Uint32(b[:]), 1), next: 1, file: file, made: made}
	if m.Writes() {
		m.Add(lineFolder, s.n, s.validity, string(p), file, map[bool]string{true: "made", false: "found"}[made])
	}
	if err := m.Flush(); err != nil {
		return nil, a.fail("open", mail.ScopeStore, mail.Ref{Folder: p}, err)
	}
	m.put(s)
	return s, nil
}

// Folders lists the folders by name, INBOX first.
func (a *Archive) Folders(ctx context.Context) ([]mail.Folder, error) {
	a = a.live()
	a.settle()
	a.unread = nil
	if err := a.survey(); err != nil {
		return nil, err
	}
	var all []mail.Folder
	for _, s := range a.shelvesThere() {
		f, err := a.Look(ctx, s.path)
		switch {
		case err == nil:
			all = append(all, f)
		case mail.ScopeOf(err) != mail.ScopeFolder:
			return nil, err
		case !errors.Is(err, mail.ErrNoFolder): // else it went away meanwhile
			a.leaveOut(s.path, s.file, archive.Cause(err))
		}
	}
	return all, ctx.Err()
}

// shelvesThere are the folders whose files are there, by name, INBOX first.
func (a *Archive) shelvesThere() []*shelf {
	var all []*shelf
	for _, s := range a.manifest.byPath {
		if a.exists(s) {
			all = append(all, s)
		}
	}
	first := func(s *shelf) int {
		if s.path == mail.Inbox {
			return 0
		}
		return 1
	}
	slices.SortFunc(all, func(x, y *shelf) int { return cmp.Or(cmp.Compare(first(x), first(y)), cmp.Compare(x.path, y.path)) })
	return all
}

// Look tells of a folder as it is now, with what other programs put there.
func (a *Archive) Look(ctx context.Context, p mail.Path) (mail.Folder, error) {
	a = a.live()
	s, err := a.find(p)
	if err == nil {
		err = a.scan(ctx, s)
	}
	if err != nil {
		return mail.Folder{}, err
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	f := mail.Folder{Path: s.path, Role: s.role, Messages: s.count()}
	if !a.byKey {
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
	if s == nil {
		if err := a.survey(); err != nil {
			return nil, err
		}
		s = a.manifest.byPath[p]
	}
	if s == nil || !a.exists(s) {
		return nil, a.fail("open", mail.ScopeFolder, mail.Ref{Folder: p}, mail.ErrNoFolder)
	}
	return s, nil
}

// Remembered tells what Open would make of a folder whose file is gone.
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

// Open is Look, but makes the folder where it is absent: its file's name is durable when it returns.
func (a *Archive) Open(ctx context.Context, p mail.Path) (mail.Folder, error) {
	if p = p.Clean(); p == "" {
		p = mail.Inbox
	}
	if a.ReadOnly {
		return a.Look(ctx, p)
	}
	if a.only != "" && p != mail.Inbox {
		return mail.Folder{}, a.fail("open", mail.ScopeFolder, mail.Ref{Folder: p}, errOneFolder)
	}
	if _, err := a.find(p); err == nil || mail.ScopeOf(err) != mail.ScopeFolder {
		if err != nil {
			return mail.Folder{}, err
		}
		return a.Look(ctx, p)
	}
	s := a.manifest.byPath[p]
	file := ""
	if s != nil {
		file = s.file // its file was taken away
	} else if file = a.only; file == "" {
		file = mbox.FileFor(p, a.dirOf, a.taken())
	}
	if err := a.makeFile(file); err != nil {
		return mail.Folder{}, a.fail("open", scopeOf(err), mail.Ref{Folder: p}, err)
	}
	if s == nil {
		if _, err := a.newShelf(p, file, true); err != nil {
			return mail.Folder{}, err
		}
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

var errOneFolder = errors.New("the archive is one file, and so one folder")

// makeFile makes an empty file and the directories on the way to it, durably.
func (a *Archive) makeFile(file string) error {
	var synced []string
	for dir := path.Dir(file); dir != "."; dir = path.Dir(dir) {
		synced = append(synced, dir)
	}
	for _, dir := range slices.Backward(synced) {
		err := a.disk.Mkdir(dir)
		if i, statErr := a.disk.Lstat(dir); err != nil && (statErr != nil || !i.IsDir()) {
			return err
		}
	}
	f, err := a.disk.Create(file)
	if err != nil {
		return err
	}
	if err := f.Close(); err != nil {
		return err
	}
	for _, dir := range append(synced, ".") {
		if err := a.disk.SyncDir(dir); err != nil {
			return err
		}
	}
	return nil
}
