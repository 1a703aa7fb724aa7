package imap

import (
	"errors"
	"io"
	"net"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"mailmv/formats/mail"
)

// store appends bodies as one batch, and waits.
func store(t *testing.T, st *Store, bodies ...string) ([]mail.Stored, error) {
	t.Helper()
	var batch []mail.Parcel
	for i, b := range bodies {
		batch = append(batch, parcel(i, b))
	}
	wait, err := st.Append(t.Context(), inbox, batch)
	if err != nil {
		return nil, err
	}
	return wait()
}

func (f *fake) octets() []string {
	f.mu.Lock()
	defer f.mu.Unlock()
	var all []string
	for _, m := range f.mail {
		all = append(all, m.octets)
	}
	return all
}

// TestWays: every way in which a server lets itself be given mail ends with the same mail, in order, and sizes read back.
func TestWays(t *testing.T) {
	bodies := []string{"one\r\n", strings.Repeat("two\r\n", 2000), "\x00\xff\r\n bare \n", "four"}
	for _, tt := range []struct {
		name, caps string
		appends    int
		announced  string // how the long one was
	}{
		{"MULTIAPPEND, LITERAL+", "IMAP4rev1 UIDPLUS LITERAL+ MULTIAPPEND", 1, "{10000+}"},
		{"MULTIAPPEND, LITERAL-", "IMAP4rev1 UIDPLUS LITERAL- MULTIAPPEND", 1, "{10000}"},
		{"MULTIAPPEND", "IMAP4rev1 UIDPLUS MULTIAPPEND", 1, "{10000}"},
		{"LITERAL+", "IMAP4rev1 UIDPLUS LITERAL+", 4, "{10000+}"},
		{"LITERAL-", "IMAP4rev1 UIDPLUS LITERAL-", 4, "{10000}"},
		{"nothing", "IMAP4rev1 UIDPLUS", 4, "{10000}"},
		{"no UIDPLUS", "IMAP4rev1", 4, "{10000}"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			f, st := newFake(t)
			f.caps = tt.caps
			f.on = func(c *client, cmd command) bool {
				if cmd.verb == "APPEND" && tt.name == "no UIDPLUS" {
					f.mu.Lock()
					f.mail = append(f.mail, fakeMessage{f.next, cmd.lits[0]})
					f.next++
					f.mu.Unlock()
					c.send("* 3 EXISTS\r\n%s OK\r\n", cmd.tag)
					return true
				}
				return false
			}
			stored, err := store(t, st, bodies...)
			if err != nil {
				t.Fatal(err)
			}
			for i, s := range stored {
				want := mail.Stored{Ref: f.ref(i + 1), Octets: int64(len(bodies[i]))}
				if tt.name == "no UIDPLUS" {
					want.Ref.ID, want.Octets = "", -1
				}
				if s != want {
					t.Errorf("stored %+v, want %+v", s, want)
				}
			}
			if examined := f.seen("EXAMINE INBOX") > 0; examined != (tt.name == "no UIDPLUS") {
				t.Errorf("examined %v; GNU Mailutils loses what is stored while a folder is selected for writing", examined)
			}
			if got := f.octets(); !slices.Equal(got, bodies) {
				t.Errorf("the server has %q", got)
			}
			if f.seen("APPEND \"INBOX\"") != tt.appends || f.seen(tt.announced) == 0 {
				t.Errorf("commands %q", f.commands)
			}
			if f.seen(`(\Seen) " 1-Jul-2004 12:00:00 -0500" {5`) != 1 {
				t.Errorf("attributes in %q", f.commands)
			}
		})
	}
}

