package main

import (
	"bufio"
	"fmt"
	"io"
	"math/rand/v2"
	"strings"
	"time"
)

var words = strings.Fields(`the old letters of years ago lie on many machines and nobody knows which of them has what
	report invoice meeting holiday photo garden train ticket answer question thanks regards tomorrow yesterday`)

// writeMail writes message i of a corpus, with LF line ends as a server keeps them, so that it has octets octets
// with CRLF. The same i and octets give the same message.
func writeMail(out io.Writer, i int, octets int64) error {
	r := rand.New(rand.NewPCG(uint64(i), uint64(octets)))
	at := time.Date(2010, 1, 1, 0, 0, 0, 0, time.UTC).Add(time.Duration(i) * 37 * time.Minute)
	w := bufio.NewWriterSize(out, 64<<10)
	var b strings.Builder
	for hop := range 3 {
		fmt.Fprintf(&b, "Received: from relay%d.bench.example (relay%d.bench.example [192.0.2.%d])\n\tby mail.bench.example with ESMTPS id %08x\n\tfor <me@bench.example>; %s\n",
			hop, hop, hop+1, r.Uint32(), at.Add(time.Duration(3-hop)*time.Second).Format(time.RFC1123Z))
	}
	fmt.Fprintf(&b, "From: Someone <someone@bench.example>\nTo: <me@bench.example>\nDate: %s\nSubject: %s %d\nMessage-ID: <%d.%x@bench.example>\n\n",
		at.Format(time.RFC1123Z), words[r.IntN(len(words))], i, i, r.Uint64())
	head := b.String()
	if _, err := w.WriteString(head); err != nil {
		return err
	}
	left := octets - int64(len(head)+strings.Count(head, "\n"))
	for left > 0 {
		n := writeLine(w, r, left)
		left -= n
	}
	return w.Flush()
}

// writeLine writes a line of about 72 octets and tells how many it has with CRLF; never more than left, but for
// a last one of at least its line end.
func writeLine(w *bufio.Writer, r *rand.Rand, left int64) int64 {
	var line []byte
	for len(line) < 66 {
		line = append(append(line, words[r.IntN(len(words))]...), ' ')
	}
	if int64(len(line))+4 > left { // a last line takes all that is left
		line = append(line, "................"...)[:max(left-2, 0)]
	}
	w.Write(line)
	w.WriteByte('\n')
	return int64(len(line)) + 2
}
