package main

import (
	"errors"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"mailmv/migrate"
	"mailmv/migrate/imap"
)

// moveOptions are the options of every command that moves mail: first as words, then checked.
type moveOptions struct {
	dryRun                                bool
	proves                                bool // verify: what other programs see at the destination counts
	since, before                         string
	larger, smaller                       string
	dedupe, remove, acceptAltered         bool
	refetch                               bool
	removeAfter, removeLimit              string
	jobs, rateMessages                    int
	rate, stopAfter                       string
	onBad                                 string
	state, reportFile, logFile, traceFile string
	timeout                               string
	seenWords                             []string
	seen                                  []*seenFile
	selection                             migrate.Selection
	removal                               migrate.Removal
	bad                                   migrate.OnBad
	octetRate, stopAt                     int64
	silence                               time.Duration
	folderOptions
}

const moveHelp = `

With --dedupe one copy of each message is enough, in whatever folder: of several the best filed one is copied (folders before
INBOX, INBOX before Junk, Junk before Trash), else the one of the place named first; flags and keywords of the others are
added to it. Two are the same if their octets are, or if they are one delivery and all that differs is what mail
programs and servers add or encode otherwise. A copy in the destination's Junk or Trash counts only for what would go
there too. --remove takes from the source what has a copy with its very octets at the destination; what is the same with
other octets stays unless --accept-altered.

Sizes are written 500, 10k, 25M, 1.5G (powers of 1000) or 10KiB, 25MiB, 1GiB (powers of 1024).
Ages are written 12h, 90d, 2w, 6mo (of 30 days), 1y (of 365 days).
Dates are written 2004-01-31 (the beginning of that day here), 2004-01-31T12:00:00Z, or as an age.`

const refetchHelp = `

What was copied once is not copied again, also when it is gone from the destination: whoever removed mail there does not want
it back. --refetch copies again what of it the source still has, deleted on purpose or not; --dry-run --verbose shows what
that is, and --folders, --since and the like choose. What another program moved to another folder there comes
again too, unless --dedupe finds it. A whole folder that was deleted on an IMAP server is made and filled again, with or without
--refetch: nothing tells that from a server that has lost it. --exclude leaves it out.`

func (o *moveOptions) flags(cmd *cobra.Command) {
	f := cmd.Flags()
	f.SortFlags = false
	f.BoolVarP(&o.dryRun, "dry-run", "n", false, "say what would be done and change nothing")
	o.selectionFlags(f)
	f.StringArrayVar(&o.seenWords, "seen", nil, "leave out what another program has fetched from a POP3 server, as its `FILE` has it (popstate.dat, .fetchids, oldmail-* ...); may be repeated")
	f.BoolVar(&o.dedupe, "dedupe", false, "do not copy what is the same as a message already copied or there, in any folder")
	f.BoolVar(&o.refetch, "refetch", false, "copy again what was copied before and is no longer at the destination")
	f.BoolVar(&o.remove, "remove", false, "remove from the source what is proven to be at the destination")
	f.StringVar(&o.removeAfter, "remove-after", "", "the same, for messages first seen at least `AGE` ago")
	f.StringVar(&o.removeLimit, "remove-limit", "", "never remove more than `N%` of a folder in one run")
	f.BoolVar(&o.acceptAltered, "accept-altered", false, "remove also what the destination keeps with other octets")
	f.IntVar(&o.jobs, "jobs", 0, "at most `N` connections to the destination; 0 chooses")
	f.StringVar(&o.rate, "rate", "", "read at most `SIZE` a second")
	f.IntVar(&o.rateMessages, "rate-messages", 0, "read at most `N` messages a second")
	f.StringVar(&o.stopAfter, "stop-after", "", "stop cleanly after `SIZE` was copied (exit code 5)")
	f.StringVar(&o.onBad, "on-bad", "skip", "a message that the destination refuses: `HOW` is skip (and list it), repair or stop")
	f.StringVar(&o.state, "state", "", "keep journals in `DIR`, in place of $XDG_STATE_HOME/mailmv (an archive keeps its own)")
	f.StringVar(&o.reportFile, "report", "", "write a report to `FILE` (.html, .csv or .json)")
	o.fileFlags(f)
	completeWords(cmd, "on-bad", "skip", "repair", "stop")
}

// selectionFlags are those that say which messages.
func (o *moveOptions) selectionFlags(f *pflag.FlagSet) {
	f.StringVar(&o.since, "since", "", "only messages received at `DATE` or later")
	f.StringVar(&o.before, "before", "", "only messages received before `DATE`")
	f.StringVar(&o.larger, "larger", "", "only messages larger than `SIZE`")
	f.StringVar(&o.smaller, "smaller", "", "only messages smaller than `SIZE`")
	f.StringVar(&o.selection.Search, "search", "", "only messages that an IMAP source's own search finds for `KEYS`, such as 'UNSEEN FROM \"alice\"' (RFC 9051 §6.4.4)")
}

// fileFlags are those of files that tell what happened, and of patience.
func (o *moveOptions) fileFlags(f *pflag.FlagSet) {
	f.StringVar(&o.logFile, "log", "", "append a line for each event to `FILE`")
	f.StringVar(&o.traceFile, "trace", "", "write what goes over the wire to `FILE`, secrets hidden")
	f.StringVar(&o.timeout, "timeout", "60s", "the longest silence of a server, as a `DURATION`")
}

