package main

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"

	"mailmv/archive/serve"
	"mailmv/formats/mail"
	"mailmv/migrate/imap"
	"mailmv/migrate/wire"
)

// stage is what the demo plays on: two servers on loopback, a certificate authority of its own, and a maildrop
// whose octets are known.
type stage struct {
	dir          string
	from, to     string // places
	passwordFile string
	caFile       string
	password     string
	originals    [][]byte

	pop   *serve.POP3
	imap  *serve.IMAP
	ports []net.Listener
	port  int // of IMAP
	serve sync.WaitGroup
}

const demoUser = "anna"

// openStage makes files below dir and starts the servers.
func openStage(dir string, messages int) (*stage, error) {
	s := &stage{dir: dir, passwordFile: filepath.Join(dir, "password"), caFile: filepath.Join(dir, "ca.pem"),
		password: rand.Text(), originals: serve.Samples(messages, 1)}
	ca, err := serve.NewCA()
	if err != nil {
		return nil, err
	}
	conf, err := ca.Server(serve.Good)
	if err != nil {
		return nil, err
	}
	err = errors.Join(os.WriteFile(s.caFile, ca.PEM(), 0o600), os.WriteFile(s.passwordFile, []byte(s.password+"\n"), 0o600))
	if err != nil {
		return nil, err
	}
	drop := &serve.Drop{}
	drop.Add(s.originals...)
	s.pop = &serve.POP3{Accounts: map[string]serve.Account{demoUser: {Password: s.password, Maildrop: drop}}}
	s.imap = &serve.IMAP{}
	if err := s.imap.AddUser(demoUser, s.password); err != nil {
		return nil, err
	}
	return s, s.start(conf)
}

// start listens on free ports of loopback.
func (s *stage) start(conf *tls.Config) error {
	pop, err := tls.Listen("tcp", "127.0.0.1:0", conf)
	if err != nil {
		return err
	}
	imaps, err := tls.Listen("tcp", "127.0.0.1:0", conf)
	if err != nil {
		return errors.Join(err, pop.Close())
	}
	s.ports = []net.Listener{pop, imaps}
	// What Serve returns is that it was closed, or that a connection failed, which the other side tells.
	s.serve.Go(func() { _ = s.pop.Serve(pop) })
	s.serve.Go(func() { _ = s.imap.Serve(imaps) })
	s.port = imaps.Addr().(*net.TCPAddr).Port
	params := "?ca=" + escapeFile(s.caFile) + "&password-file=" + escapeFile(s.passwordFile)
	s.from = fmt.Sprintf("pop3s://%s@%s%s", demoUser, pop.Addr(), params)
	s.to = fmt.Sprintf("imaps://%s@%s%s", demoUser, imaps.Addr(), params)
	return nil
}

// escapeFile percent-encodes a file's name and leaves its slashes as they are.
func escapeFile(name string) string {
	return strings.NewReplacer("%2F", "/", "&", "%26").Replace(url.PathEscape(name))
}

// close ends the servers, also those that have not come to serve yet.
func (s *stage) close() error {
	err := errors.Join(s.pop.Close(), s.imap.Close())
	for _, l := range s.ports {
		if cerr := l.Close(); !errors.Is(cerr, net.ErrClosed) {
			err = errors.Join(err, cerr)
		}
	}
	s.serve.Wait()
	return err
}

// compare fetches all of INBOX and checks that it holds each original as often as there are of it.
func (s *stage) compare(ctx context.Context) error {
	want := map[[32]byte]int{}
	for _, m := range s.originals {
		want[sha256.Sum256(m)]++
	}
	store := imap.New(wire.Server{Host: "127.0.0.1", Port: s.port, CAFile: s.caFile},
		wire.Login{User: demoUser, Secret: func(context.Context, bool) (string, error) { return s.password, nil }}, imap.Options{})
	defer store.Close()
	inbox, err := store.Look(ctx, mail.Inbox)
	if err != nil {
		return err
	}
	var refs []mail.Ref
	for m, err := range store.List(ctx, inbox) {
		if err != nil {
			return err
		}
		refs = append(refs, m.Ref)
	}
	for m, err := range store.Fetch(ctx, inbox, refs) {
		if err != nil {
			return err
		}
		h := sha256.New()
		if _, err := io.Copy(h, m.Body); err != nil {
			return err
		}
		want[[32]byte(h.Sum(nil))]--
	}
	return allFound(want)
}

// allFound tells how often something was missing or too much.
func allFound(want map[[32]byte]int) error {
	missing, extra := 0, 0
	for _, n := range want {
		missing += max(n, 0)
		extra += max(-n, 0)
	}
	if missing+extra > 0 {
		return fmt.Errorf("compare: %s missing and %d are not what was sent", mail.Count(missing, "message is", "messages are"), extra)
	}
	return nil
}
