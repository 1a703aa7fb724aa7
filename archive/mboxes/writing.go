package mboxes

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"hash/crc32"
	"strconv"
	"strings"

	"mailmv/formats/line"
)

// writing is what a line "writing" says: octets of ours that may stand behind all messages.
type writing struct {
	offset, length int64
	froms          []int64 // where the words "From " are in the file
	piece          int64
	sums           []uint32
	done           int64 // what the lines "mail" tell of, of it
}

func (w *writing) end() int64 { return w.offset + w.length }

// committed notes that a message is told of, which ends there, without its separator line.
func (w *writing) committed(end int64) {
	if w != nil && end > w.offset {
		w.done = max(w.done, end+1-w.offset)
	}
}

func (w *writing) fields(folder uint32) []any {
	var froms []string
	at := w.offset
	for _, n := range w.froms {
		froms = append(froms, strconv.FormatInt(n-at, 10))
		at = n
	}
	var sums []byte
	for _, s := range w.sums {
		sums = binary.BigEndian.AppendUint32(sums, s)
	}
	return []any{lineWriting, folder, w.offset, w.length, strings.Join(froms, ","), w.piece, hex.EncodeToString(sums)}
}

func (s *shelf) replayWriting(p *line.Reader) error {
	w := &writing{offset: int64(p.Number(62)), length: int64(p.Number(62))}
	at := w.offset
	for text := range strings.SplitSeq(p.Text(), ",") {
		n, err := strconv.ParseUint(text, 10, 62)
		if err != nil {
			p.Fail("not places")
		}
		at += int64(n)
		w.froms = append(w.froms, at)
	}
	w.piece = int64(p.Number(40))
	sums, err := hex.DecodeString(p.Text())
	if err != nil || len(sums)%4 != 0 || w.piece == 0 {
		p.Fail("not sums")
	}
	for i := 0; i+4 <= len(sums); i += 4 {
		w.sums = append(w.sums, binary.BigEndian.Uint32(sums[i:]))
	}
	if p.Err == nil {
		s.writing = w
	}
	return p.Err
}

// pieces sums what is written from an offset of the file on, piece by piece, and notes where it says "From ".
type pieces struct {
	size, at int64
	sum      uint32
	sums     []uint32
	froms    []int64
	last     []byte // the octets before, as many as a word that is not whole yet can have
}

// fromsMax bounds how many places of "From " are noted; a batch with more is cut off less readily.
const fromsMax = 4096

func (p *pieces) find(b []byte) {
	word := []byte("From ")
	start := p.at - int64(len(p.last))
	text := append(p.last, b[:min(len(b), len(word)-1)]...)
	for i := 0; i+len(word) <= len(text); i++ { // one that began before
		if i < len(p.last) && bytes.HasPrefix(text[i:], word) {
			p.note(start + int64(i))
		}
	}
	for i := 0; ; i++ {
		n := bytes.Index(b[i:], word)
		if n < 0 {
			break
		}
		i += n
		p.note(p.at + int64(i))
	}
	tail := append(p.last, b[max(0, len(b)-len(word)+1):]...)
	p.last = append(make([]byte, 0, 2*len(word)), tail[max(0, len(tail)-len(word)+1):]...)
}

func (p *pieces) note(at int64) {
	if len(p.froms) < fromsMax {
		p.froms = append(p.froms, at)
	}
}

// pieceFor is how long pieces are for about so many octets: some thousand of them at most.
func pieceFor(octets int64) int64 {
	size := int64(4096)
	for octets/size > 4096 {
		size *= 2
	}
	return size
}

func (p *pieces) Write(b []byte) (int, error) {
	n := len(b)
	p.find(b)
	for len(b) > 0 {
		part := b[:min(int64(len(b)), p.size-p.at%p.size)]
		p.sum = crc32.Update(p.sum, crc32.IEEETable, part)
		p.at += int64(len(part))
		b = b[len(part):]
		if p.at%p.size == 0 {
			p.sums, p.sum = append(p.sums, p.sum), 0
		}
	}
	return n, nil
}

// all are the sums, the last piece's with them though it is not full.
func (p *pieces) all() []uint32 {
	if p.at%p.size == 0 {
		return p.sums
	}
	return append(p.sums[:len(p.sums):len(p.sums)], p.sum)
}
