package main

import "github.com/spf13/cobra"

const pop2imapLong = `Move the mail of POP3 maildrops into one folder of an IMAP account: INBOX unless FOLDER is given. (A
maildrop is a folder INBOX, and so --into, --map and the like speak of it.)

Every message arrives once, octet for octet, with the date it was received. What is in the folder already, however
it came there, is recognised by its content and not copied again. The maildrops are left as they are unless --remove
is given; then what has been read back from the destination is removed from them.

Run again it copies what is new. Ended at any instant and run again it goes on.`

func newPop2imap(a *app) *cobra.Command {
	return a.newMove(&mover{
		name:  "pop2imap",
		use:   "POP... IMAP[/FOLDER]",
		short: "Move POP3 maildrops into an IMAP folder",
		long:  pop2imapLong,
		example: `  mailmv pop2imap pop3s://me@mail.old.example imaps://me@mail.new.example
  mailmv pop2imap 'pop3s://me%40old.example@mail.old.example?password-command=pass show mail/old' new:Old/Mail
  mailmv pop2imap --remove-after 30d --remove-limit 10% old: new:`,
		from: popPlaces, to: imapPlaces,
		sample: "pop3s://USER@HOST... imaps://USER@HOST[/FOLDER]",
	})
}
