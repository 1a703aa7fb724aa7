package dedupe

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"errors"
	"io"
	"maps"
	"math/rand/v2"
	"mime/quotedprintable"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"mailmv/formats/header"
)

// corpus returns real messages with LF line ends, without their mbox line: those of the .tar.gz that
// MAILMV_CORPUS names, else of the one that lies beside the project.
func corpus(t *testing.T) map[string]string {
	t.Helper()
	where := os.Getenv("MAILMV_CORPUS")
	if where == "" {
		where = filepath.Join("..", "..", "shared", "corpus", "spamassassin-a.tar.gz")
	}
	f, err := os.Open(where)
	if err != nil {
		t.Skipf("no real mail to test with: set MAILMV_CORPUS to a .tar.gz of .eml files (%v)", err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Skipf("real mail in another form than a .tar.gz is not read here: %v", err)
	}
	messages := map[string]string{}
	for r := tar.NewReader(z); ; {
		h, err := r.Next()
		if errors.Is(err, io.EOF) {
			return messages
		}
		if err != nil {
			t.Fatal(err)
		}
		if !strings.HasSuffix(h.Name, ".eml") {
			continue
		}
		msg, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		if bytes.HasPrefix(msg, []byte("From ")) {
			msg = msg[bytes.IndexByte(msg, '\n')+1:]
		}
		messages[h.Name] = string(bytes.ReplaceAll(msg, crlf, crlf[1:]))
	}
}

// parts of a message with LF line ends.
func cutHead(msg string) (head, body string) {
	if end := header.End([]byte(msg)); end >= 0 {
		return msg[:end-1], msg[end-1:]
	}
	return msg, ""
}

// onHead makes a transformation of the header, line for line, into one of the message.
func onHead(do func(string) string) func(string) string {
	return func(msg string) string {
		head, body := cutHead(msg)
		return do(head) + body
	}
}

// fieldsOf rewrites each field.
func fieldsOf(do func(f header.Field) string) func(string) string {
	return onHead(func(head string) string {
		var out strings.Builder
		for f := range header.Fields([]byte(head)) {
			out.WriteString(do(f))
		}
		return out.String()
	})
}

func prepend(s string) func(string) string {
	return func(msg string) string { return strings.ReplaceAll(s, "\r\n", "\n") + msg }
}

// recode gives a message of one text, not encoded, another transfer encoding; any other stays.
func recode(encoding string, encode func(string) string) func(string) string {
	return func(msg string) string {
		head, body := cutHead(msg)
		for f := range header.Fields([]byte(head)) {
			text := strings.ToLower(f.Text())
			if f.Is("Content-Transfer-Encoding") && text != "7bit" && text != "8bit" || f.Is("Content-Type") && !strings.HasPrefix(text, "text/") {
				return msg
			}
		}
		// From_ quoting is not undone in base64 and elsewhere than at line starts: a known, safe miss.
		if body == "" || regexp.MustCompile(`(?m)^ ?>*From `).MatchString(body) {
			return msg
		}
		head = fieldsOf(func(f header.Field) string {
			if f.Is("Content-Transfer-Encoding") {
				return ""
			}
			return string(f.Raw)
		})(head)
		return head + "Content-Transfer-Encoding: " + encoding + "\n\n" + encode(body[1:])
	}
}

func toQP(body string) string {
	var b strings.Builder
	w := quotedprintable.NewWriter(&b)
	io.WriteString(w, strings.ReplaceAll(body, "\n", "\r\n"))
	w.Close()
	return strings.ReplaceAll(b.String(), "\r\n", "\n")
}

func toBase64(body string) string {
	code := base64.StdEncoding.EncodeToString([]byte(strings.ReplaceAll(body, "\n", "\r\n")))
	return regexp.MustCompile(`.{1,76}`).ReplaceAllString(code, "$0\n")
}

var boundaryRE = regexp.MustCompile(`(?i)boundary="?([^";\s]{12,})"?`)

// What programs do to a message without making another of it (IDs and lines as they write them).
var benign = []struct {
	name string
	do   func(string) string
}{
	{"Thunderbird", prepend(thunderbird)},
	{"fetchmail", prepend(fetched)},
	{"CRLF", func(m string) string { return strings.ReplaceAll(m, "\n", "\r\n") }},
	{"state", prepend("Status: RO\nX-Status: A\nX-UID: 17\nContent-Length: 123\nLines: 7\n")},
	{"scanner", prepend("X-Spam-Status: No, hits=0\n\ttests=none\nX-Virus-Scanned: ok\n")},
	{"no Return-Path", fieldsOf(func(f header.Field) string {
		if f.Is("Return-Path") {
			return ""
		}
		return string(f.Raw)
	})},
	{"refolded with tabs", onHead(func(h string) string { return regexp.MustCompile(`\n[ \t]+`).ReplaceAllString(h, "\n\t") })},
	{"unfolded", onHead(func(h string) string { return regexp.MustCompile(`\n[ \t]+`).ReplaceAllString(h, " ") })},
	{"names in capitals", fieldsOf(func(f header.Field) string { return strings.ToUpper(string(f.Name)) + string(f.Raw[len(f.Name):]) })},
	{"kept fields backwards", onHead(func(h string) string {
		first, last := "", ""
		for f := range header.Fields([]byte(h)) {
			if c := ClassOf(strings.ToLower(string(f.Name))); f.Bad() || c == Trace {
				first += string(f.Raw)
			} else {
				last = string(f.Raw) + last
			}
		}
		return first + last
	})},
	{"From_ quoted", func(m string) string {
		head, body := cutHead(m)
		return head + regexp.MustCompile(`(?m)^(>*From )`).ReplaceAllString(body, ">$1")
	}},
	{"empty lines at the end", func(m string) string { return m + "\n\n" }},
	{"no final line end", func(m string) string { return strings.TrimSuffix(m, "\n") }},
	{"other boundary", func(m string) string {
		if b := boundaryRE.FindStringSubmatch(m); b != nil {
			return strings.ReplaceAll(m, b[1], "--other."+b[1][len(b[1])-4:])
		}
		return m
	}},
	{"quoted-printable", recode("quoted-printable", toQP)},
	{"base64", recode("base64", toBase64)},
}

// What makes another message of it, at place n of its lines.
var mutations = []struct {
	name string
	do   func(msg string, n int) string
}{
	{"letter", func(m string, n int) string {
		return onBodyLine(m, n, func(l string) string {
			i := strings.IndexFunc(l, func(r rune) bool { return r >= 'a' && r <= 'y' })
			if i < 0 {
				return "q" + l
			}
			return l[:i] + string(l[i]+1) + l[i+1:]
		})
	}},
	{"dropped line", func(m string, n int) string { return onBodyLine(m, n, func(string) string { return "" }) }},
	{"doubled line", func(m string, n int) string { return onBodyLine(m, n, func(l string) string { return l + l }) }},
	{"footer", func(m string, _ int) string { return m + "-- \nfooter\n" }},
	{"a second of Date", func(m string, _ int) string {
		return regexp.MustCompile(`(?m)^(Date: .*:\d)\d `).ReplaceAllStringFunc(m, func(d string) string {
			return d[:len(d)-2] + string('0'+(d[len(d)-2]-'0'+1)%10) + " "
		})
	}},
	{"recipient", func(m string, _ int) string { return prepend("To: eve@example.org\n")(m) }},
	{"other delivery", func(m string, _ int) string {
		return prepend("Received: from x by mx.example with SMTP id 1; Thu, 22 Aug 2002 12:34:50 +0100\n")(m)
	}},
	{"unknown field", func(m string, _ int) string { return prepend("X-Company-Archive: 17\n")(m) }},
	{"dropped field", func(m string, n int) string {
		i := 0
		return fieldsOf(func(f header.Field) string {
			if c := ClassOf(strings.ToLower(string(f.Name))); c == Kept {
				if i++; i == n%5+1 {
					return ""
				}
			}
			return string(f.Raw)
		})(m)
	}},
}

// void lines of a part's header can go and the part is what it was: the defaults, the charset of a text in ASCII.
var void = regexp.MustCompile(`(?i)^(content-type: *text|content-transfer-encoding: *[78]bit|\s+charset=)`)

// onBodyLine changes one line of the body that is neither empty nor void.
func onBodyLine(msg string, n int, do func(string) string) string {
	head, body := cutHead(msg)
	lines := strings.SplitAfter(body, "\n")
	for i := range lines {
		if at := (i + n) % len(lines); strings.TrimSpace(lines[at]) != "" && !void.MatchString(lines[at]) {
			lines[at] = do(lines[at])
			break
		}
	}
	return head + strings.Join(lines, "")
}

// full asks for all messages and all compositions (make corpus); it takes some minutes.
func full() bool { return os.Getenv("MAILMV_FULL") != "" }

// some are a few dozen of the messages, by the day, so that each day tests others; all where MAILMV_FULL asks for them.
func some(t *testing.T, messages map[string]string) map[string]string {
	if full() {
		return messages
	}
	names := slices.Sorted(maps.Keys(messages))
	day := uint64(time.Now().YearDay())
	t.Logf("messages of day %d; MAILMV_FULL=1 takes all", day)
	few := map[string]string{}
	for r := rand.New(rand.NewPCG(day, 0)); len(few) < min(60, len(names)); {
		name := names[r.IntN(len(names))]
		few[name] = messages[name]
	}
	return few
}

// workers calls do for each message, as many at a time as there are cores.
func workers(messages map[string]string, do func(name, msg string)) {
	names := make(chan string)
	var wg sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		wg.Go(func() {
			for name := range names {
				do(name, messages[name])
			}
		})
	}
	for name := range messages {
		names <- name
	}
	close(names)
	wg.Wait()
}

