package maildir

import (
	"errors"
	"fmt"
	"io/fs"
	"iter"
	"path"
	"slices"
	"strings"
	"syscall"

	"mailmv/formats/mail"
)

// Bounds of a tree that is walked, so that no made-up tree keeps us for ever.
const (
	depthMax   = 100
	foldersMax = 100_000
)

// Folders yields the Maildirs of a tree, parents first, whatever their layouts. An *OddError is a thing passed over, an *UnreadError
// a directory that may hold mail and cannot be looked into; any other error ends the walk. Two directories that would have one
// name keep apart: the later one gets a number (Apart).
func Folders(d Disk) iter.Seq2[*Folder, error] { return FoldersBeside(d, func(string) {}) }

// FoldersBeside is Folders, and calls file with the name of each regular file on the way that is in no Maildir's cur, new or tmp.
func FoldersBeside(d Disk, file func(name string)) iter.Seq2[*Folder, error] {
	return func(yield func(*Folder, error) bool) {
		w := &walker{disk: d, seen: map[mail.Path]bool{}, yield: yield, file: file}
		w.walk(".", "", 0)
	}
}

// UnreadError is a directory that cannot be looked into: nobody knows whether it holds mail.
type UnreadError struct {
	Dir  string    // below the tree's root
	Path mail.Path // of the folder that it would be
	Err  error
}

func (e *UnreadError) Error() string { return fmt.Sprintf("%s: cannot be read: %v", e.Dir, e.Err) }

func (e *UnreadError) Unwrap() error { return e.Err }

type walker struct {
	disk  Disk
	seen  map[mail.Path]bool
	yield func(*Folder, error) bool
	file  func(name string)
}

// walk looks at one directory and what is below; false: the caller wants no more.
func (w *walker) walk(dir string, p mail.Path, depth int) bool {
	if depth > depthMax || len(w.seen) > foldersMax {
		return w.yield(nil, &OddError{Name: dir, What: "too deep or too many folders", Path: p})
	}
	var subs []string
	isFolder := false
	for e, err := range w.disk.ReadDir(dir) {
		if errors.Is(err, fs.ErrNotExist) && dir != "." {
			return true // gone since it was listed
		}
		if err != nil && dir != "." {
			return path.Base(dir) == "lost+found" || w.yield(nil, &UnreadError{dir, p, err})
		}
		if err != nil {
			w.yield(nil, err)
			return false
		}
		link := e.Type()&fs.ModeSymlink != 0
		switch name := e.Name(); {
		case link && name != "new" && name != "tmp":
			if w.leadsToFolder(dir, name) && !w.yield(nil, &OddError{path.Join(dir, name), "a link where a folder should be", linkPath(p, name), true}) {
				return false
			}
		case e.Type().IsRegular():
			w.file(path.Join(dir, name))
		case !e.IsDir():
		case name == "cur":
			isFolder = true
		default:
			subs = append(subs, name)
		}
	}
	if isFolder && !w.folder(dir, p) {
		return false
	}
	slices.SortFunc(subs, compareDirs)
	for _, name := range subs {
		if !w.sub(dir, name, p, isFolder, depth) {
			return false
		}
	}
	return true
}

// leadsToFolder tells of a link whether a word is due: it seems to be meant as a folder. Files are linked for many reasons.
func (w *walker) leadsToFolder(dir, name string) bool {
	return name == "cur" || name[0] == '.' && dir == "." || kmailOf(name) != "" || !strings.Contains(name, ".")
}

// compareDirs orders directories by name, but KMail's with subfolders behind all others: of two folders with one name the directory "A/B"
// keeps it, which was always read.
func compareDirs(a, b string) int {
	switch below, other := kmailOf(a) != "", kmailOf(b) != ""; {
	case below == other:
		return Compare(a, b)
	case below:
		return 1
	}
	return -1
}

