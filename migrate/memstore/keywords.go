package memstore

import (
	"context"
	"slices"

	"mailmv/formats/mail"
)

// Unkept gives those of words that are among Unkeeps.
func (s *Store) Unkept(ctx context.Context, f mail.Folder, words []string) ([]string, error) {
	var unkept []string
	for _, w := range words {
		if slices.Contains(s.Unkeeps, w) {
			unkept = append(unkept, w)
		}
	}
	return unkept, nil
}
