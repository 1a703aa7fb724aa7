package imap

import (
	"crypto/sha256"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Names that a server refuses are tried again with signs that look alike in place of those that servers refuse: what
// a person reads stays the same, hardly any name has them by nature, and the same name always becomes the same. The way back is
// not taken by itself: nobody can tell a stand-in from a name that is so, and an archive that has such a folder would get another
// beside it with all its mail once more. Whoever knows better renames (--map-regexp).
//
// Seen: Dovecot refuses "." with Maildir (also where its delimiter is "/"), "~" at the beginning, and tmp, cur and new as
// levels of the fs layout. Gmail refuses or alters ^ " ' ` and outer and double blanks. Courier refuses what is beyond
// the Basic Multilingual Plane.
const (
	likeDot    = '\u2024' // one dot leader
	likeSlash  = '\u2215' // division slash
	likeTilde  = '\u223c' // tilde operator
	likeBlank  = '\u2423' // open box
	pictureOf  = '\u2400' // control pictures, from here on
	pictureDel = '\u2421'
)

// alike are the signs for all others that some server does not take.
var alike = map[rune]rune{
	'.': likeDot, '/': likeSlash, '~': likeTilde, '\\': '\u29f5', '*': '\u2217', '%': '\uff05', '"': '\u2033', '\'': '\u2019', '`': '\u2018',
	'^': '\u02c6', '&': '\uff06', '<': '\u2039', '>': '\u203a', '|': '\u2223', ':': '\u2236', '?': '\uff1f', '#': '\uff03', '!': '\uff01',
	'{': '\uff5b', '}': '\uff5d', '(': '\uff08', ')': '\uff09',
}

// taken are names of levels that some store uses itself.
var reserved = map[string]bool{"cur": true, "new": true, "tmp": true}

// longLevel is how many octets a level may have on the wire before it is cut; file systems take 255.
const longLevel = 200

// mended is a level without what servers commonly refuse, whatever the delimiter.
func mended(level, delim string) string {
	var b strings.Builder
	for i, r := range level {
		switch {
		case r == '.' || string(r) == delim || r == '~' && i == 0:
			b.WriteRune(standIn(r))
		case r < ' ':
			b.WriteRune(pictureOf + r)
		case r == 0x7f:
			b.WriteRune(pictureDel)
		default:
			b.WriteRune(r)
		}
	}
	if reserved[strings.ToLower(level)] {
		b.WriteByte('_')
	}
	return cutLevel(b.String())
}

func standIn(r rune) rune {
	if s, ok := alike[r]; ok {
		return s
	}
	return '_'
}

// plain is a level that is left with nothing that any known server refuses.
func plain(level, delim string) string {
	var b strings.Builder
	last := rune(0)
	runes := []rune(mended(level, delim))
	for i, r := range runes {
		s, odd := alike[r]
		switch {
		case odd:
			b.WriteRune(s)
		case r == ' ' && (i == 0 || i == len(runes)-1 || last == ' '):
			b.WriteRune(likeBlank)
		case r > 0xffff || unicode.IsControl(r):
			fmt.Fprintf(&b, "U+%04X", r)
		default:
			b.WriteRune(r)
		}
		last = r
	}
	return cutLevel(b.String())
}

// cutLevel shortens a level that no file system takes, so that no two become one.
func cutLevel(level string) string {
	if len(encodeName(level)) <= longLevel {
		return level
	}
	short := level
	for len(encodeName(short)) > longLevel-40 {
		_, n := utf8.DecodeLastRuneInString(short)
		short = short[:len(short)-n]
	}
	return short + "_" + tagOf(level)
}

// tagOf tells names apart that would become one.
func tagOf(name string) string {
	sum := sha256.Sum256([]byte(name))
	return fmt.Sprintf("%x", sum[:4])
}
