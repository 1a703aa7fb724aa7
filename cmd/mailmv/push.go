package main

import "github.com/spf13/cobra"

const pushLong = `Bring archives and other mail in files, folder by folder, to an IMAP server.

Every message arrives once, octet for octet, with its date, flags and keywords. What is in a folder already, however it
came there, is recognised by its content and not copied again. Run again it brings what is new, and changes of
flags follow. Ended at any instant and run again it goes on.`

func newPush(a *app) *cobra.Command {
	return a.newMove(&mover{
		name:  "push",
		use:   "FROM... IMAP[/FOLDER]",
		short: "Bring archives and files to an IMAP server",
		long:  pushLong,
		example: `  mailmv push ~/Mail/archive imaps://me@mail.example.org
  mailmv push --folders 'Work/**' --map Work=Old/Work ~/Mail/archive new:
  mailmv push ~/.thunderbird/x1.default new:Laptop`,
		from: filePlaces, to: imapPlaces,
		sample: "PATH imaps://USER@HOST[/FOLDER]",
	})
}
