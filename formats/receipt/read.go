package receipt

import (
	"bufio"
	"crypto/sha256"
	"errors"
	"fmt"
	"hash"
	"io"
	"iter"
	"strings"
	"time"

	"mailmv/formats/line"
	"mailmv/formats/mail"
)

// lineMax bounds a line; longer ones are damage.
const lineMax = 1 << 20

// Receipt is one that was read to its end and found whole. It stays on its file.
type Receipt struct {
	Head
	Folders []Folder
	Total
	file io.ReaderAt
	size int64
}

// Open reads a receipt of that many octets and proves it. Errors: ErrNone, ErrVersion, ErrDamaged.
func Open(f io.ReaderAt, size int64) (*Receipt, error) {
	r := &Receipt{file: f, size: size}
	p := r.pass()
	for p.next() {
		if p.kind == "mail" {
			if _, _, err := p.mail(); err != nil {
				return nil, p.fault(err)
			}
		}
	}
	if p.err != nil {
		return nil, p.err
	}
	r.Head, r.Folders, r.Total = p.head, p.folders, p.total
	return r, nil
}

// Mails yields all messages with their folder's index and the offset by which MailAt finds them again.
func (r *Receipt) Mails() iter.Seq2[Stated, error] {
	return func(yield func(Stated, error) bool) {
		p := r.pass()
		for p.next() {
			if p.kind != "mail" {
				continue
			}
			m, folder, err := p.mail()
			if err != nil {
				err = p.fault(err)
			}
			if !yield(Stated{Offset: p.from, Folder: folder, Mail: m}, err) || err != nil {
				return
			}
		}
		if p.err != nil {
			yield(Stated{}, p.err)
		}
	}
}

// Stated is a message and where in the receipt it stands.
type Stated struct {
	Offset int64
	Folder int // index in Receipt.Folders
	Mail
}

// MailAt reads one message again.
func (r *Receipt) MailAt(offset int64) (Mail, error) {
	in := bufio.NewReaderSize(io.NewSectionReader(r.file, offset, min(lineMax, r.size-offset)), 1<<10)
	text, err := readLine(in)
	if err != nil {
		return Mail{}, err
	}
	fields, err := line.Split(text)
	if err != nil || len(fields) < 2 || fields[0] != "mail" {
		return Mail{}, fmt.Errorf("%w: it was changed while it was read", ErrDamaged)
	}
	return readMail(&line.Reader{Fields: fields[2:]})
}

// pass goes over the lines of a receipt once.
type pass struct {
	in   *bufio.Reader
	sum  hash.Hash
	n    int   // lines so far
	at   int64 // behind the line
	from int64 // where it begins

	kind   string
	fields *line.Reader
	ended  bool

	head    Head
	folders []Folder
	counted Total
	total   Total
	err     error
}

func (r *Receipt) pass() *pass {
	return &pass{in: bufio.NewReaderSize(io.NewSectionReader(r.file, 0, r.size), 1<<16), sum: sha256.New()}
}

// next takes the next line and what it says but for those about mail; false: that was all, or err.
func (p *pass) next() bool {
	if p.err != nil {
		return false
	}
	text, err := readLine(p.in)
	switch {
	case errors.Is(err, io.EOF) && p.ended && len(text) == 0:
		return false
	case errors.Is(err, io.EOF) && p.ended:
		p.err = fmt.Errorf("%w: there is more behind its end", ErrDamaged)
		return false
	case errors.Is(err, io.EOF) && p.n > 0:
		p.err = fmt.Errorf("%w: it was cut behind line %d", ErrDamaged, p.n)
		return false
	case p.n == 0 && (err != nil || !strings.HasPrefix(string(text), magic+"\t")):
		p.err = ErrNone
		return false
	}
	p.n++
	p.from, p.at = p.at, p.at+int64(len(text))
	if err == nil {
		err = p.take(text)
	}
	if err != nil {
		p.err = p.fault(err)
	}
	return p.err == nil
}

