package files

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"path"
	"slices"
	"strings"
	"time"

	"mailmv/formats/eml"
	"mailmv/formats/header"
	"mailmv/formats/mail"
	"mailmv/formats/maildir"
	"mailmv/formats/mbox"
)

// findLite finds the folders of a tree with Maildirs of Thunderbird, and the mbox files in it.
func findLite(ctx context.Context, s *Store) ([]shelf, error) {
	if s.only != "" {
		return nil, fmt.Errorf("%s: a file is no Maildir", s.only)
	}
	d, err := maildir.OpenDisk(s.tree.at)
	if err != nil {
		return nil, err
	}
	defer d.Close() // only read
	var all []shelf
	taken := namer{}
	parts := s.accounts()
	for f, err := range maildir.Folders(d) {
		odd, shut := (*maildir.OddError)(nil), (*maildir.UnreadError)(nil)
		switch {
		case ctx.Err() != nil:
			return nil, ctx.Err()
		case errors.As(err, &shut), errors.As(err, &odd) && odd.Link: // the walk for mbox files tells
		case odd != nil:
			s.notes.say("%s: %v", s.tree.at, odd)
			if odd.Path != "" {
				s.unread = append(s.unread, odd.Path)
			}
		case err != nil:
			return nil, err
		default:
			if levels, part, ok := inPart(parts, f); ok {
				s.noteIMAP(part)
				all = append(all, newLite(s, taken.path(levels), f))
			}
		}
	}
	boxes, err := s.findBoxes(ctx, taken)
	return append(all, boxes...), err
}

// inPart gives the levels of the path that a Maildir has within one of the parts that are read.
func inPart(parts []part, f *maildir.Folder) (levels []string, of part, ok bool) {
	for _, p := range parts {
		short, ok := strings.CutPrefix(f.Dir, p.dir+"/")
		switch {
		case !ok && p.dir != ".":
			continue
		case f.Dir == ".":
			return nil, p, true
		case strings.HasPrefix(f.Dir, ".") || strings.Contains(f.Dir, "/."): // Maildir++
			return strings.Split(strings.TrimPrefix(string(f.Path), p.dir+"/"), "/"), p, true
		case ok:
			return boxLevels(short, p.utf7), p, true
		}
		return boxLevels(f.Dir, p.utf7), p, true
	}
	return nil, part{}, false
}

func newLite(s *Store, at mail.Path, f *maildir.Folder) *letters {
	return &letters{store: s, at: at, dirs: []string{path.Join(f.Dir, "cur"), path.Join(f.Dir, "new")}, root: f.Dir == ".",
		kind: &liteKind{dir: f.Dir, plain: !f.Lite()}}
}

// liteKind reads Maildirs whose messages hold their state as in Thunderbird's mbox files, on top. What names tell in a Maildir of another
// program counts too: such may lie in the same tree.
type liteKind struct {
	dir      string
	plain    bool              // it is no Maildir of Thunderbird
	others   map[string]string // the files that are not called as their messages are, in cur; nil: nobody has listed them
	listed   bool              // since begin
	keywords maildir.Keywords
	courier  map[string][]string
	buf      []byte
}

// begin reads what the letters in names mean.
func (k *liteKind) begin(l *letters) {
	k.listed = false
	d, err := maildir.OpenDisk(l.store.tree.at)
	if err == nil {
		defer d.Close() // only read
		f := maildir.NewFolder(d, l.at, k.dir)
		k.keywords, err = f.Keywords()
		if err == nil {
			k.courier, err = f.CourierKeywords()
		}
	}
	if err != nil {
		l.store.notes.say("%s: keywords cannot be read: %v", l.at, err)
	}
}

// files yields the messages of cur or new, in the order in which they came.
func (k *liteKind) files(l *letters, dir string) iter.Seq2[eml.File, error] {
	return func(yield func(eml.File, error) bool) {
		if dir == l.dirs[0] {
			k.others = map[string]string{}
		}
		for e, err := range l.near.Entries(dir, maildir.Compare) {
			if errors.Is(err, fs.ErrNotExist) && dir != l.dirs[0] {
				return // Thunderbird's have no new
			}
			if err != nil {
				yield(eml.File{Name: dir}, err)
				return
			}
			if e.Name()[0] == '.' {
				continue
			}
			f := eml.File{Name: path.Join(dir, e.Name())} // what it is besides, it tells once it is open
			if e.Type().IsRegular() {
				k.name(l, f.Name)
			} else {
				err = fmt.Errorf("%s: %w", f.Name, eml.ErrNotRegular)
			}
			if !yield(f, err) {
				return
			}
		}
	}
}

// name calls a message by the unique part of its file's name, or by the whole where another file has that part.
func (k *liteKind) name(l *letters, file string) string {
	unique := maildir.ParseName(path.Base(file)).Unique
	plain := path.Join(l.dirs[0], unique)
	if file == plain || k.others[unique] == file {
		return unique
	}
	name := unique
	if _, err := l.store.tree.root.Lstat(plain); err == nil || k.others[unique] != "" {
		name = path.Base(path.Dir(file)) + "/" + path.Base(file)
	}
	k.others[name] = file
	return name
}

// locate finds the file that an ID means, whatever info stands behind its unique part by now.
func (k *liteKind) locate(l *letters, id string) (eml.File, error) {
	name, _, ok := cutLast(id, ":")
	if !ok {
		return eml.File{}, mail.ErrGone
	}
	for {
		for _, file := range []string{path.Join(l.dirs[0], name), k.others[name]} {
			if f, err := l.near.regular(file); err == nil && k.others != nil && k.name(l, file) == name {
				return f, nil
			}
		}
		if k.listed {
			return eml.File{}, mail.ErrGone
		}
		k.listed = true // once: others have renamed it, or nobody has looked
		for _, dir := range l.dirs {
			for _, err := range k.files(l, dir) {
				if err != nil && !errors.Is(err, eml.ErrNotRegular) {
					return eml.File{}, err
				}
			}
		}
	}
}

