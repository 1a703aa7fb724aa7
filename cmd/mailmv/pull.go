package main

import "github.com/spf13/cobra"

const pullLong = `Bring mail from POP3 maildrops, IMAP accounts and files into an archive: a Maildir++ tree that any mail program opens,
and beside the mail a folder .mailmv by which "mailmv check" proves it. A new PATH becomes one; a tree of
Maildirs that is there is gone on with. mbox:PATH makes a tree of mbox files instead (?dialect=mboxo or mboxcl2 behind it
for old readers), or one file where PATH ends in .mbox.

Every message arrives once, octet for octet, with its date, flags and keywords. Run again it brings what is new, and
changes of flags follow; a folder in which nothing has changed is not even listed. Sources are left as they are unless
--remove is given. Ended at any instant and run again it goes on.`

func newPull(a *app) *cobra.Command {
	return a.newMove(&mover{
		name:  "pull",
		use:   "FROM... ARCHIVE",
		short: "Bring mail into an archive, incrementally",
		long:  pullLong,
		example: `  mailmv pull imaps://me@mail.example.org ~/Mail/archive
  mailmv pull --exclude Spam --exclude 'Trash/**' old: new: ~/Mail/archive
  mailmv pull --into laptop maildir:/mnt/laptop/Maildir ~/Mail/archive`,
		from: anyPlaces, to: filePlaces,
		sample: "imaps://USER@HOST PATH",
	})
}
