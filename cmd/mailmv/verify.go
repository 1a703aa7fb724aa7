package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"mailmv/formats/mail"
	"mailmv/migrate"
)

const verifyLong = `Prove that every message of FROM is in TO, in the folder where it belongs: its octets, its date of
receipt, its flags and keywords. Both sides are read; no journal is believed but in which folder mail of Sent and its like
went, and nothing is changed. What is missing or
differs is listed by folder, date, sender and subject, with the reason. Octets that servers are known to alter (line ends,
NUL) count as present. Two messages that are alike need two copies. A folder that is not there is told too, also where no
mail was to be in it. A date that the source does not keep is found in the header, and may then be ten minutes from the
one at TO. The date of a message in an archive is the one that other programs see: that of its file, or of its From_ line;
so are its keywords: what the letters in its file's name and "dovecot-keywords" tell. More flags and keywords at TO are no
difference, but that a copy is marked as deleted is one.

With --receipt the proof is written to a file: a line for each message with its sums, date, flags, keywords and where it
is, and a last line with the sum of all. It is written only where everything is proven, and never over another file. Of folders
without mail it says nothing.
With --against such a file is held against PLACE, at any later time and without the mail's old server: the destination
of then, or whatever was made of it since (--map and --into say where folders have gone). A receipt that was cut or changed
is refused. Who could forge one is stopped by its sum alone: note that elsewhere.`

// verifyOptions are those of `mailmv verify`.
type verifyOptions struct {
	moveOptions
	ignoreWords      []string
	ignore           migrate.Aspects
	receipt, against string
	limits           [][2]string // the options that bound the proof, as they were written
}

var verifyUsage = &mover{name: "verify", from: anyPlaces, to: targetPlaces, sample: "FROM... TO"}

func newVerify(a *app) *cobra.Command {
	o := &verifyOptions{moveOptions: moveOptions{dryRun: true, proves: true, onBad: "skip"}}
	cmd := &cobra.Command{
		Use:   "verify FROM... TO | --against FILE PLACE",
		Short: "Prove that every message of FROM is in TO",
		Long:  verifyLong + foldersHelp + moveHelp + exitHelp(exitDone, exitFailed, exitUsage, exitMessages, exitRefused, exitLimit, exitLocked, exitInterrupted),
		Example: `  mailmv verify imaps://me@mail.old.example imaps://me@mail.new.example
  mailmv verify --receipt ~/old.receipt pop3s://me@mail.old.example ~/Mail/archive
  mailmv verify --against ~/old.receipt ~/Mail/archive`,
		Args:              func(_ *cobra.Command, args []string) error { return o.checkArgs(args) },
		ValidArgsFunction: a.completePlaces,
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := errors.Join(o.check(time.Now()), o.folderOptions.check(), o.checkProof(cmd)); err != nil {
				return err
			}
			if o.against != "" {
				return a.runAudit(cmd.Context(), args[0], o)
			}
			return a.runVerify(cmd.Context(), args, o)
		},
	}
	f := cmd.Flags()
	f.SortFlags = false
	f.BoolVar(&o.dedupe, "dedupe", false, "a copy that is the same will do, in any folder, with the flags of all that are")
	f.StringVar(&o.receipt, "receipt", "", "write the proof to a new `FILE`")
	f.StringVar(&o.against, "against", "", "hold PLACE against the receipt in `FILE`")
	f.StringArrayVar(&o.ignoreWords, "ignore", nil, "do not compare `WHAT`: date, flags or keywords; may be repeated")
	o.selectionFlags(f)
	f.StringVar(&o.rate, "rate", "", "read at most `SIZE` a second")
	o.fileFlags(f)
	o.folderOptions.nameFlags(f)
	completeWords(cmd, "ignore", "date", "flags", "keywords")
	return cmd
}

func (o *verifyOptions) checkArgs(args []string) error {
	if o.against == "" && len(args) < 2 {
		return usagef(verifyUsage.usage(), "verify takes where mail was and then where it should be")
	}
	if o.against != "" && len(args) != 1 {
		return usagef("write mailmv verify --against FILE PLACE", "verify --against takes one place")
	}
	return nil
}

// boundsOfProof are the options that leave something out of a proof.
var boundsOfProof = []string{"ignore", "since", "before", "larger", "smaller", "search", "folders", "exclude"}

func (o *verifyOptions) checkProof(cmd *cobra.Command) error {
	for _, list := range o.ignoreWords {
		for word := range strings.SplitSeq(list, ",") {
			aspect, ok := map[string]migrate.Aspects{"date": migrate.Dates, "flags": migrate.SystemFlags, "keywords": migrate.Keywords}[word]
			if !ok {
				return usagef("write date, flags or keywords", "--ignore %q is not known", word)
			}
			o.ignore |= aspect
		}
	}
	for _, name := range boundsOfProof {
		flag := cmd.Flags().Lookup(name)
		if !flag.Changed {
			continue
		}
		if o.against != "" && name != "ignore" {
			return usagef("the receipt says which messages", "--%s does not go with --against", name)
		}
		o.limits = append(o.limits, [2]string{name, strings.Trim(flag.Value.String(), "[]")})
	}
	if o.dedupe && (o.against != "" || o.receipt != "") {
		return usagef("leave --dedupe out", "a receipt states a copy for each message, in its own folder")
	}
	if o.against != "" && o.receipt != "" {
		return usagef("leave one of them out", "--receipt writes a receipt and --against reads one")
	}
	return nil
}

