package proof

// base64Reader decodes (RFC 2045 §6.8). What breaks the rules comes as it is, with all that is behind it.
type base64Reader struct {
	next    func() int
	letters []byte // of the four under way
	out     []int  // decoded, and given away up to at
	at      int
	broken  bool
	ended   bool // by padding
	read    int
}

func (b *base64Reader) octet() int {
	for {
		if b.at < len(b.out) {
			b.at++
			return b.out[b.at-1]
		}
		b.out, b.at = b.out[:0], 0
		c := b.next()
		b.read++
		switch {
		case b.broken:
			if c >= 0 {
				c |= asItIs
			}
			return c
		case c < 0:
			if len(b.letters) == 0 {
				return c
			}
			b.giveUp(theEnd)
		case c == ' ' || c == '\t' || c == '\r' || c == '\n':
		default:
			b.take(c)
		}
	}
}

// take takes a letter.
func (b *base64Reader) take(c int) {
	if b.ended || sextet(c) < 0 && (c != '=' || len(b.letters) < 2) || len(b.letters) == 3 && b.letters[2] == '=' && c != '=' {
		b.giveUp(c)
		return
	}
	if b.letters = append(b.letters, byte(c)); len(b.letters) < 4 {
		return
	}
	bits, n := 0, 3
	for _, l := range b.letters {
		bits <<= 6
		if l == '=' {
			n--
		} else {
			bits |= sextet(int(l))
		}
	}
	if n < 3 && bits&(1<<(8*(3-n))-1) != 0 { // bits that are no octet
		b.letters = b.letters[:3]
		b.giveUp(c)
		return
	}
	for i := range n {
		b.out = append(b.out, bits>>(16-8*i)&0xff)
	}
	b.letters, b.ended = b.letters[:0], n < 3
}

// breaks says where the rules were broken, so that what lies before is as long in both messages.
func breaks(read int) int { return asItIs | 0x100 | read%(1<<14)<<9 }

// giveUp gives what was held and c as they are.
func (b *base64Reader) giveUp(c int) {
	b.out, b.broken = append(b.out, breaks(b.read)), true
	for _, l := range b.letters {
		b.out = append(b.out, asItIs|int(l))
	}
	b.letters = b.letters[:0]
	if c >= 0 {
		b.out = append(b.out, asItIs|c)
	}
}

// sextet is the value of a letter; -1 if it is none.
func sextet(c int) int {
	switch {
	case c >= 'A' && c <= 'Z':
		return c - 'A'
	case c >= 'a' && c <= 'z':
		return c - 'a' + 26
	case c >= '0' && c <= '9':
		return c - '0' + 52
	case c == '+':
		return 62
	case c == '/':
		return 63
	}
	return -1
}

// quotedReader decodes quoted-printable (RFC 2045 §6.7); line ends become CRLF. What breaks the rules comes as it is,
// with all that is behind it.
type quotedReader struct {
	next   func() int
	out    []int // decoded, and given away up to at
	at     int
	blanks []int // held back: at a line end they are nothing
	broken bool
	read   int
	seen   []int // taken from next, and to be taken again
}

func (q *quotedReader) octet() int {
	for {
		if q.at < len(q.out) {
			q.at++
			return q.out[q.at-1]
		}
		q.out, q.at = q.out[:0], 0
		c := q.take()
		switch {
		case q.broken:
			if c >= 0 {
				c |= asItIs
			}
			return c
		case c < 0:
			return c // blanks at the end are nothing
		case c == ' ' || c == '\t':
			q.blanks = append(q.blanks, c)
		case c == '\n':
			q.out, q.blanks = append(q.out, '\r', '\n'), q.blanks[:0]
		default:
			q.out, q.blanks = append(q.out, q.blanks...), q.blanks[:0]
			q.letter(c)
		}
	}
}

func (q *quotedReader) take() int {
	if len(q.seen) > 0 {
		c := q.seen[0]
		q.seen = q.seen[1:]
		return c
	}
	q.read++
	return q.next()
}

// letter decodes what begins with c.
func (q *quotedReader) letter(c int) {
	switch {
	case c == '=':
		q.escape()
	case c > ' ' && c < 0x7f:
		q.out = append(q.out, c)
	default:
		q.out, q.broken = append(q.out, breaks(q.read), asItIs|c), true
	}
}

// escape decodes what is behind "=": two digits, or blanks and a line end.
func (q *quotedReader) escape() {
	first := q.take()
	if first == ' ' || first == '\t' || first == '\n' || first == theEnd {
		read := []int{first}
		for c := first; c == ' ' || c == '\t'; {
			c = q.take()
			read = append(read, c)
		}
		switch read[len(read)-1] {
		case '\n':
		case theEnd:
			q.seen = append(q.seen, theEnd)
		default:
			q.giveUp(read)
		}
		return
	}
	second := q.take()
	hi, lo := hexDigit(first), hexDigit(second)
	if hi < 0 || lo < 0 {
		q.giveUp([]int{first, second})
		return
	}
	q.out = append(q.out, hi<<4|lo)
}

// giveUp gives "=" and what was read behind it as they are.
func (q *quotedReader) giveUp(read []int) {
	q.out, q.broken = append(q.out, breaks(q.read), asItIs|'='), true
	q.seen = append(read, q.seen...)
}

func hexDigit(c int) int {
	switch {
	case c >= '0' && c <= '9':
		return c - '0'
	case c >= 'a' && c <= 'f':
		return c - 'a' + 10
	case c >= 'A' && c <= 'F':
		return c - 'A' + 10
	}
	return -1
}
