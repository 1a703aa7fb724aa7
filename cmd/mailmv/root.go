package main

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"
)

const rootLong = `mailmv moves mail between POP3 maildrops, IMAP servers, files and Maildir archives: every message once, octet for
octet, with the date it was received; it can be cut at any instant and run again.

A place is where mail is:

  pop3s://USER@HOST[:PORT]             POP3 over TLS (port 995)
  pop3://USER@HOST[:PORT]              POP3 with STLS before login (port 110)
  imaps://USER@HOST[:PORT][/FOLDER]    IMAP over TLS (port 993)
  imap://USER@HOST[:PORT][/FOLDER]     IMAP with STARTTLS before login (port 143)
  maildir:PATH                         a Maildir, a Maildir++ tree, or a tree of Maildirs (Thunderbird's too)
  mbox:PATH                            an mbox file, or a tree of them (Thunderbird's too); a new PATH becomes one
  eml:PATH, mh:PATH, emlx:PATH         .eml files, MH folders, Apple Mail; read only
  PATH                                 any of these, told by looking; a new PATH becomes a Maildir archive
  NAME: or NAME:FOLDER                 an account of the configuration file

An "@" or "/" in USER is written %40 or %2F. FOLDER is UTF-8 with "/" between its levels.
Parameters follow after "?", joined by "&", percent-encoded:

  password-file=FILE, password-env=NAME, password-command=CMD    where the password is read
  tls=implicit|starttls|none    "none" sends everything in the clear
  ca=FILE, pin=sha256:HEX       another root certificate; the pin of the server's key
  auth=MECH                     plain, login, cram-md5, scram-sha-256, xoauth2, oauthbearer, apop
  authzid=USER                  act as that user
  connections=N                 at most N at once to this server
  dialect=DIALECT               of a new mbox:PATH alone: mboxrd (unless given), mboxo or mboxcl2, for old readers

Without one of the first three the password is looked for in ~/.netrc (or $NETRC), then in the
system's keyring (service "mailmv"), then asked for on the terminal. It cannot be in the place itself.

The configuration file is $XDG_CONFIG_HOME/mailmv/config.toml, or that of --config:

  [account.old]
  url = "pop3s://me@mail.old.example"
  password-command = "pass show mail/old"

  [account.laptop]
  path = "~/.thunderbird/x1.default"`

// newRoot makes the command with all its commands below it.
func newRoot(a *app) *cobra.Command {
	root := &cobra.Command{
		Use:                        "mailmv",
		Short:                      "Move and archive mail: nothing lost, nothing twice",
		Long:                       rootLong + exitHelp(exitDone, exitFailed, exitUsage, exitMessages, exitRefused, exitLimit, exitLocked, exitInterrupted),
		Example:                    "  mailmv pop2imap pop3s://me@mail.old.example imaps://me@mail.new.example",
		SilenceErrors:              true,
		SilenceUsage:               true,
		DisableSuggestions:         true, // of cobra: they are several lines; unknownCommand gives ours
		SuggestionsMinimumDistance: 2,
		Args:                       unknownCommand,
		RunE:                       func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	f := root.PersistentFlags()
	f.BoolVar(&a.opts.json, "json", false, "print one JSON object a line; the report is the last")
	f.BoolVarP(&a.opts.quiet, "quiet", "q", false, "print nothing but errors, warnings and failed messages")
	f.BoolVarP(&a.opts.verbose, "verbose", "v", false, "print a line for each message")
	f.BoolVar(&a.opts.noProgress, "no-progress", false, "no progress on stderr")
	f.StringVar(&a.opts.color, "color", "auto", "colours: `WHEN` is auto, always or never; NO_COLOR counts too")
	f.StringVar(&a.opts.config, "config", "", "read accounts from `FILE`")
	root.PersistentPreRunE = func(*cobra.Command, []string) error { return a.begin() }
	root.SetFlagErrorFunc(func(cmd *cobra.Command, err error) error {
		text, _, _ := strings.Cut(err.Error(), ": strconv.") // how Go reads numbers tells a user nothing
		return usagef("see "+cmd.CommandPath()+" --help", "%s", text)
	})
	root.SetHelpFunc(a.help)
	root.SetVersionTemplate("{{.Version}}\n")
	root.Version = buildInfo().String()
	addCommands(root, a)
	completeWords(root, "color", "auto", "always", "never")
	return root
}

// addCommands adds all commands, or the one alone that is asked for: the others would cost a run with nothing to do a tenth of its
// time.
func addCommands(root *cobra.Command, a *app) {
	// The pages of man are about all commands.
	commands := map[string]func(*app) *cobra.Command{
		"pop2imap": newPop2imap, "pull": newPull, "push": newPush, "copy": newCopy, "verify": newVerify, "list": newList,
		"check": newCheck, "dedupe": newDedupe, "overlap": newOverlap, "explain": newExplain, "demo": newDemo, "version": newVersion,
	}
	if len(a.args) > 0 && commands[a.args[0]] != nil {
		root.CompletionOptions.DisableDefaultCmd = true
		root.AddCommand(commands[a.args[0]](a))
		return
	}
	for _, newCommand := range commands {
		root.AddCommand(newCommand(a))
	}
	root.AddCommand(newMan(a))
}

// begin checks the options of every command; from here on errors are no longer of usage unless they say so.
func (a *app) begin() error {
	switch a.opts.color {
	case "auto", "always", "never":
	default:
		return usagef("--color auto, always or never", "--color %q is not known", a.opts.color)
	}
	if a.opts.quiet && a.opts.verbose {
		return usagef("leave one of them out", "--quiet and --verbose exclude each other")
	}
	a.begun = true
	return nil
}

// unknownCommand refuses words that no command has taken, and says which command they may have meant.
func unknownCommand(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	hint := "see mailmv --help"
	if like := cmd.SuggestionsFor(args[0]); len(like) > 0 {
		hint = fmt.Sprintf("did you mean %q?", "mailmv "+like[0])
	}
	return usagef(hint, "%q is not a command", args[0])
}

// completeWords lets the shell complete a flag's value.
func completeWords(cmd *cobra.Command, flag string, words ...string) {
	err := cmd.RegisterFlagCompletionFunc(flag, cobra.FixedCompletions(words, cobra.ShellCompDirectiveNoFileComp))
	if err != nil {
		panic("cannot happen: " + flag + " (" + strings.Join(words, ", ") + "): " + err.Error())
	}
}
