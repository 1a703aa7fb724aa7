package line

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"io"
)

// Mark tells a file that is only appended to from what it was or becomes, and from another one.
type Mark struct {
	Size int64
	End  [sha256.Size]byte // a SHA-256 of its last octets
}

const (
	markEnd   = 64 << 10
	gistMagic = "mailmv-gist"
	gistMax   = 16 << 20 // octets of a gist; a longer one is not read
)

// MarkOf marks a file of that size.
func MarkOf(f io.ReaderAt, size int64) (Mark, error) {
	end := make([]byte, min(size, markEnd))
	if _, err := f.ReadAt(end, size-int64(len(end))); err != nil && !errors.Is(err, io.EOF) {
		return Mark{}, err
	}
	return Mark{size, sha256.Sum256(end)}, nil
}

// A gist is a file beside one of lines: what most who open that need to know of it. It begins with a line that marks
// the file and counts the lines behind it,
//
//	mailmv-gist  1  SIZE  END  LINES
//
// and is believed only where all of this fits. It may be deleted: the file itself is read then.

// Gist makes one of lines that are whole.
func Gist(of Mark, lines []byte) []byte {
	head := Append(nil, gistMagic, 1, of.Size, base64.RawURLEncoding.EncodeToString(of.End[:]), bytes.Count(lines, []byte("\n")))
	return append(head, lines...)
}

// ReadGist hands each the fields of the lines of a gist, if it is one of that file. Where ok is false, what each was told is
// nothing to go by.
func ReadGist(r io.Reader, of Mark, each func(*Reader)) (ok bool) {
	text, err := io.ReadAll(io.LimitReader(r, gistMax))
	if err != nil {
		return false
	}
	left := -1
	for l := range bytes.Lines(text) {
		fields, err := Split(l)
		if err != nil || !bytes.HasSuffix(l, []byte("\n")) || left == 0 {
			return false
		}
		p := &Reader{Fields: fields}
		if left > 0 {
			each(p)
			left--
		} else if p.Text() != gistMagic || p.Number(32) != 1 || (Mark{p.Signed(), p.Sum([32]byte{})}) != of {
			return false
		} else {
			left = int(p.Number(31))
		}
		if p.Err != nil {
			return false
		}
	}
	return left == 0
}
