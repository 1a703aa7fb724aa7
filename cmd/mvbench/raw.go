package main

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"net"
	"strings"
	"time"
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

// limit moves a maildrop as fast as this machine's servers can: every RETR pipelined, 100 messages in each APPEND
// (RFC 3502) with non-synchronising literals (RFC 7888), no APPEND waiting for the one before.
func (b *bed) limit(via wire, from maildrop) (figure, error) {
	to := b.target()
	start := time.Now()
	p, err := dialPOP3(via.pop3, from.user, b.password)
	if err != nil {
		return figure{}, err
	}
	defer p.close()
	m, err := dialIMAP(via.imap, to, b.password)
	if err != nil {
		return figure{}, err
	}
	defer m.close()
	const batch = 100
	batches := (p.messages + batch - 1) / batch
	answers := make(chan error, 1)
	go func() {
		for i := range batches {
			if err := m.until(fmt.Sprintf("x%d ", i)); err != nil {
				m.close()
				answers <- err
				return
			}
		}
		answers <- nil
	}()
	w := bufio.NewWriterSize(m.conn, rawBuffer)
	sent := 0
	err = p.each(func(message []byte) error {
		if sent%batch == 0 {
			if sent > 0 {
				w.WriteString("\r\n")
			}
			fmt.Fprintf(w, "x%d APPEND INBOX", sent/batch)
		}
		sent++
		fmt.Fprintf(w, " () \"01-Jan-2015 00:00:00 +0000\" {%d+}\r\n", len(message))
		_, err := w.Write(message)
		return err
	})
	w.WriteString("\r\n")
	if err = errors.Join(err, w.Flush()); err != nil {
		return figure{}, err
	}
	if err := <-answers; err != nil {
		return figure{}, err
	}
	took := time.Since(start)
	return figure{messages: sent, took: took}, b.arrived(to, from.messages)
}
