package imap

import (
	"strings"
	"testing"
	"unicode/utf8"

	"mailmv/formats/mail"
)

// odd names as servers have them, and what people see.
var oddNames = []struct {
	raw, readable string
	strict        bool
}{
	{"INBOX", "INBOX", true},
	{"plain", "plain", true},
	{"R&-D", "R&D", true},
	{"Entw&APw-rfe", "Entwürfe", true},
	{"&2D3eAA-", "😀", true},
	{"~peter/mail/&U,BTFw-/&ZeVnLIqe-", "~peter/mail/台北/日本語", true},
	{"R&D", "R&D", false},
	{"a&", "a&", false},
	{"raw ü", "raw ü", false},
	{"Latin\xfc", "Latin\uFFFD", false},
	{"tab\there", "tab\there", false},
	{"&APw-&APw-", "&APw-&APw-", false},
	{"&AGEAYg-", "&AGEAYg-", false}, // encoded ASCII
	{"&AP!-", "&AP!-", false},
	{"&2D0-", "&2D0-", false}, // half a pair
	{"=raw=00", "=raw=00", true},
}

func TestNameCodec(t *testing.T) {
	for _, tt := range oddNames {
		if got := readableName(tt.raw); got != tt.readable {
			t.Errorf("readableName(%q) = %q, want %q", tt.raw, got, tt.readable)
		}
		if _, ok := decodeName(tt.raw); ok != tt.strict {
			t.Errorf("decodeName(%q): %v, want %v", tt.raw, ok, tt.strict)
		}
		if got := rawName(libName(tt.raw)); got != tt.raw {
			t.Errorf("rawName(libName(%q)) = %q", tt.raw, got)
		}
	}
}

func FuzzNameCodec(f *testing.F) {
	for _, tt := range oddNames {
		f.Add(tt.raw)
		f.Add(tt.readable)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if got := rawName(libName(s)); got != s {
			t.Errorf("rawName(libName(%q)) = %q", s, got)
		}
		if utf8.ValidString(s) {
			if got, ok := decodeName(encodeName(s)); !ok || got != s {
				t.Errorf("decodeName(encodeName(%q)) = %q, %v", s, got, ok)
			}
		}
		if q, err := quoted(s); err == nil {
			if got, _, ok := (&scan{[]byte(q)}).str(); !ok || got != s {
				t.Errorf("quoted %q reads as %q", s, got)
			}
		}
	})
}

