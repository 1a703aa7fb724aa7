package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"mailmv/archive"
	"mailmv/archive/serve"
	"mailmv/formats/mbox"
	"mailmv/migrate/wire"
)

func TestParsePlace(t *testing.T) {
	pin := strings.Repeat("ab", 32)
	for _, row := range []struct {
		name, word string
		want       place
		url, id    string
	}{
		{"pop3s", "pop3s://me@mail.example.org", place{Proto: "pop3", User: "me", Host: "mail.example.org", Port: 995},
			"pop3s://me@mail.example.org", "pop3:me@mail.example.org"},
		{"pop3 means STLS", "pop3://me@h.example", place{Proto: "pop3", User: "me", Host: "h.example", Port: 110, Security: wire.StartTLS},
			"pop3://me@h.example", "pop3:me@h.example"},
		{"encoded user", "imaps://me%40old.example@Mail.Example.ORG.", place{Proto: "imap", User: "me@old.example", Host: "mail.example.org", Port: 993},
			"imaps://me%40old.example@mail.example.org", "imap:me@old.example@mail.example.org"},
		{"user with a bare @", "imaps://me@old.example@h", place{Proto: "imap", User: "me@old.example", Host: "h", Port: 993},
			"imaps://me%40old.example@h", "imap:me@old.example@h"},
		{"plus stays plus", "imaps://me+x@h", place{Proto: "imap", User: "me+x", Host: "h", Port: 993}, "imaps://me+x@h", "imap:me+x@h"},
		{"port", "imap://me@h:1143", place{Proto: "imap", User: "me", Host: "h", Port: 1143, Security: wire.StartTLS}, "imap://me@h:1143", "imap:me@h:1143"},
		{"the protocol's other port", "imap://me@h:993?tls=implicit", place{Proto: "imap", User: "me", Host: "h", Port: 993}, "imaps://me@h", "imap:me@h"},
		{"IPv6", "imaps://me@[2001:db8::1]:994", place{Proto: "imap", User: "me", Host: "2001:db8::1", Port: 994}, "imaps://me@[2001:db8::1]:994", "imap:me@[2001:db8::1]:994"},
		{"IPv6 without port", "pop3s://me@[::1]", place{Proto: "pop3", User: "me", Host: "::1", Port: 995}, "pop3s://me@[::1]", "pop3:me@::1"},
		{"folder", "imaps://me@h/Work/2004", place{Proto: "imap", User: "me", Host: "h", Port: 993, Folder: "Work/2004"}, "imaps://me@h", "imap:me@h"},
		{"folder in UTF-8, encoded and not", "imaps://me@h/Entw%C3%BCrfe/übrig%20es/", place{Proto: "imap", User: "me", Host: "h", Port: 993, Folder: "Entwürfe/übrig es"}, "imaps://me@h", "imap:me@h"},
		{"inbox in small letters", "imaps://me@h/inbox/a", place{Proto: "imap", User: "me", Host: "h", Port: 993, Folder: "INBOX/a"}, "imaps://me@h", "imap:me@h"},
		{"pop3 with a slash", "pop3s://me@h/", place{Proto: "pop3", User: "me", Host: "h", Port: 995}, "pop3s://me@h", "pop3:me@h"},
		{"parameters", "imaps://me@h/F?auth=PLAIN&authzid=you&connections=3&password-env=X&pin=SHA256:" + strings.ToUpper(pin),
			place{Proto: "imap", User: "me", Host: "h", Port: 993, Folder: "F", Auth: "plain", Authzid: "you", Connections: 3, PasswordEnv: "X", Pin: "sha256:" + pin},
			"imaps://me@h", "imap:you@h"},
		{"command with escapes", "pop3s://me@h?password-command=pass%20show%20a%26b%3Fc=d", place{Proto: "pop3", User: "me", Host: "h", Port: 995, PasswordCommand: "pass show a&b?c=d"},
			"pop3s://me@h", "pop3:me@h"},
		{"a new path", "/no/such/box", place{Proto: "maildir", Path: "/no/such/box", Kind: archive.Absent}, "maildir:/no/such/box", "maildir:/no/such/box"},
		{"a new Maildir", "maildir:/no/such/../box", place{Proto: "maildir", Path: "/no/such/../box", Kind: archive.Absent}, "maildir:/no/such/../box", "maildir:/no/box"},
		{"a path with a colon", "/no/such:box", place{Proto: "maildir", Path: "/no/such:box", Kind: archive.Absent}, "maildir:/no/such:box", "maildir:/no/such:box"},
		{"a path with a question mark", "/no/such?box", place{Proto: "maildir", Path: "/no/such?box", Kind: archive.Absent}, "maildir:/no/such?box", "maildir:/no/such?box"},
		{"a new mbox", "mbox:/no/such/box", place{Proto: "mbox", Path: "/no/such/box", Kind: archive.Absent}, "mbox:/no/such/box", "mbox:/no/such/box"},
		{"plaintext", "pop3://me@h?tls=none", place{Proto: "pop3", User: "me", Host: "h", Port: 110, Security: wire.None}, "pop3://me@h", "pop3:me@h"},
	} {
		t.Run(row.name, func(t *testing.T) {
			got, err := parsePlace(row.word, &config{})
			if err != nil || got != row.want {
				t.Fatalf("parsePlace(%q) = %+v, %v, want %+v", row.word, got, err, row.want)
			}
			if got.String() != row.url || got.id() != row.id {
				t.Errorf("String, id = %q, %q, want %q, %q", got.String(), got.id(), row.url, row.id)
			}
		})
	}
}

