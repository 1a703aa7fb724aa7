//go:build linux

package main_test

import (
	"io"
	"net"
	"strings"
	"testing"
	"time"
)

// refused: what cannot work ends soon with one clear line, a way out, and the right exit code.
func (r real) refused(t *testing.T) {
	s := r.server
	from, to := s.Account(t), s.Account(t)
	s.Fill(t, from, [][]byte{[]byte("Subject: x\r\n\r\nx\r\n")})
	ca := "ca=" + s.CAFile
	good := r.imap(to)
	type row struct {
		name, from, to string
		code           int
		says           string // in the line of the error
	}
	rows := []row{
		{"wrong host name", place("pop3s", from.Name, "no-such-host.invalid", 995), good, 1, "no-such-host.invalid"},
		{"nobody listens", place("pop3s", from.Name, "127.0.0.1", 1), good, 1, "refused"},
		{"unknown authority", place("pop3s", from.Name, s.Host, s.POP3S), good, 4, "certificate"},
		{"plain port as TLS", place("pop3s", from.Name, s.Host, s.POP3, ca), good, 4, ""},
		{"TLS port as plain", place("pop3", from.Name, s.Host, s.POP3S, ca), good, 1, ""},
		{"POP3 port as IMAP", r.pop(from), place("imap", to.Name, s.Host, s.POP3, ca), 1, ""},
		{"silent POP3", place("pop3", from.Name, "127.0.0.1", silent(t), "tls=none"), good, 1, ""},
		{"silent IMAP", r.pop(from), place("imap", to.Name, "127.0.0.1", silent(t), "tls=none"), 1, ""},
		{"silent TLS", place("pop3s", from.Name, "127.0.0.1", silent(t)), good, 4, "handshake"},
		{"closing POP3", place("pop3", from.Name, "127.0.0.1", closing(t, ""), "tls=none"), good, 1, ""},
		{"closing IMAP", r.pop(from), place("imap", to.Name, "127.0.0.1", closing(t, ""), "tls=none"), 1, ""},
		{"closing POP3 after the greeting", place("pop3", from.Name, "127.0.0.1", closing(t, "+OK hello\r\n"), "tls=none"), good, 1, ""},
		{"closing IMAP after the greeting", r.pop(from), place("imap", to.Name, "127.0.0.1", closing(t, "* OK hello\r\n"), "tls=none"), 1, ""},
		{"another protocol as POP3", place("pop3", from.Name, "127.0.0.1", closing(t, "220 smtp\r\n"), "tls=none"), good, 1, ""},
	}
	for key, says := range map[string]string{
		"EXPIRED": "expired", "WRONGNAME": "other.example", "SELFSIGNED": "certificate", "UNTRUSTED_CA": "certificate", "NOT_YET_VALID": "certificate",
	} {
		host := s.Values["HOST_"+key]
		rows = append(rows,
			row{key + " POP3S", place("pop3s", from.Name, host, s.POP3S, ca), good, 4, says},
			row{key + " IMAPS", r.pop(from), place("imaps", to.Name, host, s.IMAPS, ca), 4, says},
			row{key + " STLS", place("pop3", from.Name, host, s.POP3, ca), good, 4, says},
			row{key + " STARTTLS", r.pop(from), place("imap", to.Name, host, s.IMAP, ca), 4, says})
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			o := r.run(t, from.Password, "pop2imap", "--timeout", "2s", "--state", t.TempDir(), row.from, row.to)
			o.refused(t, row.code, row.says)
		})
	}
	for name, places := range map[string][2]string{
		"POP3":             {place("pop3s", "alice", s.Host, s.POP3S, ca), good},
		"IMAP":             {r.pop(from), place("imaps", "alice", s.Host, s.IMAPS, ca)},
		"POP3 SCRAM":       {place("pop3s", "alice", s.Host, s.POP3S, ca, "auth=scram-sha-256"), good},
		"IMAP LOGIN":       {r.pop(from), place("imaps", "alice", s.Host, s.IMAPS, ca, "auth=login")},
		"POP3 STLS, PLAIN": {place("pop3", "alice", s.Host, s.POP3, ca, "auth=plain"), good},
	} {
		t.Run("wrong password "+name, func(t *testing.T) {
			t.Parallel()
			o := r.run(t, "not the password", "pop2imap", "--timeout", "2s", "--state", t.TempDir(), places[0], places[1])
			o.refused(t, 4, "")
			if strings.Contains(o.stderr+o.stdout, "not the password") {
				t.Errorf("the password is shown: %s", o.stderr)
			}
		})
	}
}

// refused wants one line with the error, one with a hint, that code, and all of it soon.
func (o outcome) refused(t *testing.T, code int, says string) {
	t.Helper()
	if o.code != code {
		t.Errorf("exit %d, want %d", o.code, code)
	}
	var errorLine string
	count := map[string]int{}
	for line := range strings.Lines(o.stderr) {
		for _, kind := range []string{"error", "hint", "warning", "note"} {
			if strings.HasPrefix(line, "mailmv: "+kind+": ") {
				count[kind]++
				if kind == "error" {
					errorLine = line
				}
			}
		}
	}
	if lines := strings.Count(o.stderr, "\n"); count["error"] != 1 || count["hint"] != 1 || lines != 2+count["warning"]+count["note"] {
		t.Errorf("want one line of error and one of hint, got:\n%s", o.stderr)
	}
	if !strings.Contains(errorLine, says) {
		t.Errorf("%q does not say %q", errorLine, says)
	}
	if o.took > 15*time.Second {
		t.Errorf("took %v with a timeout of two seconds", o.took.Round(time.Second))
	}
}

// silent is the port of a server that accepts and says nothing.
func silent(t *testing.T) int {
	return listen(t, func(c net.Conn) { c.Read(make([]byte, 1<<20)) })
}

// closing is the port of a server that says this and hangs up.
func closing(t *testing.T, says string) int {
	return listen(t, func(c net.Conn) { io.WriteString(c, says) })
}

func listen(t *testing.T, serve func(net.Conn)) int {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer c.Close()
				serve(c)
			}()
		}
	}()
	return l.Addr().(*net.TCPAddr).Port
}
