package archive

import (
	"bytes"
	"errors"
	"fmt"
)

// errPacked: a message's file is compressed, as Dovecot's zlib plugin keeps mail: its octets are not the message's. The way out stands in
// the text, for hints are told of whole runs.
var errPacked = errors.New("its file is compressed (have the server that keeps it so give its mail over IMAP, or name a copy of the Maildir whose files are unpacked)")

// refusePacked fails where a file of another program begins as packed ones do, and no mail does. What we have written is what came.
func (a *Archive) refusePacked(o opened) error {
	if !a.byName || o.e.state&summed != 0 {
		return nil
	}
	var head [10]byte
	n, _ := o.file.ReadAt(head[:], 0) // who reads on meets the error
	for name, magic := range map[string]string{"gzip": "\x1f\x8b", "zstd": "\x28\xb5\x2f\xfd", "xz": "\xfd7zXZ\x00"} {
		if bytes.HasPrefix(head[:n], []byte(magic)) {
			return fmt.Errorf("%s: %w", name, errPacked)
		}
	}
	if n == len(head) && string(head[:3]) == "BZh" && string(head[4:]) == "1AY&SY" {
		return fmt.Errorf("bzip2: %w", errPacked)
	}
	return nil
}
