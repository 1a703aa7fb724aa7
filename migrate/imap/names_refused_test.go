package imap

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"

	"mailmv/formats/mail"
)

// TestCandidates: a name that a server may refuse has others, which always are the same ones.
func TestCandidates(t *testing.T) {
	long := strings.Repeat("ä", 150)
	for _, tt := range []struct {
		prefix, delim string
		path          mail.Path
		want          []string // decoded, without the last one's tag
	}{
		{"", "/", "Work", []string{"Work"}},
		{"", "/", "Work/2004", []string{"Work/2004", "Work∕2004"}},
		{"", "/", "Dr. Müller", []string{"Dr. Müller", "Dr․ Müller"}},
		{"INBOX.", ".", "Dr. Müller/a", []string{"INBOX.Dr․ Müller.a", "INBOX.Dr․ Müller∕a"}},
		{"", "/", "~a/tmp/..", []string{"~a/tmp/..", "∼a/tmp_/․․", "∼a∕tmp_∕․․"}},
		{"", "/", "a*b%c", []string{"a*b%c", "a∗b％c"}},
		{"", "/", " a  b ", []string{" a  b ", "␣a ␣b␣"}},
		{"", "/", "x\x1by\nz", []string{"x␛y␊z"}},
		{"", "/", "😀", []string{"😀", "U+1F600"}},
		{"", `\`, `a\b`, []string{"a⧵b"}},
		{"", "", "a/b", []string{"a∕b"}},
		{"", "/", "inbox", []string{"INBOX"}},
		{"", "/", mail.Path(long), []string{long, cutLevel(long)}},
	} {
		n := &names{prefix: tt.prefix, delim: tt.delim, note: func(string) {}}
		all, err := n.candidates(tt.path)
		if err != nil {
			t.Errorf("%q: %v", tt.path, err)
			continue
		}
		for i, raw := range all {
			all[i] = readableName(raw)
		}
		if tt.path.Clean() != mail.Inbox {
			if last := all[len(all)-1]; !strings.HasSuffix(last, "_"+tagOf(string(tt.path.Clean()))) {
				t.Errorf("%q: the last is %q", tt.path, last)
			}
			all = all[:len(all)-1]
		}
		if fmt.Sprintf("%q", all) != fmt.Sprintf("%q", tt.want) {
			t.Errorf("%q: got %q, want %q", tt.path, all, tt.want)
		}
	}
	if n := len(encodeName(cutLevel(long))); n > longLevel || cutLevel(long) == cutLevel(long+"x") || cutLevel("short") != "short" {
		t.Errorf("cut to %d octets", n)
	}
}

// folderServer makes the fake keep folders, and refuse those whose decoded names hold one of these signs.
func folderServer(f *fake, refused string) {
	var mu sync.Mutex
	there := map[string]bool{"INBOX": true}
	f.on = func(c *client, cmd command) bool {
		name, _, _ := (&scan{[]byte(cmd.args)}).str()
		mu.Lock()
		defer mu.Unlock()
		no := func() bool { c.send("%s NO no such name\r\n", cmd.tag); return true }
		switch cmd.verb {
		case "SELECT", "EXAMINE", "STATUS":
			if !there[name] {
				return no()
			}
		case "CREATE":
			if strings.ContainsAny(readableName(name), refused) || there[name] {
				return no()
			}
			there[name] = true
			c.send("%s OK made\r\n", cmd.tag)
			return true
		case "LIST":
			if strings.HasSuffix(cmd.args, `""`) {
				return false
			}
			pattern, _, _ := (&scan{[]byte(strings.TrimPrefix(cmd.args, `"" `))}).str()
			for n := range there {
				if q, err := quoted(n); err == nil && (pattern == "*" || pattern == n) {
					c.send("* LIST () \"/\" %s\r\n", q)
				}
			}
			c.send("%s OK\r\n", cmd.tag)
			return true
		}
		return false
	}
}

// TestRefusedNames: a folder whose name the server refuses is made under another one, which is said, and which a later
// session finds again; folders whose names would become one stay two.
func TestRefusedNames(t *testing.T) {
	f, st := newFake(t)
	folderServer(f, ".~*")
	told := map[string]bool{}
	var mu sync.Mutex
	st.notes = func(s string) { mu.Lock(); told[s] = true; mu.Unlock() }
	paths := []mail.Path{"plain", "Dr. X", "Dr․ X", "~home/a.b", "a*b", "a∗b"}
	if _, err := st.Look(t.Context(), "Dr. X"); !errors.Is(err, mail.ErrNoFolder) {
		t.Errorf("before it is made: %v", err)
	}
	for _, p := range paths {
		got, err := st.Open(t.Context(), p)
		if err != nil || got.Path != p {
			t.Errorf("Open(%q): %+v, %v", p, got, err)
		}
	}
	raws := func(st *Store) map[mail.Path]string {
		all := map[mail.Path]string{}
		back := map[string]mail.Path{}
		for _, p := range paths {
			raw, err := st.rawName(t.Context(), "look", p)
			if err != nil {
				t.Errorf("%q: %v", p, err)
			}
			if other, twice := back[raw]; twice {
				t.Errorf("%q and %q are both %q", other, p, raw)
			}
			all[p], back[raw] = raw, p
		}
		return all
	}
	first := raws(st)
	if first["plain"] != "plain" || readableName(first["Dr. X"]) != "Dr․ X" || readableName(first["~home/a.b"]) != "∼home/a․b" {
		t.Errorf("called %q", first)
	}
	if !told[`folder "Dr. X": the server cannot hold a folder of that name, so it is called "Dr․ X" there`] || len(told) != 5 {
		t.Errorf("told %v", told)
	}
	again, made := f.again(st, Options{Connections: 1}), f.seen("CREATE ")
	for _, p := range paths { // as a second run does it
		if got, err := again.Open(t.Context(), p); err != nil || got.Path != p {
			t.Errorf("again: Open(%q): %+v, %v", p, got, err)
		}
	}
	if second := raws(again); fmt.Sprint(second) != fmt.Sprint(first) {
		t.Errorf("again called %q, first %q", second, first)
	}
	if f.seen("CREATE ") != made || made != 11 {
		t.Errorf("%d CREATEs, then %d: %q", made, f.seen("CREATE "), f.commands)
	}
	if got, err := f.again(st, Options{}).Look(t.Context(), "Dr. X"); err != nil || got.Path != "Dr. X" {
		t.Errorf("Look: %+v, %v", got, err)
	}
}

// TestRefusedForAnotherReason: what has nothing to do with the name is not tried under six names.
func TestRefusedForAnotherReason(t *testing.T) {
	f, st := newFake(t)
	folderServer(f, "")
	inner := f.on
	f.on = func(c *client, cmd command) bool {
		if cmd.verb == "CREATE" {
			c.send("%s NO [NOPERM] not yours\r\n", cmd.tag)
			return true
		}
		return inner(c, cmd)
	}
	if _, err := st.Open(t.Context(), "Dr. X"); err == nil || f.seen("CREATE") > 2 {
		t.Errorf("%v, commands %q", err, f.commands)
	}
}
