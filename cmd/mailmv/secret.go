package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"runtime"
	"strings"
	"sync"
	"time"

	"mailmv/formats/mail"
)

// secretWays lists how a password can be given; the hint of whoever has none.
const secretWays = "give it with ?password-file=FILE, ?password-env=NAME or ?password-command=CMD behind the place, in ~/.netrc, in the system's keyring (service mailmv), or run mailmv on a terminal to be asked"

// maxSecret bounds what a file or a command may give; OAuth tokens have some thousand octets.
const maxSecret = 64 << 10

// secrets finds passwords and keeps them from being seen.
type secrets struct {
	hide func(secret string) // called with each one that is found, before anyone else sees it
	warn func(format string, args ...any)
	ask  func(ctx context.Context, prompt string) (string, error) // nil: nobody to ask
	// keyring looks the system's keyring up; an error or "" means that it has nothing.
	keyring func(ctx context.Context, account string) (string, error)
}

// keeper holds the secret of one place. Several connections share it.
type keeper struct {
	s  *secrets
	p  place
	mu sync.Mutex

	value string
	known bool
}

func (s *secrets) keeper(p place) *keeper { return &keeper{s: s, p: p} }

// get gives the secret. With again it was refused: a command is run and a person asked once more; what
// would only give the same refused word again is an error, since servers lock accounts after a few.
func (k *keeper) get(ctx context.Context, again bool) (string, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.known && !again {
		return k.value, nil
	}
	value, err := k.find(ctx)
	if err != nil {
		return "", fmt.Errorf("password of %s: %w", k.p, err)
	}
	if err := plainText("the password of "+k.p.String(), value); err != nil {
		return "", err
	}
	k.s.hide(value)
	if again && value == k.value {
		return "", fmt.Errorf("password of %s: there is no other than the one refused: %w", k.p, mail.ErrAuth)
	}
	k.value, k.known = value, true
	return value, nil
}

// find goes the one way that the place names, or else all the usual ones in turn.
func (k *keeper) find(ctx context.Context) (string, error) {
	switch p := k.p; {
	case p.PasswordFile != "":
		return k.s.fromFile(p.PasswordFile)
	case p.PasswordEnv != "":
		value, ok := os.LookupEnv(p.PasswordEnv)
		if !ok || value == "" {
			return "", fmt.Errorf("%w: the environment has no %s", errNoSecret, p.PasswordEnv)
		}
		return value, nil
	case p.PasswordCommand != "":
		return runSecretCommand(ctx, p.PasswordCommand)
	}
	if value, err := k.s.fromNetrc(k.p.Host, k.p.User); err != nil || value != "" {
		return value, err
	}
	if value, err := k.s.keyring(ctx, keyringAccount(k.p)); err == nil && value != "" {
		return value, nil
	}
	if k.s.ask == nil {
		return "", errNoSecret
	}
	return k.s.ask(ctx, fmt.Sprintf("Password of %s: ", safe(k.p.String())))
}

// fromFile reads a file; one line end behind the secret is not part of it.
func (s *secrets) fromFile(file string) (string, error) {
	text, err := readPrivate(file, s.warn)
	if err != nil {
		return "", fmt.Errorf("%w: %w", errNoSecret, err)
	}
	value := cutLineEnd(string(text))
	if value == "" {
		return "", fmt.Errorf("%w: %s is empty", errNoSecret, file)
	}
	return value, nil
}

func cutLineEnd(s string) string { return strings.TrimSuffix(strings.TrimSuffix(s, "\n"), "\r") }

// readPrivate reads a file of secrets and warns where others may read it too.
func readPrivate(file string, warn func(string, ...any)) ([]byte, error) {
	info, err := os.Stat(file)
	if err != nil {
		return nil, err
	}
	if info.Mode().IsRegular() {
		if info.Size() > maxSecret {
			return nil, &fs.PathError{Op: "read", Path: file, Err: errors.New("too big to hold secrets")}
		}
		if info.Mode().Perm()&0o077 != 0 && runtime.GOOS != "windows" {
			warn("%s can be read by others: chmod 600 %s", file, file)
		}
	}
	if info.Mode().IsRegular() {
		return readSecretFile(file)
	}
	// A pipe, as in password-file=/dev/fd/3, may have nobody at its other end.
	type result struct {
		text []byte
		err  error
	}
	read := make(chan result, 1)
	go func() {
		text, err := readSecretFile(file)
		read <- result{text, err}
	}()
	select {
	case r := <-read:
		return r.text, r.err
	case <-time.After(secretPipeTime):
		return nil, &fs.PathError{Op: "read", Path: file, Err: fmt.Errorf("nobody writes to this pipe for %s", spanText(secretPipeTime))}
	}
}

// secretPipeTime is how long a pipe that is to give a secret may be silent.
const secretPipeTime = 20 * time.Second

func readSecretFile(file string) ([]byte, error) {
	f, err := os.Open(file)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return readBounded(f)
}