// sub looks at a directory in dir, whose folder is p.
func (w *walker) sub(dir, name string, p mail.Path, inFolder bool, depth int) bool {
	full := path.Join(dir, name)
	switch {
	case inFolder && (name == "new" || name == "tmp"):
		return true
	case name[0] == '.':
		i, err := w.disk.Lstat(path.Join(full, "cur"))
		if err != nil && !errors.Is(err, fs.ErrNotExist) && !errors.Is(err, syscall.ENOTDIR) {
			return w.yield(nil, &UnreadError{full, dotPath(p, name), err})
		}
		if err != nil || !i.IsDir() && i.Mode()&fs.ModeSymlink == 0 {
			return w.hidden(full, name, p, depth)
		}
		return w.walk(full, plusPlusPath(p, name), depth+1) // mbsync keeps folders below it so, as .A/.B
	}
	return w.walk(full, nestedPath(p, name), depth+1)
}

// hidden looks at a directory with a dot in front that is no Maildir: KMail has subfolders in such. Any other (.git, .notmuch ...) is no
// place for mail, and maybe a backup of all that is read; if there is some, that is told.
func (w *walker) hidden(dir, name string, p mail.Path, depth int) bool {
	if kmailOf(name) != "" {
		return w.walk(dir, dotPath(p, name), depth+1)
	}
	found := w.maildirBelow(dir)
	if found == "" {
		return true
	}
	return w.yield(nil, &OddError{Name: dir, What: fmt.Sprintf("a hidden directory with Maildirs in it, such as %s: to read them name it as a place of its own", found)})
}

// hiddenLooks is how many directories are looked into within a hidden one: a cache has very many.
const hiddenLooks = 1000

// maildirBelow finds a Maildir below a directory, one near the top first; empty: none was seen. What cannot be read there is passed over.
func (w *walker) maildirBelow(top string) string {
	dirs := []string{top}
	for n := 0; n < len(dirs); n++ {
		for e, err := range w.disk.ReadDir(dirs[n]) {
			switch {
			case err != nil || !e.IsDir():
			case e.Name() == "cur":
				return dirs[n]
			case len(dirs) < hiddenLooks:
				dirs = append(dirs, path.Join(dirs[n], e.Name()))
			}
		}
	}
	return ""
}

// kmailOf tells of which folder a directory holds the subfolders, as KMail names those: ".Foo.directory" beside Foo. Empty: it is no such.
func kmailOf(dir string) string {
	of, ok := strings.CutSuffix(dir, ".directory")
	if !ok || len(of) < len(".x") || of[0] != '.' {
		return ""
	}
	return of[1:]
}

// dotPath is the folder that a directory with a dot in front would be, and is no Maildir.
func dotPath(parent mail.Path, name string) mail.Path {
	if of := kmailOf(name); of != "" {
		return nestedPath(parent, of)
	}
	return plusPlusPath(parent, name)
}

func nestedPath(parent mail.Path, name string) mail.Path {
	below := string(parent) + "/" + decodeLevel(strings.TrimSuffix(name, ".sbd"))
	return mail.Path(strings.TrimPrefix(below, "/"))
}

// linkPath is the folder that a link would be.
func linkPath(parent mail.Path, name string) mail.Path {
	switch {
	case name == "cur" && parent == "":
		return mail.Inbox
	case name == "cur":
		return parent
	case name[0] == '.':
		return dotPath(parent, name)
	}
	return nestedPath(parent, name)
}

// plusPlusPath reads the name of a Maildir++ directory, ".A.B".
func plusPlusPath(parent mail.Path, name string) mail.Path {
	p := string(parent)
	for raw := range strings.SplitSeq(name[1:], ".") {
		if raw != "" {
			p += "/" + decodeLevel(raw)
		}
	}
	return mail.Path(strings.TrimPrefix(p, "/"))
}

func (w *walker) folder(dir string, p mail.Path) bool {
	if p == "" {
		p = mail.Inbox
	}
	p = Apart(p.Clean(), func(p mail.Path) bool { return w.seen[p] })
	w.seen[p] = true
	return w.yield(&Folder{w.disk, p, dir}, nil)
}

// Apart gives a folder whose name is taken another: "A~2".
func Apart(p mail.Path, taken func(mail.Path) bool) mail.Path {
	free := p
	for n := 2; free == "" || taken(free); n++ {
		free = mail.Path(fmt.Sprintf("%s~%d", p, n))
	}
	return free
}

// Layout says how a tree is laid out that folders are made in.
type Layout string

