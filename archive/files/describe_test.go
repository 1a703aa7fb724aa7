package files

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"mailmv/formats/mail"
)

// BenchmarkDescribe counts the octets of 20,000 messages of 5 KB, a file each. TMPDIR=/dev/shm leaves the disk out of it.
func BenchmarkDescribe(b *testing.B) {
	const n = 20_000
	text := append([]byte("Received: from a by b; Thu, 1 Jan 2004 12:00:00 +0000\nFrom: a@example.org\nMessage-ID: <1@example.org>\nDate: Thu, 1 Jan 2004 12:00:00 +0000\nSubject: x\n\n"),
		bytes.Repeat([]byte("0123456789012345678901234567890123456789012345678901234567890123456789\n"), 70)...)
	for _, c := range []struct {
		kind Kind
		name string
		text []byte
	}{{EML, "%d.eml", text}, {MH, "%d", text}, {EMLX, "%d.emlx", append([]byte(fmt.Sprintf("%d\n", len(text))), text...)},
		{Lite, "cur/%d.eml", append([]byte("X-Mozilla-Status: 0001\n"), text...)}} {
		b.Run(string(c.kind), func(b *testing.B) {
			b.ReportAllocs()
			root := b.TempDir()
			if err := os.Mkdir(filepath.Join(root, "cur"), 0o700); err != nil && c.kind == Lite {
				b.Fatal(err)
			}
			for i := range n {
				if err := os.WriteFile(filepath.Join(root, fmt.Sprintf(c.name, i+1)), c.text, 0o600); err != nil {
					b.Fatal(err)
				}
			}
			s, err := Open(root, c.kind, nil)
			if err != nil {
				b.Fatal(err)
			}
			defer s.Close()
			folder := mail.Folder{Path: mail.Inbox}
			var refs []mail.Ref
			for m, err := range s.List(b.Context(), folder) {
				if err != nil {
					b.Fatal(err)
				}
				refs = append(refs, m.Ref)
			}
			for b.Loop() {
				for m, err := range s.Describe(b.Context(), folder, refs) {
					if err != nil || m.Octets != int64(len(text)+76) {
						b.Fatal(m, err)
					}
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/n, "ns/message")
		})
	}
}
