package migrate

import (
	"bufio"
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"strconv"
	"strings"

	"mailmv/dedupe"
	"mailmv/formats/mail"
)

// The journal's layout. Each line is fields joined by a tab, the last of them the CRC-32 (IEEE, eight hex
// digits) of all before its tab. Text fields are quoted as in Go where they hold anything but plain
// characters, so that a line is a line and grep finds it. Sums are SHA-256 in unpadded base64url.
//
//	mailmv-journal  1  SINK                      first line: format and the sink's lasting name
//	from  N  SOURCE  FOLDER  VALIDITY            source folder number N
//	to    N  ""      FOLDER  VALIDITY            sink folder number N
//	send  B  TO  NEXT                            batch B is about to be appended; the folder's UIDNEXT before
//	item  B  FROM  ID  OCTETS  ANNOUNCED  SUM  WIRE  FIRST  FLAGS  WORDS
//	                                             one message of it; WIRE "=" where it is SUM; the source's flags
//	kept  B  FATE ...                            a fate for each item still pending, in order:
//	                                             UID[a][d] stored (0: UID not known; altered; damaged), ! refused, ? in doubt
//	here  TO  UID[a][d]  FROM  ID  OCTETS  ANNOUNCED  SUM  WIRE  FIRST  FLAGS  WORDS
//	                                             was in the sink already
//	drop  KEY                                    the source now names this message otherwise
//	gone  KEY                                    removed from the source
//	flag  KEY  FLAGS  WORDS                      the source's flags were carried over
//	rest  FROM  TO  NEXT  MESSAGES  MODSEQ       all of a source folder was there when it was so
const (
	journalMagic   = "mailmv-journal"
	journalVersion = 1

	lostPlaces = 100 // damaged lines of folders that loading bears

	recFrom = "from"
	recTo   = "to"
	recSend = "send"
	recItem = "item"
	recKept = "kept"
	recHere = "here"
	recDrop = "drop"
	recGone = "gone"
	recFlag = "flag"
	recRest = "rest"
)

// record puts a line into the buffer. Strings are quoted where they need it.
func (j *Journal) record(fields ...any) {
	start := len(j.buf)
	for i, f := range fields {
		if i > 0 {
			j.buf = append(j.buf, '\t')
		}
		switch f := f.(type) {
		case string:
			j.buf = appendText(j.buf, f)
		case int:
			j.buf = strconv.AppendInt(j.buf, int64(f), 10)
		case int64:
			j.buf = strconv.AppendInt(j.buf, f, 10)
		case uint64:
			j.buf = strconv.AppendUint(j.buf, f, 10)
		case dedupe.Sum:
			j.buf = base64.RawURLEncoding.AppendEncode(j.buf, f[:])
		default:
			panic(fmt.Sprintf("cannot happen: journal field %T", f))
		}
	}
	crc := crc32.ChecksumIEEE(j.buf[start:])
	j.buf = fmt.Appendf(j.buf, "\t%08x\n", crc)
	j.lines++
}

func (j *Journal) recordItem(kind string, batch uint64, it item) {
	j.record(kind, batch, int(it.from), it.id, it.octets, it.announced, it.sum, wireText(it), int64(it.first), int(it.flags), int(it.words))
}

func (j *Journal) recordHere(it item, to uint16, f fate) {
	j.record(recHere, int(to), fateText(f), int(it.from), it.id, it.octets, it.announced, it.sum, wireText(it), int64(it.first), int(it.flags), int(it.words))
}

func (j *Journal) recordFates(batch uint64, fates []fate) {
	fields := make([]any, 0, len(fates)+2)
	fields = append(fields, recKept, batch)
	for _, f := range fates {
		fields = append(fields, fateText(f))
	}
	j.record(fields...)
}

func wireText(it item) string {
	if it.wire == it.sum {
		return "="
	}
	return base64.RawURLEncoding.EncodeToString(it.wire[:])
}

func fateText(f fate) string {
	switch f.kind {
	case refused:
		return "!"
	case inDoubt:
		return "?"
	}
	s := strconv.FormatUint(uint64(f.uid), 10)
	if f.state&altered != 0 {
		s += "a"
	}
	if f.state&damaged != 0 {
		s += "d"
	}
	return s
}