func (p *pass) fault(err error) error {
	if errors.Is(err, ErrVersion) || errors.Is(err, ErrDamaged) {
		return err
	}
	return fmt.Errorf("%w: line %d: %v", ErrDamaged, p.n, err)
}

func (p *pass) take(text []byte) error {
	fields, err := line.Split(text)
	if err != nil {
		return err
	}
	if p.ended {
		return errors.New("there is more behind its end")
	}
	p.fields = &line.Reader{Fields: fields}
	p.kind = p.fields.Text()
	if p.kind == "end" {
		return p.end()
	}
	p.sum.Write(text)
	if (p.kind == magic) != (p.n == 1) {
		return errors.New("lines are not in their order")
	}
	return p.takeHead()
}

func (p *pass) takeHead() error {
	f := p.fields
	switch p.kind {
	case magic:
		if v := f.Number(32); f.Err == nil && v > version {
			return ErrVersion
		}
		p.head.Written = date(f)
		p.head.Program = f.Text()
	case "place":
		side, n, place := f.Text(), f.Number(31), Place{f.Text(), mail.Path(f.Text())}
		switch {
		case side == "to":
			p.head.To = place
		case side == "from" && int(n) == len(p.head.From)+1:
			p.head.From = append(p.head.From, place)
		default:
			f.Fail("no such place")
		}
	case "option":
		p.head.Options = append(p.head.Options, Option{f.Text(), f.Text()})
	case "folder":
		n, source := f.Number(31), f.Number(31)
		p.folders = append(p.folders, Folder{int(source) - 1, mail.Path(f.Text()), mail.Path(f.Text()), uint32(f.Number(32))})
		if int(n) != len(p.folders) || source < 1 || int(source) > len(p.head.From) {
			f.Fail("a folder out of its order")
		}
	case "mail":
	default:
		return fmt.Errorf("unknown line %q", p.kind)
	}
	return f.Err
}

// mail reads the line that next took.
func (p *pass) mail() (m Mail, folder int, err error) {
	n := p.fields.Number(31)
	if n < 1 || int(n) > len(p.folders) {
		return m, 0, errors.New("its folder is not told of")
	}
	m, err = readMail(p.fields)
	p.counted.Messages++
	p.counted.Octets += m.Octets
	return m, int(n) - 1, err
}

func (p *pass) end() error {
	p.ended = true
	f := p.fields
	p.total = Total{Messages: int(f.Number(63)), Octets: int64(f.Number(63)), Sum: f.Sum([32]byte{})}
	p.counted.Sum = [32]byte(p.sum.Sum(nil))
	if f.Err == nil && p.total != p.counted {
		return fmt.Errorf("%w: it is not what its last line says (%s there, %d counted)", ErrDamaged, mail.Count(p.total.Messages, "message", "messages"), p.counted.Messages)
	}
	return f.Err
}

func readMail(f *line.Reader) (m Mail, err error) {
	m.Octets = int64(f.Number(63))
	m.Sum = f.Sum([32]byte{})
	m.Wire, m.Kept = f.Sum(m.Sum), f.Sum(m.Sum)
	m.Date = date(f)
	flags, ok := flagsOf(parted(f.Text()))
	if !ok {
		f.Fail("an unknown flag")
	}
	m.Flags, m.Keywords = flags, parted(f.Text())
	m.Envelope = mail.Envelope{MessageID: f.Text(), From: f.Text(), Subject: f.Text()}
	m.At = f.Text()
	return m, f.Err
}

func date(f *line.Reader) time.Time {
	t, err := time.Parse(time.RFC3339, f.Text())
	if err != nil {
		f.Fail("not a date")
	}
	return t
}

// readLine reads a line with its end; io.EOF where there is none, or only a part of one.
func readLine(in *bufio.Reader) ([]byte, error) {
	var text []byte
	for {
		part, err := in.ReadSlice('\n')
		if text == nil && err == nil {
			return part, nil
		}
		if text = append(text, part...); len(text) > lineMax {
			return nil, errors.New("a line without end")
		}
		if !errors.Is(err, bufio.ErrBufferFull) {
			return text, err
		}
	}
}
