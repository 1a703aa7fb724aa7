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

func TestDecodeBase64(t *testing.T) {
	for in, want := range map[string]string{
		"SGFsbG8=": "Hallo", "SGFs\r\nbG8=\r\n": "Hallo", "": "", " S G\tF s": "Hal",
		"SGFsbG8": "-", "SGFsbG8=x": "-", "SGFsbG9=": "-", "SG*s": "-", "SGFsbG8=SGFs": "-", "SGFsbG8=\nfooter": "-",
	} {
		if got, ok := DecodeBase64([]byte(in)); ok != (want != "-") || ok && string(got) != want {
			t.Errorf("DecodeBase64(%q) = %q, %v, want %q", in, got, ok, want)
		}
	}
}

func TestDecodeQuotedPrintable(t *testing.T) {
	for in, want := range map[string]string{
		"Gr=FC=dfe\n": "Gr\xfc\xdfe\r\n", "a=\nb": "ab", "a= \t\nb": "ab", "a \t\nb": "a\r\nb", "a=20\nb": "a \r\nb",
		"a=": "a", "": "", "\n\n": "\r\n\r\n", "a\tb": "a\tb",
		"a=G1": "-", "a=1": "-", "a\xfc": "-", "a\x00": "-", "a\rb": "-",
	} {
		if got, ok := DecodeQuotedPrintable([]byte(in)); ok != (want != "-") || ok && string(got) != want {
			t.Errorf("DecodeQuotedPrintable(%q) = %q, %v, want %q", in, got, ok, want)
		}
	}
}

func TestSplit(t *testing.T) {
	for _, c := range []struct{ name, in, want string }{
		{"plain", "pre\n--x\na\n--x\nb\n--x--\nepi\n", `"pre" ["a" "b"] "epi\n" true`},
		{"no preamble", "--x\na\n--x--", `"" ["a"] "" true`},
		{"open", "--x\na\n--x\nb\n", `"" ["a" "b\n"] "" false`},
		{"blanks behind", "--x \t\na\n--x-- \n", `"" ["a"] "" true`},
		{"longer boundary", "--x\na\n--xy\nb\n--x--\n", `"" ["a\n--xy\nb"] "" true`},
		{"within a line", "--x\na --x\n--x--\n", `"" ["a --x"] "" true`},
		{"empty parts", "--x\n--x\n\n--x--", `"" ["" ""] "" true`},
		{"behind the end", "--x\na\n--x--\n--x\nb\n", `"" ["a"] "--x\nb\n" true`},
		{"dashes", "--x\na\n--x-\n--x---\n--x--", `"" ["a\n--x-\n--x---"] "" true`},
		{"never", "a\n-x\n", "-"},
		{"too many", strings.Repeat("--x\na\n", 20), "-"},
	} {
		t.Run(c.name, func(t *testing.T) {
			p, ok := Split([]byte(c.in), "x", 10)
			got := "-"
			if ok {
				got = fmt.Sprintf("%q %q %q %v", p.Preamble, p.Parts, p.Epilogue, p.Closed)
			}
			if got != c.want {
				t.Errorf("Split(%q) = %s, want %s", c.in, got, c.want)
			}
		})
	}
}

// What the standard library encodes we decode, and what we decode it decodes alike.
func FuzzEncodings(f *testing.F) {
	f.Add([]byte("Gr=FC=dfe =\r\n x\r\n"))
	f.Fuzz(func(t *testing.T, x []byte) {
		if got, ok := DecodeBase64([]byte(base64.StdEncoding.EncodeToString(x))); !ok || !bytes.Equal(got, x) {
			t.Errorf("base64 of %q comes back as %q, %v", x, got, ok)
		}
		var b bytes.Buffer
		w := quotedprintable.NewWriter(&b)
		w.Binary = true
		w.Write(x)
		w.Close()
		lf := bytes.ReplaceAll(b.Bytes(), []byte("\r\n"), []byte("\n"))
		if got, ok := DecodeQuotedPrintable(lf); !ok || !bytes.Equal(got, x) {
			t.Errorf("quoted-printable of %q comes back as %q, %v", x, got, ok)
		}
		if got, ok := DecodeQuotedPrintable(x); ok {
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

func FuzzSplit(f *testing.F) {
	f.Add([]byte("pre\n--x\na\n--x\nb\n--x--\nepi\n"))
	f.Fuzz(func(t *testing.T, x []byte) {
		p, ok := Split(x, "x", 5)
		n := len(p.Preamble) + len(p.Epilogue)
		for _, part := range p.Parts {
			n += len(part)
		}
		if ok && (n >= len(x) || len(p.Parts) > 6) {
			t.Errorf("Split(%q) = %q and so on", x, p.Parts)
		}
	})
}