func appendText(b []byte, s string) []byte {
	for i := range len(s) {
		if c := s[i]; c <= ' ' || c == '"' || c == '\\' || c >= 0x7f {
			return strconv.AppendQuoteToASCII(b, s)
		}
	}
	if s == "" {
		return append(b, `""`...)
	}
	return append(b, s...)
}

// flush writes the buffer to the file. The caller holds mu.
func (j *Journal) flush() error {
	if j.err != nil {
		return j.failure()
	}
	if _, err := j.file.Write(j.buf); err != nil {
		j.err = writeError(err)
	}
	j.buf = j.buf[:0]
	return j.failure()
}

// load reads r into a new journal and tells how many octets of it are whole lines. A line that is damaged
// is named and left out: what it told is found again by content.
func (j *Journal) load(r io.Reader, sinkID string) (whole int64, err error) {
	br := bufio.NewReaderSize(r, 1<<16)
	for n := 1; ; n++ {
		line, err := br.ReadBytes('\n')
		if err != nil {
			if err == io.EOF {
				err = nil // a torn last line is cut off
			}
			return whole, err
		}
		whole += int64(len(line))
		fields, err := splitRecord(line)
		if err == nil {
			err = j.replay(n, fields, sinkID)
		}
		if errors.Is(err, ErrVersion) || errors.Is(err, errOtherSink) {
			return whole, err
		}
		if err != nil {
			j.damage = append(j.damage, fmt.Sprintf("journal: line %d: %v", n, err))
			continue
		}
		j.lines++
	}
}

var errOtherSink = errors.New("journal belongs to another destination")

func splitRecord(line []byte) ([]string, error) {
	i := bytes.LastIndexByte(line, '\t')
	if i < 0 {
		return nil, errors.New("no checksum")
	}
	want, err := strconv.ParseUint(string(bytes.TrimRight(line[i+1:], "\n")), 16, 32)
	if err != nil || uint32(want) != crc32.ChecksumIEEE(line[:i]) {
		return nil, errors.New("checksum does not fit")
	}
	fields := strings.Split(string(line[:i]), "\t")
	for i, f := range fields {
		if strings.HasPrefix(f, `"`) {
			if fields[i], err = strconv.Unquote(f); err != nil {
				return nil, fmt.Errorf("field %d: %w", i+1, err)
			}
		}
	}
	return fields, nil
}

// replay carries out one record on what is in memory.
func (j *Journal) replay(line int, fields []string, sinkID string) error {
	p := &fieldReader{fields: fields}
	kind := p.text()
	if line == 1 {
		return replayHead(kind, p, sinkID)
	}
	switch kind {
	case recFrom:
		return j.replayPlace(&j.froms, p)
	case recTo:
		return j.replayPlace(&j.tos, p)
	case recSend:
		n := p.number(64)
		s := &shipment{to: uint16(p.number(16)), next: uint32(p.number(32))}
		if p.err == nil {
			j.batches = max(j.batches, n)
			j.sent[n] = s
		}
	case recItem:
		if s := j.sent[p.number(64)]; p.err == nil && s != nil {
			if it := j.item(p, s.to); p.err == nil {
				s.items = append(s.items, it)
			}
		}
	case recKept:
		j.replayFates(p)
	case recHere:
		to, f := uint16(p.number(16)), p.fate()
		if it := j.item(p, to); p.err == nil {
			j.put(it, to, f)
		}
	case recDrop, recGone, recFlag:
		j.replayState(kind, p)
	case recRest:
		at := [2]uint16{uint16(p.number(16)), uint16(p.number(16))}
		if r := (resting{uint32(p.number(32)), int(p.number(32)), p.number(64)}); p.err == nil {
			j.resting[at] = r
		}
	default:
		return fmt.Errorf("unknown record %q", kind)
	}
	return p.err
}

func replayHead(kind string, p *fieldReader, sinkID string) error {
	version := p.number(32)
	if kind != journalMagic || p.err != nil {
		return errors.New("not a journal's first line")
	}
	if version > journalVersion {
		return ErrVersion
	}
	if id := p.text(); id != sinkID {
		return fmt.Errorf("%w: %q", errOtherSink, id)
	}
	return p.err
}

