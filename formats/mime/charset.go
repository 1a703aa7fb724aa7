// Package mime reads the structure of a message (RFC 2045 to 2049, 2231): parts as they lie in its
// octets, parameters, transfer encodings, encoded-words. It is strict where two readers could differ:
// what is not written by the rules is reported as such and left as it is, never guessed at.
package mime

import (
	"bytes"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding/ianaindex"
)

// Decode turns b from the named charset into UTF-8. ok is false, and nothing is returned, where the
// charset is not known or an octet of b has no meaning in it.
func Decode(charset string, b []byte) (text []byte, ok bool) {
	switch charset = strings.ToLower(charset); charset {
	case "us-ascii", "ascii", "":
		return b, isASCII(b)
	case "utf-8", "utf8":
		return b, utf8.Valid(b)
	}
	if strings.HasPrefix(charset, "utf-16") || strings.HasPrefix(charset, "utf-32") {
		return nil, false // no charset of text in mail (RFC 2781 §3.3), and byte order marks are a guess
	}
	e, err := ianaindex.MIME.Encoding(charset)
	if err != nil || e == nil {
		return nil, false
	}
	text, err = e.NewDecoder().Bytes(b)
	// The decoders put U+FFFD for what they do not understand; no such charset has it as a letter.
	if err != nil || bytes.ContainsRune(text, utf8.RuneError) {
		return nil, false
	}
	return text, true
}

func isASCII(b []byte) bool {
	for _, c := range b {
		if c >= 0x80 {
			return false
		}
	}
	return true
}
