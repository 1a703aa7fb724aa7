package mbox_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/klauspost/compress/zstd"

	"mailmv/formats/mbox"
)

func packed(t *testing.T, name string) string {
	t.Helper()
	return filepath.Join("..", "..", "testdata", "mbox", name)
}

func TestPackedFiles(t *testing.T) {
	want := []string{crlf(one + "x\n"), crlf(two + "y\n")}
	for name, packing := range map[string]string{"two.mbox": "", "two.mbox.gz": "gzip", "two.mbox.bz2": "bzip2", "two.mbox.xz": "xz", "two.mbox.zst": "zstd"} {
		f, err := mbox.Open(packed(t, name))
		if err != nil {
			t.Fatal(err)
		}
		if f.Packing() != packing {
			t.Errorf("%s: packing %q, want %q", name, f.Packing(), packing)
		}
		for range 2 { // scanned again, read in order and backwards
			all, d := list(t, f, mbox.Options{})
			if len(all) != 2 {
				t.Fatalf("%s: %d messages", name, len(all))
			}
			for _, i := range []int{0, 1, 1, 0} {
				if got := read(t, f, all[i].Extent, d, mbox.Note{}); got != want[i] {
					t.Errorf("%s: message %d is %q, want %q", name, i, got, want[i])
				}
			}
		}
		if err := f.Close(); err != nil {
			t.Error(err)
		}
	}
}

func TestDamagedPackedFile(t *testing.T) {
	for _, name := range []string{"two.mbox.gz", "two.mbox.bz2", "two.mbox.xz", "two.mbox.zst"} {
		whole, err := os.ReadFile(packed(t, name))
		if err != nil {
			t.Fatal(err)
		}
		for n := 8; n < len(whole); n++ {
			if _, err := unpack(whole[:n]); err == nil {
				t.Errorf("%s cut to %d of %d octets: no error", name, n, len(whole))
			}
		}
	}
}

func unpack(b []byte) (int64, error) {
	r, _, err := mbox.Unpack(bytes.NewReader(b))
	if err != nil {
		return 0, err
	}
	n, err := io.Copy(io.Discard, r)
	if c, ok := r.(io.Closer); ok {
		_ = c.Close()
	}
	return n, err
}

func TestBombIsRefused(t *testing.T) {
	var b bytes.Buffer
	w, err := zstd.NewWriter(&b, zstd.WithEncoderLevel(zstd.SpeedFastest))
	if err != nil {
		t.Fatal(err)
	}
	zeros := make([]byte, 1<<20)
	for range 300 {
		if _, err := w.Write(zeros); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if n, err := unpack(b.Bytes()); err == nil || !strings.Contains(err.Error(), "refused") || n > 260<<20 {
		t.Errorf("%d octets unpacked to %d: %v", b.Len(), n, err)
	}
}

// fixCRC sets the last four octets of an xz block header to its CRC32.
func fixCRC(b []byte) { binary.LittleEndian.PutUint32(b[len(b)-4:], crc32.ChecksumIEEE(b[:len(b)-4])) }

// A file may claim that it takes 4 GiB of memory to unpack; it does not get them.
func TestPackedMemoryIsBounded(t *testing.T) {
	whole, err := os.ReadFile(packed(t, "two.mbox.xz"))
	if err != nil {
		t.Fatal(err)
	}
	huge := slices.Clone(whole)
	huge[12+4] = 40 // the dictionary's size in the block header: 4 GiB
	fixCRC(huge[12:24])
	if _, err := unpack(huge); err == nil || !strings.Contains(err.Error(), "dictionary") {
		t.Errorf("an xz dictionary of 4 GiB: %v", err)
	}
	for _, c := range []struct{ name, head, want string }{
		{"64 MiB", "\x00\x80", ""},
		{"72 MiB", "\x00\x81", "takes a window of 72 MiB in memory, and 64 MiB are the most here; \"zstd -d --long=27 FILE\" unpacks it"},
		{"128 MiB, as --long makes them", "\x00\x88", "--long=27 FILE"},
		{"2 GiB", "\x00\xa8", "--long=31 FILE"},
		{"4 GiB", "\x00\xb0", "takes a window of 4096 MiB"},
		{"all of a file of 64 MiB", "\xa0\x00\x00\x00\x04", ""},
		{"all of a file one octet longer", "\xa0\x01\x00\x00\x04", "takes a window of 65 MiB"},
		{"all of a file beyond measure", "\xe0\xff\xff\xff\xff\xff\xff\xff\xff", "--long=31 FILE"},
	} {
		_, err := unpack([]byte("\x28\xb5\x2f\xfd" + c.head + "\x01\x00\x00")) // an empty block, and the last
		if told := errors.Is(err, mbox.ErrWindow); told != (c.want != "") || told && !strings.Contains(err.Error(), c.want) || errors.Is(err, mbox.ErrDamaged) && told {
			t.Errorf("a zstd window of %s: %v, want %q", c.name, err, c.want)
		}
	}
}
