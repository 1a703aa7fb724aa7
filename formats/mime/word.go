package mime

import (
	"encoding/base64"
	"strings"
	"unicode/utf8"
)

// DecodeWords decodes the encoded-words of an unfolded header text (RFC 2047); blanks between two of
// them vanish (§6.2). ok is false, and s comes back unchanged, where s is not UTF-8 outside of them or
// something that looks like an encoded-word is not one that can be read without doubt.
func DecodeWords(s string) (text string, ok bool) {
	if !utf8.ValidString(s) {
		return s, false
	}
	if !strings.Contains(s, "=?") {
		return s, true
	}
	var out strings.Builder
	after := false // the last thing written was an encoded-word
	for rest := s; rest != ""; {
		gap := len(rest) - len(strings.TrimLeft(rest, " \t"))
		word := rest[gap:]
		if i := strings.IndexAny(word, " \t"); i >= 0 {
			word = word[:i]
		}
		decoded, isWord, ok := DecodeWord(word)
		if !ok {
			return s, false
		}
		if !after || !isWord {
			out.WriteString(rest[:gap])
		}
		out.WriteString(decoded)
		after = isWord
		rest = rest[gap+len(word):]
	}
	return out.String(), true
}

// DecodeWord decodes one word. isWord tells whether it was an encoded-word; any other comes back as it
// is. ok is false where it holds something like an encoded-word that cannot be read without doubt.
func DecodeWord(word string) (text string, isWord, ok bool) {
	if !strings.Contains(word, "=?") {
		return word, false, true
	}
	parts := strings.Split(word, "?")
	if len(parts) != 5 || parts[0] != "=" || parts[4] != "=" {
		return word, false, false
	}
	charset, _, _ := strings.Cut(parts[1], "*") // RFC 2231 §5: a language may follow
	var octets []byte
	switch parts[2] {
	case "B", "b":
		var err error
		if octets, err = base64.StdEncoding.Strict().DecodeString(parts[3]); err != nil {
			return word, false, false
		}
	case "Q", "q":
		if octets, ok = decodeQ(parts[3]); !ok {
			return word, false, false
		}
	default:
		return word, false, false
	}
	decoded, ok := Decode(charset, octets)
	if !ok || charset == "" {
		return word, false, false
	}
	return string(decoded), true, true
}

// decodeQ undoes the Q encoding (RFC 2047 §4.2).
func decodeQ(s string) ([]byte, bool) {
	out := make([]byte, 0, len(s))
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c == '_':
			out = append(out, ' ')
		case c == '=':
			v, ok := hexOctet(s[i+1:])
			if !ok {
				return nil, false
			}
			out = append(out, v)
			i += 2
		case c <= ' ' || c >= 0x7f:
			return nil, false
		default:
			out = append(out, c)
		}
	}
	return out, true
}

// hexOctet reads two hex digits of either case.
func hexOctet[T string | []byte](s T) (v byte, ok bool) {
	if len(s) < 2 {
		return 0, false
	}
	for _, c := range []byte{s[0], s[1]} {
		switch {
		case c >= '0' && c <= '9':
			v = v<<4 | (c - '0')
		case c|0x20 >= 'a' && c|0x20 <= 'f':
			v = v<<4 | (c | 0x20 - 'a' + 10)
		default:
			return 0, false
		}
	}
	return v, true
}
