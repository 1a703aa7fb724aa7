package maildir

import (
	"crypto/sha256"
	"fmt"
	"path"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"mailmv/formats/mail"
)

// nameMax is how long a directory's name may be: file systems bear 255 octets, encrypting ones 143.
const nameMax = 140

// DirFor gives the directory for a folder, such that every file system can hold it and the folder's name can
// be read back from it, unless it is too long: then it ends in a hash, at the level where it is cut. taken tells of a directory, in small
// letters, whether another folder has it: "Work" and "work" are two folders on a disk that sees one name.
func DirFor(p mail.Path, layout Layout, taken func(lower string) bool) string {
	p = p.Clean()
	if p == mail.Inbox && layout == PlusPlus {
		return "."
	}
	levels := strings.Split(string(p), "/")
	for _, e := range encoders {
		if dir := join(levels, layout, e); fits(dir) && !taken(strings.ToLower(dir)) {
			return dir
		}
	}
	for n := 0; ; n++ {
		sum := sha256.Sum256(fmt.Appendf(nil, "%s\x00%d", p, n))
		if dir := cut(levels, layout, fmt.Sprintf("~%x", sum[:8])); !taken(strings.ToLower(dir)) {
			return dir
		}
	}
}

// encoders write one level, each in another way that is read back alike: first as plainly as can be, then with
// its first character encoded, then with all of them.
var encoders = []func(level string) string{
	func(level string) string {
		return encodeUTF7(level, func(at int, r rune) bool { return plainAt(level, at, r) })
	},
	func(level string) string {
		return encodeUTF7(level, func(at int, r rune) bool { return at > 0 && plainAt(level, at, r) })
	},
	func(level string) string {
		return encodeUTF7(level, func(int, rune) bool { return false })
	},
}

// plainAt tells whether a character may stand for itself: letters, digits and signs that mean nothing to any file system
// at that place, to the two layouts, or to Windows.
func plainAt(level string, at int, r rune) bool {
	switch {
	case strings.ContainsRune(`./\:*?"<>|`, r):
		return false
	case r == ' ':
		return at > 0 && at < len(level)-1
	case at == 0:
		return r != '~' && !reserved(level)
	}
	return true
}

// reserved names mean devices on Windows or belong to the layouts.
func reserved(level string) bool {
	switch stem := strings.ToLower(level); stem {
	case "cur", "new", "tmp", "con", "prn", "aux", "nul", "courierimapkeywords":
		return true
	default:
		return len(stem) == 4 && (stem[:3] == "com" || stem[:3] == "lpt") && unicode.IsDigit(rune(stem[3]))
	}
}

func join(levels []string, layout Layout, encode func(string) string) string {
	var b strings.Builder
	for i, l := range levels {
		switch {
		case layout == PlusPlus:
			b.WriteByte('.')
		case i > 0:
			b.WriteByte('/')
		}
		b.WriteString(encode(l))
	}
	return b.String()
}

// fits tells whether each name in dir is one that a file system takes.
func fits(dir string) bool {
	for name := range strings.SplitSeq(dir, "/") {
		if len(name) > nameMax {
			return false
		}
	}
	return len(dir) < 1000 && path.Clean(dir) == dir
}

// cut keeps as many levels as leave room for the hash, and of the next as much as does. It is cut before it is encoded, for
// what is no ASCII is one run of base64, and half of that means nothing.
func cut(levels []string, layout Layout, hash string) string {
	dir := func(n int, part string) string {
		return join(append(slices.Clone(levels[:n]), part), layout, encoders[0]) + hash
	}
	whole := 0
	for whole < len(levels)-1 && fits(dir(whole+1, "")) {
		whole++
	}
	best, level := dir(whole, ""), levels[whole]
	for at, r := range level {
		if r == ' ' {
			continue
		}
		next := dir(whole, level[:at+runeLen(level[at:])])
		if !fits(next) {
			break
		}
		best = next
	}
	return best
}

func runeLen(s string) int {
	_, n := utf8.DecodeRuneInString(s)
	return n
}
