package imap

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"mailmv/formats/mail"
	"mailmv/migrate/wire"
)

// found lists the UIDs of the fake's INBOX that a search finds.
func (f *fake) found(t *testing.T, st *Store, keys string) ([]int, error) {
	t.Helper()
	fits, err := st.Search(t.Context(), inbox, keys)
	if err != nil {
		return nil, err
	}
	var uids []int
	for _, m := range f.mail {
		if fits(f.ref(m.uid)) {
			uids = append(uids, m.uid)
		}
		other := f.ref(m.uid)
		other.Validity++
		if fits(other) {
			t.Errorf("UID %d of another generation is found", m.uid)
		}
	}
	return uids, nil
}

func TestSearchAnswers(t *testing.T) {
	for _, c := range []struct {
		name, caps, answer string
		want               []int
		sent               string
	}{
		{"plain", "IMAP4rev1", "* SEARCH 2 3\r\n", []int{2, 3}, "UID SEARCH SEEN"},
		{"in parts", "IMAP4rev1", "* SEARCH 5\r\n* 9 EXISTS\r\n* SEARCH 1 2\r\n", []int{1, 2, 5}, "UID SEARCH SEEN"},
		{"nothing", "IMAP4rev1", "* SEARCH\r\n", nil, "UID SEARCH SEEN"},
		{"no answer", "IMAP4rev1", "", nil, "UID SEARCH SEEN"},
		{"modseq", "IMAP4rev1", "* SEARCH 4 (MODSEQ 917162500)\r\n", []int{4}, "UID SEARCH SEEN"},
		{"extended", "IMAP4rev1 ESEARCH", "* ESEARCH (TAG \"x\") UID ALL 4:5,1\r\n", []int{1, 4, 5}, "UID SEARCH RETURN (ALL) SEEN"},
		{"extended, nothing", "IMAP4rev1 ESEARCH", "* ESEARCH (TAG \"x\") UID\r\n", nil, "UID SEARCH RETURN (ALL) SEEN"},
		{"backwards", "IMAP4rev2", "* ESEARCH UID ALL 3:2\r\n", []int{2, 3}, "UID SEARCH RETURN (ALL) SEEN"},
	} {
		t.Run(c.name, func(t *testing.T) {
			f, st := newFake(t)
			f.caps = c.caps
			f.fill(5)
			f.on = func(cl *client, cmd command) bool {
				if cmd.verb == "UID SEARCH" {
					cl.send("%s", c.answer)
				}
				return false
			}
			got, err := f.found(t, st, "SEEN")
			if err != nil || !slices.Equal(got, c.want) {
				t.Fatalf("found %v, %v, want %v", got, err, c.want)
			}
			if n := f.seen(c.sent); n != 1 {
				t.Errorf("%q was sent %d times: %q", c.sent, n, f.commands)
			}
			n := 0
			for m, err := range st.List(t.Context(), inbox) { // the connection goes on
				if n++; err != nil || m.ID == "" {
					t.Fatal(m, err)
				}
			}
			if n != 5 {
				t.Errorf("%d messages are listed afterwards", n)
			}
		})
	}
}

