package archive

import (
	"errors"
	"fmt"
	"io"
	"path"
	"strings"

	"mailmv/formats/eml"
	"mailmv/formats/emlx"
	"mailmv/formats/mail"
	"mailmv/formats/maildir"
	"mailmv/formats/mbox"
)

// besideMax bounds how many files beside Maildirs are opened: each run does that.
const besideMax = 10_000

// beside counts the files in a tree of Maildirs that hold mail of another kind, which is not read with them.
type beside struct {
	disk    maildir.Disk
	max     int // files that are opened; 0: any number
	opened  int
	profile bool // of Thunderbird: mail is in Mail and ImapMail
	groups  map[Kind]*group
	odd     group // files that cannot be read
	rest    group // those beyond max
}

// group is how many files of a sort there are, and the first of them.
type group struct {
	n     int
	first string
}

func (g *group) add(name string) {
	if g.n++; g.n == 1 {
		g.first = name
	}
}

// otherWord says what one file of a kind is called, and what several are.
type otherWord struct {
	kind      Kind
	one, many string
}

// otherWords say what files beside Maildirs look like, in the order of the notes. What is not here has a way out in hints.
var otherWords = []otherWord{
	{KindMboxes, "file that looks like an mbox file (to read it give the place as mbox:PATH)",
		"files that look like mbox files (to read them give the place as mbox:PATH)"},
	{KindEML, "file that looks like a single message (to read it give the place as eml:PATH)",
		"files that look like single messages (to read them give the place as eml:PATH)"},
	{KindMH, "file that looks like a message of MH (to read it give the place as mh:PATH)",
		"files that look like messages of MH (to read them give the place as mh:PATH)"},
	{KindEMLX, "file that looks like a message of Apple Mail (to read it give the place as emlx:PATH)",
		"files that look like messages of Apple Mail (to read them give the place as emlx:PATH)"},
	{KindPST, "file of Outlook, which is not read",
		"files of Outlook, which are not read"},
	{KindDBX, "file of Outlook Express, which is not read",
		"files of Outlook Express, which are not read"},
	{KindMSG, "message of Outlook, which is not read",
		"messages of Outlook, which are not read"},
	{KindMBX, "mbx file of UW IMAP, which is not read",
		"mbx files of UW IMAP, which are not read"},
	{KindBabyl, "file of Emacs Rmail, which is not read",
		"files of Emacs Rmail, which are not read"},
}

// Beside tells whether a tree of Maildirs also holds files of that kind: KindMboxes, KindEML, KindMH or KindEMLX.
func Beside(root string, kind Kind) bool {
	d, err := maildir.OpenDisk(root)
	if err != nil {
		return false
	}
	defer d.Close()
	b := &beside{disk: d}
	found := func() bool { return b.groups[kind] != nil || kind == KindEML && b.groups[KindMH] != nil } // both are single messages
	for range maildir.FoldersBeside(d, func(name string) {
		if !found() {
			b.look(name)
		}
	}) {
		if found() {
			break
		}
	}
	return found()
}

// look judges one file.
func (b *beside) look(name string) {
	base := path.Base(name)
	switch top, _, below := strings.Cut(name, "/"); {
	case name == "prefs.js": // the files of a directory come before what is in those below
		b.profile = isDir(b.disk, "Mail") || isDir(b.disk, "ImapMail")
		return
	case below && top == stateDir, below && b.profile && top != "Mail" && top != "ImapMail", keepsMaildirs(name, base):
		return
	}
	kind, err := b.kindOf(name, base)
	switch {
	case errors.Is(err, errEnough):
		b.rest.add(name)
	case err != nil:
		b.odd.add(name)
	case kind != Unknown:
		if b.groups == nil {
			b.groups = map[Kind]*group{}
		}
		if b.groups[kind] == nil {
			b.groups[kind] = &group{}
		}
		b.groups[kind].add(name)
	}
}

func isDir(d maildir.Disk, name string) bool {
	i, err := d.Lstat(name)
	return err == nil && i.IsDir()
}

