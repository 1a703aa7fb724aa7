package mbox

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"

	"mailmv/formats/mail"
)

// File is an mbox or MMDF file open for reading, unpacked on the way where it is packed. One thing at a
// time is read from it: a Scanner or a message.
type File struct {
	f       Octets
	name    string
	packing string
	mac     bool
	plain   io.Reader // of a packed file: what comes at place at
	at      int64
	in      *bufio.Reader // of the message being read
	bare    *bufio.Reader // the same without state; nil: was not needed yet
	dec     decoder
}

// Octets is an open file, such as an *os.File.
type Octets interface {
	io.ReadSeekCloser
	io.ReaderAt
	Stat() (os.FileInfo, error)
}

// Open opens a regular file. What kind of file it is the Scanner tells.
func Open(path string) (*File, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() { // opening a FIFO would wait for ever
		return nil, fmt.Errorf("open %s: not a regular file: %w", path, ErrNotMbox)
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	return New(f, path)
}

// New is Open for a regular file that is open already, as of an os.Root. It closes f if it fails.
func New(f Octets, name string) (*File, error) {
	file := &File{f: f, name: name, in: bufio.NewReaderSize(nil, 64<<10)}
	if err := file.rewind(); err != nil {
		_ = f.Close()
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return file, nil
}

// Name is the path that the file was opened by.
func (f *File) Name() string { return f.name }

// Stat tells of the open file, whatever has its name by now.
func (f *File) Stat() (os.FileInfo, error) { return f.f.Stat() }

// Packing names how the file is packed: "gzip", "bzip2", "xz", "zstd"; empty: it is not.
func (f *File) Packing() string { return f.packing }

// rewind begins anew.
func (f *File) rewind() error {
	if err := f.closePlain(); err != nil {
		return err
	}
	if _, err := f.f.Seek(0, io.SeekStart); err != nil {
		return err
	}
	plain, packing, err := Unpack(f.f)
	if err != nil {
		return err
	}
	br := bufio.NewReaderSize(plain, 64<<10)
	head, err := br.Peek(64 << 10)
	if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, ErrDamaged) {
		return err
	}
	f.packing, f.mac, f.at = packing, macFile(head), 0
	f.plain = closing{br, plain}
	return nil
}

// closing closes what unpacks beneath a buffer.
type closing struct {
	io.Reader
	of io.Reader
}

func (c closing) Close() error {
	if cl, ok := c.of.(io.Closer); ok {
		return cl.Close()
	}
	return nil
}

func (f *File) closePlain() error {
	if c, ok := f.plain.(io.Closer); ok {
		f.plain = nil
		return c.Close()
	}
	return nil
}

// Scan gives a Scanner over the file from its beginning.
func (f *File) Scan(o Options) (*Scanner, error) {
	if f.packing == "" {
		return NewScanner(io.NewSectionReader(f.f, 0, 1<<62), o), nil
	}
	if err := f.rewind(); err != nil {
		return nil, err
	}
	f.at = -1 // the Scanner has it
	return NewScanner(f.plain, o), nil
}

// Message gives one message again, where a Scanner found it or a Writer wrote it. Its octets have CRLF line
// ends and no separator line, quoting is undone as d says, and n leads back to what was given to a Writer.
// ErrMoved: no message begins there. The body dies at the next call; it ends in mail.ErrCut where the
// file ends too early. Of a packed file messages are best read in the file's order.
func (f *File) Message(x Extent, d Dialect, n Note) (From, io.Reader, error) {
	r, err := f.raw(x, d)
	if err != nil {
		return From{}, nil, fmt.Errorf("%s: octet %d: %w", f.name, x.Offset, err)
	}
	br := f.in
	br.Reset(r)
	head, err := br.Peek(len(fromWord))
	switch {
	case bytes.Equal(head, fromWord):
	case d == MMDF:
		return From{}, f.body(d, n), nil
	case err != nil && !errors.Is(err, io.EOF):
		return From{}, nil, fmt.Errorf("%s: octet %d: %w", f.name, x.Offset, err)
	default:
		return From{}, nil, fmt.Errorf("%s: octet %d: %w", f.name, x.Offset, ErrMoved)
	}
	head, _ = br.Peek(min(br.Buffered(), aheadSize))
	if bytes.IndexByte(head, '\n') < 0 {
		head, _ = br.Peek(aheadSize)
	}
	line, _ := cutLine(head)
	from := ParseFrom(string(line))
	if d == MMDF && from.Date.IsZero() {
		return From{}, f.body(d, n), nil
	}
	for {
		_, err := br.ReadSlice('\n')
		if !errors.Is(err, bufio.ErrBufferFull) {
			return from, f.body(d, n), nil
		}
	}
}

// body reads what stands behind the From_ line.
func (f *File) body(d Dialect, n Note) io.Reader {
	if !n.Stateless {
		return f.dec.body(f.in, d, n)
	}
	if f.bare == nil {
		f.bare = bufio.NewReaderSize(nil, 64<<10)
	}
	f.bare.Reset(&stateStripper{br: f.in, start: true, fields: changing})
	return f.dec.body(f.bare, d, n)
}

// raw gives the octets of x, as they lie, bare CRs of an old Mac's file excepted.
func (f *File) raw(x Extent, d Dialect) (io.Reader, error) {
	if x.Offset < 0 || x.Length < 0 {
		return nil, ErrMoved
	}
	exact := &exactly{left: x.Length}
	if f.packing == "" {
		if err := f.atLineStart(x.Offset); err != nil {
			return nil, err
		}
		exact.r = io.NewSectionReader(f.f, x.Offset, x.Length)
	} else {
		if err := f.forward(x.Offset); err != nil {
			return nil, err
		}
		exact.r = &counted{f}
	}
	if f.mac {
		return macReader{exact}, nil
	}
	return exact, nil
}

// atLineStart sees to it that a line begins at place.
func (f *File) atLineStart(place int64) error {
	b := make([]byte, 1)
	if place == 0 {
		return nil
	}
	if _, err := f.f.ReadAt(b, place-1); errors.Is(err, io.EOF) {
		return ErrMoved
	} else if err != nil {
		return err
	}
	if c := b[0]; c != '\n' && c != 0 && !(f.mac && c == '\r') && !(place == int64(len(bom)) && c == bom[2]) {
		return ErrMoved
	}
	return nil
}

// forward goes on to place in a packed file, from the beginning if it has passed.
func (f *File) forward(place int64) error {
	if f.at < 0 || f.at > place {
		if err := f.rewind(); err != nil {
			return err
		}
	}
	n, err := io.CopyN(io.Discard, f.plain, place-f.at)
	f.at += n
	if errors.Is(err, io.EOF) {
		return ErrMoved
	}
	return err
}

// counted reads a packed file and keeps its place.
type counted struct{ f *File }

func (c *counted) Read(p []byte) (int, error) {
	n, err := c.f.plain.Read(p)
	c.f.at += int64(n)
	return n, err
}

// exactly reads that many octets and takes fewer for a fault.
type exactly struct {
	r    io.Reader
	left int64
}

func (e *exactly) Read(p []byte) (int, error) {
	if e.left == 0 {
		return 0, io.EOF
	}
	n, err := e.r.Read(p[:min(int64(len(p)), e.left)])
	e.left -= int64(n)
	if errors.Is(err, io.EOF) {
		err = nil
		if e.left > 0 {
			err = fmt.Errorf("%s missing: %w", mail.Count(e.left, "octet is", "octets are"), mail.ErrCut)
		}
	}
	return n, err
}

// macReader reads bare CR as LF.
type macReader struct{ r io.Reader }

func (m macReader) Read(p []byte) (int, error) {
	n, err := m.r.Read(p)
	crToLF(p[:n])
	return n, err
}

// Close closes the file.
func (f *File) Close() error { return errors.Join(f.closePlain(), f.f.Close()) }
