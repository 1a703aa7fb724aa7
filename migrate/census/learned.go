package census

import (
	"bufio"
	"bytes"
	"io"
	"maps"
	"slices"

	"mailmv/dedupe"
	"mailmv/formats/mail"
)

// Learner is a Cache for who reads messages one by one: what is learned is kept by Save. It is not for several goroutines.
type Learner struct {
	*Cache
	// Name gives the reference by which a message is known between runs; nil: its own.
	Name    func(mail.Ref) mail.Ref
	learned map[[16]byte]dedupe.Print
}

func (l *Learner) key(m mail.Message) Key {
	if l.Name != nil {
		m.Ref = l.Name(m.Ref)
	}
	return Key{m.Ref, m.Octets, dateOf(m)}
}

// Find gives the Print of a message, whose Octets and InternalDate are as they are listed.
func (l *Learner) Find(m mail.Message) (dedupe.Print, bool) {
	h := l.key(m).hash()
	if p, ok := l.learned[h]; ok {
		return p, true
	}
	p, _, ok := l.find(h)
	return p, ok && p != (dedupe.Print{})
}

// Learn notes the Print of a message that was read.
func (l *Learner) Learn(m mail.Message, p dedupe.Print) {
	if l.learned == nil {
		l.learned = map[[16]byte]dedupe.Print{}
	}
	l.learned[l.key(m).hash()] = p
}

// Close keeps what was learned, beside what was known, and closes the file.
func (l *Learner) Close() error {
	if len(l.learned) > 0 {
		fresh := slices.SortedFunc(maps.Keys(l.learned), func(a, b [16]byte) int { return bytes.Compare(a[:], b[:]) })
		if err := l.replace(func(w *bufio.Writer) { l.merge(w, fresh) }); err != nil {
			return err
		}
	}
	return l.close()
}

// merge writes the records that are known and those that are new, in their order.
func (l *Learner) merge(w *bufio.Writer, fresh [][16]byte) {
	write := func(h [16]byte) {
		p := l.learned[h]
		w.Write(l.appendRecord(nil, h, p.Hint(), p)) // bufio keeps the first error
	}
	for old := range l.all() {
		var h [16]byte
		copy(h[:], old)
		for len(fresh) > 0 && bytes.Compare(fresh[0][:], h[:]) < 0 {
			write(fresh[0])
			fresh = fresh[1:]
		}
		if len(fresh) == 0 || fresh[0] != h {
			w.Write(old)
		}
	}
	for _, h := range fresh {
		write(h)
	}
}

// all yields the records as they are in the file, up to where it cannot be read.
func (c *Cache) all() func(yield func([]byte) bool) {
	return func(yield func([]byte) bool) {
		if c.empty() {
			return
		}
		r := bufio.NewReaderSize(io.NewSectionReader(c.file, int64(len(cacheMagic)), c.n*recordSize), 64<<10)
		rec := make([]byte, recordSize)
		for {
			if _, err := io.ReadFull(r, rec); err != nil || !yield(rec) {
				return
			}
		}
	}
}