// TestCutWhileStoring: the connection ends at every stage. The error says to come back, and coming back works.
func TestCutWhileStoring(t *testing.T) {
	for _, tt := range []struct {
		name  string
		caps  string
		early func(c *client, tag string) bool
		on    func(f *fake, c *client, cmd command)
	}{
		{"before +", "IMAP4rev1 UIDPLUS", func(c *client, tag string) bool { c.Close(); return false }, nil},
		{"in the literal", "IMAP4rev1 UIDPLUS", func(c *client, tag string) bool {
			c.send("+ go\r\n")
			io.CopyN(io.Discard, c.r, 2)
			c.Close()
			return false
		}, nil},
		{"not stored", "IMAP4rev1 UIDPLUS LITERAL+ MULTIAPPEND", nil, func(f *fake, c *client, cmd command) {}},
		{"stored, no OK", "IMAP4rev1 UIDPLUS LITERAL+ MULTIAPPEND", nil, func(f *fake, c *client, cmd command) {
			f.mu.Lock()
			defer f.mu.Unlock()
			f.mail = append(f.mail, fakeMessage{f.next, cmd.lits[0]})
		}},
		{"reset", "IMAP4rev1 UIDPLUS LITERAL+", nil, func(f *fake, c *client, cmd command) {
			c.Conn.(*net.TCPConn).SetLinger(0)
		}},
		{"BYE", "IMAP4rev1 UIDPLUS LITERAL+", nil, func(f *fake, c *client, cmd command) {
			c.send("* BYE session limit reached, retry in 90 seconds\r\n")
		}},
		{"half an answer", "IMAP4rev1 UIDPLUS LITERAL+", nil, func(f *fake, c *client, cmd command) {
			c.send("%s O", cmd.tag)
		}},
		{"no answer but nonsense", "IMAP4rev1 UIDPLUS LITERAL+", nil, func(f *fake, c *client, cmd command) {
			c.send("%s WHAT\r\n", cmd.tag)
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			f, st := newFake(t)
			f.caps = tt.caps
			var once sync.Once
			if tt.early != nil {
				f.early = func(c *client, tag, line string) (ok bool) {
					ok = true
					once.Do(func() { ok = tt.early(c, tag) })
					return ok
				}
			}
			if tt.on != nil {
				f.on = func(c *client, cmd command) (done bool) {
					if cmd.verb == "APPEND" {
						once.Do(func() { tt.on(f, c, cmd); c.Close(); done = true })
					}
					return done
				}
			}
			stored, err := store(t, st, "one\r\n", "two\r\n")
			if mail.ScopeOf(err) != mail.ScopeStore || !mail.Retryable(err) {
				t.Fatalf("got %+v, %v; want ScopeStore with Retry", stored, err)
			}
			for _, s := range stored {
				if s.Err != nil || s.Ref.ID != "" {
					t.Errorf("fate %+v, want in doubt", s)
				}
			}
			if tt.name == "BYE" {
				e := (*mail.Error)(nil)
				if !errors.Is(err, mail.ErrLimit) || !errors.As(err, &e) || e.After != 90*time.Second || !strings.Contains(err.Error(), "session limit reached") {
					t.Errorf("error %v", err)
				}
			}
			if stored, err = store(t, st, "one\r\n", "two\r\n"); err != nil || stored[1].Octets != 5 {
				t.Errorf("again: %+v, %v", stored, err)
			}
		})
	}
}

