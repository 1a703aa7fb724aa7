//go:build linux

package main_test

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/textproto"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"mailmv/formats/mail"
	"mailmv/migrate/storetest/dovecot"
)

// pc is a computer that has fetched a maildrop and left the mail on the server: a place, with what is there of each message.
type pc struct {
	place  string
	copies [][]byte // as its program keeps them
}

// pcState is what a user did with a message: flags and keywords, and the folder where it lies; empty: INBOX.
type pcState struct {
	flags    mail.Flags
	keywords []string
	folder   mail.Path
	deleted  bool // a ghost is left of it, if anything
}

// user says what was done with each message, by its number on the server.
type user func(i int) pcState

// need skips where a program is missing.
func need(t *testing.T, programs ...string) {
	t.Helper()
	for _, p := range programs {
		if _, err := exec.LookPath(p); err != nil {
			t.Skip("no programs that fetch mail to test with: apt-get install fetchmail getmail6 mpop")
		}
	}
}

// nobody is the account of programs that do not work for root (getmail).
const nobody = 65534

// home makes a folder for a user of that number.
func home(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "mailmv-pc-") // t.TempDir lies where only root comes
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	if err := os.Chown(dir, nobody, nobody); err != nil {
		t.Fatal(err)
	}
	return dir
}

// fetchWith runs a program that fetches mail in a home of its own, with a configuration that nobody else can read.
func fetchWith(t *testing.T, dir, config string, program string, args ...string) {
	t.Helper()
	file := filepath.Join(dir, "config")
	if err := os.WriteFile(file, []byte(config), 0o600); err != nil {
		t.Fatal(err)
	}
	err := filepath.WalkDir(dir, func(name string, _ fs.DirEntry, err error) error {
		return errors.Join(err, os.Chown(name, nobody, nobody))
	})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, program, args...)
	cmd.Dir = dir
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: nobody, Gid: nobody}}
	cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + dir, "XDG_CONFIG_HOME=" + dir, "FETCHMAILHOME=" + dir}
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%s: %v\n%s", program, err, out)
	}
}

