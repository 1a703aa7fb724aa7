package main

import (
	"context"
	"fmt"
	"os"

	"golang.org/x/term"
)

// prompt gives the way of asking a person, or nil where stdin is no terminal.
func (a *app) prompt() func(context.Context, string) (string, error) {
	if !term.IsTerminal(int(a.stdin.Fd())) {
		return nil
	}
	return a.askHidden
}

// askHidden asks on the terminal and reads a line that is not shown. When ctx ends the terminal gets its echo back.
func (a *app) askHidden(ctx context.Context, prompt string) (string, error) {
	fd := int(a.stdin.Fd())
	before, err := term.GetState(fd)
	if err != nil {
		return "", fmt.Errorf("%w: %w", errNoSecret, err)
	}
	if err := hush(fd); err != nil {
		return "", fmt.Errorf("%w: %w", errNoSecret, err)
	}
	fmt.Fprint(os.Stderr, prompt) // only now: whoever answers at once is not shown either
	type answer struct {
		line []byte
		err  error
	}
	c := make(chan answer, 1)
	go func() {
		line, err := term.ReadPassword(fd)
		c <- answer{line, err}
	}()
	select {
	case got := <-c:
		fmt.Fprintln(os.Stderr)
		if err := term.Restore(fd, before); err != nil {
			return "", err
		}
		if got.err != nil || len(got.line) == 0 {
			return "", fmt.Errorf("%w: none was given", errNoSecret)
		}
		return string(got.line), nil
	case <-ctx.Done():
		fmt.Fprintln(os.Stderr)
		return "", restored(term.Restore(fd, before), context.Cause(ctx))
	}
}

// restored gives why we ended; a terminal that could not be put back is worth more.
func restored(err, cause error) error {
	if err != nil {
		return err
	}
	return cause
}
