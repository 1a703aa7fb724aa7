package archive

import (
	"context"
	"iter"
	"slices"

	"mailmv/formats/mail"
)

// changeAtOnce is how many changes become durable by one sync.
const changeAtOnce = 500

// changing carries out changes of messages of f, some at a time, by the archive that writes (changer), and tells each fate
// once it is durable.
func changing[C any](ctx context.Context, a *Archive, op string, f mail.Folder, changes []C, refOf func(C) mail.Ref, some func(w *Archive, s *shelf, part []C) ([]error, error)) iter.Seq2[mail.Ref, error] {
	return func(yield func(mail.Ref, error) bool) {
		w, err := a.changer(op)
		var s *shelf
		if err == nil {
			s, err = w.find(f.Path)
		}
		if err == nil {
			err = w.ready(ctx, s)
		}
		if err != nil {
			yield(mail.Ref{}, err)
			return
		}
		for part := range slices.Chunk(changes, changeAtOnce) {
			fates, err := some(w, s, part)
			if err != nil {
				yield(mail.Ref{}, err)
				return
			}
			for i, c := range part {
				if !yield(refOf(c), fates[i]) {
					return
				}
			}
		}
	}
}
