package main

import (
	"io"
	"slices"
	"strings"

	"mailmv/dedupe"
	"mailmv/formats/mail"
	"mailmv/migrate/aside"
)

// givenText says in words what a copy that stays was given.
func givenText(c aside.Change) string {
	words := append(c.Add.Names(), c.AddKeywords...)
	if !c.Date.IsZero() {
		words = append(words, "the earlier date "+c.Date.UTC().Format("2006-01-02 15:04:05"))
	}
	return strings.Join(words, " ")
}

// unite says what the state of the one that stays has to become.
func unite(keep, drop mail.Message, octets io.Reader) (c aside.Change, err error) {
	all, _ := dedupe.Unite([]dedupe.CopyState{{Flags: keep.Flags, Keywords: slices.Clone(keep.Keywords)}, {Flags: drop.Flags, Keywords: slices.Clone(drop.Keywords)}})
	c.Flagging = mail.Flagging{Add: all.Flags &^ keep.Flags, Remove: keep.Flags &^ all.Flags}
	for _, k := range all.Keywords {
		if !hasKeyword(keep.Keywords, k) {
			c.AddKeywords = append(c.AddKeywords, k)
		}
	}
	for _, k := range keep.Keywords {
		if !hasKeyword(all.Keywords, k) {
			c.RemoveKeywords = append(c.RemoveKeywords, k)
		}
	}
	date, err := dedupe.EarlierDate(keep.InternalDate, drop.InternalDate, octets)
	if err == nil && date.Unix() != keep.InternalDate.Unix() {
		c.Date = date
	}
	return c, err
}

// hasKeyword looks for a keyword in any of the spellings that programs have for it.
func hasKeyword(words []string, k string) bool {
	plain := func(w string) string {
		return strings.Replace(strings.TrimPrefix(strings.ToLower(w), "$"), "nonjunk", "notjunk", 1)
	}
	return slices.ContainsFunc(words, func(w string) bool { return plain(w) == plain(k) })
}
