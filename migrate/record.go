package migrate

import (
	"bufio"
	"bytes"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"

	"mailmv/dedupe"
	"mailmv/formats/line"
	"mailmv/formats/mail"
)

// The journal's layout. Each line is fields joined by a tab, the last of them the CRC-32 (IEEE, eight hex
// digits) of all before its tab. Text fields are quoted as in Go where they hold anything but plain
// characters, so that a line is a line and grep finds it. Sums are SHA-256 in unpadded base64url.
//
//	mailmv-journal  2  SINK                      first line: format and the sink's lasting name
//	from  N  SOURCE  FOLDER  VALIDITY            source folder number N
//	to    N  ""      FOLDER  VALIDITY            sink folder number N
//	archive  NAME  SOURCE                        the archive that bears that name is SOURCE, wherever it lies by now
//	send  B  TO  NEXT                            batch B is about to be appended; the folder's UIDNEXT before
//	item  B  FROM  ID  OCTETS  ANNOUNCED  SUM  WIRE  FIRST  FLAGS  WORDS
//	                                             one message of it; WIRE "=" where it is SUM; the source's flags
//	kept  B  FATE ...                            a fate for each item still pending, in order:
//	                                             UID[a][d] stored (0: UID not known; altered; damaged), ! refused, ? in doubt
//	here  TO  UID[a][d]  FROM  ID  OCTETS  ANNOUNCED  SUM  WIRE  FIRST  FLAGS  WORDS
//	                                             was in the sink already; WIRE is the copy's where the source has
//	                                             changed the message since
//	twin  TO  AT  UID  FORM  FROM  ID  OCTETS  ANNOUNCED  SUM  WIRE  FIRST  FLAGS  WORDS
//	                                             is the same as a copy in sink folder AT and was not copied; FORM
//	                                             (dedupe.Brief.Form, hex) is their canonical form; since version 2
//	drop  KEY                                    the source now names this message otherwise
//	gone  KEY                                    removed from the source
//	flag  KEY  FLAGS  WORDS [FLAGS WORDS]        the source's flags were carried over; behind them those of the copy's that
//	                                             its user had set before the source did
//	word  WORDS  NAME ...                        the keywords that WORDS stands for, before its first use
//	rest  FROM  TO  NEXT  MESSAGES  MODSEQ [LISTING [kept]]
//	                                             all of a source folder was there when it was so; LISTING is the sum of
//	                                             what it listed, where the source told it (mail.Folder.Listing); kept:
//	                                             changes of flags were not carried over
const (
	journalMagic   = "mailmv-journal"
	journalVersion = 2

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
	recTwin = "twin"
	recWord = "word"
)

// record puts a line into the buffer.
func (j *Journal) record(fields ...any) {
	j.buf = line.Append(j.buf, fields...)
	j.lines++
}

func (j *Journal) recordItem(kind string, batch uint64, it item) {
	j.learn(it.keywords)
	j.record(kind, batch, int(it.from), it.id, it.octets, it.announced, it.sum, wireText(it), int64(it.first), int(it.flags), int(it.words))
}