// The layouts that can be written.
const (
	PlusPlus Layout = "maildir++"
	Nested   Layout = "fs"
)

// LayoutOf tells a tree's layout from its folders' directories; an empty one is Maildir++, as is one
// that has but its INBOX. false: some are Thunderbird's (Lite), and nothing should be written there.
func LayoutOf(folders []*Folder) (Layout, bool) {
	layout := PlusPlus
	for _, f := range folders {
		if f.Lite() {
			return "", false
		}
		if f.Dir != "." && f.Dir[0] != '.' {
			layout = Nested
		}
	}
	return layout, true
}

func (f *Folder) hasNew() bool {
	i, err := f.disk.Lstat(path.Join(f.Dir, "new"))
	return err == nil && i.IsDir()
}

// liteLooks is how many names of a folder are looked at: a stray file does not decide.
const liteLooks = 50

// Lite tells a Maildir of Thunderbird: no new, and a place, an index or names of messages as only that has. A Maildir whose empty directories
// were lost on the way has no new either.
func (f *Folder) Lite() bool {
	if f.hasNew() {
		return false
	}
	if i, err := f.disk.Lstat(f.Dir + ".msf"); f.Dir != "." && err == nil && i.Mode().IsRegular() || strings.Contains(f.Dir, ".sbd/") {
		return true
	}
	n := 0
	for e, err := range f.Entries() {
		if n++; err != nil || n > liteLooks {
			break
		}
		if strings.HasSuffix(e.File, ".eml") {
			return true
		}
	}
	return false
}

// Make makes the folder's directories as far as they are absent, durably: cur comes last, so that what is cut short
// is no folder yet.
func (f *Folder) Make(layout Layout) error {
	var made []string
	for _, dir := range append(parents(f.Dir), path.Join(f.Dir, "tmp"), path.Join(f.Dir, "new"), path.Join(f.Dir, "cur")) {
		err := f.disk.Mkdir(dir)
		if err == nil {
			made = append(made, dir)
			continue
		}
		if i, statErr := f.disk.Lstat(dir); statErr != nil || !i.IsDir() {
			return errors.Join(err, statErr)
		}
	}
	if layout == PlusPlus && f.Dir != "." {
		if err := f.mark(); err != nil {
			return err
		}
	}
	synced := map[string]bool{}
	for _, dir := range slices.Backward(made) {
		if up := path.Dir(dir); !synced[up] {
			if err := f.disk.SyncDir(up); err != nil {
				return err
			}
			synced[up] = true
		}
	}
	return nil
}

// mark puts the empty file there that tells a Maildir++ folder.
func (f *Folder) mark() error {
	m, err := f.disk.Create(path.Join(f.Dir, "maildirfolder"))
	if errors.Is(err, fs.ErrExist) {
		return nil
	}
	if err != nil {
		return err
	}
	return m.Close()
}

// parents lists the directories down to dir itself, without the root.
func parents(dir string) []string {
	var all []string
	for ; dir != "."; dir = path.Dir(dir) {
		all = append(all, dir)
	}
	slices.Reverse(all)
	return all
}

// Exists tells whether the folder's directory is one.
func (f *Folder) Exists() (bool, error) {
	i, err := f.disk.Lstat(path.Join(f.Dir, "cur"))
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return false, nil
	case err != nil:
		return false, err
	case !i.IsDir():
		return false, fmt.Errorf("%s: %w", path.Join(f.Dir, "cur"), errNoDirectory)
	}
	return true, nil
}

var errNoDirectory = errors.New("not a directory, or a link to one: nothing is followed out of the tree")

// Drafts yields the names in tmp.
func (f *Folder) Drafts() iter.Seq2[string, error] {
	return func(yield func(string, error) bool) {
		for e, err := range f.disk.ReadDir(path.Join(f.Dir, "tmp")) {
			if err != nil {
				if !errors.Is(err, fs.ErrNotExist) {
					yield("", err)
				}
				return
			}
			if e.Type().IsRegular() && !yield(e.Name(), nil) {
				return
			}
		}
	}
}

// DropDraft removes what a dead run left in tmp.
func (f *Folder) DropDraft(name string) error { return f.disk.Remove(path.Join(f.Dir, "tmp", name)) }
