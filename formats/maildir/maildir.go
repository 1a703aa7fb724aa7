// Package maildir reads and writes Maildirs: one file a message, in folders that each hold "cur", "new"
// and "tmp".
//
// # What is read
//
// Trees of folders in three shapes, also mixed (Tree.Folders):
//
//   - Maildir++: the root is INBOX, folder A/B is the directory ".A.B" beside it. Names are in modified
//     UTF-7 (RFC 3501 §5.1.3) or, where an octet is not ASCII, in UTF-8.
//   - Nested: folder A/B is the directory "A/B" (Dovecot's "fs" layout, mbsync's "Verbatim"), or, as KMail has it,
//     ".A.directory/B" beside A.
//   - Thunderbird's maildir-lite: folder A/B is "A.sbd/B"; there is no "new", names end in ".eml" and
//     tell no flags.
//
// Nothing that is read is ever changed: no file moves from new to cur, no name is put right. Links,
// directories, FIFOs and devices where a message should be are skipped with a word and never opened.
//
// A message is named by the unique part of its file name (Name.Unique), which stays when other
// programs give it flags or move it from new to cur. A file that vanished between listing and opening is looked for by
// it before it is called gone.
//
// # Octets
//
// Maildir files have LF line ends by custom; mail has CRLF. What is read has a CR put before every LF
// that has none. That is exact for a file whose LFs all stand for CRLF. A message for which it would not
// be is written as it is, and its unique part says so (Name.Verbatim), so that what comes out is what went in, with
// nothing but the file to go by.
//
// # What is written
//
// Folder.Deliver writes a batch: files in tmp side by side, each with its date, then made durable together,
// renamed into cur with their flags, and the names made durable by one sync of cur. Files have mode 0600,
// directories 0700, whatever the umask. The name is
//
//	<seconds>.M<microseconds>P<process>Q<counter>R<16 random hex digits>[E].<host>,S=<octets in the file>,W=<octets with CRLF>:2,<flags>
//
// with ";2," where ":" cannot be in a name (Windows). E marks what is kept verbatim.
package maildir
