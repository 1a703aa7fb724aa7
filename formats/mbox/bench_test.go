package mbox_test

import (
	"bytes"
	"io"
	"strings"
	"testing"

	"mailmv/formats/mbox"
)

// bigFile is 64 MB of messages of 5 KB.
func bigFile(tb testing.TB) []byte {
	tb.Helper()
	var b bytes.Buffer
	w, err := mbox.NewWriter(&b, 0, mbox.MboxRD)
	if err != nil {
		tb.Fatal(err)
	}
	m := "Return-Path: <a@example.org>\r\nReceived: from a by b with SMTP id 12345;\r\n\tMon, 5 Jan 2004 12:34:56 +0100\r\nMessage-ID: <1234567890@example.org>\r\n" +
		"Date: Mon, 5 Jan 2004 12:34:56 +0100\r\nFrom: A <a@example.org>\r\nTo: b@example.org\r\nSubject: measured\r\nStatus: RO\r\n" +
		"MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n" +
		strings.Repeat("An ordinary line of text as mail has it, from somebody to somebody.\r\n> and a quoted line beneath it\r\n", 45) + "From here on it ends.\r\n"
	for b.Len() < 64<<20 {
		if _, err := w.Append(received, mbox.Shown{}, octets{m, len(m)}); err != nil {
			tb.Fatal(err)
		}
	}
	if err := w.Flush(); err != nil {
		tb.Fatal(err)
	}
	return b.Bytes()
}

func BenchmarkScan(b *testing.B) {
	file := bigFile(b)
	for name, content := range map[string][]byte{"LF": file, "CRLF": bytes.ReplaceAll(file, []byte("\n"), []byte("\r\n"))} {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(content)))
			for b.Loop() {
				n := 0
				for _, err := range mbox.NewScanner(bytes.NewReader(content), mbox.Options{}).Entries() {
					if err != nil {
						b.Fatal(err)
					}
					n++
				}
				if n < 10000 {
					b.Fatal(n)
				}
			}
		})
	}
}

func BenchmarkMessage(b *testing.B) {
	content := bigFile(b)
	f := open(b, string(content))
	all, _ := list(b, f, mbox.Options{})
	b.SetBytes(int64(len(content)))
	for b.Loop() {
		for i := range all {
			_, r, err := f.Message(all[i].Extent, mbox.MboxRD, mbox.Note{})
			if err != nil {
				b.Fatal(err)
			}
			if _, err := io.Copy(io.Discard, r); err != nil {
				b.Fatal(err)
			}
		}
	}
}

func BenchmarkAppend(b *testing.B) {
	for _, d := range written {
		b.Run(d.String(), func(b *testing.B) {
			m := "Return-Path: <a@example.org>\r\nSubject: measured\r\n\r\n" + strings.Repeat("An ordinary line of text as mail has it, from somebody.\r\n", 90)
			w, err := mbox.NewWriter(io.Discard, 0, d)
			if err != nil {
				b.Fatal(err)
			}
			b.SetBytes(int64(len(m)))
			for b.Loop() {
				if _, err := w.Append(received, mbox.Shown{}, octets{m, len(m)}); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
