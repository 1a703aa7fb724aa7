package dedupe

import (
	"bytes"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/base64"
	"hash"
	"strconv"
	"strings"

	"mailmv/formats/header"
)

// maxSeals is how many signatures of one message are looked at.
const maxSeals = 8

// seals holds the body of a message against the sums in its signatures: DKIM (RFC 6376 §3.7, bh=) and multipart/signed
// (signedPart). It takes the octets of the message as they come. No key and no DNS is needed for that: the copy whose
// body has the sum is as it was sent.
type seals struct {
	head   []byte // until its end is found
	body   bool
	lost   bool // the header is beyond the bounds
	seals  []*seal
	signed *signedPart // nil: it is none
}

func newSeals() *seals { return &seals{} }

// seal is one signature.
type seal struct {
	want    []byte
	h       hash.Hash
	relaxed bool
	left    int64 // octets of the canonical body that are signed; -1: all

	cr, blank, wrote bool
	ends             int64 // line ends that are held back
	buf              []byte
}

func (s *seals) Write(p []byte) (int, error) {
	n := len(p)
	if !s.body && !s.lost {
		p = s.takeHead(p)
	}
	if s.body {
		for _, k := range s.seals {
			k.take(p)
		}
		if s.signed != nil {
			s.signed.in.split(p, s.signed.take)
		}
	}
	return n, nil
}

// takeHead collects the header and gives what of p is behind it.
func (s *seals) takeHead(p []byte) []byte {
	had := len(s.head)
	s.head = append(s.head, p...)
	end, ok := headEnd(s.head, false)
	if !ok {
		s.lost = len(s.head) > maxHead
		return nil
	}
	s.body = true
	for f := range header.Fields(s.head[:end]) {
		if f.Is("DKIM-Signature") && len(s.seals) < maxSeals {
			if k := parseSeal(f.Text()); k != nil {
				s.seals = append(s.seals, k)
			}
		}
		if f.Is("Content-Type") {
			s.signed = newSignedPart(f.Text())
		}
	}
	s.head = nil
	return p[max(0, end-had):]
}

// parseSeal reads the tags that concern the body (RFC 6376 §3.5); nil where they cannot be understood.
func parseSeal(text string) *seal {
	tags := map[string]string{}
	for t := range strings.SplitSeq(text, ";") {
		if name, v, ok := strings.Cut(t, "="); ok {
			tags[strings.TrimSpace(name)] = strings.Join(strings.Fields(v), "")
		}
	}
	k := &seal{left: -1}
	switch a := tags["a"]; {
	case strings.HasSuffix(a, "-sha256"):
		k.h = sha256.New()
	case strings.HasSuffix(a, "-sha1"):
		k.h = sha1.New()
	default:
		return nil
	}
	var err error
	if k.want, err = base64.StdEncoding.DecodeString(tags["bh"]); err != nil || len(k.want) != k.h.Size() {
		return nil
	}
	if l, ok := tags["l"]; ok {
		if k.left, err = strconv.ParseInt(l, 10, 64); err != nil || k.left < 0 {
			return nil
		}
	}
	_, body, _ := strings.Cut(tags["c"], "/")
	k.relaxed = body == "relaxed"
	return k
}

// take canonicalises the next octets of the body (RFC 6376 §3.4.3, §3.4.4). Line ends are CRLF whatever they are here.
func (k *seal) take(p []byte) {
	for _, c := range p {
		if k.cr && c != '\n' {
			k.content('\r')
		}
		k.cr = c == '\r'
		switch {
		case k.cr:
		case c == '\n':
			k.ends, k.blank = k.ends+1, false
		case k.relaxed && (c == ' ' || c == '\t'):
			k.blank = true
		default:
			k.content(c)
		}
	}
	k.flush()
}

func (k *seal) content(c byte) {
	for ; k.ends > 0; k.ends-- {
		if k.buf = append(k.buf, crlf...); len(k.buf) > 4<<10 {
			k.flush()
		}
	}
	if k.blank {
		k.buf, k.blank = append(k.buf, ' '), false
	}
	k.buf, k.wrote = append(k.buf, c), true
	if len(k.buf) > 4<<10 {
		k.flush()
	}
}

// flush hashes what is signed of the buffer.
func (k *seal) flush() {
	p := k.buf
	k.buf = k.buf[:0]
	if k.left >= 0 {
		p = p[:min(int64(len(p)), k.left)]
		k.left -= int64(len(p))
	}
	k.h.Write(p)
}

// fits ends the body.
func (k *seal) fits() bool {
	if k.cr {
		k.content('\r')
	}
	if k.wrote || !k.relaxed {
		k.buf = append(k.buf, crlf...)
	}
	k.flush()
	return k.left <= 0 && bytes.Equal(k.h.Sum(nil), k.want)
}

// integrity is asked at the end of the message.
func (s *seals) integrity() Integrity {
	state := Unsigned
	for _, k := range s.seals {
		if k.fits() {
			return Intact
		}
		state = Broken
	}
	if s.signed != nil {
		s.signed.in.rest(s.signed.take)
		if fits, known := s.signed.fits(); fits {
			return Intact
		} else if known {
			return Broken
		}
	}
	return state
}
