package mbox

import (
	"bufio"
	"bytes"
	"compress/bzip2"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"math/bits"

	"github.com/klauspost/compress/zstd"
	"github.com/therootcompany/xz"
)

// Bounds on what a packed file may unpack to. The first quarter of a gigabyte is free; beyond it more than
// bombRatio octets for each packed one is no mail. The window of zstd and the dictionary of xz are held
// in memory: 64 MiB are what "xz -9" and "zstd --ultra -22 --long=26" take. The 128 MiB of "zstd --long" do not fit into
// the 128 MB that a run may take as a whole.
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
	{"gzip", []byte("\x1f\x8b"), openGzip},
	{"bzip2", []byte("BZh"), func(r io.Reader) (io.Reader, error) { return bzip2.NewReader(r), nil }},
	{"xz", []byte("\xfd7zXZ\x00"), func(r io.Reader) (io.Reader, error) { return xz.NewReader(r, packedMem) }},
	{"zstd", []byte("\x28\xb5\x2f\xfd"), openZstd},
}

// ErrWindow: a packed file takes more memory to unpack than packedMem, which is no damage. The text of the error tells the way out.
var ErrWindow = errors.New("made with --long or --ultra")

// ErrDamaged: a packed file does not unpack to its end. What has been read of it stands.
var ErrDamaged = errors.New("damaged")

// Damage is where and why a packed file does not unpack further. It is ErrDamaged.
type Damage struct {
	Packing string
	At      int64 // near which octet of the packed file
	// Behind says that the packed data had come to their end: only what stands behind them, or their checksum, is wrong.
	Behind bool
	Err    error
}

func (d *Damage) Error() string {
	return fmt.Sprintf("%s: near octet %d of the packed file: %v", d.Packing, d.At, d.Err)
}

// Unwrap gives ErrDamaged and the reason.
func (d *Damage) Unwrap() []error { return []error{ErrDamaged, d.Err} }

// Unpack gives what r holds, unpacked if it begins as gzip, bzip2, xz or zstd do; packing names which, or is
// empty. NULs behind the data of gzip, with which tapes are filled up, are no part of them. What unpacks beyond all measure ends in an
// error, what is damaged in a Damage. Where the reader is an io.Closer, it is to be closed.
func Unpack(r io.Reader) (plain io.Reader, packing string, err error) {
	in := &packedReader{r: r}
	br := bufio.NewReaderSize(in, 64<<10)
	in.ahead = br.Buffered
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
	r     io.Reader
	n     int64
	ahead func() int // how many of those nobody has asked for yet
	err   error
}

func (c *packedReader) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	c.n += int64(n)
	if err != nil && err != io.EOF {
		c.err = err
	}
	return n, err
}

// unpacked watches how much comes out of how little, and says where in the file an error lies.
type unpacked struct {
	r    io.Reader
	in   *packedReader
	out  int64
	name string
	err  error // what the octets end with
}

// Read never gives octets and an error at once: who wants no more than those octets need not see it.
func (u *unpacked) Read(p []byte) (int, error) {
	if u.err != nil {
		return 0, u.err
	}
	n, err := u.r.Read(p)
	u.out += int64(n)
	at := u.in.n - int64(u.in.ahead())
	switch {
	case u.out > bombFree && u.out/bombRatio > u.in.n:
		u.err = fmt.Errorf("%s: %d octets unpack to more than %d: refused", u.name, u.in.n, u.out)
	case err == nil, err == io.EOF:
		u.err = err
	case u.in.err != nil:
		u.err = fmt.Errorf("%s: near octet %d of the packed file: %w", u.name, at, err)
	default:
		u.err = &Damage{Packing: u.name, At: at, Behind: behind(err), Err: err}
	}
	if n > 0 {
		return n, nil
	}
	return 0, u.err
}

// behind tells of an error that all of the packed data had been read.
func behind(err error) bool {
	return errors.Is(err, errBehind) || errors.Is(err, gzip.ErrChecksum) || errors.Is(err, zstd.ErrMagicMismatch) ||
		err == error(bzip2.StructuralError("bad magic value in continuation file"))
}

// Close frees what is held. An error that reading came upon is told there.
func (u *unpacked) Close() error {
	if c, ok := u.r.(io.Closer); ok {
		_ = c.Close()
	}
	return nil
}

func openZstd(r io.Reader) (io.Reader, error) {
	br := bufio.NewReader(r) // r itself, which is one
	if err := checkWindow(br); err != nil {
		return nil, err
	}
	d, err := zstd.NewReader(br, zstd.WithDecoderConcurrency(1), zstd.WithDecoderLowmem(true), zstd.WithDecoderMaxWindow(packedMem))
	if err != nil {
		return nil, err
	}
	return d.IOReadCloser(), nil
}

// checkWindow looks at the window that the first frame asks for (RFC 8878 §3.1.1.1). What is no header the decoder tells.
func checkWindow(br *bufio.Reader) error {
	const least, most = 27, 31 // what the program takes by itself, and at most
	var h zstd.Header
	head, _ := br.Peek(zstd.HeaderMaxSize)
	if h.Decode(head) != nil {
		return nil
	}
	window := h.WindowSize
	if h.SingleSegment { // all of the frame is its window
		window = h.FrameContentSize
	}
	if window <= packedMem {
		return nil
	}
	return fmt.Errorf("%w: unpacking it takes a window of %d MiB in memory, and %d MiB are the most here; \"zstd -d --long=%d FILE\" unpacks it: put what that makes in its place",
		ErrWindow, (window-1)>>20+1, packedMem>>20, min(max(least, bits.Len64(window-1)), most))
}

var errBehind = errors.New("what stands behind the packed data is none")

// gzipReader reads members one behind the other, and NULs between or behind them as nothing.
type gzipReader struct {
	*gzip.Reader
	r *bufio.Reader
}

func openGzip(r io.Reader) (io.Reader, error) {
	br := bufio.NewReader(r) // r itself, which is one
	z, err := gzip.NewReader(br)
	if err != nil {
		return nil, err
	}
	z.Multistream(false)
	return &gzipReader{z, br}, nil
}

func (g *gzipReader) Read(p []byte) (int, error) {
	n, err := g.Reader.Read(p)
	if err == io.EOF {
		err = g.next()
	}
	return n, err
}

// next begins with the next member; io.EOF: there is none.
func (g *gzipReader) next() error {
	for {
		c, err := g.r.ReadByte()
		if err != nil {
			return err
		}
		if c != 0 {
			break
		}
	}
	if err := g.r.UnreadByte(); err != nil {
		return err
	}
	if err := g.Reset(g.r); err != nil {
		return fmt.Errorf("%w: %w", errBehind, err)
	}
	g.Multistream(false)
	return nil
}
