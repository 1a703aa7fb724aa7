package mboxes

import (
	"fmt"
	"path"
	"strconv"
	"strings"
	"time"

	"mailmv/archive/ledger"
	"mailmv/formats/line"
	"mailmv/formats/mail"
	"mailmv/formats/maildir"
	"mailmv/formats/mbox"
)

const (
	version = 1

	lineFolder  = "folder"
	lineMail    = "mail"
	lineFound   = "found"
	linePlace   = "place"
	lineMoved   = "moved"
	lineAway    = "away"
	lineState   = "state"
	lineWriting = "writing"
	lineAs      = "as"
	lineGoing   = "going"
	lineLost    = "lost"
)

// manifest is what .mailmv/manifest says, and the file itself. Archive.mu guards it.
type manifest struct {
	*ledger.Lines
	dialect mbox.Dialect
	shelves map[uint32]*shelf
	byPath  map[mail.Path]*shelf
	byFile  map[string]*shelf
	states  states
	last    uint32 // the highest number of a folder
}

func newManifest() *manifest {
	return &manifest{shelves: map[uint32]*shelf{}, byPath: map[mail.Path]*shelf{}, byFile: map[string]*shelf{}}
}

// readManifest reads without writing, even without a lock.
func readManifest(d maildir.Disk, dir string) (m *manifest, err error) {
	m = newManifest()
	m.Lines, err = ledger.Read(d, dir, m.replay)
	return m, err
}

// openManifest reads, and makes ready to append.
func openManifest(d maildir.Disk, dir string, dialect mbox.Dialect) (m *manifest, err error) {
	m = newManifest()
	if m.Lines, err = ledger.Open(d, dir, m.replay); err != nil {
		return m, err
	}
	if m.dialect == mbox.Unknown {
		if m.dialect = dialect; dialect == mbox.Unknown {
			m.dialect = mbox.MboxRD
		}
		m.Add(ledger.Magic, uint32(version), m.dialect.String())
	}
	if err := m.Flush(); err != nil {
		return m, err
	}
	return m, d.SyncDir(dir)
}

func (a *Archive) closeManifest() error {
	m := a.manifest
	if m.Lines == nil {
		return nil
	}
	m.KeepGist(a.disk, a.state, m.dialect.String(), a.known())
	return m.Close()
}

// record is what a mail line says behind its key.
type record struct {
	ledger.Mail
	dialect mbox.Dialect
	note    mbox.Note
	hidden  bool
}

func (r record) fields(folder uint32, e *entry) []any {
	all := []any{lineMail, folder, e.num, e.offset, e.length, keyText(e.key)}
	shown := "shown"
	if r.hidden {
		shown = "hidden"
	}
	return append(append(all, r.Mail.Fields()...), r.dialect.String(), r.note.String(), shown)
}

func readRecord(p *line.Reader) (r record) {
	r.Mail = ledger.ReadMail(p)
	r.dialect = readDialect(p)
	note, err := mbox.ParseNote(p.Text())
	if err != nil {
		p.Fail("not a note")
	}
	r.note = note
	r.hidden = p.Text() == "hidden"
	return r
}

func readDialect(p *line.Reader) mbox.Dialect {
	d, ok := mbox.ParseDialect(p.Text())
	if !ok {
		p.Fail("not a dialect")
	}
	return d
}

func readKey(p *line.Reader) uint64 {
	key, err := strconv.ParseUint(p.Text(), 16, 64)
	if err != nil {
		p.Fail("not a key")
	}
	return key
}

func (m *manifest) readState(p *line.Reader) uint32 {
	flags, keywords := maildir.Keywords{}.Flags(p.Text())
	return m.states.add(flags, append(keywords, strings.Fields(p.Text())...))
}

// stateFields are what readState takes.
func stateFields(s mbox.Shown) []any {
	letters, keywords := maildir.Keywords{}.Letters(s.Flags, s.Keywords)
	return []any{letters, strings.Join(keywords, " ")}
}

// foundFields are the line of a message that is not summed.
func (m *manifest) foundFields(s *shelf, e *entry) []any {
	line := []any{lineFound, s.n, e.num, e.offset, e.length, keyText(e.key), e.octets, time.Unix(e.date, 0).UTC().Format(time.RFC3339)}
	return append(append(line, stateFields(m.states.all[e.state])...), e.dialect.String())
}

// recordAt reads the mail line at an offset again.
func (m *manifest) recordAt(at int64) (record, error) {
	p, err := m.At(at)
	if err != nil {
		return record{}, err
	}
	if len(p.Fields) < 6 {
		return record{}, fmt.Errorf("manifest: the line at %d is not what it was", at)
	}
	p.Fields = p.Fields[6:]
	r := readRecord(p)
	return r, p.Err
}

