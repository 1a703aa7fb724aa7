package imap

import (
	"encoding/base64"
	"encoding/hex"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// Mailbox names as the server writes them (raw octets), as the library hands them out (lib names),
// and as people read them. The library accepts strict modified UTF-7 (RFC 3501 §5.1.3) alone and closes
// the connection on anything else; real servers send raw UTF-8, Latin-1, adjacent shifts and lone "&".
// Such a name travels through the library as "=raw=" and its octets in hex, and the gate puts the octets
// back on the way out: what a server calls a folder is what it is asked for.

const rawMark = "=raw="

var base64UTF7 = base64.NewEncoding("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+,").WithPadding(base64.NoPadding)

// encodeName writes s, which is valid UTF-8, in modified UTF-7.
func encodeName(s string) string {
	var b strings.Builder
	var shifted []byte
	flush := func() {
		if len(shifted) > 0 {
			b.WriteByte('&')
			b.WriteString(base64UTF7.EncodeToString(shifted))
			b.WriteByte('-')
			shifted = shifted[:0]
		}
	}
	for _, r := range s {
		switch {
		case r == '&':
			flush()
			b.WriteString("&-")
		case r >= ' ' && r <= '~':
			flush()
			b.WriteRune(r)
		default:
			for _, u := range utf16.Encode([]rune{r}) {
				shifted = append(shifted, byte(u>>8), byte(u))
			}
		}
	}
	flush()
	return b.String()
}

// decodeName reads modified UTF-7. ok is false unless raw is exactly what encodeName gives for the result.
func decodeName(raw string) (name string, ok bool) {
	var b strings.Builder
	for rest := raw; rest != ""; {
		before, after, shift := strings.Cut(rest, "&")
		b.WriteString(before)
		if !shift {
			break
		}
		coded, next, ended := strings.Cut(after, "-")
		if !ended {
			return "", false
		}
		if rest = next; coded == "" {
			b.WriteByte('&')
			continue
		}
		u, err := base64UTF7.DecodeString(coded)
		if err != nil || len(u)%2 != 0 {
			return "", false
		}
		units := make([]uint16, len(u)/2)
		for i := range units {
			units[i] = uint16(u[2*i])<<8 | uint16(u[2*i+1])
		}
		b.WriteString(string(utf16.Decode(units)))
	}
	name = b.String()
	return name, encodeName(name) == raw
}

// readableName decodes as much of raw as can be: for people, not for the server.
func readableName(raw string) string {
	if name, ok := decodeName(raw); ok {
		return name
	}
	if utf8.ValidString(raw) {
		return raw
	}
	return strings.ToValidUTF8(raw, "\uFFFD")
}

// libName gives the name by which the library knows the mailbox that the server calls raw.
func libName(raw string) string {
	if name, ok := decodeName(raw); ok && !strings.HasPrefix(name, rawMark) {
		return name
	}
	return rawMark + hex.EncodeToString([]byte(raw))
}

// rawName undoes libName.
func rawName(lib string) string {
	if h, marked := strings.CutPrefix(lib, rawMark); marked {
		if raw, err := hex.DecodeString(h); err == nil {
			return string(raw)
		}
	}
	return encodeName(lib)
}

// unmark puts the octets back for every marked name in a command of the library's.
func unmark(cmd []byte) []byte {
	s := string(cmd)
	before, after, found := strings.Cut(s, `"`+rawMark)
	if !found {
		return cmd
	}
	coded, rest, _ := strings.Cut(after, `"`)
	raw, err := hex.DecodeString(coded)
	if err != nil {
		return cmd
	}
	q, err := quoted(string(raw))
	if err != nil {
		return cmd
	}
	return []byte(before + q + rest)
}
