package main

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"mailmv/formats/mail"
)

// sought is what a search for secrets had to say.
type sought struct {
	secrets
	hidden, warned []string
	asked          int
}

// newSought has a keyring with one secret and a person who knows several.
func newSought(keyring string, answers ...string) *sought {
	s := &sought{}
	s.hide = func(secret string) { s.hidden = append(s.hidden, secret) }
	s.warn = func(format string, args ...any) { s.warned = append(s.warned, fmt.Sprintf(format, args...)) }
	s.keyring = func(_ context.Context, account string) (string, error) {
		if keyring == "" {
			return "", errNoKeyring
		}
		return strings.TrimPrefix(keyring, account+"="), nil
	}
	if len(answers) > 0 {
		s.ask = func(context.Context, string) (string, error) {
			s.asked++
			return answers[min(s.asked, len(answers))-1], nil
		}
	}
	return s
}

func writeFile(t *testing.T, name, text string, mode os.FileMode) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(file, []byte(text), mode); err != nil {
		t.Fatal(err)
	}
	return file
}

func TestSecretWays(t *testing.T) {
	t.Setenv("HOME", t.TempDir())
	t.Setenv("NETRC", "")
	t.Setenv("MAILMV_TEST_PASSWORD", "from env")
	base := place{Proto: "imap", User: "me", Host: "h", Port: 993}
	with := func(change func(*place)) place { p := base; change(&p); return p }
	for _, row := range []struct {
		name  string
		p     place
		s     *sought
		want  string
		warns bool
	}{
		{"file", with(func(p *place) { p.PasswordFile = writeFile(t, "pw", "from file\n", 0o600) }), newSought(""), "from file", false},
		{"file, CRLF and blanks", with(func(p *place) { p.PasswordFile = writeFile(t, "pw", " a b \r\n", 0o600) }), newSought(""), " a b ", false},
		{"file for all to read", with(func(p *place) { p.PasswordFile = writeFile(t, "pw", "seen", 0o644) }), newSought(""), "seen", true},
		{"environment", with(func(p *place) { p.PasswordEnv = "MAILMV_TEST_PASSWORD" }), newSought(""), "from env", false},
		{"command", with(func(p *place) { p.PasswordCommand = "printf '%s\\n' 'quoted \"one\"'" }), newSought(""), `quoted "one"`, false},
		{"keyring", base, newSought("imap://me@h=from keyring", "asked"), "from keyring", false},
		{"asked", base, newSought("", "asked"), "asked", false},
	} {
		t.Run(row.name, func(t *testing.T) {
			got, err := row.s.keeper(row.p).get(t.Context(), false)
			if err != nil || got != row.want {
				t.Fatalf("get = %q, %v, want %q", got, err, row.want)
			}
			if len(row.s.hidden) != 1 || row.s.hidden[0] != row.want {
				t.Errorf("hidden: %q, want the secret", row.s.hidden)
			}
			if (len(row.s.warned) > 0) != row.warns {
				t.Errorf("warned: %q, want some: %v", row.s.warned, row.warns)
			}
		})
	}
}

func TestSecretRefused(t *testing.T) {
	t.Setenv("HOME", t.TempDir())
	t.Setenv("NETRC", "")
	base := place{Proto: "imap", User: "me", Host: "h", Port: 993}
	with := func(change func(*place)) place { p := base; change(&p); return p }
	for _, row := range []struct {
		name string
		p    place
		code int
		want string
	}{
		{"none", base, 4, "no password"},
		{"no file", with(func(p *place) { p.PasswordFile = "/no/such/file" }), 4, "no such file"},
		{"empty file", with(func(p *place) { p.PasswordFile = writeFile(t, "pw", "\n", 0o600) }), 4, "is empty"},
		{"not set", with(func(p *place) { p.PasswordEnv = "MAILMV_NOT_SET" }), 4, "MAILMV_NOT_SET"},
		{"two lines", with(func(p *place) { p.PasswordFile = writeFile(t, "pw", "a\nb\n", 0o600) }), 2, "line end"},
		{"command fails", with(func(p *place) { p.PasswordCommand = "exit 3" }), 4, "exit status 3"},
		{"command says nothing", with(func(p *place) { p.PasswordCommand = "true" }), 4, "printed nothing"},
		{"command never ends its output", with(func(p *place) { p.PasswordCommand = "yes" }), 4, "more than"},
	} {
		t.Run(row.name, func(t *testing.T) {
			_, err := newSought("").keeper(row.p).get(t.Context(), false)
			if got := exitCode(err); got != row.code || !strings.Contains(fmt.Sprint(err), row.want) {
				t.Errorf("get: %v, exit code %d, want %d and %q", err, got, row.code, row.want)
			}
		})
	}
	t.Run("command that hangs", func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
		defer cancel()
		_, err := newSought("").keeper(with(func(p *place) { p.PasswordCommand = "exec sleep 60" })).get(ctx, false)
		if !errors.Is(err, errNoSecret) {
			t.Errorf("get = %v, want %v", err, errNoSecret)
		}
	})
}

