package imap

import (
	"errors"
	"strings"
)

var errControl = errors.New("CR, LF or NUL in a name: refused, it would be read as another command")

// quoted writes s as a quoted string (RFC 9051 §4.3). Octets above 127 stay as they are. CR, LF and NUL are
// refused: they would end the command and start another one.
func quoted(s string) (string, error) {
	if strings.ContainsAny(s, "\r\n\x00") {
		return "", errControl
	}
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(s) + `"`, nil
}

// isASCII tells whether s may stand in a quoted string of RFC 3501, which is ASCII.
func isASCII(s string) bool {
	for i := range len(s) {
		if s[i] >= 0x80 {
			return false
		}
	}
	return true
}

// atomOctet tells whether c may stand in a flag: ATOM-CHAR of RFC 9051 §9.
func atomOctet(c byte) bool {
	return c > ' ' && c < 0x7f && !strings.ContainsRune(`(){%*"\]`, rune(c))
}

// validKeyword tells whether k may be sent as a keyword.
func validKeyword(k string) bool {
	for i := range len(k) {
		if !atomOctet(k[i]) {
			return false
		}
	}
	return k != ""
}
