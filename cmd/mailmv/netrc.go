package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// fromNetrc looks for host and login in $NETRC or ~/.netrc; "" where there is none.
func (s *secrets) fromNetrc(host, login string) (string, error) {
	file := os.Getenv("NETRC")
	if file == "" {
		home, err := os.UserHomeDir()
		if err != nil {
			return "", nil
		}
		file = filepath.Join(home, ".netrc")
	}
	if _, err := os.Stat(file); errors.Is(err, fs.ErrNotExist) && os.Getenv("NETRC") == "" {
		return "", nil
	}
	var late []string // a warning only where the file was of use
	text, err := readPrivate(file, func(format string, args ...any) { late = append(late, fmt.Sprintf(format, args...)) })
	if err != nil {
		return "", fmt.Errorf("%w: netrc: %w", errNoSecret, err)
	}
	value := netrcPassword(string(text), host, login)
	if value != "" {
		for _, w := range late {
			s.warn("%s", w)
		}
	}
	return value, nil
}

// netrcPassword reads the words of a netrc file as ftp(1) and curl do: the first entry of that machine whose
// login is that one counts, an entry without login fits any, and so does "default". Macros are skipped, "#" at
// the beginning of a word starts a comment, words may stand in double quotes with backslashes inside.
func netrcPassword(text, host, login string) string {
	var here bool // inside an entry of this host
	var user, secret string
	found := func() bool { return here && secret != "" && (user == "" || user == login) }
	for word, rest := netrcWord(text); word != ""; word, rest = netrcWord(rest) {
		if word == "machine" || word == "default" {
			if found() {
				return secret
			}
			here, user, secret = word == "default", "", ""
		}
		switch word {
		case "machine":
			word, rest = netrcWord(rest)
			here = strings.EqualFold(word, host)
		case "login":
			user, rest = netrcWord(rest)
		case "password":
			secret, rest = netrcWord(rest)
		case "account":
			_, rest = netrcWord(rest)
		case "macdef": // up to an empty line
			_, rest, _ = strings.Cut(rest, "\n\n")
		}
	}
	if found() {
		return secret
	}
	return ""
}

// netrcWord gives the first word of s and what is behind it; "" at the end.
func netrcWord(s string) (word, rest string) {
	for {
		s = strings.TrimLeft(s, " \t\r\n")
		if !strings.HasPrefix(s, "#") {
			break
		}
		_, s, _ = strings.Cut(s, "\n")
	}
	if quoted, ok := strings.CutPrefix(s, `"`); ok {
		return netrcQuoted(quoted)
	}
	if i := strings.IndexAny(s, " \t\r\n"); i >= 0 {
		return s[:i], s[i:]
	}
	return s, ""
}

func netrcQuoted(s string) (word, rest string) {
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		switch {
		case s[i] == '"':
			return b.String(), s[i+1:]
		case s[i] == '\\' && i+1 < len(s):
			i++
			b.WriteByte(s[i])
		default:
			b.WriteByte(s[i])
		}
	}
	return b.String(), ""
}
