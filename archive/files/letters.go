package files

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"path"
	"slices"
	"time"

	"mailmv/formats/eml"
	"mailmv/formats/header"
	"mailmv/formats/mail"
)

// letters is a folder with a file for each message.
type letters struct {
	store *Store
	at    mail.Path
	dirs  []string
	// spread: they lie in several directories, and an ID holds the whole path.
	spread bool
	root   bool
	kind   letterKind
	left   left
	near   nearby
}

// letterKind is what the kinds of such folders differ in.
type letterKind interface {
	// begin is called before a folder is listed or read.
	begin(l *letters)
	// files yields the messages of one directory.
	files(l *letters, dir string) iter.Seq2[eml.File, error]
	// open opens one message, of which no more than the name need be known, and tells what know does. The letter is to be closed, beside an
	// error too.
	open(l *letters, f eml.File) (mail.Message, letter, error)
	// know tells of a message what List has to, and its ID. errLeft: it is not passed on.
	know(l *letters, f eml.File) (mail.Message, error)
}

// locator is a kind that finds the file that an ID means itself.
type locator interface {
	locate(l *letters, id string) (eml.File, error)
}

// errLeft: the message is not passed on, and counted.
var errLeft = errors.New("left out")

// letter is an open message.
type letter struct {
	io.Reader
	io.Closer
	received time.Time // as the kind keeps it; zero: it does not
	changed  time.Time // the file's own
}

func (l *letters) path() mail.Path { return l.at }

func (l *letters) isRoot() bool { return l.root }

func (l *letters) begin() {
	l.near.tree = l.store.tree
	l.kind.begin(l)
}

func (l *letters) list(ctx context.Context) iter.Seq2[mail.Message, error] {
	return func(yield func(mail.Message, error) bool) {
		l.left = left{}
		l.begin()
		defer l.near.close()
		defer func() { l.store.notes.flush(string(l.at)) }()
		for _, dir := range l.dirs {
			for f, err := range l.kind.files(l, dir) {
				switch {
				case errors.Is(err, eml.ErrNotRegular):
					if l.store.lite { // else the walk has told
						l.store.notes.odd("links and other things with names of messages", f.Name)
					}
					continue
				case errors.Is(err, fs.ErrNotExist) && f.Name != dir:
					continue
				case err != nil:
					yield(mail.Message{}, l.failed(err))
					return
				}
				m, err := l.kind.know(l, f)
				if errors.Is(err, fs.ErrNotExist) || errors.Is(err, errLeft) {
					continue
				}
				m.Folder = l.at
				if !yield(m, nil) { // what cannot be opened is an error when it is fetched
					return
				}
			}
		}
		l.left.tell(&l.store.notes, string(l.at))
	}
}

func (l *letters) failed(err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		err = fmt.Errorf("%w: %w", mail.ErrNoFolder, err)
	}
	return l.store.fail("list", mail.ScopeFolder, mail.Ref{Folder: l.at}, err)
}

func (l *letters) read(_ context.Context, refs []mail.Ref) iter.Seq2[mail.Fetched, error] {
	return func(yield func(mail.Fetched, error) bool) {
		l.begin()
		defer l.near.close()
		var buf []byte
		for _, ref := range refs {
			got := mail.Fetched{Message: mail.Message{Ref: ref}}
			from, err := l.fetch(&got, &buf)
			if errors.Is(err, fs.ErrNotExist) || errors.Is(err, eml.ErrNotRegular) || errors.Is(err, errLeft) {
				err = fmt.Errorf("%w: %w", mail.ErrGone, err)
			}
			if err != nil {
				err = l.store.fail("fetch", mail.ScopeMessage, ref, err)
			}
			more := yield(got, err)
			if from.Closer != nil {
				_ = from.Close() // only read
			}
			if !more {
				return
			}
		}
	}
}

func (l *letters) fetch(got *mail.Fetched, buf *[]byte) (from letter, err error) {
	f, err := l.locate(got.ID)
	if err != nil {
		return letter{}, err
	}
	m, from, err := l.kind.open(l, f)
	if err != nil {
		return from, err
	}
	if m.ID != got.ID {
		return from, fmt.Errorf("%w: %s has changed", mail.ErrGone, f.Name)
	}
	m.Ref = got.Ref
	head, whole, kept, err := readHead(from, *buf)
	if *buf = kept; err != nil {
		return from, err
	}
	if m.InternalDate = from.received; m.InternalDate.IsZero() {
		var source string
		m.InternalDate, source = header.Received(head, from.changed)
		m.Undated = source == header.FromNow
	}
	if b, ok := whole.(*bytes.Reader); ok {
		m.Octets = int64(b.Len())
	}
	got.Message, got.Body = m, whole
	got.Body = l.store.body(got)
	return from, nil
}

// locate finds the file that an ID means, if it is there.
func (l *letters) locate(id string) (eml.File, error) {
	if k, ok := l.kind.(locator); ok {
		return k.locate(l, id)
	}
	name, _, ok := cutLast(id, ":")
	if ok && !l.spread { // of a stamp that was the time alone
		name, _, ok = cutLast(name, ":")
	}
	if !l.spread {
		name = path.Join(l.dirs[0], name)
	}
	if !ok || !validName(name) || !slices.Contains(l.dirs, path.Dir(name)) {
		return eml.File{}, mail.ErrGone
	}
	return eml.File{Name: name}, nil
}

// stamp is the ID of a file that no program numbers for good: name, size and time of change.
func stamp(f eml.File) string {
	return fmt.Sprintf("%s:%d:%d", path.Base(f.Name), f.Size, f.Changed.UnixNano())
}