func (j *Journal) replayPlace(list *[]place, p *fieldReader) error {
	n, pl := p.number(16), place{p.text(), mail.Path(p.text()), uint32(p.number(32))}
	if p.err != nil {
		return p.err
	}
	if n > uint64(len(*list))+lostPlaces {
		return fmt.Errorf("folder number %d out of the blue", n)
	}
	for uint64(len(*list)) < n { // numbers lost with a damaged line
		*list = append(*list, place{store: "?"})
	}
	if uint64(len(*list)) > n {
		(*list)[n] = pl
		return nil
	}
	*list = append(*list, pl)
	return nil
}

func (j *Journal) item(p *fieldReader, to uint16) item {
	it := item{from: uint16(p.number(16)), id: p.text(), octets: int64(p.number(63)), announced: p.signed(), sum: p.sum()}
	if it.wire = it.sum; p.peek() != "=" {
		it.wire = p.sum()
	} else {
		p.text()
	}
	it.first, it.flags, it.words = uint32(p.number(32)), mail.Flags(p.number(8)), uint32(p.number(32))
	if int(to) >= len(j.tos) || int(it.from) >= len(j.froms) {
		p.fail("a folder that was not declared")
		return it
	}
	it.key = keyOf(it.from, j.tos[to].path, it.id)
	return it
}

func (j *Journal) replayFates(p *fieldReader) {
	batch := p.number(64)
	var fates []fate
	for p.peek() != "" {
		fates = append(fates, p.fate())
	}
	if s := j.sent[batch]; p.err == nil && s != nil {
		if len(fates) != len(s.items) {
			p.fail("fates do not fit the batch") // a damaged item line: the batch stays in doubt
			return
		}
		j.apply(batch, fates)
	}
}

func (j *Journal) replayState(kind string, p *fieldReader) {
	var k key
	b, err := hex.DecodeString(p.text())
	if err != nil || len(b) != len(k) {
		p.fail("not a key")
		return
	}
	copy(k[:], b)
	i, ok := j.index[k]
	if !ok {
		return
	}
	e := &j.entries[i]
	switch kind {
	case recDrop:
		e.state |= dropped
	case recGone:
		e.state |= removed
	case recFlag:
		e.flags, e.words = mail.Flags(p.number(8)), uint32(p.number(32))
	}
}

// fieldReader hands out fields in order and remembers the first that does not fit.
type fieldReader struct {
	fields []string
	err    error
}

func (p *fieldReader) fail(what string) {
	if p.err == nil {
		p.err = errors.New(what)
	}
}

func (p *fieldReader) peek() string {
	if len(p.fields) == 0 {
		return ""
	}
	return p.fields[0]
}

func (p *fieldReader) text() string {
	if len(p.fields) == 0 {
		p.fail("a field is missing")
		return ""
	}
	f := p.fields[0]
	p.fields = p.fields[1:]
	return f
}

func (p *fieldReader) number(bits int) uint64 {
	n, err := strconv.ParseUint(p.text(), 10, bits)
	if err != nil {
		p.fail("not a number")
	}
	return n
}

func (p *fieldReader) signed() int64 {
	n, err := strconv.ParseInt(p.text(), 10, 64)
	if err != nil {
		p.fail("not a number")
	}
	return n
}

func (p *fieldReader) sum() (s dedupe.Sum) {
	b, err := base64.RawURLEncoding.DecodeString(p.text())
	if err != nil || len(b) != len(s) {
		p.fail("not a sum")
		return s
	}
	return dedupe.Sum(b)
}

func (p *fieldReader) fate() fate {
	t := p.text()
	switch t {
	case "!":
		return fate{kind: refused}
	case "?":
		return fate{}
	}
	f := fate{kind: stored}
	if rest, ok := strings.CutSuffix(t, "d"); ok {
		f.state |= damaged
		t = rest
	}
	if rest, ok := strings.CutSuffix(t, "a"); ok {
		f.state |= altered
		t = rest
	}
	n, err := strconv.ParseUint(t, 10, 32)
	if err != nil {
		p.fail("not a fate")
	}
	f.uid = uint32(n)
	return f
}
