// Package mh reads MH folders: a message is a file whose name is a number without leading zeros, and the
// file .mh_sequences beside it tells the state of many. A folder below may have a number for its name too.
// Nothing is ever written or renamed. Files have line ends as in package eml; a name such as ",12" or "#12"
// is a message that the user removed, and no mail.
package mh

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"path"
	"strconv"
	"strings"

	"mailmv/formats/eml"
)

// File is one message.
type File struct {
	eml.File
	Number uint32
}

// number reads a message's name; 0: it is none.
func number(name string) uint32 {
	n, err := strconv.ParseUint(name, 10, 32)
	if err != nil || name[0] < '1' || name[0] > '9' {
		return 0
	}
	return uint32(n)
}

func isMessage(name string) bool { return number(name) > 0 }

// Folders yields the folders that hold at least one message, parents first; "." is the root.
func Folders(fsys fs.FS) iter.Seq2[string, error] { return eml.FoldersWith(fsys, isMessage) }

// Files yields the messages of one folder by number. What is no regular file comes as in eml.Files, folders with
// a number for their name excepted: those are folders.
func Files(fsys fs.FS, dir string) iter.Seq2[File, error] {
	return func(yield func(File, error) bool) {
		byNumber := func(a, b string) int { return cmp.Or(cmp.Compare(number(a), number(b)), strings.Compare(a, b)) }
		for f, err := range eml.FilesBy(fsys, dir, isMessage, byNumber) {
			n := number(path.Base(f.Name))
			if (err == nil || !isDir(fsys, f.Name, n)) && !yield(File{File: f, Number: n}, err) {
				return
			}
		}
	}
}

// isDir tells of a folder whose name is a number; 0 is the folder asked for itself.
func isDir(fsys fs.FS, name string, n uint32) bool {
	if n == 0 {
		return false
	}
	info, err := fs.Stat(fsys, name)
	return err == nil && info.IsDir()
}

// Open gives a message's octets, with CRLF line ends.
func Open(fsys fs.FS, f File) (io.ReadCloser, error) { return eml.Open(fsys, f.Name) }

// maxSequences bounds the file .mh_sequences.
const maxSequences = 8 << 20

// ReadSequences reads a folder's .mh_sequences. Without one the Sequences are empty and tell nothing.
func ReadSequences(fsys fs.FS, dir string) (Sequences, error) {
	name := path.Join(dir, ".mh_sequences")
	b, err := readBounded(fsys, name, maxSequences)
	if errors.Is(err, fs.ErrNotExist) {
		if info, serr := fs.Stat(fsys, dir); serr == nil && info.IsDir() {
			return Sequences{}, nil
		}
	}
	if err != nil {
		return Sequences{}, fmt.Errorf("%s: %w", name, err)
	}
	return ParseSequences(b), nil
}
