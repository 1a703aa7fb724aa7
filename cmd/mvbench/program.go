package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"time"
)

const passwordVariable = "MVBENCH_PASSWORD"

// program runs mailmv as a user does, from the start of the process to its end.
func (b *bed) program(ctx context.Context, mailmv string, via wire, from maildrop) (figure, error) {
	to := b.target()
	state, err := os.MkdirTemp(b.dir, "state-")
	if err != nil {
		return figure{}, err
	}
	defer os.RemoveAll(state)
	place := func(scheme, user, addr string) string {
		return fmt.Sprintf("%s://%s@%s?tls=none&password-env=%s", scheme, user, addr, passwordVariable)
	}
	cmd := exec.CommandContext(ctx, mailmv, "pop2imap", "--quiet", "--state", state,
		place("pop3", from.user, via.pop3), place("imap", to, via.imap))
	cmd.Env = append(os.Environ(), passwordVariable+"="+b.password)
	var said bytes.Buffer
	cmd.Stderr = &said
	start := time.Now()
	if err := cmd.Start(); err != nil {
		return figure{}, err
	}
	peak := watchPeak(cmd.Process.Pid)
	err = cmd.Wait()
	took := time.Since(start)
	peakMB := peak()
	if err != nil {
		return figure{}, fmt.Errorf("%s: %w: %s", mailmv, err, strings.TrimSpace(said.String()))
	}
	return figure{from.messages, took, peakMB}, b.arrived(to, from.messages)
}
