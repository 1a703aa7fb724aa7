//go:build linux

package main_test

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapclient"

	"mailmv/archive/serve"
	"mailmv/migrate/storetest/dovecot"
)

// TestReal runs the built binary against a real Dovecot, as a user does. Without Dovecot or root it is skipped.
func TestReal(t *testing.T) {
	r := real{server: dovecot.Start(t), binary: filepath.Join(t.TempDir(), "mailmv")}
	r.build(t)
	t.Run("corpus", r.corpus)
	t.Run("killed", r.killed)
	t.Run("refused", r.refused)
	t.Run("memory", r.memory)
	t.Run("pcs", r.pcs)
	t.Run("seen", r.seen)
	t.Run("dedupe", r.dedupe)
	t.Run("flags", r.flags)
}

// build builds the program as "make build" does.
func (r real) build(t *testing.T) {
	t.Helper()
	build := exec.Command("go", "build", "-o", r.binary, ".")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("go build: %v\n%s", err, out)
	}
}

// real is the program under test and the server it talks to.
type real struct {
	server *dovecot.Server
	binary string
}

const passwordVariable = "MAILMV_TEST_PASSWORD"

// command is a run of the program in a home of its own.
func (r real) command(ctx context.Context, t *testing.T, password string, args ...string) *exec.Cmd {
	t.Helper()
	cmd := exec.CommandContext(ctx, r.binary, args...)
	home := t.TempDir()
	cmd.Env = []string{passwordVariable + "=" + password, "HOME=" + home, "XDG_STATE_HOME=" + home, "PATH=" + os.Getenv("PATH")}
	return cmd
}

// outcome is what a run gave.
type outcome struct {
	code           int
	stdout, stderr string
	took           time.Duration
}

func (r real) run(t *testing.T, password string, args ...string) outcome {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
	defer cancel()
	cmd := r.command(ctx, t, password, args...)
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	start := time.Now()
	err := cmd.Run()
	if exit := (*exec.ExitError)(nil); err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	return outcome{cmd.ProcessState.ExitCode(), out.String(), errs.String(), time.Since(start)}
}

// place writes one, with the password taken from the environment.
func place(scheme, user, host string, port int, parameters ...string) string {
	parameters = append(parameters, "password-env="+passwordVariable)
	return fmt.Sprintf("%s://%s@%s:%d?%s", scheme, url.PathEscape(user), host, port, strings.Join(parameters, "&"))
}

func (r real) pop(a dovecot.Account) string {
	return place("pop3s", a.Name, r.server.Host, r.server.POP3S, "ca="+r.server.CAFile)
}

func (r real) imap(a dovecot.Account) string {
	return place("imaps", a.Name, r.server.Host, r.server.IMAPS, "ca="+r.server.CAFile)
}

// read fetches an INBOX with go-imap's own client.
func (r real) read(t *testing.T, a dovecot.Account) []*imapclient.FetchMessageBuffer {
	t.Helper()
	return r.readFolder(t, a, "INBOX")
}

// readFolder fetches a folder; its levels are joined with "/".
func (r real) readFolder(t *testing.T, a dovecot.Account, folder string) []*imapclient.FetchMessageBuffer {
	t.Helper()
	c := r.dial(t, a)
	defer c.Close()
	selected, err := c.Select(folder, &imap.SelectOptions{ReadOnly: true}).Wait()
	if err != nil {
		t.Fatal(err)
	}
	if selected.NumMessages == 0 {
		return nil
	}
	all, err := c.Fetch(imap.SeqSet{{Start: 1}}, &imap.FetchOptions{
		UID: true, Flags: true, InternalDate: true, BodySection: []*imap.FetchItemBodySection{wholeBody},
	}).Collect()
	if err != nil {
		t.Fatal(err)
	}
	return all
}

var wholeBody = &imap.FetchItemBodySection{Peek: true}

func (r real) dial(t *testing.T, a dovecot.Account) *imapclient.Client {
	t.Helper()
	pem, err := os.ReadFile(r.server.CAFile)
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(pem)
	c, err := imapclient.DialTLS(fmt.Sprintf("%s:%d", r.server.Host, r.server.IMAPS), &imapclient.Options{TLSConfig: &tls.Config{RootCAs: roots}})
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Login(a.Name, a.Password).Wait(); err != nil {
		t.Fatal(err)
	}
	return c
}

