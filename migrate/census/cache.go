package census

import (
	"bufio"
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"mailmv/dedupe"
	"mailmv/formats/mail"
)

// Cache is what an earlier run found out about a place's messages, in a file: records of one length, sorted by a hash of what
// the message is known by, so that one is found by reading where it should be. It is a help: a damaged or missing file
// costs time and nothing else. nil is an empty one.
//
//	"mailmv-prints 1\n"
//	hash (16)  hint (8)  Print (68, zeros: none)  CRC-32 of these (4)      ... sorted by hash
type Cache struct {
	path  string
	rules *dedupe.Rules
	file  *os.File // nil: there is none
	n     int64    // records
	known int64    // of these hold Prints that were made use of
	buf   [window * recordSize]byte
	some  []byte // the records in buf, of which the first is number at
	at    int64
}

const (
	cacheMagic = "mailmv-prints 1\n"
	recordSize = 16 + 8 + printSize + 4
	printSize  = 68
	window     = 64   // records that are read at once
	nearBy     = 1000 // records by which a guess may miss
)

// OpenCache opens the cache at path, or begins one.
func OpenCache(path string, rules *dedupe.Rules) *Cache {
	c := &Cache{path: path, rules: rules}
	f, err := os.Open(path)
	if err != nil {
		return c
	}
	head := make([]byte, len(cacheMagic))
	info, err := f.Stat()
	if _, rerr := io.ReadFull(f, head); rerr != nil || err != nil || string(head) != cacheMagic {
		_ = f.Close() // only read
		return c
	}
	c.file, c.n = f, (info.Size()-int64(len(cacheMagic)))/recordSize
	return c
}

// Key is what a message is known by between runs.
type Key struct {
	mail.Ref
	Octets int64 // as listed
	Date   int64
}

func (k Key) hash() (h [16]byte) {
	b := make([]byte, 0, 128)
	b = append(append(b, k.Folder...), 0)
	b = append(append(b, k.ID...), 0)
	b = binary.BigEndian.AppendUint32(b, k.Validity)
	b = binary.BigEndian.AppendUint64(b, uint64(k.Octets))
	b = binary.BigEndian.AppendUint64(b, uint64(k.Date))
	sum := sha256.Sum256(b)
	copy(h[:], sum[:])
	return h
}

// empty tells that nothing is known.
func (c *Cache) empty() bool { return c == nil || c.file == nil || c.n == 0 }

// recall tells of each message of a folder what an earlier run found out about it.
func (c *Census) recall(p *Place, f *Folder, tell func(i int32, p dedupe.Print, hint uint64)) {
	if f.fleeting || p.Cache.empty() {
		return
	}
	keys := make([]cacheKey, 0, f.Len())
	for i := range f.In() {
		if n := c.Copies[i].print; n == waiting || n >= 0 {
			keys = append(keys, cacheKey{c.key(i).hash(), i})
		}
	}
	slices.SortFunc(keys, cacheKey.compare)
	for _, k := range keys {
		if print, hint, ok := p.Cache.find(k.hash); ok {
			tell(k.copy, print, hint)
		}
	}
}

// find gives what is known of a message: its Print, or only its hint. One goroutine calls it at a time; in the order of the
// hashes it reads each record once.
func (c *Cache) find(h [16]byte) (p dedupe.Print, hint uint64, ok bool) {
	lo, hi := int64(0), c.n // the record, if there is one, is in [lo, hi)
	for at := c.near(h); lo < hi; at = c.guess(h, lo, hi) {
		if !c.read(at, min(window, hi-at)) {
			return p, 0, false
		}
		switch {
		case bytes.Compare(h[:], c.some[:16]) < 0:
			hi = at
		case bytes.Compare(h[:], c.some[len(c.some)-recordSize:][:16]) > 0:
			lo = at + int64(len(c.some)/recordSize)
		default:
			return c.among(c.some, h)
		}
	}
	return p, 0, false
}

// near is where a record should be, or a window near to that which is at hand or follows the last one.
func (c *Cache) near(h [16]byte) int64 {
	at := c.guess(h, 0, c.n)
	if len(c.some) == 0 {
		return at
	}
	next := c.at
	if bytes.Compare(h[:], c.some[len(c.some)-recordSize:][:16]) > 0 {
		next += int64(len(c.some) / recordSize)
	}
	if d := next - at; next < c.n && d < nearBy && d > -nearBy {
		return next
	}
	return at
}

// guess is where a record should be, for hashes are spread evenly; in the middle once that was far from right.
func (c *Cache) guess(h [16]byte, lo, hi int64) int64 {
	at := int64(float64(binary.BigEndian.Uint64(h[:])) / (1 << 64) * float64(c.n))
	if at -= window / 2; lo > 0 && hi < c.n && (at < lo || at >= hi) {
		at = lo + (hi-lo)/2
	}
	return max(lo, min(at, hi-window))
}

