package main

import (
	"fmt"
	"maps"
	"net"
	"regexp"
	"sync"

	"github.com/rogpeppe/go-internal/testscript"
)

// roleTeller is a listener whose connections tell of roles in LIST, which go-imap's store in memory does not know.
type roleTeller struct {
	net.Listener
	mu    sync.Mutex
	roles map[string]string // by folder
}

func (l *roleTeller) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	return roleTelling{c, l}, nil
}

func (l *roleTeller) set(folder, role string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.roles[folder] = role
}

func (l *roleTeller) told() map[string]string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return maps.Clone(l.roles)
}

type roleTelling struct {
	net.Conn
	of *roleTeller
}

func (c roleTelling) Write(answer []byte) (int, error) {
	said := answer
	for folder, role := range c.of.told() {
		line := regexp.MustCompile(`(?m)^\* LIST \(\) ("/" "?` + regexp.QuoteMeta(folder) + `"?\r)$`)
		said = line.ReplaceAll(said, fmt.Appendf(nil, "* LIST (%s) ${1}", role))
	}
	if _, err := c.Conn.Write(said); err != nil {
		return 0, err
	}
	return len(answer), nil
}

// tellRole has a server say from now on what a folder is for: role IMAP FOLDER \Sent
func tellRole(ts *testscript.TestScript, neg bool, args []string) {
	running(ts).imaps[args[0]].roles.set(args[1], args[2])
}