// What goes over the wire is what was asked for, and never a second command.
func TestSearchWords(t *testing.T) {
	for _, c := range []struct {
		keys, args string
		lits       []string
	}{
		{`  FROM "a b" (OR SEEN NOT UID 5:*) `, `FROM "a b" (OR SEEN NOT UID 5:*)`, nil},
		{`SUBJECT "{5}"`, `SUBJECT "{5}"`, nil},
		{`SUBJECT "a\"b) {3+}" SEEN`, `SUBJECT "a\"b) {3+}" SEEN`, nil},
		{`SUBJECT Grüße SEEN`, `CHARSET UTF-8 SUBJECT {7+} SEEN`, []string{"Grüße"}},
		{`(FROM "Jürgen \"J\"" SUBJECT ß)`, `CHARSET UTF-8 (FROM {11+} SUBJECT {2+})`, []string{`Jürgen "J"`, "ß"}},
	} {
		for _, caps := range []string{"IMAP4rev1 LITERAL+", "IMAP4rev1"} {
			f, st := newFake(t)
			f.caps = caps
			var got command
			f.on = func(cl *client, cmd command) bool {
				if cmd.verb == "UID SEARCH" {
					got = cmd
				}
				return false
			}
			want := c.args
			if caps == "IMAP4rev1" {
				want = strings.ReplaceAll(want, "+} ", "} ")
				want = strings.ReplaceAll(want, "{2+})", "{2})")
			}
			if strings.Contains(c.keys, `"{`) || strings.Contains(c.keys, `{3+}`) {
				want = c.args
			}
			if _, err := st.Search(t.Context(), inbox, c.keys); err != nil || got.args != want || !slices.Equal(got.lits, c.lits) {
				t.Errorf("%s with %s: %q %q, %v, want %q %q", c.keys, caps, got.args, got.lits, err, want, c.lits)
			}
		}
	}
}

func TestSearchRefusesWords(t *testing.T) {
	for keys, why := range map[string]string{
		"SEEN\r\nx DELETE INBOX": "line end",
		"SEEN\nx":                "line end",
		"FROM \"a\x00\"":         "NUL",
		"FROM \xff":              "UTF-8",
		" ":                      "no keys",
		"SUBJECT {5}":            "literal",
		"SUBJECT {5+}":           "literal",
		"HEADER X ~{3}":          "literal",
		`FROM "a`:                "quotation mark",
		`FROM "a\"`:              "quotation mark",
		`a"b"`:                   "inside",
		`"a"b`:                   "inside",
		"(SEEN":                  "without",
		"SEEN)":                  "without",
		") SEEN (":               "without",
		"charset UTF-8 SEEN":     "CHARSET",
		"RETURN (COUNT) SEEN":    "RETURN",
	} {
		if err := CheckSearch(keys); err == nil || !strings.Contains(err.Error(), why) {
			t.Errorf("CheckSearch(%q) = %v, want %s", keys, err, why)
		}
	}
}

// What the server does not take is told with the words, and does not go on to other folders.
func TestSearchRefused(t *testing.T) {
	for answer, want := range map[string]error{
		"BAD Unknown argument NONSENSE":            mail.ErrSearch,
		"NO [BADCHARSET (US-ASCII)] not that one":  mail.ErrSearch,
		"NO [LIMIT] too many requests, slow down":  mail.ErrLimit,
		"NO cannot search here":                    mail.ErrSearch,
		"NO [SERVERBUG] Internal server error":     mail.ErrSearch,
		"NO [UNAVAILABLE] temporarily unavailable": mail.ErrLimit,
	} {
		f, st := newFake(t)
		f.on = func(cl *client, cmd command) bool {
			if cmd.verb != "UID SEARCH" {
				return false
			}
			cl.send("%s %s\r\n", cmd.tag, answer)
			return true
		}
		_, err := st.Search(t.Context(), inbox, "NONSENSE")
		if !errors.Is(err, want) || mail.ScopeOf(err) != mail.ScopeStore {
			t.Errorf("%s: %v of scope %v, want %v", answer, err, mail.ScopeOf(err), want)
		}
		if want == mail.ErrSearch && (!strings.Contains(err.Error(), `"NONSENSE"`) || mail.Retryable(err)) {
			t.Errorf("%s: the error does not name the words, or asks to try again: %v", answer, err)
		}
	}
}

