package files

import (
	"strings"

	"mailmv/formats/mail"
)

// singles are the words for one of what notes count, by the beginning of those for several.
var singles = []struct{ many, one string }{
	{"files that look like mbox files (to read them ", "file that looks like an mbox file (to read it "},
	{"files that look like single messages (to read them ", "file that looks like a single message (to read it "},
	{"files of a kind", "file of a kind"},
	{"files of Outlook, which are not read", "file of Outlook, which is not read"},
	{"files of Outlook Express, which are not read", "file of Outlook Express, which is not read"},
	{"messages of Outlook, which are not read", "message of Outlook, which is not read"},
	{"mbx files of UW IMAP, which are not read", "mbx file of UW IMAP, which is not read"},
	{"files of Emacs Rmail, which are not read", "file of Emacs Rmail, which is not read"},
	{"empty files", "empty file"},
	{"other files", "other file"},
	{"copies left over by Thunderbird's compacting (to read one", "copy left over by Thunderbird's compacting (to read it"},
	{"Maildirs (to read them ", "Maildir (to read it "},
	{"links, which are not", "link, which is not"},
	{"links and other things with names of messages", "link or other thing with the name of a message"},
	{"names that are neither", "name that is neither"},
	{"messages removed", "message removed"},
	{"messages whose", "message whose"},
	{"messages that Thunderbird deleted and has not compacted away are", "message that Thunderbird deleted and has not compacted away is"},
	{"messages of which Thunderbird has only the beginning are left out: have it fetch them, or take them",
		"message of which Thunderbird has only the beginning is left out: have it fetch it, or take it"},
	{"records of the mail program itself, which are no mail, are", "record of the mail program itself, which is no mail, is"},
}

// single is what one of a kind is called; the kind, where nobody has said.
func single(kind string) string {
	for _, w := range singles {
		if rest, ok := strings.CutPrefix(kind, w.many); ok {
			return w.one + rest
		}
	}
	if name, ok := strings.CutSuffix(kind, noneOfThisKind); ok { // with an end of a name in it
		return strings.Replace(name, "files", "file", 1) + " that holds no mail of this kind"
	}
	return kind
}

const noneOfThisKind = " that hold no mail of this kind"

func counted(n int, kind string) string { return mail.Count(n, single(kind), kind) }
