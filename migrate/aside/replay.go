package aside

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"mailmv/formats/line"
	"mailmv/formats/mail"
)

// ErrVersion: the manifest was written by a newer mailmv.
var ErrVersion = errors.New("the manifest was written by a newer mailmv")

// ErrManifest: the file is no manifest, or is damaged.
var ErrManifest = errors.New("no manifest of dedupe --apply")

// ReadManifest reads what was done, and goes on in the same file, which the caller has cut to the length that is
// returned: a torn last line is no part of it.
func ReadManifest(r io.Reader, f File) (m *Manifest, length int64, err error) {
	m = &Manifest{file: f}
	br := bufio.NewReaderSize(r, 64<<10)
	for n := 1; ; n++ {
		text, err := br.ReadBytes('\n')
		if err == io.EOF {
			break
		}
		if err != nil {
			return nil, 0, err
		}
		fields, err := line.Split(text)
		if err == nil {
			err = m.replay(n, &line.Reader{Fields: fields})
		}
		if err != nil {
			return nil, 0, fmt.Errorf("%w: line %d: %w", ErrManifest, n, err)
		}
		length += int64(len(text))
	}
	if m.Started.IsZero() {
		return nil, 0, fmt.Errorf("%w: it is empty", ErrManifest)
	}
	return m, length, nil
}

func (m *Manifest) replay(n int, p *line.Reader) error {
	kind := p.Text()
	if n == 1 {
		if kind != magic {
			return errors.New("it begins otherwise")
		}
		if p.Number(32) > version {
			return ErrVersion
		}
		m.Started = readDate(p)
		return p.Err
	}
	switch kind {
	case linePlace:
		p.Number(32)
		m.places = append(m.places, placeLine{p.Text(), p.Text(), p.Text(), mail.Path(p.Text())})
	case lineFolder:
		p.Number(32)
		f := folderLine{place: int(p.Number(31)), path: mail.Path(p.Text()), validity: uint32(p.Number(32))}
		if f.place >= len(m.places) {
			p.Fail(errLine.Error())
		}
		m.folders = append(m.folders, f)
	case lineAside:
		m.replayAside(p)
	case lineMerge:
		m.replayMerge(p)
	case lineRenew, lineFresh, lineNot:
		m.replayRenewal(kind, p)
	case lineSame:
		if i := int(p.Number(31)); i < len(m.merges) {
			m.merges[i].undone = true
		}
	case lineEnd:
		m.Ended = true
	case lineUndone:
		m.Undone = true
	default:
		return m.replayState(kind, p)
	}
	return p.Err
}

func readDate(p *line.Reader) time.Time {
	t, err := time.Parse(time.RFC3339, p.Text())
	if err != nil {
		p.Fail("not a date")
	}
	return t
}

// readFlags reads names of system flags.
func readFlags(s string) (f mail.Flags) {
	for name := range strings.FieldsSeq(s) {
		f |= mail.FlagNamed(name)
	}
	return f
}

func (m *Manifest) replayAside(p *line.Reader) {
	m.Ended, m.Undone = false, false // a later run went on
	e := &entry{n: int(p.Number(31)), folder: int(p.Number(31)), id: p.Text(), octets: int64(p.Number(63)), sum: p.Sum([32]byte{}),
		date: readDate(p), flags: readFlags(p.Text()), keywords: strings.Fields(p.Text()), trace: p.Text(),
		keepIn: int(p.Number(31)), keep: p.Text(), next: uint32(p.Number(32))}
	if e.n != len(m.copies) || e.folder >= len(m.folders) || e.keepIn >= len(m.folders) {
		p.Fail(errLine.Error())
	}
	m.copies = append(m.copies, e)
}

func (m *Manifest) replayMerge(p *line.Reader) {
	g := &merge{m: int(p.Number(31)), folder: int(p.Number(31))}
	id := p.Text()
	g.Add, g.Remove = readFlags(p.Text()), readFlags(p.Text())
	g.AddKeywords, g.RemoveKeywords = strings.Fields(p.Text()), strings.Fields(p.Text())
	p.Text()
	g.trace = p.Text()
	if p.Peek() != "" {
		g.Date, g.was = readDate(p), readDate(p)
	}
	if g.m != len(m.merges) || g.folder >= len(m.folders) {
		p.Fail(errLine.Error())
		return
	}
	g.Ref = m.refIn(g.folder, id)
	m.merges = append(m.merges, g)
}

func (m *Manifest) replayRenewal(kind string, p *line.Reader) {
	k := int(p.Number(31))
	if kind == lineRenew {
		m.Ended, m.Undone = false, false // a later run went on
		w := &renewal{k: k, folder: int(p.Number(31)), id: p.Text(), octets: int64(p.Number(63)), sum: p.Sum([32]byte{}), date: readDate(p),
			flags: readFlags(p.Text()), keywords: strings.Fields(p.Text()), next: uint32(p.Number(32))}
		if k != len(m.renews) || w.folder >= len(m.folders) {
			p.Fail(errLine.Error())
		}
		m.renews = append(m.renews, w)
		return
	}
	if k >= len(m.renews) {
		p.Fail(errLine.Error())
		return
	}
	w := m.renews[k]
	if kind == lineNot {
		w.over = true
		return
	}
	w.proven = true
	w.fresh = mail.Ref{Folder: m.folders[w.folder].path, Validity: uint32(p.Number(32)), ID: p.Text()}
}

// replayState takes a line about how far a copy has come.
func (m *Manifest) replayState(kind string, p *line.Reader) error {
	n := int(p.Number(31))
	if p.Err != nil {
		return p.Err
	}
	if n >= len(m.copies) {
		return errLine
	}
	e := m.copies[n]
	f := m.folders[e.folder]
	switch kind {
	case lineStored:
		e.state, e.held = stored, true
		e.at = mail.Ref{Folder: target(m.places[f.place].below, f.path), Validity: uint32(p.Number(32)), ID: p.Text()}
	case lineGoing:
		e.state = going
	case lineGone:
		e.state = away
	case lineStayed:
		e.state = stays
	case lineNoCopy:
		e.held = false
	case lineUndo:
		e.state, e.undoNext = undone, uint32(p.Number(32))
	case lineBack:
		e.state = back
		e.restored = mail.Ref{Folder: f.path, Validity: uint32(p.Number(32)), ID: p.Text()}
	default:
		return fmt.Errorf("unknown line %q", kind)
	}
	return p.Err
}
