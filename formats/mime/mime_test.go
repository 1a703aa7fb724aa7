package mime

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"io"
	"mime/quotedprintable"
	"strings"
	"testing"
)

func TestParseField(t *testing.T) {
	for _, c := range []struct{ name, in, want string }{
		{"plain", "text/plain", "text/plain []"},
		{"params", "Text/HTML; Charset=UTF-8; format=flowed", "text/html [{charset UTF-8} {format flowed}]"},
		{"quoted", `text/plain; charset="utf-8"`, "text/plain [{charset utf-8}]"},
		{"quoted with escapes", `a/b; name="a \"b\" \\ ;c"`, `a/b [{name a "b" \ ;c}]`},
		{"comments", "text/plain (a (b)); charset (c) = us-ascii (Plain text)", "text/plain [{charset us-ascii}]"},
		{"semicolon at the end", "text/plain; ", "text/plain []"},
		{"disposition", "attachment; filename=x.pdf", "attachment [{filename x.pdf}]"},
		{"RFC 2231", "a/b; name*=iso-8859-1'de'Gr%FC%DFe", "a/b [{name Grüße}]"},
		{"RFC 2231, sections", `a/b; name*1="b c"; name*0*=utf-8''%C3%BC; name*2*=%20d`, "a/b [{name üb c d}]"},
		{"letter cut by sections", `a/b; name*0*=utf-8''%C3; name*1*=%BC`, "a/b [{name ü}]"},
		{"RFC 2047", `a/b; name="=?utf-8?q?Gr=C3=BC=C3=9Fe?="`, "a/b [{name Grüße}]"},
		{"raw UTF-8", `a/b; name="Grüße"`, "a/b [{name Grüße}]"},

		{"empty", "", ""},
		{"no subtype", "text/", ""},
		{"no type", "/plain", ""},
		{"twice", "a/b; x=1; X=2", ""},
		{"twice, two ways", "a/b; x=1; x*=utf-8''2", ""},
		{"section missing", "a/b; x*0=1; x*2=2", ""},
		{"no value", "a/b; x", ""},
		{"open quote", `a/b; x="y`, ""},
		{"blank in a token", "a/b; x=y z", ""},
		{"raw octets", "a/b; x=\"\xfc\"", ""},
		{"open comment", "a/b (x", ""},
		{"many", "a/b" + strings.Repeat("; x=1", 101), ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			value, params, ok := ParseField(c.in)
			got := ""
			if ok {
				got = fmt.Sprint(value, " ", params)
			}
			if got != c.want {
				t.Errorf("ParseField(%q) = %q, want %q", c.in, got, c.want)
			}
		})
	}
}

// decodeBase64 decodes a body in two pieces.
func decodeBase64(body string, at int) ([]byte, bool) {
	var d Base64
	out := d.Append(d.Append(nil, []byte(body[:at])), []byte(body[at:]))
	return out, d.Close()
}

func decodeQuotedPrintable(body string, at int) ([]byte, bool) {
	var d QuotedPrintable
	return d.Close(d.Append(d.Append(nil, []byte(body[:at])), []byte(body[at:])))
}

func TestDecodeBase64(t *testing.T) {
	for in, want := range map[string]string{
		"SGFsbG8=": "Hallo", "SGFs\r\nbG8=\r\n": "Hallo", "": "", " S G\tF s": "Hal",
		"SGFsbG8": "-", "SGFsbG8=x": "-", "SGFsbG9=": "-", "SG*s": "-", "SGFsbG8=SGFs": "-", "SGFsbG8=\nfooter": "-",
	} {
		for at := range len(in) + 1 {
			if got, ok := decodeBase64(in, at); ok != (want != "-") || ok && string(got) != want {
				t.Errorf("base64 %q = %q, %v, want %q", in, got, ok, want)
			}
		}
	}
}

func TestDecodeQuotedPrintable(t *testing.T) {
	for in, want := range map[string]string{
		"Gr=FC=dfe\n": "Gr\xfc\xdfe\r\n", "a=\nb": "ab", "a= \t\nb": "ab", "a \t\nb": "a\r\nb", "a=20\nb": "a \r\nb",
		"a=": "a", "": "", "\n\n": "\r\n\r\n", "a\tb": "a\tb",
		"a=G1": "-", "a=1": "-", "a\xfc": "-", "a\x00": "-", "a\rb": "-",
	} {
		for at := range len(in) + 1 {
			if got, ok := decodeQuotedPrintable(in, at); ok != (want != "-") || ok && string(got) != want {
				t.Errorf("quoted-printable %q = %q, %v, want %q", in, got, ok, want)
			}
		}
	}
}

