package ledger

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"

	"mailmv/formats/line"
	"mailmv/formats/maildir"
)

// lineMax bounds a line of the manifest; longer ones are damage.
const lineMax = 1 << 20

// Lines is the manifest's file. The zero value is one that is not there and is not written.
type Lines struct {
	// Damage lists what could not be read, for people.
	Damage []string

	buf   []byte
	file  maildir.File // nil: there is none, and nothing is written
	write bool
	size  int64
	err   error // the first failure to write; sticky, since the file's end is then unknown
}

// Replay is told of each line, and the offset at which it begins. An error is damage, unless it is ErrVersion.
type Replay func(p *line.Reader, at int64) error

// Read reads without writing, even without a lock.
func Read(d maildir.Disk, dir string, replay Replay) (*Lines, error) {
	l := &Lines{}
	f, err := d.Open(path.Join(dir, manifestName))
	if errors.Is(err, fs.ErrNotExist) {
		return l, nil
	}
	if err != nil {
		return l, err
	}
	l.file = f
	return l, l.load(replay)
}

// Open reads, cuts off a torn last line, and makes ready to append. Flush is called before anything that was read is
// relied on, SyncDir after that: numbers that it tells must not come back.
func Open(d maildir.Disk, dir string, replay Replay) (*Lines, error) {
	l := &Lines{}
	f, err := d.Edit(path.Join(dir, manifestName))
	if err != nil {
		return l, err
	}
	l.file, l.write = f, true
	if err := l.load(replay); err != nil {
		return l, err
	}
	if err := l.cutTo(l.size); err != nil {
		return l, err
	}
	_, err = f.Seek(l.size, io.SeekStart)
	return l, err
}

// cutTo cuts off what is behind size. A file that ends there is left as it is: the sync of one that was touched waits for
// the disk.
func (l *Lines) cutTo(size int64) error {
	if i, err := l.file.Stat(); err == nil && i.Size() == size {
		return nil
	}
	return l.file.Truncate(size)
}

// Layout is what the first line says of the tree; empty where it cannot be read. begun tells whether there may be a line: a run that
// ended before it wrote one has told nobody what the archive is.
func Layout(d maildir.Disk, dir string) (layout string, begun bool) {
	f, err := d.Open(path.Join(dir, manifestName))
	if err != nil {
		return "", !errors.Is(err, fs.ErrNotExist)
	}
	defer f.Close()
	text, whole, err := readLine(bufio.NewReader(f))
	if err != nil || !whole {
		return "", err != nil
	}
	if fields, err := line.Split(text); err == nil && len(fields) == 3 && fields[0] == Magic {
		return fields[2], true
	}
	return "", true
}

// Close closes the file.
func (l *Lines) Close() error {
	if l.file == nil {
		return nil
	}
	err := l.file.Close()
	l.file = nil
	return err
}

// Writes tells whether lines that are added will be written.
func (l *Lines) Writes() bool { return l.write }

// Add adds a line for the next Flush.
func (l *Lines) Add(fields ...any) { l.buf = line.Append(l.buf, fields...) }

// Next is the offset at which the next line that is added will begin.
func (l *Lines) Next() int64 { return l.size + int64(len(l.buf)) }

// Flush writes what was added and makes it durable.
func (l *Lines) Flush() error {
	if !l.write {
		l.buf = l.buf[:0]
		return nil
	}
	if l.err != nil {
		return l.err
	}
	var err error
	if len(l.buf) > 0 {
		var n int
		n, err = l.file.Write(l.buf)
		l.size += int64(n)
		l.buf = l.buf[:0]
	}
	if err == nil {
		err = l.file.Sync()
	}
	if err != nil {
		l.err = fmt.Errorf("manifest: %w", err)
	}
	return l.err
}

// load replays the file. A damaged line is named and left out.
func (l *Lines) load(replay Replay) error {
	br := bufio.NewReaderSize(l.file, 1<<16)
	var p line.Reader
	var fields []string
	for n := 1; ; n++ {
		text, whole, err := readLine(br)
		if err != nil {
			return fmt.Errorf("manifest: %w", err)
		}
		if !whole {
			return nil // a torn last line
		}
		fields, err = line.SplitTo(fields, text)
		if err == nil {
			p = line.Reader{Fields: fields}
			err = replay(&p, l.size)
		}
		l.size += int64(len(text))
		if errors.Is(err, ErrVersion) {
			return err
		}
		if err != nil && len(l.Damage) < 100 {
			l.Damage = append(l.Damage, fmt.Sprintf("manifest: line %d: %v", n, err))
		}
	}
}

// readLine reads a line with its end; whole is false at the end of the file.
func readLine(br *bufio.Reader) (text []byte, whole bool, err error) {
	for {
		part, err := br.ReadSlice('\n')
		if text == nil && err == nil {
			return part, true, nil
		}
		if text = append(text, part...); len(text) > lineMax {
			return nil, false, errors.New("a line without end")
		}
		switch {
		case err == nil:
			return text, true, nil
		case err == io.EOF:
			return nil, false, nil
		case !errors.Is(err, bufio.ErrBufferFull):
			return nil, false, err
		}
	}
}

// At reads the line at an offset again.
func (l *Lines) At(at int64) (*line.Reader, error) {
	text, whole, err := readLine(bufio.NewReaderSize(io.NewSectionReader(l.file, at, lineMax), 1<<10))
	if err != nil || !whole {
		return nil, fmt.Errorf("manifest: no line at %d: %w", at, errors.Join(err, io.ErrUnexpectedEOF))
	}
	fields, err := line.Split(text)
	if err != nil || len(fields) < 3 {
		return nil, fmt.Errorf("manifest: the line at %d: %w", at, errors.Join(err, errors.New("is not what it was")))
	}
	return &line.Reader{Fields: fields}, nil
}
