package maildir

import (
	"slices"
	"strings"

	"mailmv/formats/mail"
)

// forwarded is the keyword that the letter P (passed) stands for (RFC 5788).
const forwarded = "$Forwarded"

var letterFlags = [...]struct {
	letter byte
	flag   mail.Flags
}{{'D', mail.Draft}, {'F', mail.Flagged}, {'R', mail.Answered}, {'S', mail.Seen}, {'T', mail.Deleted}}

// Flags reads the letters of an info. The letters a to z are the folder's own keywords; those it does not
// name, and capitals that mean nothing, are left out (they stay in the file's name).
func (k Keywords) Flags(letters string) (flags mail.Flags, keywords []string) {
	for i := range len(letters) {
		switch c := letters[i]; {
		case c == 'P':
			keywords = append(keywords, forwarded)
		case c >= 'a' && c <= 'z':
			if name := k[c-'a']; name != "" && !slices.Contains(keywords, name) {
				keywords = append(keywords, name)
			}
		default:
			for _, l := range letterFlags {
				if l.letter == c {
					flags |= l.flag
				}
			}
		}
	}
	return flags, keywords
}

// Unnamed is the first of the letters that stands for a keyword which the folder does not name; 0: there is none.
func (k Keywords) Unnamed(letters string) byte {
	for _, c := range []byte(letters) {
		if c >= 'a' && c <= 'z' && k[c-'a'] == "" {
			return c
		}
	}
	return 0
}

// Letters writes flags and keywords as letters, in ASCII order. rest are the keywords for which the folder has
// no letter.
func (k Keywords) Letters(flags mail.Flags, keywords []string) (letters string, rest []string) {
	var b []byte
	for _, l := range letterFlags {
		if flags&l.flag != 0 {
			b = append(b, l.letter)
		}
	}
	for _, name := range keywords {
		c, ok := k.letter(name)
		switch {
		case !ok:
			rest = append(rest, name)
		case !slices.Contains(b, c):
			b = append(b, c)
		}
	}
	slices.Sort(b)
	return string(b), rest
}

func (k Keywords) letter(name string) (byte, bool) {
	if strings.EqualFold(name, forwarded) {
		return 'P', true
	}
	if name == "" {
		return 0, false
	}
	for i, n := range k {
		if strings.EqualFold(n, name) {
			return byte('a' + i), true
		}
	}
	return 0, false
}

// Add gives letters to the keywords that have none, as long as there are letters, and tells whether any was given.
func (k *Keywords) Add(keywords []string) bool {
	added := false
	for _, name := range keywords {
		if _, ok := k.letter(name); ok || !atom(name) {
			continue
		}
		if i := slices.Index(k[:], ""); i >= 0 {
			k[i] = name
			added = true
		}
	}
	return added
}

// atom tells whether a keyword can stand in a list of them (RFC 9051 §9, flag-keyword).
func atom(name string) bool {
	return name != "" && !strings.ContainsFunc(name, func(r rune) bool {
		return r <= ' ' || r == 0x7f || strings.ContainsRune(`(){%*"\]`, r)
	})
}
