package main

import (
	"cmp"
	"crypto/tls"
	"net"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"mailmv/archive/serve"
)

// scriptPassword has what a careless program would trip over, and is never to be seen in any output.
const scriptPassword = `S3cr"t\ pa%ss`

// servers are those of one script, by name.
type servers struct {
	pops  map[string]*popRunning
	imaps map[string]*imapRunning
}

type serversKey struct{}

type popRunning struct {
	drop *serve.Drop
	pop  *serve.POP3
}

type imapRunning struct {
	imap  *serve.IMAP
	addr  string
	roles *roleTeller
}

func running(ts *testscript.TestScript) *servers { return ts.Value(serversKey{}).(*servers) }

func must(ts *testscript.TestScript, err error) {
	if err != nil {
		ts.Fatalf("%v", err)
	}
}

// words are the options of a server: NAME=VALUE.
func words(args []string) map[string]string {
	w := map[string]string{}
	for _, arg := range args {
		name, value, _ := strings.Cut(arg, "=")
		w[name] = value
	}
	return w
}

func number(ts *testscript.TestScript, s string) int {
	n, err := strconv.Atoi(cmp.Or(s, "0"))
	must(ts, err)
	return n
}

// popServer starts a POP3 server over TLS. Its options are name (POP), cert (good, expired, notyet, wrongname,
// selfsigned), messages and seed of the samples in it, auth (mechanisms, comma between them), odd (nouidl, silent,
// cut, inuse, echo). It sets $NAME to a whole place, $NAME_URL to that without parameters.
func popServer(ts *testscript.TestScript, neg bool, args []string) {
	w := words(args)
	r := &popRunning{drop: &serve.Drop{}}
	if n := number(ts, w["messages"]); n > 0 {
		r.drop.Add(serve.Samples(n, uint64(number(ts, cmp.Or(w["seed"], "1"))))...)
	}
	r.pop = &serve.POP3{Accounts: map[string]serve.Account{"me": {Password: scriptPassword, Maildrop: r.drop}}, Mechanisms: mechanismsOf(w)}
	switch w["odd"] {
	case "nouidl":
		r.pop.Odd.NoUIDL = true
	case "silent":
		r.pop.Odd.Silent = true
	case "cut":
		r.pop.Odd.CutAt = 5
	case "echo":
		r.pop.Odd.Answer = echoPassword
	case "inuse":
		_, err := r.drop.Lock()
		must(ts, err)
	}
	name := cmp.Or(w["name"], "POP")
	l := listen(ts, name, w)
	ts.Defer(func() { r.pop.Close() })
	go r.pop.Serve(l)
	running(ts).pops[name] = r
	setPlace(ts, name, "pop3s", l)
}

// echoPassword refuses logins with the client's own words, as some servers do.
func echoPassword(line string) (string, bool) {
	verb, rest, _ := strings.Cut(line, " ")
	switch strings.ToUpper(verb) {
	case "CAPA":
		return "+OK\r\nUSER\r\nUIDL\r\n.\r\n", true
	case "PASS":
		return "-ERR [AUTH] cannot PASS " + rest + "\x1b[31m\r\n", true
	}
	return "", false
}

// imapServer starts an IMAP server over TLS. Its options are name (IMAP), cert, auth, limit (APPENDLIMIT),
// refuse=CODE:N (from the Nth APPEND on) and slow (a pause before each answer to APPEND).
func imapServer(ts *testscript.TestScript, neg bool, args []string) {
	w := words(args)
	s := &serve.IMAP{Mechanisms: mechanismsOf(w), AppendLimit: uint32(number(ts, w["limit"])), InsecureAuth: true} // what lies under roleTeller is TLS
	if code, at, ok := strings.Cut(w["refuse"], ":"); ok {
		first := number(ts, at)
		s.OnAppend = func(_ string, n int) error {
			if n >= first {
				return &serve.Refusal{Code: code, Text: "no \x1b[2Jmore"}
			}
			return nil
		}
	}
	if d, err := time.ParseDuration(w["slow"]); err == nil {
		s.OnAppend = func(string, int) error { <-time.After(d); return nil }
	}
	must(ts, s.AddUser("me", scriptPassword))
	name := cmp.Or(w["name"], "IMAP")
	l := &roleTeller{Listener: listen(ts, name, w), roles: map[string]string{}}
	ts.Defer(func() { s.Close() })
	go s.Serve(l)
	running(ts).imaps[name] = &imapRunning{imap: s, addr: l.Addr().String(), roles: l}
	setPlace(ts, name, "imaps", l)
}

func mechanismsOf(w map[string]string) []string {
	if w["auth"] == "" {
		return nil
	}
	return strings.Split(w["auth"], ",")
}

// listen opens a TLS port that shows the kind of certificate that was asked for.
func listen(ts *testscript.TestScript, name string, w map[string]string) net.Listener {
	kinds := map[string]serve.Kind{"good": serve.Good, "expired": serve.Expired, "notyet": serve.NotYetValid, "wrongname": serve.WrongName, "selfsigned": serve.SelfSigned}
	ca, err := serve.NewCA()
	must(ts, err)
	conf, err := ca.Server(kinds[cmp.Or(w["cert"], "good")])
	must(ts, err)
	must(ts, os.WriteFile(ts.MkAbs(name+".pem"), ca.PEM(), 0o600))
	pin, err := serve.Pin(conf)
	must(ts, err)
	ts.Setenv(name+"_PIN", pin)
	l, err := tls.Listen("tcp", "127.0.0.1:0", conf)
	must(ts, err)
	return l
}

func setPlace(ts *testscript.TestScript, name, scheme string, l net.Listener) {
	url, ca := scheme+"://me@"+l.Addr().String(), "ca="+escapeFile(ts.MkAbs(name+".pem"))
	ts.Setenv(name, url+"?"+ca+"&password-file="+escapeFile(ts.MkAbs("password")))
	ts.Setenv(name+"_URL", url)
	ts.Setenv(name+"_CA", ca)
	ts.Setenv(name+"_ADDR", l.Addr().String())
}
