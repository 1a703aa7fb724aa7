package ledger

import (
	"strings"
	"time"

	"mailmv/dedupe"
	"mailmv/formats/line"
	"mailmv/formats/mail"
	"mailmv/formats/maildir"
)

// Mail is what an archive knows of every message that it has summed.
type Mail struct {
	Sums     dedupe.Sums // with the message's octets
	Date     time.Time
	Flags    mail.Flags
	Keywords []string
	From     mail.Ref // where it came from; zero: not known
}

// Fields are what a line says of it:
//
//	OCTETS SUM WIRE DATE FLAGS KEYWORDS FROM FROMVALIDITY FROMID
func (m Mail) Fields() []any {
	var wire any = m.Sums.Wire
	if m.Sums.Wire == m.Sums.Exact {
		wire = "="
	}
	letters, keywords := maildir.Keywords{}.Letters(m.Flags, m.Keywords)
	return []any{m.Sums.Octets, m.Sums.Exact, wire, m.Date.Format(time.RFC3339), letters, strings.Join(keywords, " "),
		string(m.From.Folder), m.From.Validity, m.From.ID}
}

// Again tells whether o is the same message once more, from the very place where m came from.
func (m Mail) Again(o Mail) bool {
	return m.From.ID != "" && m.From == o.From && m.Sums.Exact == o.Sums.Exact
}

// ReadMail takes these fields.
func ReadMail(p *line.Reader) (m Mail) {
	m.Sums.Octets = int64(p.Number(63))
	m.Sums.Exact = p.Sum(dedupe.Sum{})
	m.Sums.Wire = p.Sum(m.Sums.Exact)
	date, err := time.Parse(time.RFC3339, p.Text())
	if err != nil {
		p.Fail("not a date")
	}
	m.Date = date
	m.Flags, m.Keywords = maildir.Keywords{}.Flags(p.Text())
	m.Keywords = append(m.Keywords, strings.Fields(p.Text())...)
	m.From = mail.Ref{Folder: mail.Path(p.Text()), Validity: uint32(p.Number(32)), ID: p.Text()}
	return m
}