// TestOddFolders: folders whose names the library dies of are listed, looked at and read under the very octets
// that the server gave.
func TestOddFolders(t *testing.T) {
	f, st := newFake(t)
	f.fill(1)
	var listed, want []string
	for _, tt := range oddNames[1:] {
		q, err := quoted(tt.raw)
		if err != nil {
			t.Fatal(err)
		}
		listed = append(listed, "* LIST (\\HasNoChildren) \"/\" "+q+"\r\n")
		want = append(want, q)
	}
	f.listed = strings.Join(listed, "") + "* LIST (\\Noselect) \"/\" gone\r\n* LIST (\\NonExistent) NIL other\r\n" +
		"* LIST () \"/\" INBOX\r\n* LIST () \"/\" inbox\r\n* LIST () \"/\" {9}\r\nliteral\"\\ ((\\Sent) x)\r\n* LIST () \"\" a]b\r\n* LIST ( \\Junk \\] ) \"//\" two\r\n* LIST () broken\r\n"
	folders, err := st.Folders(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	byPath := map[mail.Path]mail.Folder{}
	for _, fo := range folders {
		if _, twice := byPath[fo.Path]; twice {
			t.Errorf("%q twice", fo.Path)
		}
		byPath[fo.Path] = fo
		if got, err := st.Look(t.Context(), fo.Path); err != nil || got.Messages != 1 || fo.Messages != 1 {
			t.Errorf("%q: %+v, %v", fo.Path, got, err)
		}
		n := 0
		for _, err := range st.List(t.Context(), fo) {
			if n++; err != nil {
				t.Errorf("%q: %v", fo.Path, err)
			}
		}
		if n != 1 {
			t.Errorf("%q: %d messages", fo.Path, n)
		}
	}
	if len(folders) != len(oddNames)-1+4 || byPath["two"].Role != `\Junk` {
		t.Errorf("listed %+v", folders)
	}
	for _, w := range append(want, `"literal\"\\"`, "INBOX") {
		if f.seen("EXAMINE "+w) == 0 {
			t.Errorf("no EXAMINE %s", w)
		}
	}
}

// TestNotesNamePaths: what a folder is called at the server is told as places and listings write it, whatever the server's delimiter.
func TestNotesNamePaths(t *testing.T) {
	for _, tt := range []struct{ prefix, delim, raw, want string }{
		{"", ".", "Local Folders.a․b", `it is called "Local Folders/a․b" there`},
		{"INBOX.", ".", "INBOX.Local Folders.a․b", `it is called "Local Folders/a․b" there`},
		{"", `\`, `x\a․b`, `it is called "x/a․b" there`},
		{"", "/", "x/a․b", `it is called "x/a․b" there`},
	} {
		var told []string
		n := &names{prefix: tt.prefix, delim: tt.delim, known: map[mail.Path]string{}, claimed: map[string]mail.Path{},
			taken: map[string]mail.Path{}, closed: map[string]bool{}, note: func(s string) { told = append(told, s) }}
		n.settle("Local Folders/a.b", encodeName(tt.raw))
		if len(told) != 1 || !strings.Contains(told[0], tt.want) {
			t.Errorf("%q with delimiter %q: told %q, want %q", tt.raw, tt.delim, told, tt.want)
		}
	}
}

func TestPaths(t *testing.T) {
	for _, tt := range []struct {
		prefix, delim string
		path          mail.Path
		raw           string
		noted         bool
	}{
		{"", "/", "INBOX", "INBOX", false},
		{"", "/", "inbox", "INBOX", false},
		{"", "/", "Work/2004", "Work/2004", false},
		{"", "/", "inbox/sub", "INBOX/sub", false},
		{"", "/", "/a//b/", "a/b", false},
		{"", "/", "a.b", "a.b", false},
		{"", ".", "Work/2004", "Work.2004", false},
		{"", ".", "a.b/c", encodeName("a․b.c"), false},
		{"INBOX.", ".", "INBOX", "INBOX", false},
		{"INBOX.", ".", "Work/2004", "INBOX.Work.2004", false},
		{"INBOX.", ".", "Entwürfe", "INBOX.Entw&APw-rfe", false},
		{"INBOX.", ".", "INBOX/sub", "INBOX.INBOX.sub", false},
		{"", `\`, "a/b", `a\b`, false},
		{"", "", "a/b", encodeName("a∕b"), false},
		{"Mail/", "/", "a", "Mail/a", false},
	} {
		noted := false
		n := &names{prefix: tt.prefix, delim: tt.delim, note: func(string) { noted = true }}
		raw, err := n.raw(tt.path)
		if err != nil || raw != tt.raw || noted != tt.noted {
			t.Errorf("%q in %q %q: %q, %v, noted %v; want %q", tt.path, tt.prefix, tt.delim, raw, err, noted, tt.raw)
		}
	}
}

// TestPathsAreDistinct: whatever a server lists, no two mailboxes have one path, and each path leads back.
func TestPathsAreDistinct(t *testing.T) {
	for _, n := range []*names{{prefix: "INBOX.", delim: "."}, {delim: "/"}, {delim: "."}, {}} {
		n.known, n.taken, n.note = map[mail.Path]string{}, map[string]mail.Path{}, func(string) {}
		seen := map[mail.Path]string{}
		for _, raw := range []string{"INBOX", "INBOX.INBOX", "INBOX.inbox", "INBOX.a", "a", "INBOX.a/b", "INBOX.a_b", "a/b", "a_b", "INBOX.", "..",
			"a//b", "a..b", "INBOX.&AC8-", "INBOX._", "Sent", "SENT", "INBOX.INBOX.INBOX", "\xff", "\xfe", "INBOX/INBOX"} {
			p := n.path(raw)
			if other, twice := seen[p]; twice {
				t.Errorf("%q and %q are both %q", raw, other, p)
			}
			seen[p] = raw
			if back, err := n.raw(p); err != nil || back != raw || n.path(raw) != p {
				t.Errorf("%q is %q, which is %q, %v", raw, p, back, err)
			}
		}
	}
}

// TestPathOfWhatWasMade: a folder that was made in a run has its path also where the server lists it later in that run.
func TestPathOfWhatWasMade(t *testing.T) {
	n := &names{known: map[mail.Path]string{}, taken: map[string]mail.Path{}, claimed: map[string]mail.Path{}, closed: map[string]bool{}}
	n.delim, n.note = "/", func(string) {}
	n.settle("Sent", "Sent")
	if p := n.path("Sent"); p != "Sent" {
		t.Errorf("Sent is listed as %q", p)
	}
}

// TestNamespaces: the personal namespace is read, others are left out.
func TestNamespaces(t *testing.T) {
	for _, tt := range []struct{ answer, prefix, delim string }{
		{`(("INBOX." ".")) NIL NIL`, "INBOX.", "."},
		{`(("" "/")) (("user/" "/")) (("Public/" "/")("#shared/" "/"))`, "", "/"},
		{`(("" "/" "X-PARAM" ("a" "b")) ("#mh/" "/")) NIL NIL`, "", "/"},
		{`NIL NIL NIL`, "", ""},
		{`(("" NIL)) NIL NIL`, "", ""},
		{`(({6}` + "\r\nINBOX. \"\\\\\")) NIL NIL", "INBOX.", `\`},
		{`garbage`, "", ""},
		{`((`, "", ""},
	} {
		n := &names{}
		n.parse(scan{[]byte(" " + tt.answer)})
		if n.prefix != tt.prefix || n.delim != tt.delim {
			t.Errorf("%s: prefix %q delimiter %q", tt.answer, n.prefix, n.delim)
		}
	}
	f, st := newFake(t)
	f.caps += " NAMESPACE"
	f.listed = "* LIST () \".\" INBOX\r\n* LIST () \".\" INBOX.a\r\n* LIST () \".\" user.bob\r\n* LIST () \".\" user\r\n"
	f.on = func(c *client, cmd command) bool {
		if cmd.verb == "NAMESPACE" {
			c.send("* NAMESPACE ((\"INBOX.\" \".\")) ((\"user.\" \".\")) NIL\r\n%s OK\r\n", cmd.tag)
			return true
		}
		return false
	}
	folders, err := st.Folders(t.Context())
	if err != nil || len(folders) != 2 || folders[0].Path != mail.Inbox || folders[1].Path != "a" {
		t.Errorf("%+v, %v", folders, err)
	}
}
