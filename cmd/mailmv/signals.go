package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
)

// withSignals ends the context (with errInterrupted as its cause) at SIGINT, SIGTERM and SIGHUP; a
// second one ends the program at once, which the journal makes safe. A signal that whoever started
// us has told us to ignore (nohup, a background job) stays ignored.
//
// SIGPIPE is caught and forgotten, so that a closed stdout is an error of write and not our death.
func withSignals(parent context.Context, stderr io.Writer) (context.Context, func()) {
	ctx, cancel := context.WithCancelCause(parent)
	c := make(chan os.Signal, 2)
	for _, s := range []os.Signal{os.Interrupt, syscall.SIGTERM, syscall.SIGHUP} {
		if !signal.Ignored(s) {
			signal.Notify(c, s)
		}
	}
	pipe := make(chan os.Signal, 1)
	signal.Notify(pipe, syscall.SIGPIPE)
	done := make(chan struct{})
	go func() {
		select {
		case <-c:
		case <-done:
			return
		}
		cancel(errInterrupted)
		select {
		case <-c:
			fmt.Fprintln(stderr, "mailmv: ended at once; run the same command again to go on")
			os.Exit(exitInterrupted)
		case <-done:
		}
	}()
	return ctx, func() {
		signal.Stop(c)
		signal.Stop(pipe)
		close(done)
		cancel(nil)
	}
}
