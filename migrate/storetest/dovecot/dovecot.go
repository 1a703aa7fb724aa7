// Package dovecot gives tests a private Dovecot: a real POP3 and IMAP server on loopback, started by
// testdata/servers/dovecot.sh in a folder under the system's temporary one, one for each test process.
package dovecot

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// Server is a running Dovecot. Its certificate is good on Host and on the name localhost.
type Server struct {
	Host                     string
	IMAP, IMAPS, POP3, POP3S int
	CAFile                   string
	// Values are all KEY=VALUE lines of the script: HOST_EXPIRED, USER2, APPENDLIMIT ...
	Values map[string]string

	life io.Closer // held open: the script ends the server when it closes, at the latest with this process
	made atomic.Int64
	// uid and gid own the mail.
	uid, gid int
}

// Account is a user of a Server.
type Account struct {
	Name, Password string
	// Maildir is where the account's INBOX lies on disk; it is there once Fill was called or mail came.
	Maildir string
}

var process struct {
	once   sync.Once
	server *Server
	skip   string
	err    error
}

// Start gives the server of this test process, and starts it at the first call. It ends with the process, however
// that ends. With MAILMV_TEST_DOVECOT set to the server.env file of one that runs, that one is used.
// Where there is no Dovecot or no root the test is skipped.
func Start(t testing.TB) *Server {
	t.Helper()
	p := &process
	p.once.Do(func() { p.server, p.skip, p.err = open() })
	if p.skip != "" {
		t.Skip(p.skip)
	}
	if p.err != nil {
		t.Fatal(p.err)
	}
	return p.server
}

func open() (s *Server, skip string, err error) {
	if file := os.Getenv("MAILMV_TEST_DOVECOT"); file != "" {
		text, err := os.ReadFile(file)
		if err != nil {
			return nil, "", err
		}
		s, err := parse(string(text))
		return s, "", err
	}
	if skip := lacking(); skip != "" {
		return nil, skip, nil
	}
	s, err = run()
	return s, "", err
}

// lacking says in one line what is needed and how to get it.
func lacking() string {
	for _, f := range []string{"/usr/sbin/dovecot", "/usr/lib/dovecot/imap", "/usr/lib/dovecot/pop3"} {
		if _, err := os.Stat(f); err != nil {
			return "no real server to test with: apt-get install dovecot-imapd dovecot-pop3d, and run as root"
		}
	}
	if _, err := exec.LookPath("openssl"); err != nil {
		return "no certificates for a real server to test with: apt-get install openssl"
	}
	if os.Getuid() != 0 {
		return "no real server to test with: run as root"
	}
	return ""
}

// run starts the script, which ends the server and removes its folder when this process has closed its stdin.
func run() (*Server, error) {
	script, err := findScript()
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", "mailmv-dovecot-")
	if err != nil {
		return nil, err
	}
	if err := os.Chmod(dir, 0o755); err != nil { // the server's accounts must get in
		return nil, err
	}
	cmd := exec.Command(script, "run", dir)
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	life, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	text, err := io.ReadAll(stdout)
	if err == nil && len(text) == 0 {
		cmd.Wait()
		err = fmt.Errorf("%s: %s", script, strings.TrimSpace(stderr.String()))
	}
	if err != nil {
		return nil, err
	}
	s, err := parse(string(text))
	if err != nil {
		return nil, err
	}
	s.life = life
	return s, nil
}

// findScript looks for it from the working folder up, as tests run in their package's.
func findScript() (string, error) {
	dir, err := os.Getwd()
	if err != nil {
		return "", err
	}
	for {
		script := filepath.Join(dir, "testdata", "servers", "dovecot.sh")
		if _, err := os.Stat(script); err == nil {
			return script, nil
		}
		up := filepath.Dir(dir)
		if up == dir {
			return "", fmt.Errorf("no testdata/servers/dovecot.sh above the working folder")
		}
		dir = up
	}
}

func parse(text string) (*Server, error) {
	s := &Server{Values: map[string]string{}}
	for lines := bufio.NewScanner(strings.NewReader(text)); lines.Scan(); {
		key, value, _ := strings.Cut(lines.Text(), "=")
		s.Values[key] = value
	}
	s.Host, s.CAFile = s.Values["HOST"], s.Values["CA_FILE"]
	for key, number := range map[string]*int{
		"IMAP_PORT": &s.IMAP, "IMAPS_PORT": &s.IMAPS, "POP3_PORT": &s.POP3, "POP3S_PORT": &s.POP3S,
		"MAIL_UID": &s.uid, "MAIL_GID": &s.gid,
	} {
		if value := s.Values[key]; value != "" {
			n, err := strconv.Atoi(value)
			if err != nil {
				return nil, fmt.Errorf("dovecot: %s: %w", key, err)
			}
			*number = n
		}
	}
	return s, nil
}

// Account gives a fresh account, with an empty INBOX in a Maildir, no quota, and messages up to 1 GB.
func (s *Server) Account(t testing.TB) Account {
	t.Helper()
	password, homes := s.Values["ANY_PASS"], s.Values["HOMES"]
	if password == "" || homes == "" {
		t.Skip("this server has no accounts to spare: unset MAILMV_TEST_DOVECOT, or start it with testdata/servers/dovecot.sh")
	}
	name := fmt.Sprintf("t%d-%d", os.Getpid(), s.made.Add(1))
	home := filepath.Join(homes, name)
	t.Cleanup(func() { os.RemoveAll(home) })
	return Account{name, password, filepath.Join(home, "Maildir")}
}

// Fill puts messages into the INBOX of an account, octet for octet and in order. Do it before the first login.
func (s *Server) Fill(t testing.TB, a Account, messages [][]byte) {
	t.Helper()
	for i, m := range messages {
		s.FillFrom(t, a, i, func(w io.Writer) error {
			_, err := w.Write(m)
			return err
		})
	}
}

// FillFrom puts one message in, the i-th, with the octets that write gives.
func (s *Server) FillFrom(t testing.TB, a Account, i int, write func(io.Writer) error) {
	t.Helper()
	if err := s.deliver(a, i, write); err != nil {
		t.Fatal(err)
	}
}

func (s *Server) deliver(a Account, i int, write func(io.Writer) error) error {
	for _, dir := range []string{filepath.Dir(a.Maildir), a.Maildir, a.Maildir + "/tmp", a.Maildir + "/cur", a.Maildir + "/new"} {
		if err := os.Mkdir(dir, 0o700); errors.Is(err, fs.ErrExist) {
			continue
		} else if err != nil {
			return err
		}
		if err := os.Chown(dir, s.uid, s.gid); err != nil {
			return err
		}
	}
	// Dovecot numbers new mail in the order of the names.
	name := fmt.Sprintf("%s/new/%d.M%06d.test", a.Maildir, time.Date(2005, 1, 1, 0, 0, 0, 0, time.UTC).Unix(), i)
	f, err := os.OpenFile(name, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer f.Close()
	if err := f.Chown(s.uid, s.gid); err != nil {
		return err
	}
	w := bufio.NewWriter(f)
	if err := write(w); err != nil {
		return err
	}
	return w.Flush()
}
