package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"time"
)

const passwordVariable = "MVBENCH_PASSWORD"

// place writes an account of the bed as mailmv takes it.
func place(scheme, user, addr string) string {
	return fmt.Sprintf("%s://%s@%s?tls=none&password-env=%s", scheme, user, addr, passwordVariable)
}

// program runs mailmv as a user does, from the start of the process to its end.
func (b *bed) program(ctx context.Context, mailmv string, messages int, args ...string) (figure, error) {
	cmd := exec.CommandContext(ctx, mailmv, append(args, "--quiet")...)
	cmd.Env = append(os.Environ(), passwordVariable+"="+b.password, "XDG_STATE_HOME="+b.state)
	var said bytes.Buffer
	cmd.Stderr = &said
	start := time.Now()
	if err := cmd.Start(); err != nil {
		return figure{}, err
	}
	peak := watchPeak(cmd.Process.Pid)
	err := cmd.Wait()
	took := time.Since(start)
	peakMB := peak()
	if err != nil {
		return figure{}, fmt.Errorf("%s %s: %w: %s", mailmv, args[0], err, strings.TrimSpace(said.String()))
	}
	return figure{messages, took, peakMB}, nil
}

// pop2imap moves a maildrop to an account that nobody has used yet.
func (b *bed) pop2imap(ctx context.Context, mailmv string, via wire, from maildrop) (figure, error) {
	to := b.target()
	f, err := b.program(ctx, mailmv, from.messages, "pop2imap", place("pop3", from.user, via.pop3), place("imap", to, via.imap))
	return f, errors.Join(err, b.arrived(to, from.messages))
}
