package files

import (
	"context"
	"fmt"
	"iter"
	"slices"
	"strconv"
	"strings"

	"mailmv/formats/mail"
)

// stack is one folder of several files: Sent.gz, which was packed once, and the Sent that the mail program has made since. As two folders
// one would have to change its name when the other comes, and all its mail would be taken for new.
type stack struct {
	at    mail.Path
	boxes []*box
}

func (k *stack) path() mail.Path { return k.at }

func (k *stack) isRoot() bool { return false }

func (k *stack) list(ctx context.Context) iter.Seq2[mail.Message, error] {
	return func(yield func(mail.Message, error) bool) {
		for i, b := range k.boxes {
			for m, err := range b.list(ctx) {
				if err == nil {
					m.ID = k.idOf(i, m.ID)
				}
				if !yield(m, err) || err != nil {
					return
				}
			}
		}
	}
}

func (k *stack) read(ctx context.Context, refs []mail.Ref) iter.Seq2[mail.Fetched, error] {
	return func(yield func(mail.Fetched, error) bool) {
		for _, b := range k.boxes {
			if err := b.current(ctx); err != nil {
				yield(mail.Fetched{}, err)
				return
			}
		}
		asked := make([][]mail.Ref, len(k.boxes))
		for _, ref := range refs {
			i, id := k.find(ref.ID)
			asked[i] = append(asked[i], mail.Ref{Folder: ref.Folder, Validity: ref.Validity, ID: id})
		}
		for i, b := range k.boxes {
			for got, err := range b.read(ctx, asked[i]) {
				got.ID = k.idOf(i, got.ID)
				if !yield(got, err) || err != nil && mail.ScopeOf(err) != mail.ScopeMessage {
					return
				}
			}
		}
	}
}

// idOf is what a message of file i, which has the name id there, is called in the folder: its equals in the files before come first.
func (k *stack) idOf(i int, id string) string {
	sum, twin := cutTwin(id)
	for _, b := range k.boxes[:i] {
		twin += b.equals(sum)
	}
	return joinTwin(sum, twin)
}

// find is the reverse of idOf. A message that is nowhere is none of the last file.
func (k *stack) find(id string) (i int, inFile string) {
	sum, twin := cutTwin(id)
	for i, b := range k.boxes[:len(k.boxes)-1] {
		n := b.equals(sum)
		if twin < n {
			return i, joinTwin(sum, twin)
		}
		twin -= n
	}
	return len(k.boxes) - 1, joinTwin(sum, twin)
}

// equals counts the messages of a file, as it was scanned, that have one sum.
func (b *box) equals(sum string) (n int) {
	for b.number(joinTwin(sum, n)) >= 0 {
		n++
	}
	return n
}

func cutTwin(id string) (sum string, twin int) {
	sum, count, _ := strings.Cut(id, ".")
	twin, _ = strconv.Atoi(count) // none: the first
	return sum, twin
}

func joinTwin(sum string, twin int) string {
	if twin == 0 {
		return sum
	}
	return fmt.Sprintf("%s.%d", sum, twin)
}

// stacked makes one folder of the files that are one. The order is that of the names: what was packed comes behind.
func stacked(boxes []*box) []shelf {
	at := map[mail.Path][]*box{}
	for _, b := range boxes {
		at[b.at] = append(at[b.at], b)
	}
	var all []shelf
	for _, b := range boxes {
		switch same := at[b.at]; {
		case len(same) == 1:
			all = append(all, b)
		case same[0] == b:
			all = append(all, &stack{b.at, slices.Clone(same)})
		}
	}
	return all
}
