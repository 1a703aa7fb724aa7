package wire

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"os"
	"strings"
	"testing"
	"time"

	"mailmv/formats/mail"
)

// plainPeer runs one scripted peer for each connection and gives the Server to reach it.
func plainPeer(t *testing.T, peer func(net.Conn)) Server {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			peer(c)
			c.Close()
		}
	}()
	t.Cleanup(func() { l.Close(); <-done })
	return Server{Host: "127.0.0.1", Port: l.Addr().(*net.TCPAddr).Port, Security: None, Timeout: 5 * time.Second, Meter: &Meter{}}
}

func dial(t *testing.T, s Server) *Conn {
	t.Helper()
	c, err := Dial(t.Context(), s)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c
}

func TestReadLine(t *testing.T) {
	long := strings.Repeat("x", 300<<10)
	s := plainPeer(t, func(c net.Conn) { io.WriteString(c, "+OK\r\nbare\n\r\na\rb\r\n"+long+"\r\nrest") })
	c := dial(t, s)
	for _, want := range []struct {
		text   string
		bareLF bool
	}{{"+OK", false}, {"bare", true}, {"", false}, {"a\rb", false}, {long, false}} {
		got, err := c.ReadLine(512 << 10)
		if err != nil || string(got) != want.text || c.BareLF() != want.bareLF {
			t.Fatalf("ReadLine() = %.20q (%d octets), %v, bare LF %v; want %.20q, %v", got, len(got), err, c.BareLF(), want.text, want.bareLF)
		}
	}
	if _, err := c.ReadLine(100); err != io.ErrUnexpectedEOF {
		t.Errorf("ReadLine of a line cut short: %v, want %v", err, io.ErrUnexpectedEOF)
	}
	if got := s.Meter.In.Load(); got < 300<<10 {
		t.Errorf("Meter.In = %d", got)
	}
}

func TestPeekDiscardRead(t *testing.T) {
	s := plainPeer(t, func(c net.Conn) { io.WriteString(c, "head\r\nbody") })
	c := dial(t, s)
	if _, err := c.ReadLine(10); err != nil {
		t.Fatal(err)
	}
	p, err := c.Peek(2)
	if err != nil || !bytes.HasPrefix([]byte("body"), p) {
		t.Fatalf("Peek = %q, %v", p, err)
	}
	c.Discard(2)
	if got, err := io.ReadAll(c); string(got) != "dy" || err != nil {
		t.Errorf("ReadAll = %q, %v", got, err)
	}
	if p, err := c.Peek(1); len(p) != 0 || err != io.EOF {
		t.Errorf("Peek at the end = %q, %v", p, err)
	}
}

// A line without end is an error long before it fills the memory, and the error stays.
func TestLineTooLong(t *testing.T) {
	s := plainPeer(t, func(c net.Conn) {
		for junk := bytes.Repeat([]byte("x"), 64<<10); ; {
			if _, err := c.Write(junk); err != nil {
				return
			}
		}
	})
	c := dial(t, s)
	_, err := c.ReadLine(1000)
	if err == nil || !strings.Contains(err.Error(), "more than 1000 octets") {
		t.Fatalf("ReadLine = %v", err)
	}
	if _, again := c.Read(make([]byte, 1<<20)); again == nil {
		_, again = c.Write([]byte("x"))
		if again != err {
			t.Errorf("Write after the error: %v, want %v", again, err)
		}
	}
	c.Close()
}

func TestSilence(t *testing.T) {
	hold := make(chan struct{})
	s := plainPeer(t, func(net.Conn) { <-hold })
	t.Cleanup(func() { close(hold) })
	s.Timeout = 50 * time.Millisecond
	c := dial(t, s)
	_, err := c.ReadLine(100)
	if !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Fatalf("ReadLine of silence: %v", err)
	}
	if _, again := c.Write([]byte("x")); again != err {
		t.Errorf("Write afterwards: %v, want the same error", again)
	}
}

