package imap

import (
	"errors"
	"io"
	"strings"
	"sync"
	"testing"
	"time"

	"mailmv/formats/mail"
)

// readAll fetches refs and tells bodies by ID, and errors by ID ("" for the one that ended it).
func readAll(t *testing.T, st *Store, refs []mail.Ref) (map[string]string, map[string]error) {
	t.Helper()
	got, errs := map[string]string{}, map[string]error{}
	for m, err := range st.Fetch(t.Context(), inbox, refs) {
		if err != nil {
			errs[m.ID] = err
			continue
		}
		b, err := io.ReadAll(m.Body)
		if err != nil {
			errs[m.ID] = err
			continue
		}
		if _, twice := got[m.ID]; twice {
			t.Errorf("message %s came twice", m.ID)
		}
		got[m.ID] = string(b)
	}
	return got, errs
}

// TestNoise: what is fatal to the library, or makes it lose a message, is survived, and told where it was repaired.
func TestNoise(t *testing.T) {
	for _, tt := range []struct{ name, lines, told string }{
		{"unknown response", "* XSURPRISE 1 2 3\r\n", "XSURPRISE"},
		{"unknown response with a literal", "* XSURPRISE {9}\r\n* 1 FETCH\r\n", "XSURPRISE"},
		{"VANISHED", "* VANISHED (EARLIER) 1:9\r\n", ""},
		{"LSUB", "* LSUB () \"/\" foo\r\n", ""},
		{"blank lines", "\r\n \r\n", ""},
		{"continuation", "+ go on\r\n", "go on"},
		{"stale tag", "T999 OK late\r\n", "not given"},
		{"number over 32 bits", "* 99999999999 EXISTS\r\n", "32 bits"},
		{"EXISTS", "* 4294967295 EXISTS\r\n", ""},
		{"EXPUNGE", "* 3 EXPUNGE\r\n", ""},
		{"capability", "* CAPABILITY IMAP4rev2 UTF8=ACCEPT\r\n", ""},
		{"alert", "* OK [ALERT] disk \x1b[2Jis low\r\n", "disk [2Jis low"},
		{"NO with a brace", "* NO something {5}\r\n", ""},
		{"bad code", "* OK [UIDVALIDITY nonsense] x\r\n", ""},
		{"flags of another message", "* 2 FETCH (FLAGS (\\Seen))\r\n", ""},
		{"flags with UID", "* 1 FETCH (UID 1 FLAGS (\\Seen $x))\r\n", ""},
		{"unknown items", "* 1 FETCH (X-GM-MSGID 12 EMAILID (M1) X-Y (a (b {3}\r\n)(\") c) \"q\" NIL))\r\n", ""},
		{"answer nobody asked for", "* 9 FETCH (UID 99 BODY[] {5}\r\nhello FLAGS ())\r\n", ""},
		{"unreadable answer", "* 9 FETCH (FLAGS (a(b)\r\n", "cannot be read"},
		{"answer number 0", "* 0 FETCH (UID 7)\r\n", "cannot be read"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			f, st := newFake(t)
			f.fill(3)
			f.on = func(c *client, cmd command) bool {
				if cmd.verb == "UID FETCH" {
					c.send("%s", tt.lines)
				}
				return false
			}
			var mu sync.Mutex
			var notes []string
			st.notes = func(s string) { mu.Lock(); notes = append(notes, s); mu.Unlock() }
			n := 0
			for m, err := range st.List(t.Context(), inbox) {
				if err != nil || m.Octets != int64(len(f.mail[n].octets)) {
					t.Fatalf("listed %+v, %v", m, err)
				}
				n++
			}
			got, errs := readAll(t, st, f.refs())
			if n != 3 || len(got) != 3 || len(errs) != 0 {
				t.Errorf("listed %d, fetched %d, errors %v", n, len(got), errs)
			}
			for i, r := range f.refs() {
				if got[r.ID] != f.mail[i].octets {
					t.Errorf("message %s is %q", r.ID, got[r.ID])
				}
			}
			mu.Lock()
			defer mu.Unlock()
			if told := strings.Join(notes, "\n"); !strings.Contains(told, tt.told) || tt.told == "" && told != "" || len(notes) > 1 {
				t.Errorf("told %q, want one note with %q", notes, tt.told)
			}
		})
	}
}

