package maildir

import (
	"bytes"
	"io"
	"testing"
	"testing/iotest"
)

// TestLineEnds: what is written with LF reads back exactly, and what would not is known.
func TestLineEnds(t *testing.T) {
	for _, c := range []struct {
		mail, file string
		bad        bool
	}{
		{"", "", false},
		{"a", "a", false},
		{"a\r\n", "a\n", false},
		{"a\r\n\r\nb\r\n", "a\n\nb\n", false},
		{"a\r", "a\r", false},
		{"a\rb\r\n", "a\rb\n", false},
		{"\r", "\r", false},
		{"\r\r", "\r\r", false},
		{"a\n", "", true},
		{"\n", "", true},
		{"a\r\r\n", "", true},
		{"\r\r\n", "", true},
		{"a\r\n\n", "", true},
		{"a\r\n\r\r\n", "", true},
		{"\r\n\r\n", "\n\n", false},
	} {
		for _, chunk := range []int{1, 2, 3, 100} {
			file, bad := toLF([]byte(c.mail), chunk)
			if bad != c.bad || !bad && string(file) != c.file {
				t.Errorf("%q by %d: %q, bad %v; want %q, bad %v", c.mail, chunk, file, bad, c.file, c.bad)
			}
		}
	}
}

func toLF(mail []byte, chunk int) (file []byte, bad bool) {
	var b bytes.Buffer
	w := &lfWriter{w: &b}
	for len(mail) > 0 {
		n := min(chunk, len(mail))
		w.Write(mail[:n])
		mail = mail[n:]
	}
	w.flush()
	return b.Bytes(), w.bad
}

func TestReader(t *testing.T) {
	for file, want := range map[string]string{
		"": "", "a\nb": "a\r\nb", "a\r\nb\n": "a\r\nb\r\n", "\n\n": "\r\n\r\n", "\r\r\n": "\r\r\n", "a\r": "a\r", "\r": "\r", "a\rb\n": "a\rb\r\n",
	} {
		for _, r := range []io.Reader{bytes.NewReader([]byte(file)), iotest.OneByteReader(bytes.NewReader([]byte(file))), iotest.DataErrReader(bytes.NewReader([]byte(file)))} {
			got, err := io.ReadAll(NewReader(r))
			if err != nil || string(got) != want {
				t.Errorf("%q reads as %q, %v; want %q", file, got, err, want)
			}
		}
		if n, err := mailLength(iotest.OneByteReader(bytes.NewReader([]byte(file)))); n != int64(len(want)) || err != nil {
			t.Errorf("mailLength of %q = %d, %v", file, n, err)
		}
		checkText(t, "1.host", file, want)
		checkText(t, verbatim("1.M2P3Q4R0123456789abcdef.host"), file, file)
	}
}

// checkText reads a file that is in memory, twice.
func checkText(t *testing.T, name, file, want string) {
	t.Helper()
	var text Text
	text.Set(Entry{"cur", "1.host"}, []byte("another one\n"))
	if _, err := io.ReadAll(&text); err != nil {
		t.Error(err)
	}
	text.Set(Entry{"cur", name}, []byte(file))
	if kept, n := text.Whole(); string(kept) != file || n != int64(len(want)) {
		t.Errorf("%s: %q is %q with %d octets, want %d", name, file, kept, n, len(want))
	}
	got, err := io.ReadAll(iotest.OneByteReader(&text))
	text.Rewind()
	var again bytes.Buffer
	n, err2 := text.WriteTo(&again)
	if string(got) != want || again.String() != want || n != int64(len(want)) || err != nil || err2 != nil {
		t.Errorf("%s: %q reads as %q and %q, %v, %v; want %q", name, file, got, &again, err, err2, want)
	}
}

// FuzzLineEnds: read(write(x)) == x wherever the writer does not object, and lengths are foretold.
func FuzzLineEnds(f *testing.F) {
	f.Add([]byte("a\r\nb"), uint8(3))
	f.Add([]byte("\r\r\n\n\r"), uint8(1))
	f.Fuzz(func(t *testing.T, mail []byte, chunk uint8) {
		file, bad := toLF(mail, int(chunk)+1)
		if bad {
			return
		}
		got, err := io.ReadAll(NewReader(bytes.NewReader(file)))
		if err != nil || !bytes.Equal(got, mail) {
			t.Errorf("%q was written as %q and read as %q, %v", mail, file, got, err)
		}
		if n, _ := mailLength(bytes.NewReader(file)); n != int64(len(mail)) {
			t.Errorf("mailLength of %q = %d, want %d", file, n, len(mail))
		}
		checkText(t, "1.host", string(file), string(mail))
	})
}