// controls are files that mail programs keep beside the messages of a Maildir. Whole names: a mailing list's mbox is maybe called
// dovecot.
var controls = map[string]bool{
	"maildirfolder": true, "maildirsize": true, "subscriptions": true, "dovecot-uidlist": true, "dovecot-keywords": true,
	"dovecot-acl": true, "dovecot-acl-list": true, "dovecot-uidvalidity": true, "dovecot.index": true, "dovecot.index.log": true,
	"dovecot.index.log.2": true, "dovecot.index.cache": true, "dovecot.list.index": true, "dovecot.list.index.log": true,
	"dovecot.mailbox.log": true, "courierimapuiddb": true, "courierimapsubscribed": true, "courierimapacl": true,
	"courierpop3dsizelist": true, ".uidvalidity": true, ".mbsyncstate": true, ".isyncuidmap.db": true, ".mh_sequences": true,
}

// keepsMaildirs tells by its name that a file holds no mail.
func keepsMaildirs(name, base string) bool {
	return controls[base] || path.Base(path.Dir(name)) == "courierimapkeywords" || strings.HasPrefix(base, "dovecot-uidvalidity.") || strings.EqualFold(path.Ext(base), ".msf")
}

var errEnough = errors.New("enough was looked at")

// kindOf tells what mail a file holds; Unknown: none. Names tell, and where they do not, the first octets do.
func (b *beside) kindOf(name, base string) (Kind, error) {
	i, err := b.disk.Lstat(name)
	switch {
	case err != nil:
		return Unknown, err
	case i.Size() == 0:
		return Unknown, nil
	case eml.IsMessage(base):
		return KindEML, nil
	case emlx.IsMessage(base):
		return KindEMLX, nil
	case b.max > 0 && b.opened >= b.max:
		return Unknown, errEnough
	}
	b.opened++
	head, err := b.head(name)
	switch found := sniff(base, head).Kind; {
	case err != nil:
		return Unknown, err
	case toConvert(found, base):
		return found, nil
	case mbox.Sniff(head) == nil && strings.Trim(string(head), "\r\n\x00") != "":
		return KindMboxes, nil
	case eml.Begins(head) && strings.Trim(base, "0123456789") == "":
		return KindMH, nil
	case eml.Begins(head):
		return KindEML, nil
	}
	return Unknown, nil
}

// head gives the first octets of a file, unpacked. What does not unpack is no mail.
func (b *beside) head(name string) ([]byte, error) {
	f, err := b.disk.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close() // only read
	raw := make([]byte, 2*sniffMax)
	n, err := f.ReadAt(raw, 0)
	if err != nil && !errors.Is(err, io.EOF) || sniff("", raw[:n]).Kind != KindMbox || strings.HasPrefix(string(raw[:n]), "From ") {
		if errors.Is(err, io.EOF) {
			err = nil
		}
		return raw[:n], err
	}
	r, _, err := mbox.Unpack(f)
	switch {
	case errors.Is(err, mbox.ErrWindow): // nobody knows what is in it
		return nil, err
	case err != nil:
		return nil, nil
	}
	if c, ok := r.(io.Closer); ok {
		defer c.Close()
	}
	n, _ = io.ReadFull(r, raw)
	return raw[:n], nil
}

// notes tell what was found, a note for each kind.
func (b *beside) notes() []string {
	var all []string
	say := func(g *group, one, many, hint string) {
		if g == nil || g.n == 0 {
			return
		}
		such := "such as"
		if g.n == 1 {
			such = "namely"
		}
		all = append(all, fmt.Sprintf("%s%s: left out, %s %s", mail.Count(g.n, one, many), hint, such, g.first))
	}
	for _, o := range otherWords {
		say(b.groups[o.kind], o.one, o.many, wayOut(o.kind))
	}
	say(&b.odd, "file beside the Maildirs that cannot be read", "files beside the Maildirs that cannot be read", "")
	say(&b.rest, "file beside the Maildirs that was not looked at", "files beside the Maildirs that were not looked at", fmt.Sprintf(", being more than %d", b.max))
	return all
}
