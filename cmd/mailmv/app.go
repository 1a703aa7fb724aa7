package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"
	"golang.org/x/term"
)

// app is one call of the program: its words, its streams and what all commands share.
type app struct {
	args   []string
	stdin  *os.File
	stdout io.Writer
	stderr io.Writer // every line goes through redact
	tty    *os.File  // stderr, where that is a terminal; nil otherwise

	redact *redactor
	screen screen
	guest  bool // inside another app's process, whose memory is not ours to tune

	opts  globalOptions
	begun bool // a command has begun: from here on an error is no longer one of usage
}

// globalOptions are the options of every command.
type globalOptions struct {
	json, quiet, verbose bool
	noProgress           bool
	color                string
	config               string
}

// note tells of something worth knowing, unless the user wants quiet.
func (a *app) note(text string) {
	if !a.opts.quiet {
		a.say(cyan, "note", oneLine(text))
	}
}

func newApp(args []string) *app {
	r := &redactor{}
	a := &app{args: args, stdin: os.Stdin, stdout: os.Stdout, stderr: r.writer(os.Stderr), redact: r}
	if term.IsTerminal(int(os.Stderr.Fd())) {
		a.tty = os.Stderr
	}
	return a
}

// main runs the command and gives the exit code.
func (a *app) main() int {
	ctx, stop := withSignals(context.Background(), a.stderr)
	defer stop()
	return a.run(ctx)
}

// run does what the words say, tells an error with its hint, and gives the exit code.
func (a *app) run(ctx context.Context) int {
	root := newRoot(a)
	root.SetArgs(a.args)
	root.SetOut(a.stdout)
	root.SetErr(a.stderr)
	cmd, err := root.ExecuteContextC(ctx)
	if err != nil && !a.begun {
		err = asUsage(cmd, err)
	}
	if cause := context.Cause(ctx); err != nil && cause != nil && ctx.Err() != nil {
		err = cause // what came of the interruption is of no interest beside it
	}
	code := exitCode(err)
	if err != nil && !isBrokenPipe(err) {
		a.complain(err)
	}
	return code
}

// complain writes the one line of an error, and one more where the way out is known.
func (a *app) complain(err error) {
	a.say(red, "error", oneLine(err.Error()))
	if hint := hintFor(err); hint != "" {
		a.say(cyan, "hint", oneLine(hint))
	}
}

// warn tells of something that does not stop us.
func (a *app) warn(format string, args ...any) {
	a.say(yellow, "warning", oneLine(fmt.Sprintf(format, args...)))
}

func (a *app) say(c color, kind, text string) {
	head := a.paint(a.stderrColor(), c, "mailmv: "+kind+":")
	// Nobody is left to tell when stderr takes nothing.
	_ = a.screen.line(a.stderr, head+" "+safe(text))
}

// oneLine joins the lines of an error made of several.
func oneLine(s string) string {
	lines := strings.FieldsFunc(s, func(r rune) bool { return r == '\n' || r == '\r' })
	const few = 3 // errors of one kind, a folder each, say no more than that
	if len(lines) > few {
		lines = append(lines[:few], fmt.Sprintf("and %d more", len(lines)-few))
	}
	return strings.Join(lines, "; ")
}

// asUsage makes a usage error of what cobra says about the words, and adds where to look.
func asUsage(cmd *cobra.Command, err error) error {
	if isUsage(err) {
		return err
	}
	text, _, _ := strings.Cut(err.Error(), "\n")
	return &usageError{text: text, hint: fmt.Sprintf("see %s --help", cmd.CommandPath())}
}
