package archive

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"hash/crc32"
	"strconv"
	"strings"
	"time"

	"mailmv/dedupe"
	"mailmv/formats/mail"
	"mailmv/formats/maildir"
)

const (
	magic   = "mailmv-archive"
	version = 1

	lineFolder = "folder"
	lineMail   = "mail"
	lineFound  = "found"
	lineGoing  = "going"
	lineLost   = "lost"
)

// appendLine appends a line of the manifest: fields, checksum, line end.
func appendLine(b []byte, fields ...any) []byte {
	start := len(b)
	for i, f := range fields {
		if i > 0 {
			b = append(b, '\t')
		}
		switch f := f.(type) {
		case string:
			b = appendText(b, f)
		case int64:
			b = strconv.AppendInt(b, f, 10)
		case uint32:
			b = strconv.AppendUint(b, uint64(f), 10)
		case dedupe.Sum:
			b = base64.RawURLEncoding.AppendEncode(b, f[:])
		default:
			panic(fmt.Sprintf("cannot happen: a field of type %T", f))
		}
	}
	return fmt.Appendf(b, "\t%08x\n", crc32.ChecksumIEEE(b[start:]))
}

// appendText quotes s where it holds anything but plain characters.
func appendText(b []byte, s string) []byte {
	plain := s != "" && !strings.ContainsFunc(s, func(r rune) bool { return r <= ' ' || r > '~' || r == '"' })
	if plain {
		return append(b, s...)
	}
	return strconv.AppendQuote(b, s)
}

// splitLine gives the fields of a line whose checksum fits.
func splitLine(line []byte) ([]string, error) {
	i := bytes.LastIndexByte(line, '\t')
	if i < 0 {
		return nil, errors.New("no checksum")
	}
	want, err := strconv.ParseUint(string(bytes.TrimRight(line[i+1:], "\n")), 16, 32)
	if err != nil || uint32(want) != crc32.ChecksumIEEE(line[:i]) {
		return nil, errors.New("its checksum does not fit")
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

// sum reads a sum; otherwise is what "=" stands for.
func (p *fieldReader) sum(otherwise dedupe.Sum) (s dedupe.Sum) {
	text := p.text()
	if text == "=" {
		return otherwise
	}
	b, err := base64.RawURLEncoding.DecodeString(text)
	if err != nil || len(b) != len(s) {
		p.fail("not a sum")
		return s
	}
	return dedupe.Sum(b)
}

// record is what a mail line says.
type record struct {
	unique       string
	size, octets int64
	sums         dedupe.Sums
	date         time.Time
	flags        mail.Flags
	keywords     []string
	from         mail.Ref
}

func (r record) append(b []byte, folder, num uint32) []byte {
	var wire any = r.sums.Wire
	if r.sums.Wire == r.sums.Exact {
		wire = "="
	}
	letters, keywords := maildir.Keywords{}.Letters(r.flags, r.keywords)
	return appendLine(b, lineMail, folder, num, r.unique, r.size, r.octets, r.sums.Exact, wire,
		r.date.Format(time.RFC3339), letters, strings.Join(keywords, " "), string(r.from.Folder), r.from.Validity, r.from.ID)
}

// readRecord reads a mail line behind its folder and number.
func readRecord(p *fieldReader) (r record) {
	r.unique, r.size, r.octets = p.text(), int64(p.number(63)), int64(p.number(63))
	r.sums.Octets = r.octets
	r.sums.Exact = p.sum(dedupe.Sum{})
	r.sums.Wire = p.sum(r.sums.Exact)
	date, err := time.Parse(time.RFC3339, p.text())
	if err != nil {
		p.fail("not a date")
	}
	r.date = date
	r.flags, r.keywords = maildir.Keywords{}.Flags(p.text())
	r.keywords = append(r.keywords, strings.Fields(p.text())...)
	r.from = mail.Ref{Folder: mail.Path(p.text()), Validity: uint32(p.number(32)), ID: p.text()}
	return r
}