// Each Write starts the wait for an answer anew: a long upload with one reader waiting is no silence.
func TestWriteRenewsTheWait(t *testing.T) {
	s := plainPeer(t, func(c net.Conn) {
		io.ReadFull(c, make([]byte, 5))
		io.WriteString(c, "+")
	})
	s.Timeout = 400 * time.Millisecond
	c := dial(t, s)
	read := make(chan error)
	go func() {
		_, err := io.ReadFull(c, make([]byte, 1))
		read <- err
	}()
	tick := time.NewTicker(s.Timeout / 2)
	defer tick.Stop()
	for range 5 {
		<-tick.C
		if _, err := c.Write([]byte("x")); err != nil {
			t.Fatal(err)
		}
	}
	if err := <-read; err != nil {
		t.Errorf("the answer after the upload: %v", err)
	}
}

// One octet now and then keeps the idle deadline away, but not for ever.
func TestTrickle(t *testing.T) {
	s := plainPeer(t, func(c net.Conn) {
		for tick := time.NewTicker(60 * time.Millisecond); ; <-tick.C {
			if _, err := c.Write([]byte("x")); err != nil {
				return
			}
		}
	})
	s.Timeout = 400 * time.Millisecond
	c := dial(t, s)
	start := time.Now()
	_, err := c.ReadLine(1 << 20)
	if err == nil || !strings.Contains(err.Error(), "trickles") {
		t.Errorf("ReadLine = %v after %v", err, time.Since(start))
	}
	c.Close()
}

func TestCancel(t *testing.T) {
	hold := make(chan struct{})
	s := plainPeer(t, func(net.Conn) { <-hold })
	t.Cleanup(func() { close(hold) })
	why := errors.New("enough")
	ctx, cancel := context.WithCancelCause(t.Context())
	c, err := Dial(ctx, s)
	if err != nil {
		t.Fatal(err)
	}
	time.AfterFunc(20*time.Millisecond, func() { cancel(why) })
	if _, err := c.ReadLine(100); err != why {
		t.Errorf("ReadLine = %v, want %v", err, why)
	}
	if _, err := c.Write([]byte("x")); err != why {
		t.Errorf("Write = %v, want %v", err, why)
	}
}

// A peer that does not read must not hold us longer than Timeout.
func TestServerStopsReading(t *testing.T) {
	hold := make(chan struct{})
	s := plainPeer(t, func(net.Conn) { <-hold })
	t.Cleanup(func() { close(hold) })
	s.Timeout = 50 * time.Millisecond
	c := dial(t, s)
	var err error
	for junk := make([]byte, 1<<20); err == nil; {
		_, err = c.Write(junk)
	}
	if !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("Write = %v", err)
	}
}

func TestDialErrors(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	port := l.Addr().(*net.TCPAddr).Port
	l.Close()
	_, err = Dial(t.Context(), Server{Host: "127.0.0.1", Port: port, Security: None})
	e := (*mail.Error)(nil)
	if !errors.As(err, &e) || !e.Retry || e.Hint == "" || !strings.Contains(err.Error(), "connection refused") {
		t.Errorf("refused: %v", err)
	}
	_, err = Dial(t.Context(), Server{Host: "127.0.0.1", Port: port, CAFile: "/nonexistent"})
	if !errors.Is(err, mail.ErrTLS) {
		t.Errorf("ca missing: %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err = Dial(ctx, Server{Host: "127.0.0.1", Port: port, Security: None}); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
}

func TestRate(t *testing.T) {
	s := plainPeer(t, func(c net.Conn) { c.Write(make([]byte, 6000)) })
	s.Rate = NewRate(20000)
	c := dial(t, s)
	start := time.Now()
	if n, err := io.Copy(io.Discard, c); n != 6000 || err != nil {
		t.Fatalf("Copy = %d, %v", n, err)
	}
	if took := time.Since(start); took < 40*time.Millisecond || took > 20*time.Second {
		t.Errorf("6000 octets at 20000 a second, a quarter of a second for free: took %v", took)
	}
}
