package dedupe

import (
	"bytes"
	"strings"

	"mailmv/formats/mime"
)

// leaf undoes what the content of a part went through on its way: From_ quoting, transfer encoding, charset. What is
// not written by the rules it sums as it lies. It takes lines, without their ends and those apart, and keeps nothing
// but sums and what is not yet decoded of a line.
type leaf struct {
	rules  *Rules
	text   bool
	fold   bool         // From_ quoting
	kind   string       // of content that is no text
	ends   int64        // line ends that are held back
	raw    *contentHash // as it lies; nil: needless
	base64 *mime.Base64
	quoted *mime.QuotedPrintable
	bad    bool // not encoded by the rules
	buf    []byte

	decoded *contentHash
	charset string
	letters *mime.Text   // nil: the charset is not known
	unicode *contentHash // of the letters, where the octets are not their sum
	ubuf    []byte
}

func newLeaf(r *Rules, w what, f form) *leaf {
	l := &leaf{rules: r, kind: "octets"}
	if w == opaque {
		l.raw, l.bad = newContentHash(anyTail), true
		return l
	}
	l.text = strings.HasPrefix(f.kind, "text/")
	l.fold = (l.text || f.transfer == "quoted-printable") && f.transfer != "base64" && r.holds(lawFromQuoting)
	tail := wholeEnd
	if l.text {
		tail = anyTail
		l.charset = strings.ToLower(mime.Value(f.params, "charset"))
		if l.charset == "" {
			l.charset = "us-ascii" // RFC 2045 §5.2
		}
	}
	l.decoded = newContentHash(tail)
	switch transfer := f.transfer; {
	case !r.holds(lawTransfer) && transfer != "":
		l.raw, l.bad = newContentHash(anyTail), true
	case transfer == "base64":
		l.base64, l.raw = &mime.Base64{}, newContentHash(anyTail)
	case transfer == "quoted-printable":
		l.quoted, l.raw = &mime.QuotedPrintable{}, newContentHash(anyTail)
	default:
		l.kind = "lines"
	}
	if l.text && r.holds(lawCharset) {
		l.readLetters()
	}
	return l
}

// readLetters has the text read in its charset.
func (l *leaf) readLetters() {
	l.letters = mime.NewText(l.charset)
	switch {
	case l.letters == nil:
	case l.letters.Plain():
		l.decoded.also = func(p []byte) { l.letters.Check(p) }
	default:
		l.unicode = newContentHash(wholeEnd)
		l.decoded.also = func(p []byte) {
			l.ubuf = l.letters.Append(l.ubuf[:0], p)
			l.unicode.add(l.ubuf)
		}
	}
}

// content takes a line, or a piece of one. It is not empty.
func (l *leaf) content(line []byte, start bool) {
	l.flushEnds()
	if l.raw != nil {
		l.raw.put(line)
	}
	if start && l.fold {
		line = line[quotedFrom(line):]
	}
	l.decode(line)
}

// flushEnds passes on the line ends that were held back: they were not the last thing.
func (l *leaf) flushEnds() {
	for ; l.ends > 0; l.ends-- {
		if l.raw != nil {
			l.raw.put(crlf[1:])
		}
		l.decode(crlf[1:])
	}
}

func (l *leaf) decode(p []byte) {
	switch {
	case l.bad:
	case l.base64 != nil:
		l.buf = l.base64.Append(l.buf[:0], p)
		l.emit(l.buf)
	case l.quoted != nil:
		l.buf = l.quoted.Append(l.buf[:0], p)
		l.emit(l.buf)
	default:
		l.decoded.put(p)
	}
}

// emit takes what was decoded. The line ends of text are CRLF there (RFC 2045 §6.7, §6.8).
func (l *leaf) emit(p []byte) {
	if len(p) == 0 {
		return
	}
	if l.text {
		l.decoded.Write(p)
	} else {
		l.decoded.add(p)
	}
}

// close ends the content. last: empty lines at its end make no difference.
func (l *leaf) close(last bool) {
	last = last && l.rules.holds(lawTail)
	if !last {
		l.flushEnds()
	}
	switch {
	case l.bad:
	case l.base64 != nil:
		l.bad = !l.base64.Close() && l.rules.holds(lawStrict)
	case l.quoted != nil:
		out, ok := l.quoted.Close(l.buf[:0])
		l.emit(out)
		l.bad = !ok && l.rules.holds(lawStrict)
	}
	if !last && l.raw != nil {
		l.raw.keepTail()
	}
	if l.decoded != nil {
		l.decoded.endCR()
		if !last {
			l.decoded.keepTail()
		}
	}
}

func (l *leaf) readable() bool { return !l.bad }

func (l *leaf) rawSum() Sum { return l.raw.sum() }

func (l *leaf) octets() int64 {
	if l.bad {
		return l.raw.octets
	}
	return l.decoded.octets
}

// contentSum is the sum of the content; kind says what of, so that no two readings meet by chance.
func (l *leaf) contentSum() (kind string, sum Sum) {
	switch {
	case !l.text:
		return l.kind, l.decoded.sum()
	case l.letters == nil:
	case l.unicode == nil:
		if l.letters.Close() {
			return "unicode", l.decoded.sum()
		}
	default:
		rest, ok := l.letters.End(l.ubuf[:0])
		if l.unicode.add(rest); ok {
			return "unicode", l.unicode.sum()
		}
	}
	return "charset " + l.charset, l.decoded.sum()
}

// quotedFrom is the length of the quoting before "From " at the start of a line, as mbox writers put it there: one or
// more ">", or the blank that Thunderbird wrote around 2018. What was quoted on purpose loses it too.
func quotedFrom(line []byte) int {
	if len(line) < 6 || line[0] != '>' && line[0] != ' ' {
		return 0
	}
	bare := bytes.TrimLeft(line[1:], ">")
	if bytes.HasPrefix(bare, []byte("From ")) {
		return len(line) - len(bare)
	}
	return 0
}