// tally counts what was held against each other, and what was missed.
type tally struct {
	sync.Mutex
	pairs  int
	misses map[string]int
}

func (c *tally) add(what string, missed bool, say func()) {
	c.Lock()
	defer c.Unlock()
	if c.pairs++; missed {
		if c.misses[what]++; c.misses[what] < 3 {
			say()
		}
	}
}

// report says how many were missed, and fails beyond one of a thousand.
func (c *tally) report(t *testing.T, miss string) {
	missed := 0
	for what, n := range c.misses {
		t.Logf("%d %s: %s", n, miss, what)
		missed += n
	}
	t.Logf("%d pairs, %d %s", c.pairs, missed, miss)
	if missed*1000 > c.pairs {
		t.Errorf("%d of %d %s", missed, c.pairs, miss)
	}
}

// No two real messages are the same, nor is any known by less than the octets of another.
func TestRealMailAllDifferent(t *testing.T) {
	sums, likes := map[Sum]string{}, map[[16]byte]string{}
	messages := corpus(t)
	for name, msg := range messages {
		c, p := canon(t, msg), printOf(t, Standard(), msg)
		for other, ok := range map[string]bool{sums[c.Sum()]: true, likes[p.like]: true} {
			if other != "" && ok {
				t.Errorf("%s and %s have one sum", name, other)
			}
		}
		sums[c.Sum()], likes[p.like] = name, name
	}
	t.Logf("%d messages, %d sums, %d prints", len(messages), len(sums), len(likes))
}