func TestDelimiter(t *testing.T) {
	for in, want := range map[string]string{
		"--x": "open", "--x--": "closing", "--x \t": "open", "--x-- ": "closing",
		"--xy": "", "a --x": "", "--x-": "", "--x---": "", "-x": "", "": "", "--": "", "--X": "", "--x --": "",
	} {
		closing, ok := Delimiter([]byte(in), "x")
		if got := map[bool]map[bool]string{false: {}, true: {false: "open", true: "closing"}}[ok][closing]; got != want {
			t.Errorf("Delimiter(%q) is %q, want %q", in, got, want)
		}
	}
	if _, ok := Delimiter([]byte("--"), ""); ok {
		t.Error("an empty boundary is one")
	}
}

// Text decodes in pieces as in whole.
func TestTextInPieces(t *testing.T) {
	for charset, text := range map[string]string{"utf-8": "Grüße, 世界", "iso-8859-1": "Gr\xfc\xdfe", "iso-2022-jp": "a \x1b$B$3$s\x1b(B b", "gb18030": "\xca\xc0\xbd\xe7", "us-ascii": "abc"} {
		want, ok := Decode(charset, []byte(text))
		for at := range len(text) + 1 {
			d := NewText(charset)
			got, good := []byte(text), false
			if d.Plain() {
				good = d.Check([]byte(text[:at])) && d.Check([]byte(text[at:])) && d.Close()
			} else {
				got, good = d.End(d.Append(d.Append(nil, []byte(text[:at])), []byte(text[at:])))
			}
			if !good || !ok || !bytes.Equal(got, want) {
				t.Errorf("%s cut at %d: %q, %v, want %q, %v", charset, at, got, good, want, ok)
			}
		}
	}
	for charset, text := range map[string]string{"utf-8": "\xc3", "us-ascii": "\xfc", "gb18030": "\xca", "x-unknown": "a", "utf-16": "a\x00", "iso-2022-jp": "\x1b$B\xff\xff"} {
		if got, ok := Decode(charset, []byte(text)); ok {
			t.Errorf("%q in %s is %q", text, charset, got)
		}
	}
}

// What the standard library encodes we decode, and what we decode it decodes alike.
func FuzzEncodings(f *testing.F) {
	f.Add([]byte("Gr=FC=dfe =\r\n x\r\n"))
	f.Fuzz(func(t *testing.T, x []byte) {
		if got, ok := decodeBase64(base64.StdEncoding.EncodeToString(x), 0); !ok || !bytes.Equal(got, x) {
			t.Errorf("base64 of %q comes back as %q, %v", x, got, ok)
		}
		var b bytes.Buffer
		w := quotedprintable.NewWriter(&b)
		w.Binary = true
		w.Write(x)
		w.Close()
		lf := bytes.ReplaceAll(b.Bytes(), []byte("\r\n"), []byte("\n"))
		if got, ok := decodeQuotedPrintable(string(lf), 0); !ok || !bytes.Equal(got, x) {
			t.Errorf("quoted-printable of %q comes back as %q, %v", x, got, ok)
		}
		if got, ok := decodeQuotedPrintable(string(x), 0); ok {
			want, err := io.ReadAll(quotedprintable.NewReader(bytes.NewReader(x)))
			if plain := bytes.ReplaceAll(got, []byte("\r\n"), []byte("\n")); err == nil && !bytes.Contains(x, []byte("=0")) && !bytes.Equal(plain, want) {
				t.Errorf("%q decodes to %q, to the standard library %q", x, plain, want)
			}
		}
	})
}

func FuzzParseField(f *testing.F) {
	f.Add(`text/plain; charset="utf-8"; name*0*=utf-8''%C3; name*1*=%BC (x)`)
	f.Fuzz(func(t *testing.T, s string) {
		value, params, ok := ParseField(s)
		if !ok {
			return
		}
		var b strings.Builder
		b.WriteString(value)
		for _, p := range params {
			fmt.Fprintf(&b, "; %s*=utf-8''", p.Name)
			for _, c := range []byte(p.Value) {
				fmt.Fprintf(&b, "%%%02X", c)
			}
		}
		again, same, ok := ParseField(b.String())
		if !ok || again != value || fmt.Sprint(same) != fmt.Sprint(params) {
			t.Errorf("%q is %q %q; written again %q it is %q %q", s, value, params, b.String(), again, same)
		}
	})
}
