package archive

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"mailmv/formats/mail"
)

func TestDetect(t *testing.T) {
	letter := "From: a@example.org\nSubject: x\n\nbody\n"
	for _, c := range []struct {
		name  string
		files map[string]string // an empty directory's name ends in a slash
		at    string
		want  Kind
	}{
		{"nothing", nil, "absent", Absent},
		{"empty directory", nil, ".", Absent},
		{"maildir", map[string]string{"cur/1.host:2,S": letter, "new/": "", "tmp/": ""}, ".", KindMaildir},
		{"maildir++", map[string]string{"cur/1.host:2,S": letter, "new/": "", "tmp/": "", ".Sent/cur/": "", ".Sent/new/": "", ".Sent/tmp/": ""}, ".", KindPlus},
		{"tree", map[string]string{"Work/cur/": "", "Work/new/": "", "Work/tmp/": ""}, ".", KindTree},
		{"maildir-lite by its index", map[string]string{"Inbox/cur/1405356000000": letter, "Inbox/tmp/": "", "Inbox.msf": "//"}, ".", KindLite},
		{"one folder of it, by its index", map[string]string{"Inbox/cur/1405356000000": letter, "Inbox/tmp/": "", "Inbox.msf": "//"}, "Inbox/", KindLite},
		{"maildir-lite without mail", map[string]string{"Inbox/cur/": "", "Inbox/tmp/": "", "Inbox.msf": "//", "Old": "From - \n" + letter, "Old.msf": "//"}, ".", KindLite},
		{"maildir-lite with a stray file first", map[string]string{"Inbox/cur/a": letter, "Inbox/cur/b.eml": letter}, ".", KindLite},
		{"a Maildir that has lost what was empty", map[string]string{"cur/1.M1.h:2,S": letter}, ".", KindMaildir},
		{"a Maildir++ of which one folder has", map[string]string{"cur/1.M1.h:2,S": letter, "new/": "", "tmp/": "", ".A/cur/1.M1.h:2,S": letter}, ".", KindPlus},
		{"maildir-lite", map[string]string{"Inbox/cur/a.eml": letter, "Inbox/tmp/": ""}, ".", KindLite},
		{"an archive that was not begun", map[string]string{".mailmv/lock": "", ".mailmv/holder": "4711\n"}, ".", Absent},
		{"an archive of which a half line was written", map[string]string{".mailmv/manifest": "mailmv-arch"}, ".", Absent},
		{"an archive that was not begun, of mbox files", map[string]string{".mailmv/lock": "", "Work": "From a@b Mon Jan  1 00:00:00 2001\n" + letter}, ".", KindMboxArchive},
		{"an archive with a damaged line", map[string]string{".mailmv/manifest": "x\n"}, ".", KindArchive},
		{"archive", map[string]string{".mailmv/manifest": "", "cur/": "", "new/": "", "tmp/": ""}, ".", KindArchive},
		{"mbox", map[string]string{"Inbox": "From a@b Mon Jan  1 00:00:00 2001\n" + letter}, "Inbox", KindMbox},
		{"mbox behind a BOM", map[string]string{"Inbox": "\xef\xbb\xbf\r\nFrom \r\n" + letter}, "Inbox", KindMbox},
		{"mbox.gz", map[string]string{"Inbox.gz": "\x1f\x8b\x08\x00"}, "Inbox.gz", KindMbox},
		{"mbox.bz2", map[string]string{"Inbox.bz2": "BZh91AY&SY\x00\x00"}, "Inbox.bz2", KindMbox},
		{"a text that begins like bzip2", map[string]string{"a": "BZh9 and so on"}, "a", Unknown},
		{"part of a Maildir", map[string]string{"box/cur/1.host:2,S": letter, "box/new/": "", "box/tmp/": ""}, "box/cur", Unknown},
		{"letters in a folder named cur", map[string]string{"cur/1.eml": letter}, "cur", KindEML},
		{"mmdf", map[string]string{"m": "\x01\x01\x01\x01\n" + letter + "\x01\x01\x01\x01\n"}, "m", KindMMDF},
		{"thunderbird", map[string]string{"Inbox": "From - \r\n" + letter, "Inbox.msf": "// <!-- <mdb:mork:z v=\"1.4\"/> -->", "Inbox.sbd/Sub": "From - \n" + letter, "Trash": "", "prefs": "x"}, ".", KindMboxes},
		{"eml file", map[string]string{"a.eml": letter}, "a.eml", KindEML},
		{"letter without a name", map[string]string{"a": letter}, "a", KindEML},
		{"eml tree", map[string]string{"a.eml": letter, "sub/b.EML": letter, "readme.txt": "hello\n"}, ".", KindEML},
		{"mh", map[string]string{"inbox/1": letter, "inbox/2": letter, "inbox/.mh_sequences": "unseen: 1\n"}, ".", KindMH},
		{"emlx", map[string]string{"INBOX.mbox/Messages/1.emlx": "38      \n" + letter + "<?xml"}, ".", KindEMLX},
		{"pst", map[string]string{"o.pst": "!BDN\x00\x00"}, "o.pst", KindPST},
		{"dbx", map[string]string{"Inbox.dbx": "\xcf\xad\x12\xfe\xc5"}, "Inbox.dbx", KindDBX},
		{"pst among others", map[string]string{"o.pst": "!BDN", "notes": "x"}, ".", KindPST},
		{"a text", map[string]string{"a.txt": "hello\n"}, "a.txt", Unknown},
		{"a tree of texts", map[string]string{"a.txt": "hello\n"}, ".", Unknown},
	} {
		t.Run(c.name, func(t *testing.T) {
			root := plant(t, c.files)
			got, err := Detect(filepath.Join(root, c.at))
			if err != nil || got.Kind != c.want || got.Why == "" {
				t.Errorf("got %+v, %v; want %s", got, err, c.want)
			}
			if _, converted := hints[c.want]; converted != (got.Hint != "") {
				t.Errorf("hint %q", got.Hint)
			}
		})
	}
}

// plant makes a tree of files; an empty directory's name ends in a slash.
func plant(t *testing.T, files map[string]string) (root string) {
	t.Helper()
	root = t.TempDir()
	for name, text := range files {
		full := filepath.Join(root, name)
		if err := os.MkdirAll(filepath.Dir(full), 0o755); err != nil {
			t.Fatal(err)
		}
		if strings.HasSuffix(name, "/") {
			if err := os.MkdirAll(full, 0o755); err != nil {
				t.Fatal(err)
			}
		} else {
			write(t, full, text)
		}
	}
	return root
}

func TestDetectOwn(t *testing.T) {
	root := t.TempDir()
	a := create(t, root, Options{})
	put(t, a, mail.Inbox, letter(1))
	close_(t, a)
	if got, err := Detect(root); err != nil || got.Kind != KindArchive {
		t.Errorf("got %+v, %v", got, err)
	}
}