// What programs do to a message, and what two of them do one after the other, makes no other message. In short, each
// message meets a part of the compositions; with MAILMV_FULL all of them.
func TestRealMailBenign(t *testing.T) {
	seen, doubts := &tally{misses: map[string]int{}}, &tally{misses: map[string]int{}}
	workers(some(t, corpus(t)), func(name, msg string) {
		form, print := canon(t, msg), printOf(t, Standard(), msg)
		check := func(what, changed string) {
			other := canon(t, changed)
			v := form.Against(other)
			seen.add(what, !v.Merges(), func() { t.Logf("%s: %s: %v: %s", name, what, v.Kind, v.Reason) })
			if p := printOf(t, Standard(), changed); p.hint != print.hint || p.like == print.like && !v.Merges() {
				t.Errorf("%s: %s: the Print says otherwise", name, what)
			}
			if v.Merges() {
				ans := proven(t, msg, changed)
				doubts.add(what, !ans.OK, func() { t.Logf("%s: %s: no proof: %s", name, what, ans.Why) })
			}
		}
		for i, a := range benign {
			once := a.do(msg)
			check(a.name, once)
			for n, b := range benign {
				if a.name == b.name || !full() && (i+n+len(msg))%8 != 0 {
					continue
				}
				if a.name == "CRLF" { // the others are made for LF
					check(b.name+" + CRLF", a.do(b.do(msg)))
				} else {
					check(a.name+" + "+b.name, b.do(once))
				}
			}
		}
	})
	// The few are malformed such that nobody can say where their parts end; they are near.
	seen.report(t, "made another message")
	doubts.report(t, "not proven")
}

// What makes another message makes another to every layer.
func TestRealMailMutations(t *testing.T) {
	seen := &tally{misses: map[string]int{}}
	workers(some(t, corpus(t)), func(name, msg string) {
		form, print := canon(t, msg), printOf(t, Standard(), msg)
		for n := range 3 {
			for _, m := range mutations {
				changed := m.do(msg, 7*n+len(name)+len(msg))
				if changed == msg {
					continue
				}
				v := form.Against(canon(t, changed))
				seen.add(m.name, false, nil)
				if v.Merges() || proven(t, msg, changed).OK || printOf(t, Standard(), changed).like == print.like {
					t.Errorf("%s: %s: %v: %s", name, m.name, v.Kind, v.Reason)
				}
			}
		}
	})
	seen.report(t, "missed")
}