func TestSecretAskedForAgain(t *testing.T) {
	t.Setenv("HOME", t.TempDir())
	t.Setenv("NETRC", "")
	count := writeFile(t, "count", "", 0o600)
	p := place{Proto: "imap", User: "me", Host: "h", Port: 993, PasswordCommand: "echo x >> " + count + "; wc -l < " + count}
	k := newSought("").keeper(p)
	for i, row := range []struct {
		again bool
		want  string
	}{{false, "1"}, {false, "1"}, {true, "2"}, {false, "2"}} {
		if got, err := k.get(t.Context(), row.again); err != nil || strings.TrimSpace(got) != row.want {
			t.Errorf("call %d: get(again %v) = %q, %v, want %q", i, row.again, got, err, row.want)
		}
	}
	p.PasswordCommand = "echo same"
	k = newSought("").keeper(p)
	if _, err := k.get(t.Context(), false); err != nil {
		t.Fatal(err)
	}
	if _, err := k.get(t.Context(), true); !errors.Is(err, mail.ErrAuth) {
		t.Errorf("the same secret again: %v, want %v", err, mail.ErrAuth)
	}
	p.PasswordCommand = ""
	s := newSought("", "first", "second")
	k = s.keeper(p)
	first, _ := k.get(t.Context(), false)
	second, err := k.get(t.Context(), true)
	if first != "first" || second != "second" || err != nil || s.asked != 2 {
		t.Errorf("asked: %q, %q, %v in %d questions", first, second, err, s.asked)
	}
}

func TestNetrc(t *testing.T) {
	text := `# comment
machine other login me password wrong
machine H.example
	login you
	password yours
machine h.example login me password "a \"b\" c" account x
macdef init
	machine h.example login me password macro

machine h.example login me password second
default login anyone password last
`
	for _, row := range []struct{ host, login, want string }{
		{"h.example", "me", `a "b" c`}, {"h.example", "you", "yours"}, {"h.example", "anyone", "last"},
		{"h.example", "nobody", ""}, {"x.example", "anyone", "last"}, {"other", "me", "wrong"},
	} {
		if got := netrcPassword(text, row.host, row.login); got != row.want {
			t.Errorf("netrcPassword(%q, %q) = %q, want %q", row.host, row.login, got, row.want)
		}
	}
	if got := netrcPassword("machine h password p", "h", "me"); got != "p" {
		t.Errorf("an entry without login gives %q, want p", got)
	}
	file := writeFile(t, "netrc", text, 0o644)
	t.Setenv("NETRC", file)
	s := newSought("")
	p := place{Proto: "pop3", User: "you", Host: "h.example", Port: 995}
	if got, err := s.keeper(p).get(t.Context(), false); got != "yours" || err != nil || len(s.warned) != 1 {
		t.Errorf("get = %q, %v with warnings %q", got, err, s.warned)
	}
	t.Setenv("NETRC", file+".not")
	if _, err := s.keeper(p).get(t.Context(), false); exitCode(err) != exitRefused {
		t.Errorf("$NETRC names no file: %v, want exit code 4", err)
	}
}

// FuzzNetrc: it ends, and what it gives stood in the file.
func FuzzNetrc(f *testing.F) {
	f.Add("machine h login me password p")
	f.Add("default password \"a\\\"b\" macdef x\n\nmachine")
	f.Fuzz(func(t *testing.T, text string) {
		got := netrcPassword(text, "h", "me")
		if !strings.Contains(strings.ReplaceAll(text, `\`, ""), strings.ReplaceAll(got, `\`, "")) {
			t.Fatalf("netrcPassword(%q) = %q", text, got)
		}
	})
}

func TestRedactor(t *testing.T) {
	r := &redactor{}
	r.hide("S3cret/ pass")
	r.hide("ab") // too short: every other word would be hidden
	var out strings.Builder
	w := r.writer(&out)
	plain := base64.StdEncoding.EncodeToString([]byte("\x00me\x00S3cret/ pass"))
	fmt.Fprintf(w, "-ERR cannot do PASS S3cret/ pass, nor AUTH %s: ab\n", plain)
	if got := out.String(); strings.Contains(got, "S3cret") || strings.Contains(got, plain) || !strings.Contains(got, ": ab") {
		t.Errorf("written: %s", got)
	}
}
