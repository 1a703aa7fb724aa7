package main

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/spf13/cobra"
)

const demoLong = `Show the whole job on this machine: start a POP3 and an IMAP server on loopback, with a certificate made up for the
occasion, fill a maildrop with sample mail of many kinds, run pop2imap on it, run it again, then fetch everything back
and compare it with the originals. Nothing outside a temporary folder is touched, and that is removed at the end.`

// demoOptions are those of `mailmv demo`.
type demoOptions struct {
	keep     bool
	messages int
}

const maxDemo = 100_000

func newDemo(a *app) *cobra.Command {
	o := &demoOptions{}
	cmd := &cobra.Command{
		Use:     "demo",
		Short:   "Show a move on embedded servers with sample mail",
		Long:    demoLong + exitHelp(exitDone, exitFailed, exitUsage, exitInterrupted),
		Example: "  mailmv demo\n  mailmv demo --keep --messages 2000",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if o.messages < 1 || o.messages > maxDemo {
				return usagef("leave it out for 300", "--messages is from 1 to %d", maxDemo)
			}
			return a.runDemo(cmd.Context(), o)
		},
	}
	cmd.Flags().BoolVar(&o.keep, "keep", false, "leave the servers up until Ctrl-C, to play with")
	cmd.Flags().IntVar(&o.messages, "messages", 300, "how many messages, `N`")
	return cmd
}

// runDemo sets the stage, plays, proves, and clears the stage.
func (a *app) runDemo(ctx context.Context, o *demoOptions) (err error) {
	dir, err := os.MkdirTemp("", "mailmv-demo-")
	if err != nil {
		return err
	}
	defer func() { err = cmp.Or(err, os.RemoveAll(dir)) }()
	stage, err := openStage(dir, o.messages)
	if err != nil {
		return err
	}
	defer func() { err = cmp.Or(err, stage.close()) }()
	d := demo{a: a, stage: stage, out: a.stdout}
	switch {
	case a.opts.quiet:
		d.out = io.Discard
	case a.opts.json:
		d.out = a.stderr
	}
	if err := d.play(ctx); err != nil {
		return err
	}
	if o.keep {
		d.keep(ctx)
	}
	return nil
}

// demo tells the story on out while it happens.
type demo struct {
	a     *app
	stage *stage
	out   io.Writer
}

func (d *demo) tell(format string, args ...any) { fmt.Fprintf(d.out, format+"\n", args...) }

func (d *demo) play(ctx context.Context) error {
	total := len(d.stage.originals)
	d.tell("# A POP3 server and an IMAP server run on this machine now. The maildrop of anna holds %d messages.", total)
	if err := d.mailmv(ctx); err != nil {
		return err
	}
	d.tell("\n# The same again: there is nothing to do.")
	if err := d.mailmv(ctx); err != nil {
		return err
	}
	d.tell("\n# Fetching everything back over IMAP, to compare it with the originals.")
	if err := d.stage.compare(ctx); err != nil {
		return err
	}
	d.tell("%d of %d messages are in the IMAP folder, each once and octet for octet what it was.", total, total)
	return nil
}

// mailmv shows a command line and runs it, in this very process.
func (d *demo) mailmv(ctx context.Context) error {
	words := append([]string{"pop2imap"}, d.passedOn()...)
	words = append(words, "--state", filepath.Join(d.stage.dir, "state"), d.stage.from, d.stage.to)
	var line strings.Builder
	for _, w := range words {
		line.WriteString(" " + shellWord(w))
	}
	d.tell("\n$ mailmv%s", line.String())
	sub := &app{args: words, stdin: d.a.stdin, stdout: d.a.stdout, stderr: d.a.stderr, tty: d.a.tty, redact: d.a.redact, guest: true}
	if code := sub.run(ctx); code != exitDone {
		return fmt.Errorf("demo: pop2imap ended with exit code %d", code)
	}
	return nil
}

// passedOn gives the options of every command that the demo was called with.
func (d *demo) passedOn() []string {
	var words []string
	o := d.a.opts
	for _, f := range []struct {
		word string
		on   bool
	}{{"--json", o.json}, {"--quiet", o.quiet}, {"--verbose", o.verbose}, {"--no-progress", o.noProgress}} {
		if f.on {
			words = append(words, f.word)
		}
	}
	if d.a.opts.color != "auto" {
		words = append(words, "--color="+d.a.opts.color)
	}
	return words
}

// shellWord quotes a word for sh, where it needs to be.
func shellWord(w string) string {
	if strings.ContainsAny(w, "?&'\" $*\\;<>|()") {
		return "'" + strings.ReplaceAll(w, "'", `'\''`) + "'"
	}
	return w
}

func (d *demo) keep(ctx context.Context) {
	d.tell("\n# The servers stay up until Ctrl-C. The places are")
	d.tell("  %s\n  %s", shellWord(d.stage.from), shellWord(d.stage.to))
	d.tell("# For a mail program: user anna, password in %s, certificate authority in %s.", d.stage.passwordFile, d.stage.caFile)
	d.tell("# %s", strconv.Quote("mailmv pop2imap --help")+" tells what else there is to try.")
	<-ctx.Done()
}
