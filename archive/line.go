package archive

import (
	"mailmv/archive/ledger"
	"mailmv/formats/line"
)

const (
	version = 1

	lineFolder = "folder"
	lineMail   = "mail"
	lineFound  = "found"
	lineLetter = "letter"
	lineGoing  = "going"
	lineLost   = "lost"
)

// record is what a mail line says.
type record struct {
	unique string
	size   int64
	ledger.Mail
}

func (r record) fields(folder, num uint32) []any {
	return append([]any{lineMail, folder, num, r.unique, r.size}, r.Mail.Fields()...)
}

// readRecord reads a mail line behind its folder and number.
func readRecord(p *line.Reader) (r record) {
	r.unique, r.size = p.Text(), int64(p.Number(63))
	r.Mail = ledger.ReadMail(p)
	return r
}
