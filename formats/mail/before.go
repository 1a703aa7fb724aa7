package mail

import "iter"

// Before yields fates with the messages as they were before; of one that was has none of only the Ref is told.
func Before(was map[Ref]Message, fates iter.Seq2[Ref, error]) iter.Seq2[Message, error] {
	return func(yield func(Message, error) bool) {
		for ref, err := range fates {
			m := was[ref]
			m.Ref = ref
			if !yield(m, err) {
				return
			}
		}
	}
}
