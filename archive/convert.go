package archive

import (
	"path"
	"slices"
	"strings"
)

// ToConvert is what notes call files with mail of a kind that is not read, with the way out; empty: a file of that name that begins so is
// none.
func ToConvert(base string, head []byte) string {
	kind := sniff(base, head).Kind
	if !toConvert(kind, base) {
		return ""
	}
	i := slices.IndexFunc(otherWords, func(w otherWord) bool { return w.kind == kind })
	return otherWords[i].many + wayOut(kind)
}

// toConvert tells of a kind that is not read. Other documents of Microsoft begin as its messages do.
func toConvert(kind Kind, base string) bool {
	return hints[kind] != "" && (kind != KindMSG || strings.EqualFold(path.Ext(base), ".msg"))
}

// wayOut is how notes name the hint for a kind; empty: it is read.
func wayOut(kind Kind) string {
	if hints[kind] == "" {
		return ""
	}
	return " (" + hints[kind] + ")"
}
