package dedupe

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"mailmv/formats/mime"
)

// addresses is the canonical form of an address list (RFC 5322 §3.4): for each mailbox the display
// name decoded and without its quotes, the local part as it is, the domain in lower case and as an
// A-label. ok is false for what is not plainly a list of mailboxes: groups, routes, comments in odd
// places, octets that are not UTF-8.
func addresses(text string, plainDomains bool) (list string, ok bool) {
	if !utf8.ValidString(text) || strings.TrimSpace(text) == "" {
		return "", false
	}
	p := addressParser{rest: text, plainDomains: plainDomains}
	var out strings.Builder
	for {
		name, local, domain, ok := p.mailbox()
		if !ok {
			return "", false
		}
		fmt.Fprintf(&out, "%q %q %q;", name, local, domain)
		switch p.next() {
		case "":
			return out.String(), true
		case ",":
		default:
			return "", false
		}
	}
}

// addressParser takes an address list apart into tokens (RFC 5322 §3.2): atoms, quoted strings with
// their quotes, comments with their parentheses, and single specials. Any other octet ends it in failure.
type addressParser struct {
	rest         string
	peeked       *string
	plainDomains bool // in lower case, as A-labels
}

// mailbox reads "name <local@domain>", "<local@domain>", "local@domain" or "local@domain (name)".
func (p *addressParser) mailbox() (name, local, domain string, ok bool) {
	var phrase []string
	for isWordToken(p.peek()) {
		phrase = append(phrase, p.next())
	}
	switch p.peek() {
	case "@":
		if len(phrase) != 1 {
			return "", "", "", false
		}
		if local, domain, ok = p.spec(phrase[0]); !ok {
			return "", "", "", false
		}
		comment := ""
		if strings.HasPrefix(p.peek(), "(") {
			comment = p.next()
		}
		return comment, local, domain, true
	case "<":
		p.next()
		if name, ok = displayName(phrase); !ok || !isWordToken(p.peek()) {
			return "", "", "", false
		}
		local, domain, ok = p.spec(p.next())
		return name, local, domain, ok && p.next() == ">"
	}
	return "", "", "", false
}

// spec reads "@domain" behind the local part.
func (p *addressParser) spec(local string) (_, domain string, ok bool) {
	if p.next() != "@" {
		return "", "", false
	}
	domain = p.next()
	if domain == "" || strings.ContainsAny(domain[:1], "\"(<>,:;@") {
		return "", "", false
	}
	if !p.plainDomains {
		return local, domain, true
	}
	domain, ok = canonicalDomain(domain)
	return local, domain, ok
}

// displayName joins the words of a phrase; encoded-words beside each other join without a blank (RFC 2047 §6.2).
func displayName(phrase []string) (string, bool) {
	var out strings.Builder
	after := false
	for i, w := range phrase {
		text, isWord, ok := w, false, true
		if w[0] == '"' {
			text = unquote(w)
		} else {
			text, isWord, ok = mime.DecodeWord(w)
		}
		if !ok {
			return "", false
		}
		if i > 0 && !(after && isWord) {
			out.WriteByte(' ')
		}
		out.WriteString(text)
		after = isWord
	}
	return out.String(), true
}

// unquote takes the quotes and backslashes off a quoted string.
func unquote(s string) string {
	var out strings.Builder
	for i := 1; i < len(s)-1; i++ {
		if s[i] == '\\' && i < len(s)-2 {
			i++
		}
		out.WriteByte(s[i])
	}
	return out.String()
}

func isWordToken(t string) bool { return t != "" && !strings.ContainsAny(t[:1], "<>,:;@([\x00") }

func (p *addressParser) peek() string {
	if p.peeked == nil {
		t := p.read()
		p.peeked = &t
	}
	return *p.peeked
}

func (p *addressParser) next() string {
	t := p.peek()
	p.peeked = nil
	return t
}

// read takes the next token off the text; empty at its end, "\x00" for what is none.
func (p *addressParser) read() string {
	p.rest = strings.TrimLeft(p.rest, " ")
	n := tokenLen(p.rest)
	if n < 0 {
		p.rest = ""
		return "\x00"
	}
	t := p.rest[:n]
	p.rest = p.rest[n:]
	return t
}

func tokenLen(s string) int {
	if s == "" {
		return 0
	}
	switch s[0] {
	case '"':
		return closing(s, '"')
	case '(':
		return closing(s, ')')
	case '[':
		return closing(s, ']')
	case '<', '>', ',', ':', ';', '@', ')', ']', '\\':
		return 1
	}
	if n := strings.IndexAny(s, " \"()[]<>,:;@\\"); n >= 0 {
		return n
	}
	return len(s)
}

// closing finds the length of what s opens; -1 where it is not closed or holds another of its kind.
func closing(s string, end byte) int {
	for i := 1; i < len(s); i++ {
		switch s[i] {
		case end:
			return i + 1
		case '\\':
			i++
		case s[0]:
			return -1
		}
	}
	return -1
}