func cutLast(s, sep string) (before, after string, found bool) {
	if i := strings.LastIndex(s, sep); i >= 0 {
		return s[:i], s[i+len(sep):], true
	}
	return s, "", false
}

func (k *liteKind) know(l *letters, f eml.File) (mail.Message, error) {
	m, at, err := k.look(l, f)
	if at.file != nil {
		_ = at.file.Close() // only read
	}
	if err == nil && at.whole {
		m.Octets, err = io.Copy(io.Discard, at.mail(bytes.NewReader(at.head)))
	}
	return m, err
}

func (k *liteKind) open(l *letters, f eml.File) (mail.Message, letter, error) {
	m, at, err := k.look(l, f)
	if at.file == nil {
		return m, letter{}, err
	}
	from := letter{Closer: at.file, received: at.received, changed: at.changed}
	switch {
	case err != nil:
	case at.whole:
		from.Reader = at.mail(bytes.NewReader(bytes.Clone(at.head)))
	default:
		from.Reader = at.mail(at.file)
		_, err = at.file.Seek(at.own, io.SeekStart)
	}
	return m, from, err
}

// looked is an open file of which the beginning was read.
type looked struct {
	file     file
	mail     func(io.Reader) io.Reader // puts line ends right
	own      int64                     // where the message begins
	head     []byte                    // of the message, until the next look
	whole    bool                      // that is all of it
	received time.Time                 // see letter
	changed  time.Time
}

// look opens a file. One that cannot be read has an ID all the same.
func (k *liteKind) look(l *letters, f eml.File) (mail.Message, looked, error) {
	name := maildir.ParseName(path.Base(f.Name))
	id := k.name(l, f.Name)
	m := mail.Message{Ref: mail.Ref{ID: id + ":damaged"}, Octets: -1}
	file, err := l.near.file(f.Name)
	if err != nil {
		return m, looked{}, err
	}
	at := looked{file: file, mail: maildir.Entry{File: path.Base(f.Name)}.Mail}
	info, err := file.Stat()
	if err != nil {
		return m, at, err
	}
	at.changed = info.ModTime()
	head, whole, err := k.head(file)
	if err != nil {
		return m, at, err
	}
	at.whole = whole
	own := liteOwn(head)
	var st mbox.State
	if own > 0 || !k.plain {
		st = mbox.MozillaState(head[liteEnvelope(head):])
	}
	at.own, at.head = int64(own), head[own:]
	m.ID = fmt.Sprintf("%s:%x", id, liteSum(at.head))
	m.Flags, m.Keywords = k.state(name, st)
	m.MoreKeywords = k.keywords.Unnamed(name.Letters()) != 0
	switch {
	case k.plain && own == 0: // the file tells, as of any Maildir
		at.received = name.Date(at.changed)
		m.InternalDate = at.received
	case header.End(at.head) >= 0:
		m.InternalDate, _ = header.Received(at.head, at.changed)
	}
	if l.left.leaves(st) {
		return m, at, errLeft
	}
	return m, at, nil
}

// liteSum is made of the header, as far as its fields do not change with a message's state; of a header that is longer than what is read, of
// its beginning.
func liteSum(head []byte) []byte {
	if header.End(head) < 0 {
		return shortSum(head[:min(len(head), liteSummed)])
	}
	return shortSum(mbox.Lasting(head[:header.End(head)]))
}

func shortSum(b []byte) []byte {
	s := sha256.Sum256(b)
	return s[:8]
}

// state is what name and message tell together.
func (k *liteKind) state(name maildir.Name, st mbox.State) (mail.Flags, []string) {
	flags, keywords := k.keywords.Flags(name.Letters())
	for _, word := range slices.Concat(k.courier[name.Unique], st.Keywords) {
		if !slices.Contains(keywords, word) {
			keywords = append(keywords, word)
		}
	}
	return flags | st.Flags, keywords
}

// head reads as much of a file as Thunderbird's own fields may take, and as its ID is made of. It holds until the next call.
func (k *liteKind) head(r io.Reader) (head []byte, whole bool, err error) {
	n := 0
	for _, size := range []int{ownFieldsMax + liteSummed, mbox.OwnFieldsMax + liteSummed} {
		k.buf = slices.Grow(k.buf[:n], size-n)[:size]
		more, err := io.ReadFull(r, k.buf[n:])
		n += more
		switch {
		case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
			return k.buf[:n], true, nil
		case err != nil:
			return nil, false, err
		case header.End(k.buf[:n]) >= 0:
			return k.buf[:n], false, nil
		} // more keywords than anybody gives, or a long header
	}
	return k.buf[:n], false, nil
}

// liteSummed octets make the ID of a message whose header is longer than what is read.
const liteSummed = 4 << 10

// liteEnvelope is the length of the line "From - " that old versions wrote into these files too.
func liteEnvelope(head []byte) int {
	if !bytes.HasPrefix(head, []byte("From - ")) {
		return 0
	}
	return bytes.IndexByte(head, '\n') + 1
}

// liteOwn is the length of what Thunderbird has put on top of a message.
func liteOwn(head []byte) int {
	n := liteEnvelope(head)
	return n + mbox.MozillaFields(head[n:])
}
