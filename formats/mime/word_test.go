package mime

import "testing"

func TestDecodeWords(t *testing.T) {
	for _, c := range []struct {
		name, in, want string
		ok             bool
	}{
		{"plain", "the weather", "the weather", true},
		{"raw UTF-8", "Grüße", "Grüße", true},
		{"Q", "=?ISO-8859-1?Q?Gr=FC=DFe?= an alle", "Grüße an alle", true},
		{"Q in lower case", "=?iso-8859-1?q?Gr=fc=dfe_an?= alle", "Grüße an alle", true},
		{"B", "=?UTF-8?B?R3LDvMOfZQ==?=", "Grüße", true},
		{"two words are one", "=?utf-8?q?Gr=C3=BC?= =?utf-8?q?=C3=9Fe?= x", "Grüße x", true},
		{"blanks beside text stay", "a =?utf-8?q?b?= c", "a b c", true},
		{"language", "=?utf-8*de?q?b?=", "b", true},
		{"blank inside a word", "=?utf-8?q?a b?=", "=?utf-8?q?a b?=", false},
		{"unknown charset", "=?x-none?q?b?=", "=?x-none?q?b?=", false},
		{"wrong octets", "=?utf-8?q?=FC?=", "=?utf-8?q?=FC?=", false},
		{"letter cut in two", "=?utf-8?q?=C3?= =?utf-8?q?=BC?=", "=?utf-8?q?=C3?= =?utf-8?q?=BC?=", false},
		{"broken base64", "=?utf-8?b?R3L?=", "=?utf-8?b?R3L?=", false},
		{"broken hex", "=?utf-8?q?=G1?=", "=?utf-8?q?=G1?=", false},
		{"glued to text", "x=?utf-8?q?b?=", "x=?utf-8?q?b?=", false},
		{"raw octets", "Gr\xfc\xdfe", "Gr\xfc\xdfe", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got, ok := DecodeWords(c.in); got != c.want || ok != c.ok {
				t.Errorf("DecodeWords(%q) = %q, %v, want %q, %v", c.in, got, ok, c.want, c.ok)
			}
		})
	}
}

func TestDecode(t *testing.T) {
	for _, c := range []struct {
		charset, in, want string
		ok                bool
	}{
		{"ISO-8859-1", "\xe4", "ä", true},
		{"iso-8859-1", "\x93", "\u0093", true}, // not the quote that windows-1252 has there
		{"iso-8859-5", "\xe4", "ф", true},
		{"windows-1252", "\x93", "“", true},
		{"koi8-r", "\xc1", "а", true},
		{"gb2312", "\xc4\xe3", "", false},
		{"gbk", "\xc4\xe3", "你", true},
		{"iso-2022-jp", "\x1b$B$\"\x1b(B", "あ", true},
		{"us-ascii", "\x80", "", false},
		{"utf-8", "\xff", "", false},
		{"utf-16", "\x00a", "", false},
		{"nonsense", "a", "", false},
	} {
		got, ok := Decode(c.charset, []byte(c.in))
		if ok != c.ok || ok && string(got) != c.want {
			t.Errorf("Decode(%q, %q) = %q, %v, want %q, %v", c.charset, c.in, got, ok, c.want, c.ok)
		}
	}
}