// TestRefusals: what the server's NO means.
func TestRefusals(t *testing.T) {
	for _, tt := range []struct {
		name, answer string
		scope        mail.Scope
		retry        bool
		is           error
		after        time.Duration
	}{
		{"over quota", "NO [OVERQUOTA] full", mail.ScopeStore, false, mail.ErrQuota, 0},
		{"over quota without a code", "NO Over quota", mail.ScopeStore, false, mail.ErrQuota, 0},
		{"over quota as an alert", "NO [ALERT] You exceeded your mail quota.", mail.ScopeStore, false, mail.ErrQuota, 0},
		{"too big", "NO [TOOBIG] no", mail.ScopeMessage, false, mail.ErrTooBig, 0},
		{"too big, Dovecot", "NO [LIMIT] Mail size is larger than the maximum size allowed by server configuration", mail.ScopeMessage, false, mail.ErrTooBig, 0},
		{"limit", "NO [LIMIT] no", mail.ScopeMessage, false, mail.ErrTooBig, 0},
		{"too big without a code", "NO Message size exceeds maximum size", mail.ScopeMessage, false, mail.ErrTooBig, 0},
		{"NUL", "NO Message contains NUL characters", mail.ScopeMessage, false, nil, 0},
		{"unavailable", "NO [UNAVAILABLE] later", mail.ScopeStore, true, mail.ErrLimit, 0},
		{"in use", "NO [INUSE] later", mail.ScopeStore, true, mail.ErrLimit, 0},
		{"server bug", "NO [SERVERBUG] oops", mail.ScopeStore, true, mail.ErrLimit, 0},
		{"throttled", "NO [THROTTLED] slow down", mail.ScopeStore, true, mail.ErrLimit, 0},
		{"backoff", "NO Request is throttled. Suggested Backoff Time: 1500 milliseconds", mail.ScopeStore, true, mail.ErrLimit, 1500 * time.Millisecond},
		{"absurd backoff", "NO throttled. Suggested Backoff Time: 99999999999999999999 milliseconds", mail.ScopeStore, true, mail.ErrLimit, time.Hour},
		{"no right", "NO [NOPERM] no", mail.ScopeFolder, false, nil, 0},
		{"TRYCREATE though it is there", "NO [TRYCREATE] no", mail.ScopeMessage, false, nil, 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			f, st := newFake(t)
			f.on = func(c *client, cmd command) bool {
				if cmd.verb != "APPEND" {
					return false
				}
				c.send("%s %s\r\n", cmd.tag, tt.answer)
				return true
			}
			stored, err := store(t, st, "one\r\n")
			if tt.scope == mail.ScopeMessage {
				if err != nil {
					t.Fatal(err)
				}
				err = stored[0].Err
			}
			e := (*mail.Error)(nil)
			if !errors.As(err, &e) || e.Scope != tt.scope || e.Retry != tt.retry || e.After != tt.after || tt.is != nil && !errors.Is(err, tt.is) {
				t.Errorf("got %#v (%v)", e, err)
			}
			if n := f.seen("APPEND"); n > 2 {
				t.Errorf("tried %d times", n)
			}
			f.on = nil
			if stored, err = store(t, st, "one\r\n"); err != nil || stored[0].Octets != 5 {
				t.Errorf("afterwards: %+v, %v", stored, err)
			}
		})
	}
}

// TestBisect: a MULTIAPPEND is all or nothing; the bad messages are found, the others stored.
func TestBisect(t *testing.T) {
	for _, caps := range []string{"IMAP4rev1 UIDPLUS LITERAL+ MULTIAPPEND", "IMAP4rev1 UIDPLUS LITERAL+", "IMAP4rev1 UIDPLUS MULTIAPPEND"} {
		f, st := newFake(t)
		f.caps = caps
		f.on = func(c *client, cmd command) bool {
			if cmd.verb == "APPEND" && slices.ContainsFunc(cmd.lits, func(l string) bool { return strings.HasPrefix(l, "bad") }) {
				c.send("%s NO Message contains bare newlines\r\n", cmd.tag)
				return true
			}
			return false
		}
		var bodies []string
		for i := range 40 {
			b := "good " + strconv.Itoa(i)
			if i == 0 || i == 17 || i == 18 || i == 39 {
				b = "bad"
			}
			bodies = append(bodies, b)
		}
		stored, err := store(t, st, bodies...)
		if err != nil {
			t.Fatal(err)
		}
		for i, s := range stored {
			if bad := bodies[i] == "bad"; bad != (s.Err != nil) || bad != (s.Ref.ID == "") || !bad && s.Octets != int64(len(bodies[i])) {
				t.Errorf("%s: stored %d (%s): %+v", caps, i, bodies[i], s)
			}
		}
		got := f.octets()
		slices.Sort(got)
		want := slices.DeleteFunc(slices.Clone(bodies), func(b string) bool { return b == "bad" })
		slices.Sort(want)
		if !slices.Equal(got, want) {
			t.Errorf("%s: the server has %q", caps, got)
		}
	}
}

// TestQuotaFillsUp: what fits is stored and told; the rest is in doubt, and nothing is tried for ever.
func TestQuotaFillsUp(t *testing.T) {
	f, st := newFake(t)
	f.on = func(c *client, cmd command) bool {
		f.mu.Lock()
		full := len(f.mail)+len(cmd.lits) > 11
		f.mu.Unlock()
		if cmd.verb == "APPEND" && full {
			c.send("%s NO [OVERQUOTA] full\r\n", cmd.tag)
			return true
		}
		return false
	}
	var bodies []string
	for i := range 32 {
		bodies = append(bodies, strconv.Itoa(i))
	}
	stored, err := store(t, st, bodies...)
	if !errors.Is(err, mail.ErrQuota) || mail.Retryable(err) {
		t.Errorf("error %v", err)
	}
	n := 0
	for _, s := range stored {
		if s.Ref.ID != "" {
			n++
		}
	}
	if n != len(f.octets()) || n == 0 {
		t.Errorf("told %d, stored %d", n, len(f.octets()))
	}
}

