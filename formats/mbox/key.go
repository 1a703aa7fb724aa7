package mbox

import (
	"crypto/sha256"
	"encoding/binary"

	"mailmv/formats/header"
)

// Key is what a message is known by as long as it is in the file, whatever becomes of its state and its place: a hash of its
// header without the fields that programs change, and of its body's length. Only messages that are much alike share one.
func (e *Entry) Key() uint64 {
	h := sha256.New()
	length := int64(len(e.Header))
	lines := int64(0)
	h.Write(Lasting(e.Header))
	for i, c := range e.Header {
		if c == '\n' && (i == 0 || e.Header[i-1] != '\r') {
			lines++
		}
	}
	h.Write(binary.BigEndian.AppendUint64(nil, uint64(e.Octets(Unknown)-length-lines)))
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
