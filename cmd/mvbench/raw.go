package main

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"slices"
	"strconv"
	"strings"
)

// Raw protocol clients that trust the server, keep no state and check nothing but framing: what they take is
// the floor for any real program.

const rawBuffer = 256 << 10

// rawPOP3 is a maildrop opened with USER and PASS.
type rawPOP3 struct {
	conn     net.Conn
	r        *bufio.Reader
	messages int
}

func dialPOP3(addr, user, password string) (*rawPOP3, error) {
	c, err := net.Dial("tcp", addr)
	if err != nil {
		return nil, err
	}
	p := &rawPOP3{conn: c, r: bufio.NewReaderSize(c, rawBuffer)}
	if _, err := p.answer(); err != nil {
		return nil, err
	}
	var last string
	for _, line := range []string{"USER " + user, "PASS " + password, "STAT"} {
		fmt.Fprintf(c, "%s\r\n", line)
		if last, err = p.answer(); err != nil {
			return nil, err
		}
	}
	_, err = fmt.Sscanf(last, "+OK %d", &p.messages)
	return p, err
}

func (p *rawPOP3) answer() (string, error) {
	line, err := p.r.ReadString('\n')
	if err == nil && !strings.HasPrefix(line, "+OK") {
		err = errors.New(strings.TrimSpace(line))
	}
	return line, err
}

func (p *rawPOP3) close() { p.conn.Close() }

// each asks for every message at once, 1,000 in flight, and hands each over in order. The octets hold until the next.
func (p *rawPOP3) each(take func(message []byte) error) error {
	inFlight := make(chan struct{}, 1000)
	done := make(chan struct{})
	defer close(done)
	go func() {
		w := bufio.NewWriter(p.conn)
		for i := 1; i <= p.messages; i++ {
			select {
			case inFlight <- struct{}{}:
			default:
				w.Flush()
				select {
				case inFlight <- struct{}{}:
				case <-done:
					return
				}
			}
			fmt.Fprintf(w, "RETR %d\r\n", i)
		}
		w.Flush()
	}()
	var message []byte
	for range p.messages {
		if _, err := p.answer(); err != nil {
			return err
		}
		var err error
		if message, err = p.body(message[:0]); err != nil {
			return err
		}
		<-inFlight
		if err := take(message); err != nil {
			return err
		}
	}
	return nil
}

func (p *rawPOP3) body(into []byte) ([]byte, error) {
	for {
		line, err := p.r.ReadSlice('\n')
		if err != nil {
			return nil, err
		}
		if line[0] == '.' {
			if len(line) == 3 {
				return into, nil
			}
			line = line[1:]
		}
		into = append(into, line...)
	}
}

// rawIMAP is an INBOX opened with LOGIN and SELECT.
type rawIMAP struct {
	conn     net.Conn
	r        *bufio.Reader
	messages int
}

func dialIMAP(addr, user, password string) (*rawIMAP, error) {
	c, err := net.Dial("tcp", addr)
	if err != nil {
		return nil, err
	}
	m := &rawIMAP{conn: c, r: bufio.NewReaderSize(c, rawBuffer)}
	if _, err := m.r.ReadString('\n'); err != nil {
		return nil, err
	}
	for i, line := range []string{"LOGIN " + user + " " + password, "SELECT INBOX"} {
		fmt.Fprintf(c, "a%d %s\r\n", i, line)
		if err := m.until(fmt.Sprintf("a%d ", i)); err != nil {
			return nil, err
		}
	}
	return m, nil
}

// until reads up to the answer with that tag.
func (m *rawIMAP) until(tag string) error {
	for {
		line, err := m.r.ReadSlice('\n')
		if err != nil {
			return err
		}
		if rest, ok := bytes.CutPrefix(line, []byte(tag)); ok {
			if !bytes.HasPrefix(rest, []byte("OK")) {
				return errors.New(strings.TrimSpace(string(line)))
			}
			return nil
		}
		if bytes.HasSuffix(line, []byte(" EXISTS\r\n")) {
			fmt.Sscanf(string(line), "* %d", &m.messages)
		}
	}
}

func (m *rawIMAP) close() { m.conn.Close() }

// fetchAll asks for every message at once and hands each over in order. The octets hold until the next.
func (m *rawIMAP) fetchAll(take func(message []byte) error) error {
	if m.messages == 0 {
		return nil
	}
	fmt.Fprint(m.conn, "f FETCH 1:* BODY.PEEK[]\r\n")
	var message []byte
	for {
		line, err := m.r.ReadSlice('\n')
		if err != nil {
			return err
		}
		if bytes.HasPrefix(line, []byte("f ")) {
			if !bytes.HasPrefix(line, []byte("f OK")) {
				return errors.New(strings.TrimSpace(string(line)))
			}
			return nil
		}
		open := bytes.LastIndexByte(line, '{')
		if open < 0 {
			continue
		}
		n, err := strconv.Atoi(strings.TrimSuffix(string(line[open+1:]), "}\r\n"))
		if err != nil {
			return fmt.Errorf("%q: %w", line, err)
		}
		message = slices.Grow(message[:0], n)[:n]
		if _, err := io.ReadFull(m.r, message); err != nil {
			return err
		}
		if err := take(message); err != nil {
			return err
		}
		if _, err := m.r.ReadSlice('\n'); err != nil { // the closing parenthesis
			return err
		}
	}
}

// upload sends messages to INBOX, 100 in each APPEND (RFC 3502) with non-synchronising literals (RFC 7888), no APPEND
// waiting for the one before.
type upload struct {
	m       *rawIMAP
	w       *bufio.Writer
	sent    int
	answers chan error
}

const uploadBatch = 100

// newUpload begins to send so many messages.
func (m *rawIMAP) newUpload(messages int) *upload {
	u := &upload{m: m, w: bufio.NewWriterSize(m.conn, rawBuffer), answers: make(chan error, 1)}
	go func() {
		for i := range (messages + uploadBatch - 1) / uploadBatch {
			if err := m.until(fmt.Sprintf("x%d ", i)); err != nil {
				m.close()
				u.answers <- err
				return
			}
		}
		u.answers <- nil
	}()
	return u
}

func (u *upload) put(message []byte) error {
	if u.sent%uploadBatch == 0 {
		if u.sent > 0 {
			u.w.WriteString("\r\n")
		}
		fmt.Fprintf(u.w, "x%d APPEND INBOX", u.sent/uploadBatch)
	}
	u.sent++
	fmt.Fprintf(u.w, " () \"01-Jan-2015 00:00:00 +0000\" {%d+}\r\n", len(message))
	_, err := u.w.Write(message)
	return err
}

// finish returns once every answer has come.
func (u *upload) finish() error {
	u.w.WriteString("\r\n")
	if err := u.w.Flush(); err != nil {
		return err
	}
	return <-u.answers
}
