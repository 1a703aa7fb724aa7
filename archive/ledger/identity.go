package ledger

import (
	"bufio"
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"path/filepath"

	"mailmv/formats/line"
	"mailmv/formats/maildir"
)

const (
	identityName = "id"
	lineIdentity = "mailmv-id"
)

// Identity is what journals of other places tell an archive by as a source, for it is copied and moved with its mail. It lies beside
// the manifest, in a file "id" of one line:
//
//	mailmv-id  1  NAME  PATH
//
// The zero value is that of an archive that has none: an earlier build made it, and it was only read since.
type Identity struct {
	Name string // random
	Path string // where the archive lay when it was given the name: journals may know it by that
}

// ReadIdentity reads the identity in dir. One that is damaged is an error: under no name all mail of the archive would pass for new.
func ReadIdentity(d maildir.Disk, dir string) (id Identity, err error) {
	f, err := d.Open(path.Join(dir, identityName))
	if errors.Is(err, fs.ErrNotExist) {
		return id, nil
	}
	if err != nil {
		return id, err
	}
	defer f.Close() // only read
	text, _, err := readLine(bufio.NewReader(f))
	if err != nil {
		return id, err
	}
	fields, err := line.Split(text)
	p := &line.Reader{Fields: fields}
	kind, v := p.Text(), p.Number(32)
	id = Identity{p.Text(), p.Text()}
	switch {
	case err == nil && kind == lineIdentity && v > 1:
		return Identity{}, ErrVersion
	case err != nil || p.Err != nil || kind != lineIdentity:
		return Identity{}, fmt.Errorf("%w: %s", ErrIdentity, path.Join(dir, identityName))
	}
	return id, nil
}

// Identify gives the archive at root, whose folder is dir, an identity, durably, if it has none. The lock has to be held.
func Identify(d maildir.Disk, dir, root string) error {
	name := path.Join(dir, identityName)
	if _, err := d.Lstat(name); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	full, err := filepath.Abs(root)
	if err != nil {
		return err
	}
	if real, err := filepath.EvalSymlinks(full); err == nil {
		full = real
	}
	return maildir.ReplaceFile(d, name, line.Append(nil, lineIdentity, 1, rand.Text(), full))
}
