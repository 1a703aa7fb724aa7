package mime

import (
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// Param is one parameter of a Content-Type or Content-Disposition field, decoded.
type Param struct {
	Name  string // lower case
	Value string
}

// Value is the value of the named parameter; empty if there is none.
func Value(params []Param, name string) string {
	for _, p := range params {
		if p.Name == name {
			return p.Value
		}
	}
	return ""
}

// ParseField reads the unfolded text of a Content-Type (RFC 2045 §5.1) or Content-Disposition field
// (RFC 2183 §2): the value in lower case and the parameters, sorted by name, continuations joined and
// charsets decoded (RFC 2231), encoded-words too, as most programs write names in them. ok is false for
// what is not written by the rules or names a parameter twice.
func ParseField(text string) (value string, params []Param, ok bool) {
	if !utf8.ValidString(text) {
		return "", nil, false
	}
	s := scanner{rest: text}
	value = strings.ToLower(s.token())
	if s.skip('/') {
		value += "/" + strings.ToLower(s.token())
	}
	if value == "" || value[0] == '/' || value[len(value)-1] == '/' {
		return "", nil, false
	}
	var raw []Param
	for s.skip(';') {
		if s.blank(); s.rest == "" {
			break // a semicolon at the end is met often
		}
		name := strings.ToLower(s.token())
		if name == "" || !s.skip('=') {
			return "", nil, false
		}
		v, ok := s.value()
		if !ok || len(raw) >= maxParams {
			return "", nil, false
		}
		raw = append(raw, Param{name, v})
	}
	if s.blank(); s.rest != "" {
		return "", nil, false
	}
	params, ok = joinParams(raw)
	return value, params, ok
}

const maxParams = 100

// joinParams decodes parameters and joins the sections of those that come in several (RFC 2231 §3).
func joinParams(raw []Param) ([]Param, bool) {
	var out []Param
	for len(raw) > 0 {
		name, _, extended := strings.Cut(raw[0].Name, "*")
		var mine, others []Param
		for _, p := range raw {
			if base, _, _ := strings.Cut(p.Name, "*"); base == name {
				mine = append(mine, p)
			} else {
				others = append(others, p)
			}
		}
		raw = others
		v, ok := "", false
		if extended {
			v, ok = joinSections(name, mine)
		} else if len(mine) == 1 {
			v, ok = DecodeWords(mine[0].Value)
		}
		if !ok {
			return nil, false
		}
		out = append(out, Param{name, v})
	}
	slices.SortFunc(out, func(a, b Param) int { return strings.Compare(a.Name, b.Name) })
	return out, true
}

// joinSections joins "name*" or "name*0*", "name*1", ... (RFC 2231 §4.1). All must be there once, in any order.
func joinSections(name string, sections []Param) (string, bool) {
	if len(sections) == 1 && sections[0].Name == name+"*" {
		sections[0].Name = name + "*0*"
	}
	var octets []byte
	charset := ""
	for n := range sections {
		section := name + "*" + strconv.Itoa(n)
		i := slices.IndexFunc(sections, func(p Param) bool { return strings.TrimSuffix(p.Name, "*") == section })
		if i < 0 {
			return "", false
		}
		v := sections[i].Value
		if sections[i].Name == section {
			octets = append(octets, v...)
			continue
		}
		if n == 0 {
			parts := strings.SplitN(v, "'", 3)
			if len(parts) != 3 {
				return "", false
			}
			charset, v = parts[0], parts[2]
		}
		decoded, ok := decodePercent(v)
		if !ok {
			return "", false
		}
		octets = append(octets, decoded...)
	}
	if charset == "" {
		charset = "utf-8"
	}
	text, ok := Decode(charset, octets)
	return string(text), ok
}

func decodePercent(s string) ([]byte, bool) {
	out := make([]byte, 0, len(s))
	for i := 0; i < len(s); i++ {
		if s[i] != '%' {
			out = append(out, s[i])
			continue
		}
		v, ok := hexOctet(s[i+1:])
		if !ok {
			return nil, false
		}
		out = append(out, v)
		i += 2
	}
	return out, true
}

// scanner takes a structured field apart. Comments count as blanks (RFC 2045 §5.1).
type scanner struct{ rest string }

// blank skips blanks and comments. A comment that is not closed stays.
func (s *scanner) blank() {
	for {
		s.rest = strings.TrimLeft(s.rest, " \t")
		n := commentLen(s.rest)
		if n == 0 {
			return
		}
		s.rest = s.rest[n:]
	}
}

// commentLen is the length of the comment at the start of t; 0 if there is none.
func commentLen(t string) int {
	depth := 0
	for i := 0; i < len(t); i++ {
		switch t[i] {
		case '\\':
			i++
		case '(':
			depth++
		case ')':
			depth--
		}
		if depth == 0 {
			if i == 0 || t[0] != '(' {
				return 0
			}
			return i + 1
		}
	}
	return 0
}

// token reads a token (RFC 2045 §5.1); empty if there is none.
func (s *scanner) token() string {
	s.blank()
	n := strings.IndexFunc(s.rest, func(r rune) bool {
		return r <= ' ' || r >= 0x7f || strings.ContainsRune("()<>@,;:\\\"/[]?=", r)
	})
	if n < 0 {
		n = len(s.rest)
	}
	t := s.rest[:n]
	s.rest = s.rest[n:]
	return t
}

// skip takes the octet c off, if it is next.
func (s *scanner) skip(c byte) bool {
	s.blank()
	if s.rest == "" || s.rest[0] != c {
		return false
	}
	s.rest = s.rest[1:]
	return true
}

// value reads a token or a quoted string.
func (s *scanner) value() (string, bool) {
	s.blank()
	if s.rest == "" || s.rest[0] != '"' {
		t := s.token()
		return t, t != ""
	}
	var out strings.Builder
	for i := 1; i < len(s.rest); i++ {
		switch c := s.rest[i]; {
		case c == '"':
			s.rest = s.rest[i+1:]
			return out.String(), true
		case c == '\\' && i+1 < len(s.rest):
			i++
		}
		out.WriteByte(s.rest[i])
	}
	return "", false
}