// TestAbsurdUIDs: an APPENDUID that cannot be is ignored, whatever it costs to expand it.
func TestAbsurdUIDs(t *testing.T) {
	for _, code := range []string{"7 0", "7 1:4294967295", "7 1", "7 3:1", "7 1,2,3", "8 1:2", "0 1:2", "7 99999999999", "7", "", "7 x", "7 1:2:3", "7 -1:2"} {
		f, st := newFake(t)
		f.on = func(c *client, cmd command) bool {
			if cmd.verb == "APPEND" {
				c.send("%s OK [APPENDUID %s] stored\r\n", cmd.tag, code)
				return true
			}
			return false
		}
		stored, err := store(t, st, "a", "b")
		if err != nil || stored[0].Ref.ID != "" || stored[1].Ref.ID != "" || stored[0].Octets != -1 {
			t.Errorf("%q: %+v, %v", code, stored, err)
		}
	}
}

// TestTryCreate: the folder is made once, and the mail sent again.
func TestTryCreate(t *testing.T) {
	f, st := newFake(t)
	f.on = func(c *client, cmd command) bool {
		if cmd.verb == "APPEND" && f.seen("CREATE") == 0 {
			c.send("%s NO [TRYCREATE] none\r\n", cmd.tag)
			return true
		}
		return false
	}
	if stored, err := store(t, st, "a", "b"); err != nil || stored[1].Octets != 1 || f.seen("SUBSCRIBE") != 1 {
		t.Errorf("%+v, %v", stored, err)
	}
}

// TestBad: after BAD the server may take mail for commands, so not one octet more may be sent; a message that
// does it twice is refused, the others arrive.
func TestBad(t *testing.T) {
	for _, tt := range []struct{ name, caps string }{{"MULTIAPPEND", "IMAP4rev1 UIDPLUS LITERAL+ MULTIAPPEND"}, {"one by one", "IMAP4rev1 UIDPLUS LITERAL+"}, {"dies", "IMAP4rev1 UIDPLUS LITERAL+"}} {
		t.Run(tt.name, func(t *testing.T) {
			f, st := newFake(t)
			f.caps = tt.caps
			f.on = func(c *client, cmd command) bool {
				if cmd.verb != "APPEND" || !slices.Contains(cmd.lits, "bad") {
					return false
				}
				if tt.name != "dies" {
					c.send("%s BAD what\r\n", cmd.tag)
				}
				c.Close() // what came behind it would be in doubt, and the engine's to settle
				return true
			}
			bodies := map[int]string{0: "a", 1: "b", 2: "bad", 3: "d", 4: "e"}
			for try := range 6 {
				var batch []mail.Parcel
				for i := range 5 {
					if b, left := bodies[i]; left {
						batch = append(batch, parcel(i, b))
					}
				}
				wait, err := st.Append(t.Context(), inbox, batch)
				if err != nil {
					t.Fatal(err)
				}
				stored, err := wait()
				for i, s := range stored {
					n, _ := strconv.Atoi(batch[i].Ref.ID)
					if s.Err != nil && bodies[n] != "bad" || s.Err != nil && mail.ScopeOf(s.Err) != mail.ScopeMessage {
						t.Errorf("%q refused: %v", bodies[n], s.Err)
					}
					if s.Err != nil || s.Ref.ID != "" {
						delete(bodies, n)
					}
				}
				if len(bodies) == 0 {
					break
				}
				if err == nil || !mail.Retryable(err) {
					t.Fatalf("try %d: left %v, error %v", try, bodies, err)
				}
			}
			if got := f.octets(); len(bodies) != 0 || len(got) != 4 {
				t.Errorf("left %v, the server has %q", bodies, got)
			}
		})
	}
}
