package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"iter"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"mailmv/archive"
	"mailmv/formats/mail"
)

const checkLong = `Of a server: log in and report what it offers, its limits, certificate (with the pin that a place takes), quota, which
keywords it keeps and how it names folders, and what each means for a move. Nothing is changed and no message is fetched.

Of an archive: read every octet and hold it against the sums that were written when the mail came. Each message that is
not as it should be is told, with what is wrong and the way out:

  rot       the file has other octets than were written
  changed   it has another length
  missing   it is gone
  moved     another program put it into another folder
  redated   its file, or its From_ line, shows another date, which other programs see (the archive knows the true one)
  unnamed   a folder's file "dovecot-keywords", by which other programs know the keywords of its messages, has lost names
  foreign   another program put it there, or the manifest has lost its line: its sums are not known
  damaged   it cannot be read, or a line of the manifest cannot, or all of that is gone

With --repair what other programs did is noted first: what they added is summed, what they moved or removed is no longer
waited for, files and From_ lines get their dates back, and "dovecot-keywords" its names. No message is ever changed by that.`

// errFindings: an archive was read to its end, and not all is well.
var errFindings = errors.New("the archive is not as it was written")

func newCheck(a *app) *cobra.Command {
	repair, timeout := false, ""
	cmd := &cobra.Command{
		Use:     "check PLACE",
		Short:   "Say what a server offers, or prove an archive",
		Long:    checkLong + exitHelp(exitDone, exitFailed, exitUsage, exitMessages, exitRefused, exitLimit, exitLocked, exitInterrupted),
		Example: "  mailmv check imaps://me@mail.example.org\n  mailmv check ~/Mail/archive\n  mailmv check --repair ~/Mail/archive",
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) != 1 {
				return usagef("write mailmv check PATH, or mailmv check imaps://USER@HOST", "check takes one place")
			}
			return nil
		},
		ValidArgsFunction: a.completePlaces,
		RunE: func(cmd *cobra.Command, args []string) error {
			silence, err := option(timeout, "timeout", "write 30s, 2m or a number of seconds", parseTimeout)
			if err != nil {
				return err
			}
			return a.runCheck(cmd.Context(), args[0], repair, silence)
		},
	}
	cmd.Flags().BoolVar(&repair, "repair", false, "note what other programs added, moved and removed")
	cmd.Flags().StringVar(&timeout, "timeout", "60s", "the longest silence of a server, as a `DURATION`")
	return cmd
}

// findingJSON is the object of one finding.
type findingJSON struct {
	Kind    string `json:"kind"`
	Trouble string `json:"trouble"`
	Folder  string `json:"folder"`
	Message string `json:"message"`
	File    string `json:"file"`
	Detail  string `json:"detail"`
	Hint    string `json:"hint"`
	Date    string `json:"date,omitempty"`
}

// checkedJSON is the last object of check.
type checkedJSON struct {
	Kind     string `json:"kind"`
	Command  string `json:"command"`
	Place    string `json:"place"`
	Folders  int    `json:"folders"`
	Messages int    `json:"messages"`
	Repaired int    `json:"repaired"`
	Findings int    `json:"findings"`
	Complete bool   `json:"complete"`
}

func (a *app) runCheck(ctx context.Context, word string, repair bool, silence time.Duration) error {
	conf, err := loadConfig(a.opts.config)
	if err != nil {
		return err
	}
	p, err := parsePlace(word, conf)
	switch {
	case err != nil:
		return err
	case !p.inFiles() && repair:
		return usagef("leave --repair out", "--repair is for archives: a server is only looked at")
	case !p.inFiles():
		return a.runCheckServer(ctx, p, silence)
	case p.Kind == archive.Absent:
		return usagef("check the path", "no archive is at %s", safe(p.Path))
	case !p.isArchive():
		return usagef("mailmv pull makes one", "%s is no archive of mailmv", safe(p.String()))
	}
	box, err := a.openToCheck(p, repair)
	if err != nil {
		return err
	}
	r := checkedJSON{Kind: "report", Command: "check", Place: a.redact.clean(p.String())}
	err = a.check(ctx, box, repair, &r)
	r.Complete = err == nil
	err = errors.Join(err, box.Close(), outputError(a.printCheck(r)))
	if err == nil && r.Findings > 0 {
		return errFindings
	}
	return err
}

// openToCheck takes the archive's lock, lest a run under way looks like damage, and writes nothing but to repair: what is told
// is told again by the next check. Where nothing can be written, nobody else writes.
func (a *app) openToCheck(p place, repair bool) (box, error) {
	o := archive.Options{ReadOnly: !repair, Alone: true, Tell: a.note}
	box, err := openArchive(p, o)
	if !repair && (errors.Is(err, syscall.EROFS) || errors.Is(err, fs.ErrPermission)) {
		o.Alone = false
		return openArchive(p, o)
	}
	return box, err
}

// check tells all findings, and counts.
func (a *app) check(ctx context.Context, box box, repair bool, r *checkedJSON) error {
	if repair {
		if err := a.tellFindings(box.Repair(ctx), "repaired", &r.Repaired); err != nil {
			return err
		}
	}
	if err := a.tellFindings(box.Check(ctx), "finding", &r.Findings); err != nil {
		return err
	}
	folders, err := box.Folders(ctx)
	for _, f := range folders {
		r.Folders++
		r.Messages += f.Messages
	}
	return err
}

func (a *app) tellFindings(findings iter.Seq2[archive.Finding, error], kind string, n *int) error {
	for f, err := range findings {
		if err != nil {
			return err
		}
		*n++
		if err := a.printFinding(f, kind); err != nil {
			return outputError(err)
		}
	}
	return nil
}

func (a *app) printFinding(f archive.Finding, kind string) error {
	if a.opts.json {
		j := findingJSON{Kind: kind, Trouble: string(f.Trouble), Folder: string(f.Ref.Folder), Message: f.Ref.ID, File: f.File, Detail: f.Detail, Hint: f.Hint}
		if !f.Date.IsZero() {
			j.Date = f.Date.UTC().Format("2006-01-02T15:04:05Z")
		}
		return a.object(j)
	}
	what := f.File
	switch folder := string(f.Ref.Folder); {
	case what == "":
		what = folder
	case folder != "":
		what = folder + ": " + what
	}
	line := fmt.Sprintf("%-8s  %s: %s", f.Trouble, a.foreign(what), a.foreign(f.Detail))
	if !f.Date.IsZero() {
		line += "; received " + day(f.Date)
	}
	if f.Hint != "" {
		line += "; " + a.foreign(f.Hint)
	}
	return a.screen.line(a.stdout, line)
}

func (a *app) printCheck(r checkedJSON) error {
	if a.opts.json {
		return a.object(r)
	}
	if a.opts.quiet {
		return nil
	}
	text := mail.Count(r.Messages, "message", "messages") + " in " + mail.Count(r.Folders, "folder", "folders")
	switch {
	case !r.Complete:
		text = "not read to the end"
	case r.Findings == 0:
		text += ": every octet is what was written"
	default:
		text += ": " + mail.Count(r.Findings, "finding", "findings")
	}
	if r.Repaired > 0 {
		text += fmt.Sprintf(", %d repaired", r.Repaired)
	}
	return a.screen.line(a.stdout, text)
}
