package archive

import (
	"cmp"
	"fmt"
	"math"
	"strings"

	"mailmv/archive/ledger"
	"mailmv/formats/line"
	"mailmv/formats/mail"
	"mailmv/formats/maildir"
)

const manifestFile = stateDir + "/manifest"

// manifest is what .mailmv/manifest says, and the file itself. Archive.mu guards it.
type manifest struct {
	*ledger.Lines
	layout  maildir.Layout
	shelves map[uint32]*shelf
	byPath  map[mail.Path]*shelf
	byDir   map[string]*shelf
	last    uint32 // the highest number of a folder
}

func newManifest() *manifest {
	return &manifest{shelves: map[uint32]*shelf{}, byPath: map[mail.Path]*shelf{}, byDir: map[string]*shelf{}}
}

// readManifest reads without writing, even without a lock.
func readManifest(d maildir.Disk) (m *manifest, err error) {
	m = newManifest()
	m.Lines, err = ledger.Read(d, stateDir, m.replayOn(d))
	return m, err
}

// openManifest reads, and makes ready to append.
func openManifest(d maildir.Disk, layout func() (maildir.Layout, error)) (m *manifest, err error) {
	m = newManifest()
	if m.Lines, err = ledger.Open(d, stateDir, m.replayOn(d)); err != nil {
		return m, err
	}
	if m.layout == "" {
		if m.layout, err = layout(); err != nil {
			return m, err
		}
		m.Add(ledger.Magic, uint32(version), string(m.layout))
	}
	if err := m.Flush(); err != nil {
		return m, err
	}
	return m, d.SyncDir(stateDir)
}

func (m *manifest) replayOn(d maildir.Disk) ledger.Replay {
	return func(p *line.Reader, at int64) error { return m.replay(d, p, at) }
}

// replay carries out one line, which begins at offset at.
func (m *manifest) replay(d maildir.Disk, p *line.Reader, at int64) error {
	kind := p.Text()
	if kind == ledger.Magic {
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
	s := m.shelves[n]
	if p.Err == nil && s == nil {
		return fmt.Errorf("folder %d, which no line tells of", n)
	}
	if kind == lineLetter {
		letter, name := p.Text(), p.Text()
		return cmp.Or(p.Err, s.note(letter, name))
	}
	if kind == ledger.LineRole {
		s.role = mail.Role(p.Text())
		return p.Err
	}
	num := uint32(p.Number(32))
	switch kind {
	case lineMail:
		if r := readRecord(p); p.Err == nil && len(r.unique) <= math.MaxUint16 {
			s.put(entry{num: num, file: strings.Clone(r.unique), cut: uint16(len(r.unique)), state: summed | extraOf(r),
				octets: r.Sums.Octets, date: r.Date.Unix(), at: at})
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
	p, err := m.At(at)
	if err != nil {
		return record{}, err
	}
	p.Fields = p.Fields[3:]
	r := readRecord(p)
	return r, p.Err
}
