package maildir

import (
	"encoding/base64"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// Levels of folder names are written in modified UTF-7 (RFC 3501 §5.1.3), so that they are plain ASCII on every file
// system, and composed and decomposed accents stay two names. Two liberties keep them whole and safe:
// a character that cannot be in a file name is encoded though it is ASCII ("&AC4-" for a dot), and an
// octet that is not UTF-8 travels as the lone surrogate U+DC00 + octet.

var base64UTF7 = base64.NewEncoding("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+,").WithPadding(base64.NoPadding)

// encodeUTF7 writes s; characters for which plain is false are encoded. It gives the position in s.
func encodeUTF7(s string, plain func(at int, r rune) bool) string {
	var b strings.Builder
	var shifted []byte
	flush := func() {
		if len(shifted) > 0 {
			b.WriteString("&" + base64UTF7.EncodeToString(shifted) + "-")
			shifted = shifted[:0]
		}
	}
	for at := 0; at < len(s); {
		r, n := utf8.DecodeRuneInString(s[at:])
		switch {
		case r == utf8.RuneError && n == 1:
			shifted = append(shifted, 0xdc, s[at])
		case r >= ' ' && r <= '~' && plain(at, r):
			flush()
			if b.WriteRune(r); r == '&' {
				b.WriteByte('-')
			}
		default:
			for _, u := range utf16.AppendRune(nil, r) {
				shifted = append(shifted, byte(u>>8), byte(u))
			}
		}
		at += n
	}
	flush()
	return b.String()
}

// DecodeUTF7 reads a folder's name as IMAP servers and mail programs write it (RFC 3501 §5.1.3); ok is false where raw
// is not that.
func DecodeUTF7(raw string) (name string, ok bool) { return decodeUTF7(raw) }

// decodeUTF7 reads what encodeUTF7 or a server wrote; false where it is not that.
func decodeUTF7(raw string) (string, bool) {
	var b strings.Builder
	for raw != "" {
		before, after, shift := strings.Cut(raw, "&")
		b.WriteString(before)
		if !shift {
			break
		}
		coded, next, ended := strings.Cut(after, "-")
		if !ended {
			return "", false
		}
		raw = next
		if coded == "" {
			b.WriteByte('&')
			continue
		}
		u, err := base64UTF7.DecodeString(coded)
		if err != nil || len(u)%2 != 0 {
			return "", false
		}
		writeUTF16(&b, u)
	}
	return b.String(), true
}

func writeUTF16(b *strings.Builder, u []byte) {
	for len(u) > 0 {
		r := rune(u[0])<<8 | rune(u[1])
		u = u[2:]
		switch {
		case len(u) >= 2 && utf16.IsSurrogate(r) && utf16.DecodeRune(r, rune(u[0])<<8|rune(u[1])) != utf8.RuneError:
			b.WriteRune(utf16.DecodeRune(r, rune(u[0])<<8|rune(u[1])))
			u = u[2:]
		case r >= 0xdc80 && r <= 0xdcff:
			b.WriteByte(byte(r))
		default:
			b.WriteRune(r) // a lone surrogate becomes U+FFFD
		}
	}
}

// decodeLevel gives the name of one level of folders from that of its directory. What would not be one
// level, or cannot be decoded, stays as it is written.
func decodeLevel(raw string) string {
	if strings.ContainsFunc(raw, func(r rune) bool { return r >= utf8.RuneSelf }) {
		return raw // UTF-8, or octets that are kept
	}
	s, ok := decodeUTF7(raw)
	if !ok || s == "" || strings.Contains(s, "/") {
		return raw
	}
	return s
}
