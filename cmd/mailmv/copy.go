package main

import "github.com/spf13/cobra"

const copyLong = `Copy mail from any places to one that can be written: an IMAP account, or a Maildir archive (a new PATH becomes one).
mbox:PATH makes a tree of mbox files instead (?dialect=mboxo or mboxcl2 behind it for old readers), or one file where PATH
ends in .mbox.

Every message arrives once, octet for octet, with its date, flags and keywords. What is at the destination already, in the
folder where it belongs, is recognised by its content and not copied again. Run again it copies what is new,
and changes of flags follow. Ended at any instant and run again it goes on.`

func newCopy(a *app) *cobra.Command {
	return a.newMove(&mover{
		name:  "copy",
		use:   "FROM... TO",
		short: "Copy any places to one that can be written",
		long:  copyLong,
		example: `  mailmv copy imaps://me@mail.old.example imaps://me@mail.new.example
  mailmv copy imaps://me@mail.old.example/Work imaps://me@mail.new.example/Old/Work
  mailmv copy maildir:/mnt/pc1/Maildir maildir:/mnt/pc2/Maildir ~/Mail/archive`,
		from: anyPlaces, to: targetPlaces,
		sample: "FROM... TO",
	})
}
