package wire

import (
	"bytes"
	"encoding/base64"
	"slices"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"
)

const hidden = "[hidden]"

// Secrets makes secrets unreadable in text: servers echo what they are sent, and traces
// show it. Its zero value hides nothing. It may be used by several goroutines.
type Secrets struct {
	mu     sync.RWMutex
	plain  []string // as they are, and as IMAP quotes them
	base64 []string // as they stand inside base64, wherever they begin in it
}

// Hide makes secret unreadable in all that passes from now on.
func (s *Secrets) Hide(secret string) {
	if secret == "" {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	quoted := strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(secret)
	for _, p := range []string{secret, quoted} {
		if !slices.Contains(s.plain, p) {
			s.plain = append(s.plain, p)
		}
	}
	for shift := range 3 {
		if p := insideBase64(secret, shift); len(p) > 2 && !slices.Contains(s.base64, p) {
			s.base64 = append(s.base64, p)
		}
	}
}

// insideBase64 gives those base64 letters that depend on secret alone where it begins shift octets (mod 3)
// into what is encoded: after "\x00user\x00" in PLAIN, after "auth=Bearer " in XOAUTH2.
func insideBase64(secret string, shift int) string {
	text := base64.RawStdEncoding.EncodeToString(append(make([]byte, shift), secret...))
	from := (8*shift + 5) / 6
	to := 8 * (shift + len(secret)) / 6
	if from >= to {
		return ""
	}
	return text[from:to]
}

// Redact returns text with every secret replaced. Base64 that holds a secret is hidden as a whole.
func (s *Secrets) Redact(text string) string { return string(s.redact([]byte(text))) }

func (s *Secrets) redact(b []byte) []byte {
	s.mu.RLock()
	defer s.mu.RUnlock()
	for _, p := range s.base64 {
		b = hideRuns(b, []byte(p))
	}
	for _, p := range s.plain {
		b = bytes.ReplaceAll(b, []byte(p), []byte(hidden))
	}
	return b
}

// hideRuns replaces each run of base64 letters that contains part.
func hideRuns(b, part []byte) []byte {
	i := bytes.Index(b, part)
	if i < 0 {
		return b
	}
	var out []byte
	for ; i >= 0; i = bytes.Index(b, part) {
		from, to := i, i+len(part)
		for from > 0 && isBase64(b[from-1]) {
			from--
		}
		for to < len(b) && isBase64(b[to]) {
			to++
		}
		out = append(append(out, b[:from]...), hidden...)
		b = b[to:]
	}
	return append(out, b...)
}

func isBase64(c byte) bool {
	return c >= 'A' && c <= 'Z' || c >= 'a' && c <= 'z' || c >= '0' && c <= '9' || c == '+' || c == '/' || c == '='
}

// printable shows foreign text so that no terminal obeys it: controls, direction overrides and what is
// not UTF-8 become \xNN.
func printable[T string | []byte](text T) string {
	var b strings.Builder
	for s := string(text); s != ""; {
		r, n := utf8.DecodeRuneInString(s)
		if r == utf8.RuneError && n == 1 || !unicode.IsPrint(r) {
			for _, c := range []byte(s[:n]) {
				b.WriteString(`\x`)
				b.WriteByte("0123456789abcdef"[c>>4])
				b.WriteByte("0123456789abcdef"[c&15])
			}
		} else {
			b.WriteString(s[:n])
		}
		s = s[n:]
	}
	return b.String()
}