func TestParsePlaceRefuses(t *testing.T) {
	for _, row := range []struct{ name, word, want string }{
		{"password", "pop3s://me:TopSecret@h", "password"},
		{"password with a slash", "pop3s://me:Top/Secret@h", "no USER@"},
		{"password with a question mark", "pop3s://me:Top?Secret@h", "no USER@"},
		{"password with an at", "pop3s://me:Top@Secret@h", "password"},
		{"password as a parameter", "pop3s://me@h?password=TopSecret", "password"},
		{"no user", "pop3s://mail.example.org", "no USER@"},
		{"empty user", "pop3s://@h", "user name"},
		{"bad escape", "pop3s://m%4@h", "user name"},
		{"CR LF in the user", "imaps://a%0d%0ax@h", "line end"},
		{"NUL in the folder", "imaps://a@h/%00", "NUL"},
		{"not UTF-8", "imaps://a%ff@h", "UTF-8"},
		{"slash in a level", "imaps://a@h/b%2Fc", "slash"},
		{"no host", "imaps://a@", "not a host"},
		{"host a dot", "imaps://a@.", "not a host"},
		{"host with a blank", "imaps://a@b c", "not a host"},
		{"host like an option", "imaps://a@-oProxy", "not a host"},
		{"port 0", "imaps://a@h:0", "port"},
		{"port a word", "imaps://a@h:imap", "port"},
		{"not IPv6", "imaps://a@[1.2.3.4]", "IPv6"},
		{"folder of POP3", "pop3s://a@h/Work", "no folders"},
		{"unknown scheme", "http://a@h", "scheme"},
		{"no slashes", "imaps:a@h", "slashes"},
		{"no path", "maildir:", "path is empty"},
		{"no word", "", "path is empty"},
		{"NUL in a path", "maildir:a\x00b", "invalid"},
		{"not mail", "place_test.go", "holds no mail"},
		{"not a Maildir", "maildir:place_test.go", "holds no mail"},
		{"unknown account", "old:", "neither"},
		{"a path with a colon", "a:b/md", "neither"},
		{"unknown parameter", "imaps://a@h?tsl=none", `"tsl" is not known`},
		{"no value", "imaps://a@h?tls", "no value"},
		{"twice", "imaps://a@h?tls=none&tls=implicit", "twice"},
		{"tls", "imaps://a@h?tls=maybe", "tls=maybe"},
		{"pin", "imaps://a@h?pin=sha256:12", "pin"},
		{"auth", "imaps://a@h?auth=magic", "auth=magic"},
		{"apop for IMAP", "imaps://a@h?auth=apop", "POP3 only"},
		{"connections", "imaps://a@h?connections=0", "connections"},
		{"two passwords", "imaps://a@h?password-env=A&password-file=B", "exclude"},
		{"plaintext with a pin", "imaps://a@h?tls=none&pin=sha256:" + strings.Repeat("00", 32), "tls=none"},
		{"unknown parameter of files", "mbox:zz?dialekt=x", `"dialekt" behind zz is not known`},
		{"a second unknown parameter of files", "/no/such/zz?x=1&y=2", `"x" behind /no/such/zz is not known`},
		{"a server's parameter of files", "maildir:zz?tls=none", "tls is for servers"},
		{"password of files", "zz?password=TopSecret@h", `"password" behind zz`},
		{"ca missing", "imaps://a@h?ca=/no/such/file", "ca:"},
	} {
		t.Run(row.name, func(t *testing.T) {
			_, err := parsePlace(row.word, &config{})
			if err == nil || !isUsage(err) || !strings.Contains(err.Error(), row.want) {
				t.Fatalf("parsePlace(%q) = %v, want a usage error with %q", row.word, err, row.want)
			}
			if said := err.Error() + hintFor(err); strings.Contains(said, "Top") || strings.Contains(said, "Secret@") {
				t.Errorf("parsePlace(%q) repeats the password: %s", row.word, said)
			}
		})
	}
}