// tally counts equal messages, by the hash of their octets with every bare LF made CRLF, as servers do.
func tally(messages [][]byte) map[[32]byte]int {
	n := map[[32]byte]int{}
	for _, m := range messages {
		n[sum(m)]++
	}
	return n
}

func sum(message []byte) [32]byte { return sha256.Sum256(withCRLF(message)) }

func withCRLF(m []byte) []byte {
	m = bytes.ReplaceAll(m, []byte("\r\n"), []byte("\n"))
	return bytes.ReplaceAll(m, []byte("\n"), []byte("\r\n"))
}

// realMail gives 3,000 messages: real ones where MAILMV_CORPUS names the folder that holds them, made ones elsewhere.
func realMail(t *testing.T) [][]byte {
	t.Helper()
	dir := os.Getenv("MAILMV_CORPUS")
	if dir == "" {
		dir = filepath.Join("..", "..", "..", "shared", "corpus")
	}
	f, err := os.Open(filepath.Join(dir, "spamassassin-a.tar.gz"))
	if err != nil {
		t.Log("made-up mail only: set MAILMV_CORPUS to the folder of spamassassin-a.tar.gz for real mail")
		return serve.Samples(3000, 1)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	var all [][]byte
	for r := tar.NewReader(z); ; {
		h, err := r.Next()
		if err == io.EOF {
			return all
		}
		if err != nil {
			t.Fatal(err)
		}
		if !strings.HasSuffix(h.Name, ".eml") {
			continue
		}
		m, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		if bytes.HasPrefix(m, []byte("From ")) { // the mbox's line, not the message's
			_, m, _ = bytes.Cut(m, []byte("\n"))
		}
		all = append(all, withCRLF(m))
	}
}

var hasDate = regexp.MustCompile(`(?m)^(Received|Date):`)

var bodyCommand = regexp.MustCompile(`(?m)^\d+ C: (.* )?(RETR|TOP|APPEND|FETCH .*BODY.*) `)

// corpus: 3,000 messages arrive as they were, and a second run has nothing to do and asks for no body.
func (r real) corpus(t *testing.T) {
	mail := realMail(t)
	from, to := r.server.Account(t), r.server.Account(t)
	r.server.Fill(t, from, mail)
	state := t.TempDir()

	first := r.run(t, from.Password, "pop2imap", "--state", state, r.pop(from), r.imap(to))
	if want := fmt.Sprintf("%d seen = %d copied + 0 present + 0 duplicate + 0 skipped + 0 failed\n", len(mail), len(mail)); first.code != 0 || !strings.HasSuffix(first.stdout, want) {
		t.Fatalf("exit %d, want 0\nstdout: %s\nstderr: %s", first.code, first.stdout, first.stderr)
	}
	var arrived [][]byte
	for _, m := range r.read(t, to) {
		body := m.FindBodySection(wholeBody)
		arrived = append(arrived, body)
		if hasDate.Match(body) && m.InternalDate.After(time.Now().Add(-24*time.Hour)) {
			t.Errorf("UID %d has the time of the copy as its internal date", m.UID)
		}
	}
	compare(t, arrived, mail)

	trace := filepath.Join(state, "trace")
	second := r.run(t, from.Password, "pop2imap", "--state", state, "--trace", trace, r.pop(from), r.imap(to))
	if want := fmt.Sprintf("%d seen = 0 copied + %d present", len(mail), len(mail)); second.code != 0 || !strings.Contains(second.stdout, want) {
		t.Fatalf("second run: exit %d, want 0\nstdout: %s\nstderr: %s", second.code, second.stdout, second.stderr)
	}
	said, err := os.ReadFile(trace)
	if err != nil || !bytes.Contains(said, []byte("UIDL")) {
		t.Fatalf("no trace: %v", err)
	}
	if line := bodyCommand.Find(said); line != nil {
		t.Errorf("a second run says %q", line)
	}
}

// compare wants the same messages, each as often.
func compare(t *testing.T, got, want [][]byte) {
	t.Helper()
	if len(got) != len(want) {
		t.Errorf("%d messages, want %d", len(got), len(want))
	}
	g, w := tally(got), tally(want)
	for k, n := range w {
		if g[k] != n {
			t.Errorf("message %x is there %d times, want %d", k[:4], g[k], n)
		}
	}
	for k, n := range g {
		if w[k] == 0 {
			t.Errorf("message %x is there %d times, want 0", k[:4], n)
		}
	}
}
