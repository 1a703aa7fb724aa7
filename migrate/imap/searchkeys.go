package imap

import (
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"
)

// searchKeys are the words of a SEARCH (RFC 9051 §6.4.4) in the form in which they go over the wire.
type searchKeys struct {
	parts []keysPart
	utf8  bool // some octet is beyond ASCII
}

// keysPart is text, and a literal behind it; the last part has none.
type keysPart struct{ text, literal string }

// CheckSearch tells what is wrong with the words of a search before any server sees them: only what would end the
// command, or keep the server waiting for more. Which words mean something is the server's to say.
func CheckSearch(keys string) error {
	_, err := parseSearch(keys)
	return err
}

// parseSearch reads words as a server would, so that none can end the command or announce a literal. Words beyond ASCII
// become literals: RFC 3501 has no place for them in a quoted string.
func parseSearch(keys string) (searchKeys, error) {
	var q searchKeys
	switch {
	case strings.ContainsAny(keys, "\r\n\x00"):
		return q, errors.New("a line end or NUL: it would end the command")
	case !utf8.ValidString(keys):
		return q, errors.New("not UTF-8")
	case strings.TrimSpace(keys) == "":
		return q, errors.New("no keys")
	}
	switch first := strings.ToUpper(strings.Fields(keys)[0]); first {
	case "CHARSET", "RETURN":
		return q, fmt.Errorf("%s is said by mailmv itself where it is needed", first)
	}
	var text strings.Builder
	depth := 0
	for rest := strings.TrimSpace(keys); rest != ""; {
		n, word, err := keysToken(rest)
		if err != nil {
			return q, err
		}
		switch token := rest[:n]; {
		case token == "(":
			depth++
			text.WriteString(token)
		case token == ")":
			if depth--; depth < 0 {
				return q, errors.New(`a ")" without "("`)
			}
			text.WriteString(token)
		case isASCII(token):
			text.WriteString(token)
		default:
			q.utf8 = true
			q.parts = append(q.parts, keysPart{text.String(), word})
			text.Reset()
		}
		rest = rest[n:]
	}
	if depth > 0 {
		return q, errors.New(`a "(" without ")"`)
	}
	q.parts = append(q.parts, keysPart{text: text.String()})
	return q, nil
}

// keysToken measures the next token: blanks, a parenthesis, a quoted string or a word. word is what a string says.
func keysToken(s string) (n int, word string, err error) {
	switch s[0] {
	case ' ', '\t':
		return len(s) - len(strings.TrimLeft(s, " \t")), "", nil
	case '(', ')':
		return 1, "", nil
	case '"':
		sc := scan{[]byte(s)}
		v, _, ok := sc.quotedString()
		if !ok {
			return 0, "", errors.New("a quotation mark without its other one")
		}
		if !sc.done() && !strings.ContainsRune(" \t)", rune(sc.peek())) {
			return 0, "", errors.New("a quotation mark inside of a word")
		}
		return len(s) - len(sc.b), v, nil
	}
	n = strings.IndexAny(s, " \t()")
	if n < 0 {
		n = len(s)
	}
	switch {
	case strings.Contains(s[:n], `"`):
		return 0, "", errors.New("a quotation mark inside of a word")
	case strings.Contains(s[:n], "{"):
		return 0, "", errors.New(`a "{" outside of quotation marks: it would announce a literal`)
	}
	return n, s[:n], nil
}
