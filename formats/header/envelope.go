package header

import "mailmv/formats/mail"

// Envelope picks the facts by which two copies find each other: raw text as Field.Text gives it, the
// first field of each name.
func Envelope(head []byte) mail.Envelope {
	var e mail.Envelope
	wanted := []struct {
		name string
		text *string
	}{{"Message-ID", &e.MessageID}, {"Date", &e.Date}, {"From", &e.From}, {"Subject", &e.Subject}}
	for f := range Fields(head) {
		for i, w := range wanted {
			if f.Is(w.name) {
				*w.text = f.Text()
				wanted = append(wanted[:i], wanted[i+1:]...)
				break
			}
		}
		if len(wanted) == 0 {
			break
		}
	}
	return e
}