// A server without ESEARCH puts every UID into one line.
func TestSearchLongLine(t *testing.T) {
	f, st := newFake(t)
	f.fill(3)
	f.on = func(cl *client, cmd command) bool {
		switch cmd.verb {
		case "EXAMINE", "SELECT":
			cl.send("* 300000 EXISTS\r\n* OK [UIDVALIDITY 7] v\r\n%s OK done\r\n", cmd.tag)
			return true
		case "UID SEARCH":
			cl.send("* SEARCH")
			for uid := 2; uid <= 300000; uid++ {
				cl.send(" %d", uid)
			}
			cl.send("\r\n")
		}
		return false
	}
	got, err := f.found(t, st, "ALL")
	if err != nil || !slices.Equal(got, []int{2, 3}) {
		t.Errorf("found %v, %v", got, err)
	}
}

func FuzzSearchWords(f *testing.F) {
	for _, keys := range []string{`FROM "a\\" (OR ß "ü{3}")`, "a{1}", "\"\"", "(((", "a\tb"} {
		f.Add(keys)
	}
	f.Fuzz(func(t *testing.T, keys string) {
		q, err := parseSearch(keys)
		if err != nil {
			return
		}
		// Read as a server would, the text ends where it ends and holds no literal but ours.
		text := ""
		for i, p := range q.parts {
			text += p.text
			if i < len(q.parts)-1 {
				text += "{" + fmt.Sprint(len(p.literal)) + "}\r\n" + p.literal
			}
		}
		if strings.ContainsAny(strings.ReplaceAll(text, "}\r\n", ""), "\r\n\x00") {
			t.Errorf("%q holds the end of a command", text)
		}
		s := scan{[]byte(text)}
		for depth := 0; ; {
			s.blanks()
			if s.done() {
				if depth != 0 {
					t.Errorf("%q: parentheses do not match", text)
				}
				break
			}
			switch {
			case s.accept('('):
				depth++
			case s.accept(')'):
				depth--
			case s.peek() == '~' && !strings.Contains(text, "~{"):
				s.accept('~')
			default:
				if _, _, ok := s.str(); !ok {
					t.Fatalf("%q: cannot be read from %q on", text, s.b)
				}
			}
		}
	})
}

// Against a real server: words beyond ASCII, dates, sizes, and what it does not know.
func TestRealSearch(t *testing.T) {
	env := realServer(t)
	st := realStore(t, env, 1, wire.Implicit, Options{})
	folder, err := st.Open(t.Context(), freshFolder())
	if err != nil {
		t.Fatal(err)
	}
	var batch []mail.Parcel
	for i, subject := range []string{"=?utf-8?q?Gr=C3=BC=C3=9Fe?=", "plain", `quo"ted`, "Grüße raw"} {
		batch = append(batch, parcel(i, "From: a@example.org\r\nSubject: "+subject+"\r\n\r\nbody "+fmt.Sprint(i)+"\r\n"))
	}
	wait, err := st.Append(t.Context(), folder, batch)
	if err != nil {
		t.Fatal(err)
	}
	stored, err := wait()
	if err != nil {
		t.Fatal(err)
	}
	for keys, want := range map[string]string{
		"SUBJECT Grüße":         "[0 3]",
		`SUBJECT "Grüße raw"`:   "[3]",
		`SUBJECT "quo\"ted"`:    "[2]",
		`BODY "body 1"`:         "[1]",
		"OR BODY 1 (BODY 2)":    "[1 2]",
		"LARGER 1000000":        "[]",
		"NOT BODY 1":            "[0 2 3]",
		"SINCE 1-Jan-1980":      "[0 1 2 3]",
		"UID 1:* NOT SUBJECT x": "[0 1 2 3]",
	} {
		fits, err := st.Search(t.Context(), folder, keys)
		if err != nil {
			t.Errorf("%s: %v", keys, err)
			continue
		}
		got := []int{}
		for i, s := range stored {
			if fits(s.Ref) {
				got = append(got, i)
			}
		}
		if fmt.Sprint(got) != want {
			t.Errorf("%s finds %v, want %s", keys, got, want)
		}
	}
	if _, err := st.Search(t.Context(), folder, "NONSENSE"); !errors.Is(err, mail.ErrSearch) {
		t.Errorf("nonsense: %v", err)
	}
}