// check turns the words into values and compares them with each other, before anything is touched.
func (o *moveOptions) check(now time.Time) error {
	return errors.Join(o.checkSelection(now), o.checkRemoval(), o.checkSpeed(), o.checkFiles())
}

func (o *moveOptions) checkSelection(now time.Time) error {
	s := &o.selection
	var err error
	if s.Since, err = option(o.since, "since", dateHint, func(v string) (time.Time, error) { return parseDate(v, now) }); err != nil {
		return err
	}
	if s.Before, err = option(o.before, "before", dateHint, func(v string) (time.Time, error) { return parseDate(v, now) }); err != nil {
		return err
	}
	if s.Larger, err = option(o.larger, "larger", sizeHint, parseSize); err != nil {
		return err
	}
	if s.Smaller, err = option(o.smaller, "smaller", sizeHint, parseSize); err != nil {
		return err
	}
	if !s.Since.IsZero() && !s.Before.IsZero() && !s.Since.Before(s.Before) {
		return usagef("--since is the older one", "no message is received since %s and before %s", o.since, o.before)
	}
	if s.Search != "" {
		if err := imap.CheckSearch(s.Search); err != nil {
			return usagef(searchHint, "--search %q: %v", s.Search, err)
		}
	}
	if o.seen, err = readSeen(o.seenWords); err != nil {
		return err
	}
	if o.smaller != "" && s.Smaller <= max(s.Larger, 0) {
		return usagef("--larger is the smaller one", "no message is larger than %q and smaller than %q", o.larger, o.smaller)
	}
	return nil
}

const searchHint = `write search keys of IMAP, such as 'UNSEEN SINCE 1-Feb-2004', 'OR FROM "alice" TO "alice"' or 'LARGER 100000 NOT DELETED'`

// twins is what --dedupe asks for.
func (o *moveOptions) twins() migrate.Twins {
	if o.dedupe {
		return migrate.DropTwins
	}
	return migrate.KeepTwins
}

func (o *moveOptions) checkRemoval() error {
	r := &o.removal
	r.On = o.remove || o.removeAfter != ""
	r.AcceptAltered = o.acceptAltered
	r.LimitPercent = -1 // none: only what is proven copied is removed at all
	var err error
	if r.After, err = option(o.removeAfter, "remove-after", ageHint, parseAge); err != nil {
		return err
	}
	if o.removeLimit != "" {
		if r.LimitPercent, err = option(o.removeLimit, "remove-limit", "write 10%", parsePercent); err != nil {
			return err
		}
	}
	if !r.On && (o.acceptAltered || o.removeLimit != "") {
		return usagef("add --remove or --remove-after AGE", "--accept-altered and --remove-limit are for removing")
	}
	return nil
}

func (o *moveOptions) checkSpeed() error {
	var err error
	if o.octetRate, err = option(o.rate, "rate", sizeHint, parseSize); err != nil {
		return err
	}
	if o.stopAt, err = option(o.stopAfter, "stop-after", sizeHint, parseSize); err != nil {
		return err
	}
	if o.silence, err = option(o.timeout, "timeout", "write 30s, 2m or a number of seconds", parseTimeout); err != nil {
		return err
	}
	if o.rate != "" && o.octetRate == 0 || o.stopAfter != "" && o.stopAt == 0 {
		return usagef("leave the option out for no bound", "--rate and --stop-after are at least 1")
	}
	if o.jobs < 0 || o.jobs > maxJobs || o.rateMessages < 0 {
		return usagef("leave the option out, or write 0, for the default", "--jobs is from 0 to %d, --rate-messages at least 0", maxJobs)
	}
	bad := slices.Index([]string{"skip", "repair", "stop"}, o.onBad)
	if bad < 0 {
		return usagef("write skip, repair or stop", "--on-bad %q is not known", o.onBad)
	}
	o.bad = [...]migrate.OnBad{migrate.SkipBad, migrate.RepairBad, migrate.StopBad}[bad]
	return nil
}

// maxJobs is more than any server bears.
const maxJobs = 64

func (o *moveOptions) checkFiles() error {
	if o.reportFile != "" && reportWriters[strings.ToLower(filepath.Ext(o.reportFile))] == nil {
		return usagef("name it .html to read it, .csv or .json to process it", "--report %s: the ending says the form, and this one is not known", o.reportFile)
	}
	named := map[string]string{}
	for option, file := range map[string]string{"--report": o.reportFile, "--log": o.logFile, "--trace": o.traceFile} {
		if file == "" {
			continue
		}
		if named[filepath.Clean(file)] != "" {
			return usagef("give each its own file", "--report, --log and --trace cannot share a file")
		}
		named[filepath.Clean(file)] = option
	}
	return nil
}

// option parses the value of an option that may be absent.
func option[T any](value, name, hint string, parse func(string) (T, error)) (T, error) {
	var zero T
	if value == "" {
		return zero, nil
	}
	v, err := parse(value)
	if err != nil {
		return zero, usagef(hint, "--%s: %v", name, err)
	}
	return v, nil
}
