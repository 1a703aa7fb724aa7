package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"strings"
	"syscall"
	"testing"

	"mailmv/formats/mail"
	"mailmv/migrate"
)

func TestExitCode(t *testing.T) {
	wrapped := func(err error) error { return fmt.Errorf("pop: %w", &mail.Error{Op: "login", Err: err}) }
	for _, row := range []struct {
		name string
		err  error
		code int
		hint string // part of it
	}{
		{"none", nil, 0, ""},
		{"anything", errors.New("x"), 1, ""},
		{"usage", usagef("do this", "bad"), 2, "do this"},
		{"usage inside", fmt.Errorf("x: %w", usagef("", "bad")), 2, ""},
		{"newer journal", fmt.Errorf("journal: %w", migrate.ErrVersion), 2, "use the mailmv that wrote it, or a newer one"},
		{"no right to the journal", fmt.Errorf("journal: %w", migrate.ErrState), 2, "there; the journals of a server"},
		{"messages", migrate.ErrMessages, 3, "listed"},
		{"auth", wrapped(mail.ErrAuth), 4, "password"},
		{"tls", wrapped(mail.ErrTLS), 4, "pin="},
		{"no secret", fmt.Errorf("x: %w", errNoSecret), 4, "password-file"},
		{"stopped", migrate.ErrStopped, 5, "run"},
		{"stopped beats messages", errors.Join(migrate.ErrMessages, migrate.ErrStopped), 5, "run"},
		{"quota", wrapped(mail.ErrQuota), 5, "room"},
		{"limit", wrapped(mail.ErrLimit), 5, "pause"},
		{"in use", wrapped(mail.ErrInUse), 5, "maildrop"},
		{"locked", fmt.Errorf("%w: pid 3", migrate.ErrLocked), 6, "wait"},
		{"interrupted", errInterrupted, 130, "again"},
		{"cancelled", wrapped(context.Canceled), 130, "again"},
		{"nobody reads", outputError(&os.PathError{Op: "write", Path: "|1", Err: syscall.EPIPE}), 130, ""},
		{"server closes a pipe", wrapped(syscall.EPIPE), 1, "port and protocol"},
		{"stdout is full", outputError(syscall.ENOSPC), 1, "room"},
		{"balance", errors.Join(migrate.ErrBalance, migrate.ErrMessages), 1, "report it"},
		{"no such host", wrapped(&net.DNSError{Err: "no such host", Name: "h"}), 1, "host name"},
		{"refused", wrapped(syscall.ECONNREFUSED), 1, "port"},
		{"another protocol", &mail.Error{Op: "login", Retry: true, Err: errors.New("neither +OK nor -ERR")}, 1, "port and protocol"},
		{"stopped at one too big", wrapped(mail.ErrTooBig), 1, "--smaller"},
		{"hint of its own", &mail.Error{Op: "login", Err: mail.ErrAuth, Hint: "turn POP on"}, 4, "turn POP on"},
	} {
		t.Run(row.name, func(t *testing.T) {
			if got := exitCode(row.err); got != row.code {
				t.Errorf("exitCode(%v) = %d, want %d", row.err, got, row.code)
			}
			if got := hintFor(row.err); !strings.Contains(got, row.hint) || (got == "") != (row.hint == "") {
				t.Errorf("hintFor(%v) = %q, want %q", row.err, got, row.hint)
			}
		})
	}
}

func TestEveryExitCodeHasAMeaning(t *testing.T) {
	for _, o := range outcomes {
		if exitMeaning[o.code] == "" {
			t.Errorf("exit code %d has no meaning", o.code)
		}
	}
}
