package main

import (
	"errors"
	"time"

	"github.com/spf13/cobra"

	"mailmv/dedupe"
	"mailmv/migrate/census"
)

const dedupeLong = `Find the copies that one message has within and across places, whatever they are: archives, mail of other programs in files,
IMAP accounts, POP maildrops. Two copies are the same if all that is theirs is: every header field that no program on the
way is known to add, the trace of the server that received them, and every part, decoded. So the copies that several PCs
fetched from one maildrop are found, and two honest twins stay two. Nothing is touched; the table says how many messages are
further copies of others. With -v each group is shown: which copy stays and why, and in which header fields the others differ. Pairs
that are akin and not the same are listed apart, with the reason; nothing is ever done with them.

With --apply the further copies are set aside. Each is first read again and held, octet by octet, against the one that stays, by a
comparison that shares nothing with the one that found them; it is copied to the quarantine and read back there; its flags and
keywords, and its date if that is earlier and can be true, go to the one that stays; then it is removed. The date of a message on
an IMAP server cannot be changed: there the one that stays is stored once more with the earlier date (if that is more than a minute
earlier), read back, and the old one set aside after it. The quarantine is a folder "` + quarantineFolder + `" of an IMAP account,
and for places in files an archive below the state folder; --to names another. A manifest is kept, with which

  mailmv dedupe --undo FILE

puts everything back: the same octets, names, modes, flags and dates (and owners, where this user may give them). What is only
read (POP maildrops, mbox files of other programs, .eml, MH, Apple Mail) is counted, and stays. A run may be cut at any instant; run again it goes on.

Which copy stays: one that can be put in order rather than one that is only read; one whose parts and signatures are sound; then the
one of --first, what --keep says, one that was filed in a folder rather than one in INBOX (one in Trash or Junk comes last), the
place named first, the oldest.`

// dedupeOptions are those of `mailmv dedupe`: first as words, then checked.
type dedupeOptions struct {
	match, keep, within, limitWord string
	first                          []string
	apply, delete                  bool
	to, undo                       string
	ruleOptions
	lookOptions

	wish  census.Wish
	limit float64
}

func newDedupe(a *app) *cobra.Command {
	o := &dedupeOptions{}
	cmd := &cobra.Command{
		Use:   "dedupe PLACE...",
		Short: "Find further copies of messages, and set them aside",
		Long:  dedupeLong + exitHelp(exitDone, exitFailed, exitUsage, exitMessages, exitRefused, exitLimit, exitLocked, exitInterrupted),
		Example: `  mailmv dedupe ~/Mail/pc1 ~/Mail/pc2 pop3s://me@mail.example.org
  mailmv dedupe -v imaps://me@mail.example.org
  mailmv dedupe --apply --first ~/Mail/archive ~/Mail/archive ~/Mail/pc2
  mailmv dedupe --undo ~/.local/state/mailmv/aside/20041231T235900Z/manifest`,
		ValidArgsFunction: a.completePlaces,
		Args: func(_ *cobra.Command, args []string) error {
			switch {
			case o.undo != "" && len(args) > 0:
				return usagef("write mailmv dedupe --undo FILE", "--undo takes no places: the manifest names them")
			case o.undo == "" && len(args) == 0:
				return usagef("write mailmv dedupe PLACE...", "dedupe takes one place or more")
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := o.check(); err != nil {
				return err
			}
			if o.undo != "" {
				return a.runUndo(cmd.Context(), o)
			}
			return a.runDedupe(cmd.Context(), args, o)
		},
	}
	f := cmd.Flags()
	f.SortFlags = false
	f.StringVar(&o.match, "match", "same", "how much alike copies are: `HOW` is exact (the same octets), same, or near (look for akin messages everywhere; only same ones are acted on)")
	f.StringVar(&o.keep, "keep", "", "which stays: `WHICH` is oldest, newest, largest, smallest, flagged or first (of the place named first)")
	f.StringVar(&o.within, "within", "all", "look for copies `WHERE`: within each folder, within each place, or in all of them together")
	o.ruleOptions.flags(cmd)
	f.StringArrayVar(&o.first, "first", nil, "copies in `PLACE`, one of those named, stay; may be repeated")
	f.BoolVar(&o.apply, "apply", false, "set the further copies aside")
	f.BoolVar(&o.delete, "delete", false, "with --apply: really remove them")
	f.StringVar(&o.to, "to", "", "set copies aside into `PLACE`, an archive or an IMAP folder")
	f.StringVar(&o.undo, "undo", "", "put back what was set aside, by its manifest `FILE`")
	f.StringVar(&o.limitWord, "limit", "50%", "set nothing aside in a folder of which more than `N%` would be")
	f.StringVar(&o.limitWord, "remove-limit", "50%", "the same as --limit, as in the commands that move mail: `N%`")
	o.lookOptions.flags(f)
	completeWords(cmd, "match", "exact", "same", "near")
	completeWords(cmd, "keep", "oldest", "newest", "largest", "smallest", "flagged", "first")
	completeWords(cmd, "within", "folder", "place", "all")
	return cmd
}

// check turns the words into values and compares them with each other, before anything is touched.
func (o *dedupeOptions) check() error {
	switch {
	case o.undo != "" && (o.apply || o.delete || o.to != ""):
		return usagef("write mailmv dedupe --undo FILE", "--undo goes with none of --apply, --delete and --to")
	case o.delete && !o.apply:
		return usagef("add --apply", "--delete is for --apply: without it nothing is touched")
	case o.to != "" && !o.apply:
		return usagef("add --apply", "--to is for --apply: without it nothing is touched")
	case o.to != "" && o.delete:
		return usagef("leave one of them out", "--to and --delete exclude each other")
	}
	var err error
	if o.limit, err = option(o.limitWord, "limit", "write 50%", parsePercent); err != nil {
		return err
	}
	if err := o.checkWish(); err != nil {
		return err
	}
	return o.lookOptions.check(time.Now())
}

func (o *dedupeOptions) checkWish() error {
	o.wish = census.Wish{Near: true}
	switch o.match {
	case "exact":
		o.wish.Match, o.wish.Near = dedupe.MatchExact, false
	case "same", "near":
	default:
		return usagef("write exact, same or near", "--match %q is not known", o.match)
	}
	within := map[string]census.Within{"all": census.WithinAll, "place": census.WithinPlace, "folder": census.WithinFolder}
	var ok bool
	if o.wish.Within, ok = within[o.within]; !ok {
		return usagef("write folder, place or all", "--within %q is not known", o.within)
	}
	order, err := dedupe.ParseOrder(o.keep)
	if err != nil {
		return usagef("write oldest, newest, largest, smallest, flagged or first", "--keep: %v", err)
	}
	o.wish.Order = order
	return o.ruleOptions.check()
}

// errShare: more of a folder would be set aside than --limit allows.
var errShare = errors.New("more than --limit allows would be set aside")
