// Package line is text that proves itself: lines of fields, joined by a tab, the last of them the CRC-32
// (IEEE, eight hex digits) of all before its tab. Journals and manifests are made of them: they can be read by
// people and grepped, only appended to, cut anywhere, and a damaged line is known for one.
//
// Text is quoted as in Go where it holds anything but plain characters, so that a line is a line.
package line

import (
	"bytes"
	"encoding"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"hash/crc32"
	"strconv"
	"strings"
)

// Append appends a line to b: fields, checksum, line end. A field is a string, a whole number, or
// knows how to append itself as text without tabs.
func Append(b []byte, fields ...any) []byte {
	start := len(b)
	for i, f := range fields {
		if i > 0 {
			b = append(b, '\t')
		}
		b = appendField(b, f)
	}
	sum := checksum(b[start:])
	return append(append(append(b, '\t'), sum[:]...), '\n')
}

// checksum is the CRC-32 as a line has it.
func checksum(b []byte) (hexed [8]byte) {
	var sum [4]byte
	binary.BigEndian.PutUint32(sum[:], crc32.ChecksumIEEE(b))
	hex.Encode(hexed[:], sum[:])
	return hexed
}

func appendField(b []byte, f any) []byte {
	switch f := f.(type) {
	case string:
		return appendText(b, f)
	case int:
		return strconv.AppendInt(b, int64(f), 10)
	case int64:
		return strconv.AppendInt(b, f, 10)
	case uint32:
		return strconv.AppendUint(b, uint64(f), 10)
	case uint64:
		return strconv.AppendUint(b, f, 10)
	case encoding.TextAppender:
		if b, err := f.AppendText(b); err == nil {
			return b
		}
	}
	panic(fmt.Sprintf("cannot happen: a field of type %T", f))
}

// appendText quotes s where it holds anything but plain characters.
func appendText(b []byte, s string) []byte {
	plain := s != "" && !strings.ContainsFunc(s, func(r rune) bool { return r <= ' ' || r > '~' || r == '"' })
	if plain {
		return append(b, s...)
	}
	return strconv.AppendQuote(b, s)
}

// Split gives the fields of a line, with or without its end, whose checksum fits.
func Split(line []byte) ([]string, error) { return SplitTo(nil, line) }

// SplitTo is Split for one who reads many lines: it uses the memory of fields, which are those of the line before.
func SplitTo(fields []string, line []byte) ([]string, error) {
	i := bytes.LastIndexByte(line, '\t')
	if i < 0 {
		return nil, errors.New("no checksum")
	}
	if sum := checksum(line[:i]); !bytes.Equal(bytes.TrimSuffix(line[i+1:], []byte("\n")), sum[:]) {
		return nil, errors.New("its checksum does not fit")
	}
	var err error
	fields = fields[:0]
	for f := range strings.SplitSeq(string(line[:i]), "\t") {
		fields = append(fields, f)
	}
	for i, f := range fields {
		if strings.HasPrefix(f, `"`) {
			if fields[i], err = strconv.Unquote(f); err != nil {
				return nil, fmt.Errorf("field %d: %w", i+1, err)
			}
		}
	}
	return fields, nil
}

// Reader hands out fields in order and remembers in Err the first that does not fit.
type Reader struct {
	Fields []string
	Err    error
}

// Fail sets Err, unless an earlier field did.
func (r *Reader) Fail(what string) {
	r.Note(errors.New(what))
}

// Note sets Err to an error, unless an earlier field did.
func (r *Reader) Note(err error) {
	if r.Err == nil {
		r.Err = err
	}
}

// Peek is the next field; empty where there is none.
func (r *Reader) Peek() string {
	if len(r.Fields) == 0 {
		return ""
	}
	return r.Fields[0]
}

// Text takes the next field.
func (r *Reader) Text() string {
	if len(r.Fields) == 0 {
		r.Fail("a field is missing")
		return ""
	}
	f := r.Fields[0]
	r.Fields = r.Fields[1:]
	return f
}

// Number takes a whole number of at most so many bits that is not negative.
func (r *Reader) Number(bits int) uint64 {
	n, err := strconv.ParseUint(r.Text(), 10, bits)
	if err != nil {
		r.Fail("not a number")
	}
	return n
}

// Signed takes a whole number.
func (r *Reader) Signed() int64 {
	n, err := strconv.ParseInt(r.Text(), 10, 64)
	if err != nil {
		r.Fail("not a number")
	}
	return n
}

// Sum takes 32 octets in unpadded base64url; "=" stands for otherwise.
func (r *Reader) Sum(otherwise [32]byte) (s [32]byte) {
	text := r.Text()
	if text == "=" {
		return otherwise
	}
	b, err := base64.RawURLEncoding.DecodeString(text)
	if err != nil || len(b) != len(s) {
		r.Fail("not a sum")
		return s
	}
	return [32]byte(b)
}
