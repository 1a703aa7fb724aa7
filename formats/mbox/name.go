package mbox

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

// packed and plain are the ends of names that say how a folder is kept, and are no part of what it is called.
var (
	packed = []string{".gz", ".zst", ".xz", ".bz2"}
	plain  = []string{".mbox", ".mbx", ".mmdf"}
	nested = []string{".sbd", ".mbox", ".directory"} // Thunderbird, Apple Mail, KMail
)

// LevelOf is what a folder kept in a file of that name is called.
func LevelOf(file string) string { return decodeName(cutOne(cutOne(file, packed), plain)) }

// NamedBox tells that a file's name alone says that it is an mbox.
func NamedBox(file string) bool { return cutOne(cutOne(file, packed), plain) != file }

// cutOne cuts one of the ends, if something is left then.
func cutOne(name string, ends []string) string {
	for _, end := range ends {
		if n := len(name) - len(end); n > 0 && strings.EqualFold(name[n:], end) {
			return name[:n]
		}
	}
	return name
}

// DirLevel is what a directory is called. KMail has ".Foo.directory" beside Foo.
func DirLevel(dir string) string {
	level := cutOne(dir, nested)
	if level != dir && strings.HasSuffix(dir, ".directory") {
		level = strings.TrimPrefix(level, ".")
	}
	return decodeName(level)
}

// Levels are the levels of the folder kept in a file of a tree. Foo.sbd/Bar and Foo.mbox/mbox are Thunderbird's and Apple
// Mail's ways to write Foo/Bar and Foo.
func Levels(name string) []string {
	dir, file := path.Split(name)
	var levels []string
	for d := range strings.SplitSeq(strings.TrimSuffix(dir, "/"), "/") {
		levels = append(levels, DirLevel(d))
	}
	if file != "mbox" || !strings.HasSuffix(dir, ".mbox/") {
		levels = append(levels, LevelOf(file))
	}
	return levels
}

// fileMax is how long a name in a tree may be: file systems bear 255 octets, encrypting ones 143, and ".lock" comes behind it.
const fileMax = 130

// FileFor gives the file for a folder of a tree laid out as Thunderbird does: A/B is A.sbd/B. Names are UTF-8; what some
// file system does not take, or would not be read back alike by Levels, is written as in URLs (%3A). A name that is too long is cut and ends
// in a hash. taken tells of a name in the tree, in small letters, whether another folder has it: "Work" and "work" are two
// folders on a disk that sees one name. dirOf gives the directory of a folder that is there already; empty: there is none.
func FileFor(p mail.Path, dirOf func(mail.Path) string, taken func(lower string) bool) string {
	levels := strings.Split(string(p), "/")
	dir := ""
	for i, l := range levels[:len(levels)-1] {
		above := mail.Path(strings.Join(levels[:i+1], "/"))
		if there := dirOf(above); there != "" {
			dir = there
			continue
		}
		dir = path.Join(dir, nameFor(l, ".sbd", func(name string) bool { return taken(strings.ToLower(path.Join(dir, name))) }))
	}
	return path.Join(dir, nameFor(levels[len(levels)-1], "", func(name string) bool { return taken(strings.ToLower(path.Join(dir, name))) }))
}

// nameFor writes one level, with an end behind it.
func nameFor(level, end string, taken func(string) bool) string {
	for _, plainFrom := range []int{0, 1, len(level)} { // as plainly as can be; the first character encoded; all of them
		if name := encodeName(level, plainFrom) + end; len(name) <= fileMax && !taken(name) {
			return name
		}
	}
	short := encodeName(level, 0)
	short = short[:min(len(short), fileMax-20-len(end))]
	for !utf8.ValidString(short) {
		short = short[:len(short)-1]
	}
	for n := 0; ; n++ {
		sum := sha256.Sum256(fmt.Appendf(nil, "%s\x00%d", level, n))
		if name := fmt.Sprintf("%s~%x%s", strings.TrimRight(short, ". %"), sum[:8], end); !taken(name) {
			return name
		}
	}
}

// encodeName writes what may not stand for itself as %XX, and all that lies before octet plainFrom.
func encodeName(level string, plainFrom int) string {
	var b strings.Builder
	whole := reservedName(level)
	for i, r := range level {
		size := utf8.RuneLen(r)
		switch {
		case whole && i == 0, i < plainFrom, !plainAt(level, i, r):
			for _, c := range []byte(level[i:min(i+max(size, 1), len(level))]) {
				fmt.Fprintf(&b, "%%%02X", c)
			}
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}

// plainAt tells whether a character may stand for itself.
func plainAt(level string, at int, r rune) bool {
	switch {
	case strings.ContainsRune(`/\:*?"<>|%`, r), unicode.IsControl(r), r == utf8.RuneError:
		return false
	case r == '.' || r == ' ':
		return at > 0 && at < len(level)-1 && at != endAt(level)
	case r == '~' || r == '#' || r == ',':
		return at > 0
	}
	return true
}

// ends are those of names that say something to mail programs.
var ends = slices.Concat(packed, plain, nested, []string{".lock", ".msf", ".compact-temp", ".mailmv"})

// endAt is where such an end begins in a level; -1: it has none.
func endAt(level string) int {
	if rest := cutOne(level, ends); rest != level {
		return len(rest)
	}
	return -1
}

// reservedName tells names that mean devices on Windows or something to mail programs.
func reservedName(level string) bool {
	lower := strings.ToLower(level)
	switch stem, _, _ := strings.Cut(lower, "."); stem {
	case "con", "prn", "aux", "nul":
		return true
	default:
		return lower == "nstmp" || len(stem) == 4 && (stem[:3] == "com" || stem[:3] == "lpt") && unicode.IsDigit(rune(stem[3]))
	}
}

// decodeName reads %XX, unless that gives what no level can be.
func decodeName(name string) string {
	var b strings.Builder
	for i := 0; i < len(name); i++ {
		if name[i] != '%' {
			b.WriteByte(name[i])
			continue
		}
		if i+2 >= len(name) {
			return name
		}
		hi, lo := strings.IndexByte(hexDigits, name[i+1]), strings.IndexByte(hexDigits, name[i+2])
		if hi < 0 || lo < 0 {
			return name
		}
		b.WriteByte(byte(hi<<4 | lo))
		i += 2
	}
	level := b.String()
	if !utf8.ValidString(level) || strings.ContainsAny(level, "/\x00") {
		return name
	}
	return level
}

const hexDigits = "0123456789ABCDEF"