// TestAnswers: one message, told in the ways that servers have.
func TestAnswers(t *testing.T) {
	body := "Subject: x\r\n\r\n" + strings.Repeat("y", 100)
	big := "Subject: big\r\n\r\n" + strings.Repeat("z", maxHeld+1)
	for _, tt := range []struct {
		name, answer, want string
		err                error
	}{
		{"plain", "* 1 FETCH (UID 5 BODY[] {114}\r\n" + body + ")\r\n", body, nil},
		{"UID behind the literal", "* 1 FETCH (BODY[] {114}\r\n" + body + " UID 5)\r\n", body, nil},
		{"UID behind a big literal", "* 1 FETCH (BODY[] {262161}\r\n" + big + " UID 5)\r\n", big, nil},
		{"flags before", "* 1 FETCH (UID 5 FLAGS (\\Seen))\r\n* 1 FETCH (UID 5 BODY[] {114}\r\n" + body + ")\r\n", body, nil},
		{"split in two", "* 1 FETCH (UID 5)\r\n* 1 FETCH (BODY[] {114}\r\n" + body + " UID 5)\r\n", body, nil},
		{"literal8", "* 1 FETCH (UID 5 BODY[] ~{114}\r\n" + body + ")\r\n", body, nil},
		{"named RFC822", "* 1 FETCH (UID 5 RFC822 {114}\r\n" + body + ")\r\n", body, nil},
		{"lower case, loose blanks", "* 1 fetch ( uid 5  body[] {114}\r\n" + body + " )\r\n", body, nil},
		{"bare LF lines", "* 1 FETCH (UID 5 BODY[] {114}\n" + body + ")\n", body, nil},
		{"partial", "* 1 FETCH (UID 5 BODY[]<0> {114}\r\n" + body + ")\r\n", body, nil},
		{"items behind it", "* 1 FETCH (UID 5 BODY[] {114}\r\n" + body + " X {2}\r\n)( FLAGS (a]b))\r\n", body, nil},
		{"quoted", "* 1 FETCH (UID 5 BODY[] \"a \\\"b\\\\ {3}\")\r\n", `a "b\ {3}`, nil},
		{"NIL", "* 1 FETCH (UID 5 BODY[] NIL)\r\n", "", nil},
		{"empty", "* 1 FETCH (UID 5 BODY[] {0}\r\n)\r\n", "", nil},
		{"nothing", "", "", mail.ErrGone},
		{"another UID behind it", "* 1 FETCH (BODY[] {262161}\r\n" + big + " UID 6)\r\n", "", mail.ErrCut},
		{"literal too short", "* 1 FETCH (UID 5 BODY[] {100}\r\n" + body + ")\r\n", "", mail.ErrCut},
		{"twice", "* 1 FETCH (UID 5 BODY[] {1}\r\na)\r\n* 1 FETCH (UID 5 BODY[] {1}\r\nb)\r\n", "a", errTwice},
		{"literal beyond all numbers", "* 1 FETCH (UID 5 BODY[] {99999999999999999999}\r\nx", "", mail.ErrCut},
		{"negative literal", "* 1 FETCH (UID 5 BODY[] {-5}\r\n)\r\n", "", mail.ErrGone},
		{"UID 0", "* 1 FETCH (UID 0 BODY[] {1}\r\na)\r\n", "", errSyntax},
	} {
		t.Run(tt.name, func(t *testing.T) {
			f, st := newFake(t)
			f.fill(1)
			f.on = func(c *client, cmd command) bool {
				if cmd.verb != "UID FETCH" {
					return false
				}
				if !strings.Contains(cmd.args, "BODY") {
					if tt.answer != "" && !strings.Contains(tt.name, "negative") { // (UID): is it there?
						c.send("* 1 FETCH (UID 5)\r\n")
					}
				} else {
					c.send("%s", tt.answer)
					if strings.HasSuffix(tt.answer, "x") {
						c.Close()
						return true
					}
				}
				c.send("%s OK done\r\n", cmd.tag)
				return true
			}
			got, errs := readAll(t, st, []mail.Ref{f.ref(5)})
			var failed error
			for _, err := range errs {
				failed = errors.Join(failed, err)
			}
			if got["5"] != tt.want || (failed != nil) != (tt.err != nil) || !errors.Is(failed, tt.err) {
				t.Errorf("got %d octets, error %v; want %d, %v", len(got["5"]), failed, len(tt.want), tt.err)
			}
			if _, err := st.Look(t.Context(), "INBOX"); err != nil {
				t.Errorf("afterwards: %v", err)
			}
		})
	}
}

