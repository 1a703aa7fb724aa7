package mbox

import (
	"bufio"
	"bytes"
	"compress/bzip2"
	"compress/gzip"
	"fmt"
	"io"

	"github.com/klauspost/compress/zstd"
	"github.com/therootcompany/xz"
)

// Bounds on what a packed file may unpack to. The first quarter of a gigabyte is free; beyond it more than
// bombRatio octets for each packed one is no mail. The window of zstd and the dictionary of xz are held
// in memory: 64 MiB are what "xz -9" and "zstd --ultra -22 --long=26" take.
const (
	bombFree  = 256 << 20
	bombRatio = 500
	packedMem = 64 << 20
)

// packings are told apart by their first octets.
var packings = []struct {
	name  string
	magic []byte
	open  func(io.Reader) (io.Reader, error)
}{
	{"gzip", []byte("\x1f\x8b"), func(r io.Reader) (io.Reader, error) { return gzip.NewReader(r) }},
	{"bzip2", []byte("BZh"), func(r io.Reader) (io.Reader, error) { return bzip2.NewReader(r), nil }},
	{"xz", []byte("\xfd7zXZ\x00"), func(r io.Reader) (io.Reader, error) { return xz.NewReader(r, packedMem) }},
	{"zstd", []byte("\x28\xb5\x2f\xfd"), func(r io.Reader) (io.Reader, error) {
		d, err := zstd.NewReader(r, zstd.WithDecoderConcurrency(1), zstd.WithDecoderLowmem(true), zstd.WithDecoderMaxWindow(packedMem))
		if err != nil {
			return nil, err
		}
		return d.IOReadCloser(), nil
	}},
}

// Unpack gives what r holds, unpacked if it begins as gzip, bzip2, xz or zstd do; packing names which, or is
// empty. What unpacks beyond all measure ends in an error. Where the reader is an io.Closer, it is to be closed.
func Unpack(r io.Reader) (plain io.Reader, packing string, err error) {
	in := &packedReader{r: r}
	br := bufio.NewReaderSize(in, 64<<10)
	head, err := br.Peek(6)
	if err != nil && err != io.EOF {
		return nil, "", err
	}
	for _, p := range packings {
		if !bytes.HasPrefix(head, p.magic) {
			continue
		}
		plain, err := p.open(br)
		if err != nil {
			return nil, p.name, fmt.Errorf("%s: %w", p.name, err)
		}
		return &unpacked{r: plain, in: in, name: p.name}, p.name, nil
	}
	return br, "", nil
}

type packedReader struct {
	r io.Reader
	n int64
}

func (c *packedReader) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	c.n += int64(n)
	return n, err
}

// unpacked watches how much comes out of how little, and says where in the file an error lies.
type unpacked struct {
	r    io.Reader
	in   *packedReader
	out  int64
	name string
}

func (u *unpacked) Read(p []byte) (int, error) {
	n, err := u.r.Read(p)
	u.out += int64(n)
	if u.out > bombFree && u.out/bombRatio > u.in.n {
		return n, fmt.Errorf("%s: %d octets unpack to more than %d: refused", u.name, u.in.n, u.out)
	}
	if err != nil && err != io.EOF {
		err = fmt.Errorf("%s: near octet %d of the packed file: %w", u.name, u.in.n, err)
	}
	return n, err
}

func (u *unpacked) Close() error {
	if c, ok := u.r.(io.Closer); ok {
		return c.Close()
	}
	return nil
}
