package main

import (
	"net"
	"strconv"
	"time"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapclient"
	"github.com/knadh/go-pop3"
)

// plain copies the first messages of a maildrop one at a time with the libraries' own calls, each waited for.
// What is timed begins after both logins.
func (b *bed) plain(via wire, from maildrop, messages int) (figure, error) {
	messages = min(messages, from.messages)
	host, port, err := net.SplitHostPort(via.pop3)
	if err != nil {
		return figure{}, err
	}
	number, err := strconv.Atoi(port)
	if err != nil {
		return figure{}, err
	}
	p, err := pop3.New(pop3.Opt{Host: host, Port: number}).NewConn()
	if err != nil {
		return figure{}, err
	}
	defer p.Quit()
	if err := p.Auth(from.user, b.password); err != nil {
		return figure{}, err
	}
	to := b.target()
	m, err := imapclient.DialInsecure(via.imap, nil)
	if err != nil {
		return figure{}, err
	}
	defer m.Close()
	if err := m.WaitGreeting(); err != nil {
		return figure{}, err
	}
	if err := m.Login(to, b.password).Wait(); err != nil {
		return figure{}, err
	}
	start := time.Now()
	for i := 1; i <= messages; i++ {
		message, err := p.RetrRaw(i)
		if err != nil {
			return figure{}, err
		}
		if err := appendOne(m, message.Bytes()); err != nil {
			return figure{}, err
		}
	}
	took := time.Since(start)
	return figure{messages: messages, took: took}, b.arrived(to, messages)
}

func appendOne(m *imapclient.Client, message []byte) error {
	cmd := m.Append("INBOX", int64(len(message)), &imap.AppendOptions{Time: time.Unix(1420070400, 0)})
	if _, err := cmd.Write(message); err != nil {
		return err
	}
	if err := cmd.Close(); err != nil {
		return err
	}
	_, err := cmd.Wait()
	return err
}
