package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"
)

// The limits: what this machine's servers and disk can do where nothing is checked and nothing remembered.

// timed runs work and gives its figure.
func timed(messages int, work func() error) (figure, error) {
	start := time.Now()
	err := work()
	return figure{messages: messages, took: time.Since(start)}, err
}

// limitPop2imap moves a maildrop with every RETR pipelined.
func (b *bed) limitPop2imap(via wire, from maildrop) (figure, error) {
	to := b.target()
	f, err := timed(from.messages, func() error {
		p, err := dialPOP3(via.pop3, from.user, b.password)
		if err != nil {
			return err
		}
		defer p.close()
		return b.uploading(via, to, p.messages, p.each)
	})
	return f, errors.Join(err, b.arrived(to, from.messages))
}

// uploading sends what each yields to the INBOX of an account.
func (b *bed) uploading(via wire, to string, messages int, each func(func([]byte) error) error) error {
	m, err := dialIMAP(via.imap, to, b.password)
	if err != nil {
		return err
	}
	defer m.close()
	u := m.newUpload(messages)
	if err := each(u.put); err != nil {
		return err
	}
	return u.finish()
}

// limitPull fetches an INBOX with one command into files.
func (b *bed) limitPull(via wire, from maildrop) (figure, error) {
	return b.downloading(from, func(take func([]byte) error) error {
		m, err := dialIMAP(via.imap, from.user, b.password)
		if err != nil {
			return err
		}
		defer m.close()
		return m.fetchAll(take)
	})
}

// limitPOP fetches a maildrop with every RETR pipelined into files.
func (b *bed) limitPOP(via wire, from maildrop) (figure, error) {
	return b.downloading(from, func(take func([]byte) error) error {
		p, err := dialPOP3(via.pop3, from.user, b.password)
		if err != nil {
			return err
		}
		defer p.close()
		return p.each(take)
	})
}

// downloading writes what each yields into files, with line ends LF as a Maildir has them, and makes each group of
// them durable as an archive does.
func (b *bed) downloading(from maildrop, each func(func([]byte) error) error) (figure, error) {
	dir, err := os.MkdirTemp(b.dir, "limit-")
	if err != nil {
		return figure{}, err
	}
	defer os.RemoveAll(dir)
	return timed(from.messages, func() error {
		n := 0
		err := each(func(message []byte) error {
			n++
			text := bytes.ReplaceAll(message, []byte("\r\n"), []byte("\n"))
			if err := os.WriteFile(fmt.Sprintf("%s/%07d", dir, n), text, 0o600); err != nil {
				return err
			}
			if n%diskGroup == 0 {
				return syncAll(dir)
			}
			return nil
		})
		return errors.Join(err, syncAll(dir))
	})
}

// diskGroup is how many messages become durable by one sync, in an archive too.
const diskGroup = 250

// limitPush sends the files of a Maildir.
func (b *bed) limitPush(via wire, files []string) (figure, error) {
	to := b.target()
	f, err := timed(len(files), func() error {
		return b.uploading(via, to, len(files), func(take func([]byte) error) error {
			for _, name := range files {
				text, err := os.ReadFile(name)
				if err == nil {
					err = take(bytes.ReplaceAll(text, []byte("\n"), []byte("\r\n")))
				}
				if err != nil {
					return err
				}
			}
			return nil
		})
	})
	return f, errors.Join(err, b.arrived(to, len(files)))
}

// limitCopy streams one FETCH into such APPENDs.
func (b *bed) limitCopy(via wire, from maildrop) (figure, error) {
	to := b.target()
	f, err := timed(from.messages, func() error {
		m, err := dialIMAP(via.imap, from.user, b.password)
		if err != nil {
			return err
		}
		defer m.close()
		return b.uploading(via, to, m.messages, m.fetchAll)
	})
	return f, errors.Join(err, b.arrived(to, from.messages))
}

// limitJudge reads files and sums them, as many at once as there are cores.
func limitJudge(files []string) (figure, error) {
	return timed(len(files), func() error { return sumAll(files) })
}

// mailFiles lists the messages of the Maildirs below a folder.
func mailFiles(root string) (files []string, err error) {
	for _, pattern := range []string{"/cur/*", "/.*/cur/*"} {
		found, err := filepath.Glob(root + pattern)
		if err != nil {
			return nil, err
		}
		files = append(files, found...)
	}
	if len(files) == 0 {
		err = fmt.Errorf("%s: no mail", root)
	}
	return files, err
}
