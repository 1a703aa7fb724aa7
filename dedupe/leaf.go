package dedupe

import (
	"bytes"
	"strings"

	"mailmv/formats/mime"
)

// leafContent is the content of a leaf: kind says what octets are, so that no two readings meet by chance.
type leafContent struct {
	kind   string
	octets []byte
}

// content undoes what a leaf went through on its way: From_ quoting, transfer encoding, charset. ok is
// false where the encoding is not written by the rules.
func content(e entity, f form) (c leafContent, ok bool) {
	text := strings.HasPrefix(f.kind, "text/")
	raw := e.body
	if f.transfer != "base64" {
		if text || f.transfer == "quoted-printable" {
			raw = unquoteFrom(raw)
		}
		if e.last {
			raw = bytes.TrimRight(raw, "\n")
		}
	}
	switch f.transfer {
	case "base64":
		raw, ok = mime.DecodeBase64(raw)
	case "quoted-printable":
		raw, ok = mime.DecodeQuotedPrintable(raw)
	default:
		if !text {
			return leafContent{"lines", raw}, true
		}
		return readText(e, f, raw), true
	}
	if !ok || !text {
		return leafContent{"octets", raw}, ok
	}
	return readText(e, f, bytes.ReplaceAll(raw, crlf, crlf[1:])), true
}

// readText turns text with LF line ends into Unicode, where its charset is known and fits.
func readText(e entity, f form, text []byte) leafContent {
	if e.last {
		text = bytes.TrimRight(text, "\n")
	}
	charset := strings.ToLower(mime.Value(f.params, "charset"))
	if charset == "" {
		charset = "us-ascii" // RFC 2045 §5.2
	}
	if unicode, ok := mime.Decode(charset, text); ok {
		return leafContent{"unicode", unicode}
	}
	return leafContent{"charset " + charset, text}
}

// unquoteFrom takes the quoting off lines that begin with "From ", as mbox writers put it there: one or
// more ">", or the blank that Thunderbird wrote around 2018. What was quoted on purpose loses it too.
func unquoteFrom(text []byte) []byte {
	from := []byte("From ")
	if !bytes.Contains(text, from) {
		return text
	}
	out := make([]byte, 0, len(text))
	for line := range bytes.Lines(text) {
		bare := bytes.TrimLeft(bytes.TrimPrefix(line, []byte(" ")), ">")
		if bytes.HasPrefix(bare, from) {
			line = bare
		}
		out = append(out, line...)
	}
	return out
}