// replay carries out one line, which begins at offset at.
func (m *manifest) replay(p *line.Reader, at int64) error {
	kind := p.Text()
	if kind == ledger.Magic {
		if v := p.Number(32); p.Err == nil && v > version {
			return ledger.ErrVersion
		}
		m.dialect = readDialect(p)
		return p.Err
	}
	n := uint32(p.Number(32))
	m.last = max(m.last, n)
	if kind == lineFolder {
		s := &shelf{n: n, validity: uint32(p.Number(32)), path: mail.Path(p.Text()), next: 1, file: p.Text()}
		if s.made = p.Text() == "made"; p.Err == nil && path.Clean(s.file) == s.file {
			m.put(s)
		}
		return p.Err
	}
	s := m.shelves[n]
	if p.Err == nil && s == nil {
		return fmt.Errorf("folder %d, which no line tells of", n)
	}
	if p.Err != nil {
		return p.Err
	}
	return m.replayIn(s, kind, p, at)
}

// fields are those of the line that says of which state of its file all of a folder's lines are true.
func (t stamp) fields(s *shelf) []any { return []any{lineAs, s.n, t.size, t.time, t.change} }

// noteStamp writes it.
func (m *manifest) noteStamp(s *shelf) { m.Add(s.stamp.fields(s)...) }

// replayIn carries out a line about what is in a folder.
func (m *manifest) replayIn(s *shelf, kind string, p *line.Reader, at int64) error {
	switch kind {
	case lineMail, lineFound:
		return m.replayMessage(s, kind, p, at)
	case ledger.LineRole:
		s.role = mail.Role(p.Text())
		return p.Err
	case lineWriting:
		return s.replayWriting(p)
	case lineAs:
		now := stamp{size: p.Signed(), time: p.Signed()}
		if p.Peek() != "" { // earlier builds did not write it
			now.change = p.Signed()
		}
		if p.Err == nil {
			s.stamp, s.writing = now, nil
		}
		return p.Err
	}
	num := uint32(p.Number(32))
	e := s.numbered(num)
	if p.Err == nil && e == nil {
		return fmt.Errorf("message %d of folder %d, which no line tells of", num, s.n)
	}
	switch kind {
	case linePlace:
		if offset, length := int64(p.Number(62)), int64(p.Number(62)); p.Err == nil {
			e.offset, e.length = offset, length
			e.bits |= here
			e.bits &^= gone
			if e.bits&summed == 0 {
				e.octets = -1
			}
		}
	case lineMoved:
		if last, delta := uint32(p.Number(32)), p.Signed(); p.Err == nil {
			s.move(num, last, delta)
		}
	case lineState:
		if state := m.readState(p); p.Err == nil {
			e.state = state
		}
	case lineAway:
		if p.Err == nil {
			e.bits &^= here
		}
	case lineGoing, lineLost:
		if p.Err == nil {
			e.bits = e.bits&^here | gone
		}
	default:
		return fmt.Errorf("unknown line %q", kind)
	}
	return p.Err
}

func (m *manifest) replayMessage(s *shelf, kind string, p *line.Reader, at int64) error {
	e := entry{num: uint32(p.Number(32)), offset: int64(p.Number(62)), length: int64(p.Number(62)), key: readKey(p), octets: -1, at: -1, bits: here}
	if kind == lineMail {
		r := readRecord(p)
		e.note(m, r, at)
	} else {
		e.octets = p.Signed()
		date, err := time.Parse(time.RFC3339, p.Text())
		if err != nil {
			p.Fail("not a date")
		}
		e.date = date.Unix()
		e.state = m.readState(p)
		e.dialect = readDialect(p)
	}
	if p.Err == nil {
		s.put(e)
		s.writing.committed(e.end())
	}
	return p.Err
}

// note takes over what a mail line says.
func (e *entry) note(m *manifest, r record, at int64) {
	e.octets, e.date, e.at, e.dialect = r.Sums.Octets, r.Date.Unix(), at, r.dialect
	e.state = m.states.add(r.Flags, r.Keywords)
	e.bits |= summed
	if r.hidden {
		e.bits |= hidden
	}
	if r.From.ID != "" {
		e.bits |= sent
	}
}

// move moves all from number first to last.
func (s *shelf) move(first, last uint32, delta int64) {
	i, _ := s.position(first)
	for ; i < len(s.entries) && s.entries[i].num <= last; i++ {
		if s.entries[i].bits&here != 0 {
			s.entries[i].offset += delta
		}
	}
}

// put notes a folder. A line about a number that was told of before takes the place of that one.
func (m *manifest) put(s *shelf) {
	m.shelves[s.n] = s
	m.byPath[s.path] = s
	m.byFile[s.file] = s
	m.last = max(m.last, s.n)
}
