package main

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"time"

	"github.com/zalando/go-keyring"
)

// keyringTime is how long the system's keyring may take to answer.
const keyringTime = 5 * time.Second

var errNoKeyring = errors.New("no keyring")

// keyringAccount is the name under which the keyring holds the secret of a place, beside the service "mailmv".
func keyringAccount(p place) string { return p.Proto + "://" + p.User + "@" + p.Host }

// fromKeyring asks the system's keyring. Where there is none, as on most servers, it says so at once.
func fromKeyring(ctx context.Context, account string) (string, error) {
	if !mayHaveKeyring() {
		return "", errNoKeyring
	}
	type answer struct {
		value string
		err   error
	}
	c := make(chan answer, 1) // the library knows no context: a late answer goes nowhere
	go func() {
		value, err := keyring.Get("mailmv", account)
		c <- answer{value, err}
	}()
	select {
	case a := <-c:
		return a.value, a.err
	case <-time.After(keyringTime):
		return "", errNoKeyring
	case <-ctx.Done():
		return "", ctx.Err()
	}
}

// mayHaveKeyring keeps us from starting a message bus on systems of D-Bus that run none.
func mayHaveKeyring() bool {
	switch runtime.GOOS {
	case "windows", "darwin":
		return true
	}
	if os.Getenv("DBUS_SESSION_BUS_ADDRESS") != "" {
		return true
	}
	_, err := os.Stat(filepath.Join("/run/user", strconv.Itoa(os.Getuid()), "bus"))
	return err == nil
}
