package dedupe

import (
	"bytes"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"encoding/binary"
	"hash"
	"strings"

	"mailmv/formats/header"
	"mailmv/formats/mime"
)

// signedPart holds the first part of a multipart/signed message (RFC 1847) against what the signature in the second
// says of its sum. No key is needed for that: S/MIME has the sum among its attributes (RFC 5652 §11.2), OpenPGP the
// first 16 bits of it (RFC 4880 §5.2.3), which is enough to choose between two copies.
type signedPart struct {
	in        splitter
	boundary  string
	sum       hash.Hash
	part      int  // 0 is what stands before the first
	held      bool // a line end that waits: it may be the boundary's
	signature []byte
}

// maxSignature is the longest signature that is looked at.
const maxSignature = 256 << 10

// newSignedPart reads the Content-Type of a message; nil where it is not signed or by a sum that is not known.
func newSignedPart(text string) *signedPart {
	kind, params, ok := mime.ParseField(text)
	s := &signedPart{boundary: mime.Value(params, "boundary")}
	if !ok || kind != "multipart/signed" || s.boundary == "" {
		return nil
	}
	alg := strings.ToLower(mime.Value(params, "micalg"))
	switch strings.ReplaceAll(strings.TrimPrefix(alg, "pgp-"), "-", "") {
	case "sha1":
		s.sum = sha1.New()
	case "sha256":
		s.sum = sha256.New()
	case "sha384":
		s.sum = sha512.New384()
	case "sha512":
		s.sum = sha512.New()
	default:
		return nil
	}
	return s
}

// take takes a line of the body. The line end before a boundary is not signed, all others are CRLF (RFC 1847 §2.1).
func (s *signedPart) take(line []byte, start, ended bool) {
	if _, ok := mime.Delimiter(line, s.boundary); ok && start {
		s.part, s.held = s.part+1, false
		return
	}
	switch s.part {
	case 1:
		if s.held {
			s.sum.Write(crlf)
		}
		s.sum.Write(line)
		s.held = ended
	case 2:
		if len(s.signature)+len(line) < maxSignature {
			s.signature = append(append(s.signature, line...), '\n')
		}
	}
}

// fits ends the message. known tells whether there is a signature that could be read.
func (s *signedPart) fits() (fits, known bool) {
	end := header.End(s.signature)
	if s.part < 3 || end < 0 {
		return false, false
	}
	text := s.signature[end:]
	if packet, ok := armored(text); ok {
		return s.fitsOpenPGP(packet)
	}
	var d mime.Base64
	der := d.Append(nil, text)
	if !d.Close() {
		return false, false
	}
	return s.fitsCMS(der)
}

// messageDigest is the attribute of that name, up to the length of its values (RFC 5652 §11.2).
var messageDigest = []byte{0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x09, 0x04, 0x31}

// fitsCMS looks for the sum among the signed attributes; of several signers one is enough.
func (s *signedPart) fitsCMS(der []byte) (fits, known bool) {
	sum := s.sum.Sum(nil)
	value := append([]byte{byte(len(sum)) + 2, 0x04, byte(len(sum))}, sum...)
	for {
		i := bytes.Index(der, messageDigest)
		if i < 0 {
			return false, known
		}
		der, known = der[i+len(messageDigest):], true
		if bytes.HasPrefix(der, value) {
			return true, true
		}
	}
}

// armored gives what is in the armor of a signature (RFC 4880 §6.2).
func armored(text []byte) (packet []byte, ok bool) {
	_, text, begins := bytes.Cut(text, []byte("-----BEGIN PGP "))
	text, _, ends := bytes.Cut(text, []byte("-----END PGP "))
	at := bytes.Index(text, []byte("\n\n")) // behind the armor's own header
	if !begins || !ends || at < 0 {
		return nil, false
	}
	var packed []byte
	for line := range bytes.Lines(text[at:]) {
		if line = bytes.TrimSpace(line); len(line) > 0 && line[0] != '=' { // but the checksum
			packed = append(packed, line...)
		}
	}
	packet, err := base64.StdEncoding.DecodeString(string(packed))
	return packet, err == nil
}

// fitsOpenPGP looks at the first packet, which is a signature of version 4 nearly always.
func (s *signedPart) fitsOpenPGP(packet []byte) (fits, known bool) {
	body := packetBody(packet)
	if len(body) < 6 || body[0] != 4 || body[1] > 1 { // of a document
		return false, false
	}
	hashed := 6 + int(binary.BigEndian.Uint16(body[4:]))
	if len(body) < hashed+2 {
		return false, false
	}
	unhashed := hashed + 2 + int(binary.BigEndian.Uint16(body[hashed:]))
	if len(body) < unhashed+2 {
		return false, false
	}
	h := clone(s.sum)
	h.Write(body[:hashed])
	h.Write([]byte{4, 0xff})
	h.Write(binary.BigEndian.AppendUint32(nil, uint32(hashed)))
	return bytes.Equal(h.Sum(nil)[:2], body[unhashed:unhashed+2]), true
}

// packetBody is the body of a signature packet (RFC 4880 §4.2); nil if it is none.
func packetBody(p []byte) []byte {
	if len(p) < 4 {
		return nil
	}
	tag, head, n := p[0]&0x3f, 0, 0
	if p[0]&0x40 == 0 { // the old form
		tag >>= 2
		switch p[0] & 3 {
		case 0:
			head, n = 2, int(p[1])
		case 1:
			head, n = 3, int(binary.BigEndian.Uint16(p[1:]))
		default:
			return nil
		}
	} else if head, n = 2, int(p[1]); n >= 192 && n < 224 {
		head, n = 3, (n-192)<<8+int(p[2])+192
	} else if n >= 224 {
		return nil
	}
	if tag != 2 || len(p) < head+n {
		return nil
	}
	return p[head : head+n]
}
