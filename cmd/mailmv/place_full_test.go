package main

import (
	"path/filepath"
	"testing"
)

func TestFullWord(t *testing.T) {
	dir := filepath.ToSlash(t.TempDir())
	t.Chdir(dir)
	t.Setenv("HOME", "/home/me")
	for _, c := range []struct{ word, want string }{
		{"imaps://me@a", "imaps://me@a"},
		{"old:", "old:"},
		{"imaps://me@a/Work?password-file=p%26w&tls=none", "imaps://me@a/Work?password-file=" + dir + "/p%26w&tls=none"},
		{"imap://me@a?ca=%2Fetc%2Fca.pem&password-env=PW", "imap://me@a?ca=/etc/ca.pem&password-env=PW"},
		{"imap://me@a?password-file=~/pw", "imap://me@a?password-file=/home/me/pw"},
	} {
		if got := fullWord(c.word); got != c.want {
			t.Errorf("fullWord(%q) = %q, want %q", c.word, got, c.want)
		}
	}
}