// read has some records at hand.
func (c *Cache) read(at, n int64) bool {
	if len(c.some) > 0 && c.at == at && int64(len(c.some)) >= n*recordSize {
		return true
	}
	c.at, c.some = at, c.buf[:n*recordSize]
	if _, err := c.file.ReadAt(c.some, int64(len(cacheMagic))+at*recordSize); err != nil {
		c.some = nil
		return false
	}
	return true
}

func (c *Cache) among(some []byte, h [16]byte) (p dedupe.Print, hint uint64, ok bool) {
	for rec := range slices.Chunk(some, recordSize) {
		if !bytes.Equal(rec[:16], h[:]) {
			continue
		}
		if crc32.ChecksumIEEE(rec[:recordSize-4]) != binary.BigEndian.Uint32(rec[recordSize-4:]) {
			return p, 0, false
		}
		p, _ = c.rules.ParsePrint(rec[24:][:printSize])
		hint = binary.BigEndian.Uint64(rec[16:])
		return p, hint, hint != 0
	}
	return p, 0, false
}

// save writes the cache anew.
func (c *Cache) save(entries []cacheKey, census *Census) error {
	slices.SortFunc(entries, cacheKey.compare)
	return c.replace(func(w *bufio.Writer) {
		rec := make([]byte, 0, recordSize)
		for _, e := range entries {
			p := dedupe.Print{}
			if at := census.Copies[e.copy].print; at >= 0 {
				p = census.prints[at]
			}
			rec = c.appendRecord(rec[:0], e.hash, census.hintOf(e.copy), p)
			w.Write(rec) // bufio keeps the first error
		}
	})
}

// appendRecord appends a record; a Print of zeros is none.
func (c *Cache) appendRecord(rec []byte, hash [16]byte, hint uint64, p dedupe.Print) []byte {
	start := len(rec)
	rec = binary.BigEndian.AppendUint64(append(rec, hash[:]...), hint)
	if p != (dedupe.Print{}) {
		rec = c.rules.AppendPrint(rec, p)
	} else {
		rec = append(rec, make([]byte, printSize)...)
	}
	return binary.BigEndian.AppendUint32(rec, crc32.ChecksumIEEE(rec[start:]))
}

// replace writes a file beside the cache, and puts it into its place.
func (c *Cache) replace(write func(*bufio.Writer)) error {
	dir := filepath.Dir(c.path)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	f, err := os.CreateTemp(dir, ".prints-*")
	if err != nil {
		return err
	}
	w := bufio.NewWriterSize(f, 64<<10)
	w.WriteString(cacheMagic) // bufio keeps the first error
	write(w)
	err = errors.Join(w.Flush(), f.Close())
	if err == nil {
		err = os.Rename(f.Name(), c.path)
	}
	if err != nil {
		return errors.Join(err, os.Remove(f.Name()))
	}
	return nil
}

// cacheKey is what a record is found by.
type cacheKey struct {
	hash [16]byte
	copy int32
}

func (k cacheKey) compare(o cacheKey) int { return bytes.Compare(k.hash[:], o.hash[:]) }

// hintOf is what is known of a message's hint; 0: nothing.
func (c *Census) hintOf(i int32) (hint uint64) {
	if f := c.FolderOf(i); f.hints != nil {
		hint = f.hints[i-f.first]
	}
	if at := c.Copies[i].print; at >= 0 && c.prints[at] != (dedupe.Print{}) {
		hint = cmp.Or(c.prints[at].Hint(), hint)
	}
	return hint
}

// Remember writes what was found out into the caches of the places. What cannot be written is found out anew next time.
func (c *Census) Remember() (errs []error) {
	for n, p := range c.Places {
		if p.Cache == nil {
			continue
		}
		entries := make([]cacheKey, 0, c.copiesOf(n))
		for k := range c.Folders {
			f := &c.Folders[k]
			if f.Place != n || f.fleeting {
				continue
			}
			for i := range f.In() {
				if c.hintOf(i) != 0 {
					entries = append(entries, cacheKey{c.key(i).hash(), i})
				}
			}
		}
		if n := int64(len(entries)); n == p.Cache.n && n == p.Cache.known {
			continue // it is as it should be
		}
		if err := p.Cache.save(entries, c); err != nil && !errors.Is(err, fs.ErrPermission) {
			errs = append(errs, err)
		}
	}
	return errs
}

// copiesOf is how many copies a place has.
func (c *Census) copiesOf(place int) int {
	n := 0
	for k := range c.Folders {
		if f := &c.Folders[k]; f.Place == place {
			n += f.Len()
		}
	}
	return n
}

func (c *Cache) close() error {
	if c == nil || c.file == nil {
		return nil
	}
	return c.file.Close()
}
