package archive

import (
	"strings"
	"time"

	"mailmv/dedupe"
	"mailmv/formats/line"
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
	return line.Append(b, lineMail, folder, num, r.unique, r.size, r.octets, r.sums.Exact, wire,
		r.date.Format(time.RFC3339), letters, strings.Join(keywords, " "), string(r.from.Folder), r.from.Validity, r.from.ID)
}

// readRecord reads a mail line behind its folder and number.
func readRecord(p *line.Reader) (r record) {
	r.unique, r.size, r.octets = p.Text(), int64(p.Number(63)), int64(p.Number(63))
	r.sums.Octets = r.octets
	r.sums.Exact = p.Sum(dedupe.Sum{})
	r.sums.Wire = p.Sum(r.sums.Exact)
	date, err := time.Parse(time.RFC3339, p.Text())
	if err != nil {
		p.Fail("not a date")
	}
	r.date = date
	r.flags, r.keywords = maildir.Keywords{}.Flags(p.Text())
	r.keywords = append(r.keywords, strings.Fields(p.Text())...)
	r.from = mail.Ref{Folder: mail.Path(p.Text()), Validity: uint32(p.Number(32)), ID: p.Text()}
	return r
}
