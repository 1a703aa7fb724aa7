package mbox

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"

	"mailmv/formats/header"
)

// marking are the fields beside changing in which programs keep what their user has done with a message, or Takeout the labels of the
// day. A star stands for whatever follows.
var marking = []string{"x-gmail-labels", "x-label", "x-evolution*", "x-kmail-*", "x-length", "x-claws-*", "x-sylpheed-*", "x-uidl"}

// Name is what a message is known by where a file is only read: Key, but also whatever else programs have marked in the header, and
// however the line ends and the quoting of From_ lines were changed. An archive's manifest has Key.
func (e *Entry) Name() uint64 {
	h := sha256.New()
	for f := range header.Fields(e.Header) {
		if len(f.Name) == 0 || !isOneOf(changing, f.Raw) && !isOneOf(marking, f.Raw) {
			h.Write(bytes.ReplaceAll(f.Raw, []byte("\r\n"), []byte("\n")))
		}
	}
	h.Write(binary.BigEndian.AppendUint64(nil, uint64(e.bodyOctets(MboxRD))))
	return binary.BigEndian.Uint64(h.Sum(nil))
}

// bodyOctets is the length of the body with CRLF line ends, as a dialect has it quoted.
func (e *Entry) bodyOctets(d Dialect) int64 {
	lines := int64(0)
	for i, c := range e.Header {
		if c == '\n' && (i == 0 || e.Header[i-1] != '\r') {
			lines++
		}
	}
	return e.Octets(d) - int64(len(e.Header)) - lines
}

// Key is what a message is known by as long as it is in the file, whatever becomes of its state and its place: a hash of its
// header without the fields that programs change, and of its body's length. Only messages that are much alike share one.
func (e *Entry) Key() uint64 {
	h := sha256.New()
	h.Write(Lasting(e.Header))
	h.Write(binary.BigEndian.AppendUint64(nil, uint64(e.bodyOctets(Unknown))))
	return binary.BigEndian.Uint64(h.Sum(nil))
}

// Lasting gives a header without the fields that programs write, move and take away as state changes.
func Lasting(head []byte) []byte {
	lasting := make([]byte, 0, len(head))
	for f := range header.Fields(head) {
		if len(f.Name) == 0 || !isOneOf(changing, f.Raw) {
			lasting = append(lasting, f.Raw...)
		}
	}
	return lasting
}
