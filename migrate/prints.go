package migrate

import (
	"mailmv/dedupe"
	"mailmv/formats/mail"
)

// Prints remembers what the copies in a sink are. Messages are as they are listed: Ref, Octets and InternalDate count. One goroutine uses it at a time.
type Prints interface {
	// Find gives the Print (of the Standard rules) of a message; false where it is not known.
	Find(m mail.Message) (dedupe.Print, bool)
	// Learn is told the Print of a message that was read.
	Learn(m mail.Message, p dedupe.Print)
}

// recall finds out what copies that were not looked at yet are to a parcel, as far as an earlier run has read them and that is enough.
func (c *carrier) recall(p *parcel, like []int32) error {
	if c.Prints == nil || c.verify != nil { // which wants to see them
		return nil
	}
	own := dedupe.Print{}
	for _, i := range like {
		if s := c.stock.copies[i]; s.brief != notLooked || s.uid == 0 {
			continue
		}
		known, ok := c.Prints.Find(c.stock.message(i))
		if !ok {
			continue
		}
		if own == (dedupe.Print{}) {
			var err error
			if own, err = c.stock.rules.Printer().Print(p.reader()); err != nil {
				return err
			}
		}
		if kind, sure := own.Surely(known); sure {
			if p.known == nil {
				p.known = map[int32]dedupe.Kind{}
			}
			p.known[i] = kind
		}
	}
	return nil
}
