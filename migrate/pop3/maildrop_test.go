package pop3

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"mailmv/formats/mail"
)

func TestParseLine(t *testing.T) {
	for _, c := range []struct {
		in     string
		number int32
		text   string
		ok     bool
	}{
		{"1 abc", 1, "abc", true},
		{"12\tabc", 12, "abc", true},
		{"1  two blanks", 1, "two blanks", true},
		{"1 a b ", 1, "a b ", true},
		{"1 \xff\x01../x", 1, "\xff\x01../x", true},
		{"1 " + strings.Repeat("u", 5000), 1, strings.Repeat("u", 5000), true},
		{"2", 2, "", true},
		{"2 ", 2, "", true},
		{"", 0, "", false},
		{"x y", 0, "", false},
		{"0 a", 0, "", false},
		{"-1 a", 0, "", false},
		{"99999999999 a", 0, "", false},
	} {
		number, text, ok := parseLine([]byte(c.in))
		if ok != c.ok || number != c.number || string(text) != c.text {
			t.Errorf("parseLine(%.40q) = %d, %.40q, %v", c.in, number, text, ok)
		}
	}
}

func TestMaildrop(t *testing.T) {
	d := newMaildrop(3, &listing{stat: 6, uidls: []named{{1, "b"}, {2, "dup"}, {3, ""}, {4, "dup"}, {5, "B"}, {6, "#12"}, {6, "#12"}},
		sizes: []sized{{7, 70}, {1, 10}, {2, 20}, {3, -1}}})
	want := []struct {
		id       string
		octets   int64
		fleeting bool
	}{{"b", 10, false}, {"##3.2", 20, true}, {"##3.3", -1, true}, {"##3.4", -1, true}, {"B", -1, false}, {"#12", -1, false}, {"##3.7", 70, true}}
	for i, w := range want {
		m := d.message(i)
		if m.ID != w.id || m.Octets != w.octets || m.Fleeting != w.fleeting {
			t.Errorf("message %d = %+v, want %+v", i, m, w)
		}
		if j, ok := d.find(m.Ref); !ok || j != i {
			t.Errorf("find(%q) = %d, %v; want %d", m.ID, j, ok, i)
		}
	}
	if d.shared != 2 || d.nameless != 2 {
		t.Errorf("shared %d, nameless %d; want 2, 2", d.shared, d.nameless)
	}
	for _, id := range []string{"dup", "", "##3.1", "##3.9", "##2.2", "##3.x", "a", "zz"} {
		if i, ok := d.find(mail.Ref{Folder: mail.Inbox, ID: id}); ok {
			t.Errorf("find(%q) = %d, want nothing", id, i)
		}
	}
}

// What parseLine reads it reads again from what it gave.
func FuzzParseLine(f *testing.F) {
	for _, s := range []string{"1 a", "2", "3 \t x", "\t", "1  ", "2147483648 x"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		number, text, ok := parseLine(b)
		if !ok {
			return
		}
		again, sameText, ok := parseLine(fmt.Appendf(nil, "%d %s", number, text))
		if number < 1 || !ok || again != number || !bytes.Equal(sameText, text) {
			t.Fatalf("parseLine(%q) = %d, %q, then %d, %q", b, number, text, again, sameText)
		}
		if !bytes.HasSuffix(b, text) {
			t.Fatalf("parseLine(%q) = %q: octets changed", b, text)
		}
	})
}