// TestCutInLiteral: a peer that closes cleanly in the middle of a literal must not leave a short message that
// looks whole (the library calls it complete), wherever the cut is.
func TestCutInLiteral(t *testing.T) {
	for cut := range 60 {
		f, st := newFake(t)
		f.fill(1)
		f.on = func(c *client, cmd command) bool {
			if cmd.verb != "UID FETCH" {
				return false
			}
			c.send("%s", ("* 1 FETCH (UID 1 BODY[] {20}\r\n01234567890123456789)\r\n" + cmd.tag + " OK done\r\n")[:cut])
			c.Close()
			return true
		}
		got, errs := readAll(t, st, f.refs())
		whole := cut >= len("* 1 FETCH (UID 1 BODY[] {20}\r\n01234567890123456789)\r\n")
		if (len(got) > 0) != whole || len(errs) == 0 && cut < 60 && !strings.HasSuffix(got["1"], "9") {
			t.Errorf("cut after %d: got %q, errors %v", cut, got, errs)
		}
		for _, err := range errs {
			if mail.ScopeOf(err) != mail.ScopeStore || !mail.Retryable(err) {
				t.Errorf("cut after %d: %v is not ScopeStore with Retry", cut, err)
			}
		}
		st.Close()
	}
}

// TestSelectOddFlags: a folder with keywords that Gmail really makes can be opened.
func TestSelectOddFlags(t *testing.T) {
	f, st := newFake(t)
	f.flags = "[Gmail]/x] \"quoted\" \\ caf\xc3\xa9 \\* "
	f.fill(1)
	f.on = func(c *client, cmd command) bool {
		if cmd.verb != "UID FETCH" {
			return false
		}
		c.send("* 1 FETCH (UID 1 FLAGS ( \\Seen \\Recent  [imap]/x] \"quoted\" \\ caf\xc3\xa9 ) RFC822.SIZE 12 INTERNALDATE \"00-Jan-0000 00:00:00 +0000\")\r\n%s OK\r\n", cmd.tag)
		return true
	}
	notes := 0
	var mu sync.Mutex
	st.notes = func(string) { mu.Lock(); notes++; mu.Unlock() }
	for m, err := range st.List(t.Context(), inbox) {
		if err != nil || m.Flags != mail.Seen || strings.Join(m.Keywords, " ") != "[imap_/x_ quoted caf__" || !m.InternalDate.IsZero() || m.Octets != 12 {
			t.Errorf("listed %+v, %v", m, err)
		}
	}
	if mu.Lock(); notes < 4 {
		t.Errorf("%d notes, want one for each flag and the date", notes)
	}
	mu.Unlock()
}

func TestInternalDates(t *testing.T) {
	want := time.Date(2004, 7, 1, 12, 0, 0, 0, time.UTC)
	for in, ok := range map[string]bool{
		`" 1-Jul-2004 12:00:00 +0000"`: true, `"01-Jul-2004 12:00:00 -0000"`: true, `"1-Jul-2004 12:00:00 +0000"`: true,
		`" 1-Jul-2004 07:00:00 -0500"`: true, `"01-Jul-2004 12:00:00"`: true, `NIL`: false, `"00-Jan-0000 00:00:00 +0000"`: false, `""`: false,
	} {
		f, st := newFake(t)
		f.fill(1)
		f.on = func(c *client, cmd command) bool {
			if cmd.verb != "UID FETCH" {
				return false
			}
			c.send("* 1 FETCH (INTERNALDATE %s RFC822.SIZE 5 UID 1)\r\n%s OK done\r\n", in, cmd.tag)
			return true
		}
		n := 0
		for m, err := range st.List(t.Context(), inbox) {
			if n++; err != nil || m.InternalDate.IsZero() == ok || ok && !m.InternalDate.Equal(want) {
				t.Errorf("%s: %v, %v", in, m.InternalDate, err)
			}
		}
		if n != 1 {
			t.Errorf("%s: %d messages", in, n)
		}
	}
}
