package mime

import (
	"bytes"
	"encoding/base64"
)

// DecodeBase64 decodes a body (RFC 2045 §6.8). ok is false where anything but white space stands
// outside of the alphabet, padding stands anywhere but at the end, or bits are left over.
func DecodeBase64(body []byte) (octets []byte, ok bool) {
	packed := make([]byte, 0, len(body))
	for _, c := range body {
		switch c {
		case ' ', '\t', '\r', '\n':
		default:
			packed = append(packed, c)
		}
	}
	n, err := base64.StdEncoding.Strict().Decode(packed, packed)
	return packed[:n], err == nil
}

// DecodeQuotedPrintable decodes a body with LF line ends (RFC 2045 §6.7); its line breaks become CRLF.
// Blanks at line ends are not content, hex digits of either case are read, a soft line break may be
// the last thing. ok is false for any other octet that the rules do not allow.
func DecodeQuotedPrintable(body []byte) (octets []byte, ok bool) {
	out := make([]byte, 0, len(body))
	for len(body) > 0 {
		line, rest, broken := bytes.Cut(body, []byte("\n"))
		body = rest
		line = bytes.TrimRight(line, " \t")
		soft := len(line) > 0 && line[len(line)-1] == '='
		if soft {
			line = line[:len(line)-1]
		}
		if out, ok = appendLine(out, line); !ok {
			return nil, false
		}
		if broken && !soft {
			out = append(out, '\r', '\n')
		}
	}
	return out, true
}

func appendLine(out, line []byte) ([]byte, bool) {
	for i := 0; i < len(line); i++ {
		switch c := line[i]; {
		case c == '=':
			v, ok := hexOctet(line[i+1:])
			if !ok {
				return nil, false
			}
			out = append(out, v)
			i += 2
		case c >= ' ' && c < 0x7f || c == '\t':
			out = append(out, c)
		default:
			return nil, false
		}
	}
	return out, true
}
