package memstore

import (
	"context"
	"iter"

	"mailmv/formats/mail"
)

// Sweeping is a Store that also hands over whole folders.
type Sweeping struct {
	*Store
	Withheld int // so many messages a sweep leaves out, from the first on
	Sweeps   int // counted
}

// Sweep yields the octets of what a folder holds.
func (s *Sweeping) Sweep(ctx context.Context, f mail.Folder) iter.Seq2[mail.Fetched, error] {
	s.count(&s.Sweeps)
	var refs []mail.Ref
	for _, m := range s.Messages(f.Path) {
		refs = append(refs, s.message(f, m).Ref)
	}
	return s.Fetch(ctx, f, refs[min(s.Withheld, len(refs)):])
}