func (a *app) runVerify(ctx context.Context, words []string, o *verifyOptions) error {
	tuneMemory()
	t, err := a.readTrip(verifyUsage, words)
	if err != nil {
		return err
	}
	if err := t.checkSearch(&o.moveOptions); err != nil {
		return err
	}
	if _, err := os.Lstat(t.to.Path); t.to.inFiles() && errors.Is(err, fs.ErrNotExist) {
		return usagef("check the path", "no mail is at %s", safe(t.to.Path))
	}
	a.warnPlaintext(t)
	if err := a.openFiles(t, &o.moveOptions); err != nil {
		return errors.Join(err, t.close())
	}
	r, err := a.openReceipt(t, o)
	if err != nil {
		return errors.Join(err, t.close())
	}
	err = a.verify(ctx, t, o, r)
	return errors.Join(err, r.drop(), t.close())
}

// verify runs the proof between the places of t.
func (a *app) verify(ctx context.Context, t *trip, o *verifyOptions, r *receiptFile) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	tell := &audience{out: a.printer(t.to), log: t.log, receipt: r, cancel: cancel}
	e, err := a.openEnds(ctx, t, &o.moveOptions, tell.note)
	if err != nil {
		return err
	}
	from, err := verifyUsage.routes(ctx, t, e, &o.moveOptions, past{e.brought(t, tell.note), tell.note})
	if err != nil {
		return errors.Join(err, e.close())
	}
	tell.bar = a.newProgress(t.received.In.Load)
	run := migrate.Run{Sources: from.sources, Sink: e.sink, Select: o.selection, Twins: o.twins(), SinkID: e.sinkID, Ignore: o.ignore, Observe: tell.event}
	proof, err := run.Verify(ctx)
	tell.bar.close()
	err = errors.Join(err, from.check(t, err), e.close())
	if err == nil {
		a.unknownFolders(&o.folderOptions)
	}
	return a.proven(t, proof, errors.Join(err, withHint(unproven(proof, err, errNotProven), wayOut(t.to, proof))), r)
}

// wayOut says what brings over what a proof found missing or different, and of what nothing does.
func wayOut(to place, p migrate.Proof) string {
	var ways []string
	if p.Missing+p.Absent() > 0 {
		ways = append(ways, "mailmv copy with the same places brings what was never copied there, and with --refetch what was copied once and is gone since")
	}
	if p.Missing > 0 && to.isArchive() {
		ways = append(ways, "of a copy that is cut or damaged in the archive mailmv check says how it comes again")
	}
	if p.Apart&(migrate.Dates|migrate.Keywords) != 0 && to.inFiles() {
		ways = append(ways, "mailmv check --repair sets back dates and names of keywords that another program has changed in an archive")
	}
	if p.Apart&(migrate.SystemFlags|migrate.Keywords) != 0 {
		ways = append(ways, "flags and keywords that changed at the source since come with mailmv copy (--flags follow); those that were taken away at the destination no command brings back")
	}
	if p.Apart&migrate.Dates != 0 && !to.inFiles() {
		ways = append(ways, "no server changes the date of a message that it has")
	}
	if p.Apart&(migrate.Dates|migrate.Content) != 0 {
		ways = append(ways, "of what has another date or other octets, move the copy to another folder: mailmv copy --refetch then brings the message as it is")
	}
	return strings.Join(append(ways, "each is listed above"), "; ")
}

// unproven is the error of a proof that came to its end and does not hold, of that kind.
func unproven(proof migrate.Proof, err, kind error) error {
	if err != nil || proof.Holds() {
		return nil
	}
	folders := ""
	if n := proof.Absent(); n > 0 {
		folders = fmt.Sprintf(", %s not there", mail.Count(n, "folder is", "folders are"))
	}
	return fmt.Errorf("%w: %d missing, %d differ, %d could not be read%s", kind, proof.Missing, proof.Differs, proof.Unread, folders)
}

// proven ends a proof: with a receipt where all is proven, and with the report.
func (a *app) proven(t *trip, proof migrate.Proof, err error, r *receiptFile) error {
	written := ""
	if err == nil {
		written, err = r.end()
	} else if r != nil {
		a.warn("no receipt is written: it would state what is not proven")
	}
	t.log.line("report: %s", proofText(proof.ProofCounts))
	return errors.Join(err, a.proofReport(t.to, proof, written, err))
}

var (
	// errNotProven: verify found something missing or different.
	errNotProven = errors.New("not everything is there")
	// errNotStated is the same of a place that is held against a receipt: there is no source to copy from.
	errNotStated = fmt.Errorf("%w", errNotProven)
)

// sourceNumber is the number of a place among those of a receipt.
func sourceNumber(from []place, name string) int {
	return max(0, slices.IndexFunc(from, func(p place) bool { return p.String() == name }))
}
