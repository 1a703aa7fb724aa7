package archive

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math"
	"strings"

	"mailmv/formats/line"
	"mailmv/formats/mail"
	"mailmv/formats/maildir"
)

const manifestFile = stateDir + "/manifest"

// lineMax bounds a line of the manifest; longer ones are damage.
const lineMax = 1 << 20

// manifest is what .mailmv/manifest says, and the file itself. Archive.mu guards it.
type manifest struct {
	file    maildir.File // nil: there is none, and nothing is written
	write   bool
	layout  maildir.Layout
	shelves map[uint32]*shelf
	byPath  map[mail.Path]*shelf
	byDir   map[string]*shelf
	last    uint32 // the highest number of a folder
	size    int64
	damage  []string
	buf     []byte
	err     error // the first failure to write; sticky, since the file's end is then unknown
}

func newManifest() *manifest {
	return &manifest{shelves: map[uint32]*shelf{}, byPath: map[mail.Path]*shelf{}, byDir: map[string]*shelf{}}
}

// readManifest reads without writing, even without a lock.
func readManifest(d maildir.Disk) (*manifest, error) {
	m := newManifest()
	f, err := d.Open(manifestFile)
	if errors.Is(err, fs.ErrNotExist) {
		return m, nil
	}
	if err != nil {
		return m, err
	}
	m.file = f
	return m, m.load(d)
}

// openManifest reads, cuts off a torn last line, and makes ready to append. What was read is synced first: numbers
// that it tells must not come back.
func openManifest(d maildir.Disk, layout func() (maildir.Layout, error)) (*manifest, error) {
	m := newManifest()
	f, err := d.Edit(manifestFile)
	if err != nil {
		return m, err
	}
	m.file, m.write = f, true
	if err := m.load(d); err != nil {
		return m, err
	}
	if err := f.Truncate(m.size); err != nil {
		return m, err
	}
	if _, err := f.Seek(m.size, io.SeekStart); err != nil {
		return m, err
	}
	if m.layout == "" {
		if m.layout, err = layout(); err != nil {
			return m, err
		}
		m.buf = line.Append(m.buf, magic, uint32(version), string(m.layout))
	}
	if err := m.flush(); err != nil {
		return m, err
	}
	return m, d.SyncDir(stateDir)
}

func (m *manifest) close() error {
	if m.file == nil {
		return nil
	}
	err := m.file.Close()
	m.file = nil
	return err
}

// flush writes what the buffer holds and makes it durable.
func (m *manifest) flush() error {
	if !m.write {
		m.buf = m.buf[:0]
		return nil
	}
	if m.err != nil {
		return m.err
	}
	n, err := m.file.Write(m.buf)
	m.size += int64(n)
	m.buf = m.buf[:0]
	if err == nil {
		err = m.file.Sync()
	}
	if err != nil {
		m.err = fmt.Errorf("manifest: %w", err)
	}
	return m.err
}

// load replays the file. A damaged line is named and left out.
func (m *manifest) load(d maildir.Disk) error {
	br := bufio.NewReaderSize(m.file, 1<<16)
	for n := 1; ; n++ {
		text, whole, err := readLine(br)
		if err != nil {
			return fmt.Errorf("manifest: %w", err)
		}
		if !whole {
			break // a torn last line
		}
		fields, err := line.Split(text)
		if err == nil {
			err = m.replay(d, &line.Reader{Fields: fields}, m.size)
		}
		m.size += int64(len(text))
		if errors.Is(err, ErrVersion) {
			return err
		}
		if err != nil && len(m.damage) < 100 {
			m.damage = append(m.damage, fmt.Sprintf("manifest: line %d: %v", n, err))
		}
	}
	for _, s := range m.shelves {
		s.order()
	}
	return nil
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

// replay carries out one line, which begins at offset at.
func (m *manifest) replay(d maildir.Disk, p *line.Reader, at int64) error {
	kind := p.Text()
	if kind == magic {
		if v := p.Number(32); p.Err == nil && v > version {
			return ErrVersion
		}
		m.layout = maildir.Layout(p.Text())
		return p.Err
	}
	n := uint32(p.Number(32))
	m.last = max(m.last, n)
	if kind == lineFolder {
		s := &shelf{n: n, validity: uint32(p.Number(32)), path: mail.Path(p.Text()), next: 1}
		s.folder = maildir.NewFolder(d, s.path, p.Text())
		if p.Err == nil {
			m.put(s)
		}
		return p.Err
	}
	s, num := m.shelves[n], uint32(p.Number(32))
	if p.Err == nil && s == nil {
		return fmt.Errorf("folder %d, which no line tells of", n)
	}
	switch kind {
	case lineMail:
		if r := readRecord(p); p.Err == nil && len(r.unique) <= math.MaxUint16 {
			s.put(entry{num: num, file: strings.Clone(r.unique), cut: uint16(len(r.unique)), state: summed | extraOf(r),
				octets: r.octets, date: r.date.Unix(), at: at})
		}
	case lineFound:
		if unique := p.Text(); p.Err == nil && len(unique) <= math.MaxUint16 {
			s.put(entry{num: num, file: strings.Clone(unique), cut: uint16(len(unique)), octets: -1, at: -1})
		}
	case lineGoing, lineLost:
		if e := s.numbered(num); p.Err == nil && e != nil {
			e.state |= gone
		}
	default:
		return fmt.Errorf("unknown line %q", kind)
	}
	return p.Err
}

// put notes a folder. A line about a number that was told of before takes the place of that one.
func (m *manifest) put(s *shelf) {
	m.shelves[s.n] = s
	m.byPath[s.path] = s
	m.byDir[s.folder.Dir] = s
	m.last = max(m.last, s.n)
}

// recordAt reads the mail line at an offset again.
func (m *manifest) recordAt(at int64) (record, error) {
	text, whole, err := readLine(bufio.NewReaderSize(io.NewSectionReader(m.file, at, lineMax), 1<<10))
	if err != nil || !whole {
		return record{}, fmt.Errorf("manifest: no line at %d: %w", at, errors.Join(err, io.ErrUnexpectedEOF))
	}
	fields, err := line.Split(text)
	if err != nil || len(fields) < 3 {
		return record{}, fmt.Errorf("manifest: the line at %d: %w", at, errors.Join(err, errors.New("is not what it was")))
	}
	p := &line.Reader{Fields: fields[3:]}
	r := readRecord(p)
	return r, p.Err
}
