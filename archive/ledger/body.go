package ledger

import (
	"io"

	"mailmv/dedupe"
)

// Body is a message's octets on their way into an archive, with their sums once they are written. Where From knows them from
// when it read the octets (Sums) they are those, so that a check finds also what went wrong between there and the disk.
type Body struct {
	From io.WriterTo
	Sums dedupe.Sums
}

// WriteTo writes From.
func (b *Body) WriteTo(w io.Writer) (int64, error) {
	if known, ok := b.From.(interface{ Sums() dedupe.Sums }); ok {
		b.Sums = known.Sums()
		return b.From.WriteTo(w)
	}
	d := dedupe.NewDigest()
	n, err := b.From.WriteTo(io.MultiWriter(w, d))
	b.Sums = d.Sums()
	return n, err
}