func (j *Journal) recordHere(it item, to uint16, f fate) {
	j.learn(it.keywords)
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

// wireText is "=" where the folded form is the message itself.
func wireText(it item) any {
	if it.wire == it.sum {
		return "="
	}
	return it.wire
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
	var fields []string
	for n := 1; ; n++ {
		text, err := br.ReadSlice('\n')
		if err == bufio.ErrBufferFull { // the fates of a batch that somebody made large
			var rest []byte
			text = bytes.Clone(text)
			rest, err = br.ReadBytes('\n')
			text = append(text, rest...)
		}
		if err != nil {
			if err == io.EOF {
				err = nil // a torn last line is cut off
			}
			j.old = len(j.froms)
			return whole, err
		}
		whole += int64(len(text))
		fields, err = line.SplitTo(fields, text)
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

// replay carries out one record on what is in memory.
func (j *Journal) replay(n int, fields []string, sinkID string) error {
	p := &line.Reader{Fields: fields}
	kind := p.Text()
	if n == 1 {
		return j.replayHead(kind, p, sinkID)
	}
	switch kind {
	case recFrom:
		return j.replayPlace(&j.froms, p)
	case recTo:
		return j.replayPlace(&j.tos, p)
	case recArchive:
		j.replayArchive(p)
	case recSend:
		n := p.Number(64)
		s := &shipment{to: uint16(p.Number(16)), next: uint32(p.Number(32))}
		if p.Err == nil {
			j.batches = max(j.batches, n)
			j.sent[n] = s
		}
	case recItem:
		if s := j.sent[p.Number(64)]; p.Err == nil && s != nil {
			if it := j.item(p, s.to); p.Err == nil {
				s.items = append(s.items, it)
			}
		}
	case recKept:
		j.replayFates(p)
	case recHere:
		to, f := uint16(p.Number(16)), readFate(p)
		if it := j.item(p, to); p.Err == nil {
			j.put(it, to, f)
		}
	case recTwin:
		j.replayTwin(p)
	case recDrop, recGone, recFlag:
		j.replayState(kind, p)
	case recWord:
		j.replayWords(p)
	case recRest:
		j.replayRest(p)
	default:
		return fmt.Errorf("unknown record %q", kind)
	}
	return p.Err
}

func (j *Journal) replayHead(kind string, p *line.Reader, sinkID string) error {
	version := p.Number(32)
	if kind != journalMagic || p.Err != nil {
		return errors.New("not a journal's first line")
	}
	j.version = version
	if version > journalVersion {
		return ErrVersion
	}
	if j.sink = p.Text(); j.sink != sinkID {
		return fmt.Errorf("%w: %q", errOtherSink, j.sink)
	}
	return p.Err
}

func (j *Journal) replayPlace(list *[]place, p *line.Reader) error {
	n, pl := p.Number(16), place{p.Text(), mail.Path(p.Text()), uint32(p.Number(32))}
	if p.Err != nil {
		return p.Err
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

func (j *Journal) item(p *line.Reader, to uint16) item {
	it := item{from: uint16(p.Number(16)), id: p.Text(), octets: int64(p.Number(63)), announced: p.Signed(), sum: p.Sum(dedupe.Sum{})}
	it.wire = p.Sum(it.sum)
	it.first, it.flags, it.words = uint32(p.Number(32)), mail.Flags(p.Number(8)), uint32(p.Number(32))
	if int(to) >= len(j.tos) || int(it.from) >= len(j.froms) {
		p.Fail("a folder that was not declared")
		return it
	}
	it.key = keyOf(it.from, j.tos[to].path, it.id)
	return it
}

func (j *Journal) replayFates(p *line.Reader) {
	batch := p.Number(64)
	var fates []fate
	for p.Peek() != "" {
		fates = append(fates, readFate(p))
	}
	if s := j.sent[batch]; p.Err == nil && s != nil {
		if len(fates) != len(s.items) {
			p.Fail("fates do not fit the batch") // a damaged item line: the batch stays in doubt
			return
		}
		j.apply(batch, fates)
	}
}

func (j *Journal) replayState(kind string, p *line.Reader) {
	var k key
	b, err := hex.DecodeString(p.Text())
	if err != nil || len(b) != len(k) {
		p.Fail("not a key")
		return
	}
	copy(k[:], b)
	e := j.entries.find(k)
	if e == nil {
		return
	}
	switch kind {
	case recDrop:
		e.state |= dropped
	case recGone:
		e.state |= removed
	case recFlag:
		flags, words, own := mail.Flags(p.Number(8)), uint32(p.Number(32)), flagSet{}
		if p.Peek() != "" {
			own = flagSet{mail.Flags(p.Number(8)), uint32(p.Number(32))}
		}
		if p.Err == nil {
			e.flags, e.words = flags, words
			j.putTheirs(k, own)
		}
	}
}

// readFate reads what fateText wrote.
func readFate(p *line.Reader) fate {
	t := p.Text()
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
		p.Fail("not a fate")
	}
	f.uid = uint32(n)
	return f
}
