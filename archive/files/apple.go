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

	"mailmv/formats/eml"
	"mailmv/formats/emlx"
	"mailmv/formats/mail"
)

// findEMLX finds the mailboxes of Apple Mail.
func findEMLX(ctx context.Context, s *Store) ([]shelf, error) {
	kind := &emlxKind{only: s.only}
	if s.only != "" {
		return []shelf{&letters{store: s, at: mail.Inbox, dirs: []string{"."}, spread: true, kind: kind}}, nil
	}
	dirs, err := s.letterDirs(ctx, s.isEMLX, emlx.Mailbox)
	if err != nil {
		return nil, err
	}
	taken := namer{}
	var all []shelf
	for _, f := range emlx.Folders(dirs) {
		all = append(all, &letters{store: s, at: taken.path([]string{string(f.Path)}), dirs: f.Dirs, spread: true, root: f.Path == "", kind: kind})
	}
	return all, nil
}

// isEMLX tells why a file is no message of Apple Mail. Of what Apple Mail itself keeps beside messages nothing is said.
func (s *Store) isEMLX(name string, d fs.DirEntry) (why string, err error) {
	switch {
	case emlx.IsMessage(name):
		return "", nil
	case emlx.IsOwn(name):
		return "", errNotMail
	}
	why, err = s.isLetter(name, d)
	if why == "" && err == nil {
		why = "files that look like single messages (to read them give the place as eml:PATH)"
	}
	return why, err
}

// emlxKind reads mailboxes of Apple Mail.
type emlxKind struct{ only string }

func (k *emlxKind) begin(*letters) {}

func (k *emlxKind) files(l *letters, dir string) iter.Seq2[eml.File, error] {
	return func(yield func(eml.File, error) bool) {
		for f, err := range emlx.Files(&l.near, emlx.Folder{Dirs: []string{dir}}) {
			switch base := path.Base(f.Name); {
			case k.only != "" && base != k.only:
				continue
			case err == nil && emlx.IsPartial(f.Name):
				l.store.notes.odd("messages whose attachments Apple Mail keeps elsewhere or never fetched (*.partial.emlx; take them from the server)", f.Name)
				continue
			}
			if !yield(f, err) {
				return
			}
		}
	}
}

// know opens the message: its state is at the end of the file.
func (k *emlxKind) know(l *letters, f eml.File) (mail.Message, error) {
	m, from, err := k.open(l, f)
	if from.Closer != nil {
		_ = from.Close() // only read
	}
	return m, err
}

// open: one that cannot be read has an ID all the same.
func (k *emlxKind) open(l *letters, f eml.File) (mail.Message, letter, error) {
	m := mail.Message{Ref: mail.Ref{ID: f.Name + ":damaged"}, Octets: -1}
	if emlx.IsPartial(f.Name) {
		return m, letter{}, mail.ErrGone
	}
	in, err := emlx.Open(&l.near, f.Name)
	if err != nil {
		return m, letter{}, err
	}
	from := letter{Reader: in, Closer: in, received: in.Received, changed: in.Changed}
	head := make([]byte, 4<<10)
	n, err := io.ReadFull(in, head)
	if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
		return m, from, err
	}
	m.ID = fmt.Sprintf("%s:%x", f.Name, shortSum(head[:n]))
	m.InternalDate, m.Flags, m.Keywords = in.Received, in.Flags, in.Keywords
	from.Reader = io.MultiReader(bytes.NewReader(head[:n]), in)
	return m, from, nil
}
