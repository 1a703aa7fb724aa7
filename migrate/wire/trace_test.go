package wire

import (
	"bytes"
	"encoding/base64"
	"io"
	"net"
	"strings"
	"sync"
	"testing"
)

func TestTraceIMAP(t *testing.T) {
	var out bytes.Buffer
	tr := NewTrace(&out)
	tr.Hide(`p w"\1`)
	s := plainPeer(t, func(c net.Conn) {
		io.WriteString(c, "* OK hi \x1b[31m\xff\u202e\r\n* 1 FETCH (BODY[] {8}\r\na\r\nbody!)\r\na1 OK done\r\n")
		io.Copy(io.Discard, c)
	})
	s.Trace = tr
	c := dial(t, s)
	if _, err := io.ReadFull(c, make([]byte, 19)); err != nil { // the greeting tells that it is IMAP
		t.Fatal(err)
	}
	plain := base64.StdEncoding.EncodeToString([]byte("\x00me\x00" + `p w"\1`))
	for _, w := range []string{"a1 LOG", "IN me \"p w\\\"\\\\1\"\r\n", "a3 APPEND x {5+}\r\nhello\r\n",
		"a4 NOOP " + plain + " p w\"\\1\r\n", "a2 AUTHENTICATE PLAIN " + plain + "\r\n"} {
		if _, err := io.WriteString(c, w); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := io.ReadFull(c, make([]byte, 46)); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"1 S: * OK hi \\x1b[31m\\xff\\xe2\\x80\\xae\n",
		"1 S: * 1 FETCH (BODY[] {8} <8 octets>\n1 S: )\n1 S: a1 OK done\n",
		"1 C: a1 LOGIN me [hidden]\n",
		"1 C: a2 AUTHENTICATE PLAIN [hidden]\n",
		"1 C: a3 APPEND x {5+} <5 octets>\n1 C: \n",
		"1 C: a4 NOOP [hidden] [hidden]\n",
	} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("no %q in\n%s", want, out.String())
		}
	}
}

// Every line of an exchange is hidden, even where its secret is not known.
func TestTraceSASL(t *testing.T) {
	var out bytes.Buffer
	tr := NewTrace(&out).tracer(Server{Host: "h", Port: 1})
	tr.received([]byte("+OK\r\n"))
	tr.sent([]byte("AUTH CRAM-MD5\r\n"))
	tr.received([]byte("+ PDFAeD4=\r\n"))
	tr.sent([]byte("digest\r\n"))
	tr.received([]byte("+OK in\r\n"))
	tr.sent([]byte("STAT\r\n"))
	tr.body(10)
	tr.body(5)
	tr.received([]byte("+OK\r\n"))
	tr.body(7)
	tr.sent([]byte("QUIT\r\n"))
	want := "1 --: connected to h:1\n1 S: +OK\n1 C: AUTH CRAM-MD5\n1 S: + PDFAeD4=\n1 C: [hidden]\n1 S: +OK in\n1 C: STAT\n1 S: <15 octets>\n1 S: +OK\n1 S: <7 octets>\n1 C: QUIT\n"
	if out.String() != want {
		t.Errorf("got\n%swant\n%s", out.String(), want)
	}
}

func TestTraceLongLine(t *testing.T) {
	var out bytes.Buffer
	tr := NewTrace(&out)
	tr.Hide("sesame")
	one := tr.tracer(Server{})
	one.received([]byte("+OK " + strings.Repeat("x", 990) + "sesame" + strings.Repeat("y", 1<<20) + "\r\n"))
	if out.Len() > 2000 || strings.Contains(out.String(), "ses") || !strings.Contains(out.String(), "more>") {
		t.Errorf("%d octets traced: %q", out.Len(), out.String())
	}
}

// Connections that are traced side by side keep their lines whole.
func TestTraceTogether(t *testing.T) {
	var out bytes.Buffer
	tr := NewTrace(&out)
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			one := tr.tracer(Server{})
			for range 100 {
				one.sent([]byte("NOOP\r\n"))
				tr.Hide("x1")
			}
		})
	}
	wg.Wait()
	if n := strings.Count(out.String(), " C: NOOP\n"); n != 400 {
		t.Errorf("%d whole lines, want 400", n)
	}
}

func TestRedact(t *testing.T) {
	var s Secrets
	s.Hide("hunter2hunter2")
	for _, c := range []struct{ in, want string }{
		{"nothing", "nothing"},
		{"was hunter2hunter2, and hunter2hunter2", "was [hidden], and [hidden]"},
		{"b64 " + base64.StdEncoding.EncodeToString([]byte("hunter2hunter2")) + " end", "b64 [hidden] end"},
		{base64.StdEncoding.EncodeToString([]byte("user=a\x01auth=Bearer hunter2hunter2\x01\x01")), "[hidden]"},
	} {
		if got := s.Redact(c.in); got != c.want {
			t.Errorf("Redact(%q) = %q, want %q", c.in, got, c.want)
		}
	}
}

// No secret is left, wherever it stands in what is encoded.
func FuzzRedact(f *testing.F) {
	f.Add("\x00user\x00", "password", "")
	f.Add("user=x\x01auth=Bearer ", "ya29.token", "\x01\x01")
	f.Fuzz(func(t *testing.T, before, secret, after string) {
		if len(secret) < 4 {
			return
		}
		var s Secrets
		s.Hide(secret)
		got := s.Redact("AUTH " + base64.StdEncoding.EncodeToString([]byte(before+secret+after)))
		if got != "AUTH "+hidden && !strings.Contains("AUTH", secret) {
			t.Fatalf("Redact left %q", got)
		}
	})
}