func TestConfig(t *testing.T) {
	read := func(t *testing.T, text string) (*config, error) {
		file := filepath.Join(t.TempDir(), "config.toml")
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return loadConfig(file)
	}
	t.Run("account", func(t *testing.T) {
		c, err := read(t, "[account.old]\nurl = \"imaps://me@h/A\"\npassword-command = \"pass show mail/old\"\nconnections = 2\n")
		if err != nil {
			t.Fatal(err)
		}
		got, err := parsePlace("old:", c)
		want := place{Proto: "imap", User: "me", Host: "h", Port: 993, Folder: "A", PasswordCommand: "pass show mail/old", Connections: 2}
		if err != nil || got != want {
			t.Errorf("old: = %+v, %v, want %+v", got, err, want)
		}
		if got, err = parsePlace("old:B/C", c); err != nil || got.Folder != "B/C" {
			t.Errorf("old:B/C = %+v, %v", got, err)
		}
	})
	for _, row := range []struct{ name, text, want string }{
		{"unknown key", "[account.old]\nurl = \"imaps://me@h\"\npasswd = \"x\"\n", `:3: "passwd" is not known`},
		{"unknown table", "[account.old]\nurl = \"imaps://me@h\"\n\n[accounts.new]\nurl = \"x\"\n", `:4: "accounts`},
		{"syntax", "[account.old]\nurl = imaps\n", ":2:"},
		{"not a table", "account = 3\n", "config.toml"},
	} {
		t.Run(row.name, func(t *testing.T) {
			_, err := read(t, row.text)
			if !isUsage(err) || !strings.Contains(err.Error(), row.want) {
				t.Errorf("loadConfig = %v, want a usage error with %q", err, row.want)
			}
		})
	}
	for _, row := range []struct{ name, text, word, want string }{
		{"no url", "[account.a]\nauth = \"plain\"\n", "a:", `account "a": it has no url`},
		{"url and path", "[account.a]\nurl = \"imaps://u@h\"\npath = \"/a\"\n", "a:", `both url and path`},
		{"a server with a dialect", "[account.a]\nurl = \"imaps://u@h\"\ndialect = \"mboxo\"\n", "a:", `dialect is for mbox`},
		{"path from nowhere", "[account.a]\npath = \"Mail\"\n", "a:", `no whole path`},
		{"no scheme", "[account.a]\nurl = \"me@h\"\n", "a:", `no place on a server`},
		{"path with a server's parameter", "[account.a]\npath = \"/no/such\"\nauth = \"plain\"\n", "a:", `auth is for servers`},
		{"bad url", "[account.a]\nurl = \"imaps://h\"\n", "a:", `account "a": no USER@`},
		{"bad value", "[account.a]\nurl = \"imaps://u@h\"\ntls = \"no\"\n", "a:", `account "a": tls=no`},
		{"other name", "[account.a]\nurl = \"imaps://u@h\"\n", "b:", `"b" is neither`},
	} {
		t.Run(row.name, func(t *testing.T) {
			c, err := read(t, row.text)
			if err != nil {
				t.Fatal(err)
			}
			if _, err = parsePlace(row.word, c); !isUsage(err) || !strings.Contains(err.Error(), row.want) {
				t.Errorf("parsePlace(%q) = %v, want a usage error with %q", row.word, err, row.want)
			}
		})
	}
	t.Run("files", func(t *testing.T) {
		c, err := read(t, "[account.a]\nurl = \"~/.thunderbird/x1.default\"\n[account.b]\npath = \"/no/such/b\"\n[account.c]\nurl = \"maildir:/no/such/c\"\n[account.d]\nurl = \"mbox:/no/such/d\"\ndialect = \"mboxo\"\n")
		if err != nil {
			t.Fatal(err)
		}
		for word, want := range map[string]place{
			"a:":         {Proto: "maildir", Path: homePath("~/.thunderbird/x1.default")},
			"b:":         {Proto: "maildir", Path: "/no/such/b"},
			"d:":         {Proto: "mbox", Path: "/no/such/d", Dialect: mbox.MboxO},
			"c:Work/Old": {Proto: "maildir", Path: "/no/such/c", Folder: "Work/Old"},
		} {
			p, err := parsePlace(word, c)
			if p.Kind = ""; err != nil || p != want {
				t.Errorf("parsePlace(%q) = %+v, %v, want %+v", word, p, err, want)
			}
		}
	})
	t.Run("every parameter", func(t *testing.T) {
		ca, _ := serve.NewCA()
		root := filepath.Join(t.TempDir(), "root.pem")
		if err := os.WriteFile(root, ca.PEM(), 0o600); err != nil {
			t.Fatal(err)
		}
		pin := "sha256:" + strings.Repeat("ab", 32)
		c, err := read(t, fmt.Sprintf("[account.a]\nurl = \"imap://u@h\"\ntls = \"implicit\"\nca = %q\npin = %q\npassword-file = \"/f\"\nauth = \"login\"\nauthzid = \"boss\"\nconnections = 4\n"+
			"[account.b]\nurl = \"pop3://u@h\"\npassword-env = \"E\"\n[account.c]\nurl = \"pop3://u@h\"\npassword-command = \"C\"\n", root, pin))
		if err != nil {
			t.Fatal(err)
		}
		a, err := parsePlace("a:", c)
		want := place{Proto: "imap", Host: "h", Port: 143, User: "u", Security: wire.Implicit, CAFile: root, Pin: pin, PasswordFile: "/f", Auth: "login", Authzid: "boss", Connections: 4}
		if err != nil || a != want {
			t.Errorf("%+v, %v, want %+v", a, err, want)
		}
		b, errB := parsePlace("b:", c)
		d, errC := parsePlace("c:", c)
		if errB != nil || errC != nil || b.PasswordEnv != "E" || d.PasswordCommand != "C" {
			t.Errorf("%+v, %v; %+v, %v", b, errB, d, errC)
		}
	})
	t.Run("named but absent", func(t *testing.T) {
		if _, err := loadConfig(filepath.Join(t.TempDir(), "no.toml")); !isUsage(err) {
			t.Errorf("loadConfig = %v, want a usage error", err)
		}
	})
}

// FuzzParsePlace: no panic, and what is taken is written so that it is read as the same account again.
func FuzzParsePlace(f *testing.F) {
	for _, s := range []string{"pop3s://me@h", "imaps://a%40b@[::1]:1/x/y?auth=plain&connections=2", "imap://u:p@h", "x:", "C:\\a", "imaps://@", "imaps://a@h/%", "imaps://a%25@h"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, word string) {
		p, err := parsePlace(word, &config{})
		if err != nil {
			if u := (*usageError)(nil); !errors.As(err, &u) {
				t.Fatalf("parsePlace(%q): %v is no usage error", word, err)
			}
			return
		}
		again, err := parsePlace(p.String(), &config{})
		if p.Authzid == "" && (err != nil || again.id() != p.id()) {
			t.Fatalf("parsePlace(%q) is %q, which is read as %q, %v", word, p.String(), again.id(), err)
		}
	})
}