// withFetchmail fetches into a Maildir++: fetchmail hands each message to a server that delivers it. What the user deleted there
// lies in Trash.
func (r real) withFetchmail(t *testing.T, a dovecot.Account, state user, number func([]byte) int) pc {
	dir := home(t)
	box := filepath.Join(dir, "Mail")
	makeMaildir(t, box)
	makeMaildir(t, filepath.Join(box, ".Trash"))
	port, delivered := lmtp(t)
	config := fmt.Sprintf("poll localhost service %d protocol pop3 user %q password %q ssl sslcertck sslcertfile %q keep fetchall no rewrite smtphost \"127.0.0.1/%d\" smtpname \"me\" lmtp\n",
		r.server.POP3S, a.Name, a.Password, r.server.CAFile, port)
	fetchWith(t, dir, config, "fetchmail", "--silent", "--nosyslog", "--fetchmailrc", filepath.Join(dir, "config"))
	for i, m := range delivered() {
		if err := os.WriteFile(filepath.Join(box, "new", fmt.Sprintf("%d.pc", i)), m, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return pc{"maildir:" + box, readIn(t, box, state, number)}
}

// withMpop fetches into one Maildir.
func (r real) withMpop(t *testing.T, a dovecot.Account, state user, number func([]byte) int) pc {
	dir := home(t)
	box := filepath.Join(dir, "Mail")
	makeMaildir(t, box)
	config := fmt.Sprintf("defaults\ntls on\ntls_starttls off\ntls_trust_file %s\nauth user\naccount default\nhost localhost\nport %d\nuser %s\npassword %s\nkeep on\nuidls_file %s/uidls\ndelivery maildir %s\n",
		r.server.CAFile, r.server.POP3S, a.Name, a.Password, dir, box)
	fetchWith(t, dir, config, "mpop", "--quiet", "--file="+filepath.Join(dir, "config"))
	return pc{"maildir:" + box, readIn(t, box, state, number)}
}

// withGetmail fetches into one mbox file, by way of an LMTP server: what getmail delivers to files goes through a child that
// it may wait for in vain. Its user reads the mail with mutt, which keeps the state in header fields.
func (r real) withGetmail(t *testing.T, a dovecot.Account, state user, number func([]byte) int) pc {
	dir := home(t)
	port, delivered := lmtp(t)
	config := fmt.Sprintf("[retriever]\ntype = SimplePOP3SSLRetriever\nserver = localhost\nport = %d\nusername = %s\npassword = %s\nca_certs = %s\n[destination]\ntype = MDA_lmtp\nhost = 127.0.0.1\nport = %d\noverride = me\n[options]\ndelete = false\nverbose = 0\n",
		r.server.POP3S, a.Name, a.Password, r.server.CAFile, port)
	fetchWith(t, dir, config, "getmail", "--getmaildir", dir, "--rcfile", "config")
	var out bytes.Buffer
	all := delivered()
	for _, m := range all {
		st := state(number(m))
		head, body, _ := bytes.Cut(m, []byte("\n\n"))
		out.WriteString("From someone@example.org Sat Jan  1 12:00:00 2005\n")
		out.Write(statusField.ReplaceAll(head, nil))
		if st.flags&mail.Seen != 0 {
			out.WriteString("\nStatus: RO")
		}
		if st.flags&mail.Flagged != 0 {
			out.WriteString("\nX-Status: F")
		}
		out.WriteString("\n\n")
		out.Write(quotable.ReplaceAll(body, []byte(">$0")))
		out.WriteString("\n")
	}
	box := filepath.Join(dir, "mbox")
	if err := os.WriteFile(box, out.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	return pc{"mbox:" + box, all}
}

// statusField is one in which mutt keeps the state. It writes it anew.
var statusField = regexp.MustCompile(`(?m)^(X-)?Status:.*\n?`)

// lmtp serves LMTP (RFC 2033); delivered ends it and gives what came, with LF line ends.
func lmtp(t *testing.T) (port int, delivered func() [][]byte) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	var messages [][]byte
	done := make(chan struct{})
	go func() {
		defer close(done)
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			messages = append(messages, lmtpSession(textproto.NewConn(conn))...)
			conn.Close()
		}
	}()
	return l.Addr().(*net.TCPAddr).Port, func() [][]byte {
		l.Close()
		<-done
		return messages
	}
}

// lmtpSession takes messages for one recipient each, until the client goes.
func lmtpSession(c *textproto.Conn) (messages [][]byte) {
	for answer := "220 ready"; ; {
		if err := c.PrintfLine("%s", answer); err != nil {
			return messages
		}
		line, err := c.ReadLine()
		if err != nil {
			return messages
		}
		answer = "250 ok"
		if strings.EqualFold(line, "DATA") {
			c.PrintfLine("354 go on")
			m, err := c.ReadDotBytes()
			if err != nil {
				return messages
			}
			messages = append(messages, m)
		}
	}
}

var quotable = regexp.MustCompile(`(?m)^>*From `)

// likeThunderbird fetches as Thunderbird does, and keeps what it keeps: five fields on top of each message, folders below
// folders in .sbd directories, and of a message that was moved a ghost in Inbox.
func (r real) likeThunderbird(t *testing.T, a dovecot.Account, state user, number func([]byte) int) pc {
	profile := filepath.Join(t.TempDir(), "Mail", "pop.example.org")
	files := map[mail.Path]*bytes.Buffer{"": {}}
	uidls, messages := r.retrieve(t, a)
	for i, m := range messages {
		st := state(number(m))
		if files[st.folder] == nil {
			files[st.folder] = &bytes.Buffer{}
		}
		if st.folder != "" || st.deleted {
			mozilla(files[""], uidls[i], pcState{flags: st.flags}, 8, m)
		}
		if !st.deleted {
			mozilla(files[st.folder], uidls[i], st, 0, m)
		}
	}
	for folder, text := range files {
		name := filepath.Join(profile, "Inbox")
		if folder != "" {
			name = filepath.Join(profile, strings.ReplaceAll(string(folder), "/", ".sbd/"))
		}
		if err := os.MkdirAll(filepath.Dir(name), 0o700); err != nil {
			t.Fatal(err)
		}
		for _, f := range []string{name, name + ".msf", strings.TrimSuffix(filepath.Dir(name), ".sbd")} {
			if _, err := os.Stat(f); err == nil {
				continue
			}
			if err := os.WriteFile(f, nil, 0o600); err != nil {
				t.Fatal(err)
			}
		}
		if err := os.WriteFile(name, text.Bytes(), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return pc{"mbox:" + profile, messages}
}

// mozilla writes one message as Thunderbird's nsPop3Sink does.
func mozilla(w *bytes.Buffer, uidl string, st pcState, more uint, message []byte) {
	low := more
	for flag, bit := range map[mail.Flags]uint{mail.Seen: 1, mail.Answered: 2, mail.Flagged: 4} {
		if st.flags&flag != 0 {
			low |= bit
		}
	}
	fmt.Fprintf(w, "From - Sat Jan 01 12:00:00 2005\nX-Account-Key: account3\nX-UIDL: %s\nX-Mozilla-Status: %04x\nX-Mozilla-Status2: 00000000\nX-Mozilla-Keys: %-80s\n",
		uidl, low, strings.Join(st.keywords, " "))
	w.Write(quotable.ReplaceAll(message, []byte(">$0")))
	w.WriteString("\n")
}

// retrieve is a plain POP3 client. Messages come with LF line ends.
func (r real) retrieve(t *testing.T, a dovecot.Account) (uidls []string, messages [][]byte) {
	t.Helper()
	pem, err := os.ReadFile(r.server.CAFile)
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(pem)
	conn, err := tls.Dial("tcp", fmt.Sprintf("%s:%d", r.server.Host, r.server.POP3S), &tls.Config{RootCAs: roots})
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	c := textproto.NewConn(conn)
	ask := func(format string, args ...any) {
		t.Helper()
		if format != "" {
			if err := c.PrintfLine(format, args...); err != nil {
				t.Fatal(err)
			}
		}
		if line, err := c.ReadLine(); err != nil || !strings.HasPrefix(line, "+OK") {
			t.Fatalf("POP3: %q, %v", line, err)
		}
	}
	ask("")
	ask("USER %s", a.Name)
	ask("PASS %s", a.Password)
	ask("UIDL")
	lines, err := c.ReadDotLines()
	if err != nil {
		t.Fatal(err)
	}
	for i, line := range lines {
		_, uidl, _ := strings.Cut(line, " ")
		ask("RETR %d", i+1)
		m, err := c.ReadDotBytes()
		if err != nil {
			t.Fatal(err)
		}
		uidls, messages = append(uidls, uidl), append(messages, m)
	}
	ask("QUIT")
	return uidls, messages
}

func makeMaildir(t *testing.T, dir string) {
	t.Helper()
	for _, d := range []string{"", "tmp", "new", "cur"} {
		if err := os.MkdirAll(filepath.Join(dir, d), 0o700); err != nil {
			t.Fatal(err)
		}
	}
}

// readIn does to a Maildir what its user does in a mail program, and gives what came.
func readIn(t *testing.T, box string, state user, number func([]byte) int) (copies [][]byte) {
	t.Helper()
	fresh, err := filepath.Glob(filepath.Join(box, "new", "*"))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range fresh {
		m, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		copies = append(copies, m)
		st := state(number(m))
		letters := ""
		for _, l := range []struct {
			flag   mail.Flags
			letter string
		}{{mail.Flagged, "F"}, {mail.Answered, "R"}, {mail.Seen, "S"}} {
			if st.flags&l.flag != 0 {
				letters += l.letter
			}
		}
		to := filepath.Join(box, "cur", filepath.Base(name)+":2,"+letters)
		if st.folder != "" {
			to = filepath.Join(box, "."+string(st.folder), "cur", filepath.Base(to))
		}
		if err := os.Rename(name, to); err != nil {
			t.Fatal(err)
		}
	}
	return copies
}
