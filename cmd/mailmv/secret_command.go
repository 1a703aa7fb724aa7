package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"
	"time"
)

// secretCommandTime is how long a password command may take: a person may have to unlock something.
const secretCommandTime = 2 * time.Minute

var errTooMuch = fmt.Errorf("more than %d octets", maxSecret)

// readBounded reads all of r, up to maxSecret octets.
func readBounded(r io.Reader) ([]byte, error) {
	text, err := io.ReadAll(io.LimitReader(r, maxSecret+1))
	if err == nil && len(text) > maxSecret {
		err = errTooMuch
	}
	return text, err
}

// runSecretCommand runs a command line in the system's shell and gives the first line end cut off from what it
// prints. It sees our stdin and stderr, since it may ask; it gets no secret of ours.
func runSecretCommand(ctx context.Context, line string) (string, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, secretCommandTime, fmt.Errorf("no answer in %s", spanText(secretCommandTime)))
	defer cancel()
	shell := []string{"sh", "-c"}
	if runtime.GOOS == "windows" {
		shell = []string{"cmd", "/c"}
	}
	out := &bounded{stop: cancel}
	cmd := exec.CommandContext(ctx, shell[0], shell[1], line)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, out, os.Stderr
	cmd.WaitDelay = time.Second // a grandchild may hold our pipe open
	err := cmd.Run()
	switch {
	case out.full:
		return "", fmt.Errorf("%w: the password command printed %w", errNoSecret, errTooMuch)
	case errors.Is(context.Cause(ctx), errInterrupted):
		return "", errInterrupted
	case ctx.Err() != nil:
		return "", fmt.Errorf("%w: the password command gave %w", errNoSecret, context.Cause(ctx))
	case err != nil:
		return "", fmt.Errorf("%w: the password command: %w", errNoSecret, err)
	}
	value := cutLineEnd(out.String())
	if value == "" {
		return "", fmt.Errorf("%w: the password command printed nothing", errNoSecret)
	}
	return value, nil
}

// bounded takes up to maxSecret octets, then ends what writes.
type bounded struct {
	buf  bytes.Buffer
	full bool
	stop func()
}

func (b *bounded) String() string { return b.buf.String() }

func (b *bounded) Write(p []byte) (int, error) {
	if b.buf.Len()+len(p) > maxSecret {
		b.full = true
		b.stop()
		return 0, errTooMuch
	}
	return b.buf.Write(p)
}
