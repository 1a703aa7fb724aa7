package archive

import (
	"fmt"
	"maps"
	"strings"
	"testing"
)

// Mail of another kind beside Maildirs is not passed over in silence.
func TestBeside(t *testing.T) {
	letter := "From: a@example.org\nSubject: x\n\nbody\n"
	box := "From a@example.org Thu Jan  1 00:00:00 2004\n" + letter
	for _, c := range []struct {
		name  string
		files map[string]string
		kind  Kind   // that Beside finds
		want  string // the beginning of the one note after the root; empty: there is none
	}{
		{"nothing", nil, "", ""},
		{"mbox", map[string]string{"a": box, "b/c.mbox": box}, KindMboxes, "2 files that look like mbox files (to read them give the place as mbox:PATH): left out, such as "},
		{"mbox in a Maildir", map[string]string{"md/old": box}, KindMboxes, "1 file that looks like an mbox file"},
		{"mbox behind a BOM", map[string]string{"a": "\xef\xbb\xbf" + box}, KindMboxes, "1 file that looks like an mbox file"},
		{"MMDF", map[string]string{"a": "\x01\x01\x01\x01\n" + letter}, KindMboxes, "1 file that looks like an mbox file"},
		{"eml", map[string]string{"x/a.eml": letter}, KindEML, "1 file that looks like a single message (to read it give the place as eml:PATH): left out, namely x/a.eml"},
		{"a letter without a name", map[string]string{"a": letter}, KindEML, "1 file that looks like a single message"},
		{"MH", map[string]string{"inbox/1": letter, "inbox/2": letter}, KindMH, "2 files that look like messages of MH (to read them give the place as mh:PATH)"},
		{"MH as letters", map[string]string{"inbox/1": letter}, KindEML, "1 file that looks like a message of MH"},
		{"Apple Mail", map[string]string{"A.mbox/Messages/1.emlx": "38\n" + letter}, KindEMLX, "1 file that looks like a message of Apple Mail"},
		{"Outlook", map[string]string{"o.pst": "!BDN\x00"}, "", "1 file of Outlook, which is not read (readpst "},
		{"no Outlook", map[string]string{"o.doc": "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"}, "", ""},
		{"mailing list of Dovecot", map[string]string{"dovecot": box}, KindMboxes, "1 file that looks like an mbox file"},
		{"control files", map[string]string{"md/dovecot-uidlist": "3 V1 N1\n", "subscriptions": "a\n", "md/.uidvalidity": "1\n2\n", "md/courierimapkeywords/:list": "x\n"}, "", ""},
		{"other files", map[string]string{"notes.txt": "hello\n", "conf": "a: b\nc: d\n", "empty.mbox": "", "a.gz": "\x1f\x8b"}, "", ""},
		{"a profile", map[string]string{"prefs.js": "//", "Mail/a/Inbox": box, "Mail/a/Inbox.msf": "//", "cache/x": box}, KindMboxes, "1 file that looks like an mbox file (to read it give the place as mbox:PATH): left out, namely Mail/a/Inbox"},
		{"an archive's own", map[string]string{".mailmv/x.eml": letter}, "", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			files := map[string]string{"md/cur/1.host:2,S": letter, "md/new/1.eml": letter, "md/tmp/3": box}
			maps.Copy(files, c.files)
			root := plant(t, files)
			var notes []string
			a, err := OpenSource(root, Options{Tell: func(s string) { notes = append(notes, s) }})
			if err != nil {
				t.Fatal(err)
			}
			defer close_(t, a)
			for range 2 {
				if all, err := a.Folders(t.Context()); err != nil || len(all) != 1 || all[0].Messages != 2 || len(a.Unread()) > 0 {
					t.Errorf("got %v, %v", all, err)
				}
			}
			switch {
			case c.want == "" && len(notes) > 0, c.want != "" && (len(notes) != 1 || !strings.HasPrefix(notes[0], root+": "+c.want)):
				t.Errorf("notes %q, want %q", notes, c.want)
			}
			for _, kind := range []Kind{KindMboxes, KindEML, KindMH, KindEMLX} {
				want := kind == c.kind || kind == KindEML && strings.Contains(c.want, "MH") || kind == KindMH && c.name == "MH as letters"
				if got := Beside(root, kind); got != want {
					t.Errorf("Beside(%s) = %v", kind, got)
				}
			}
		})
	}
}

// However many files there are beside the Maildirs, a run opens so many, and says that there are more.
func TestBesideMany(t *testing.T) {
	files := map[string]string{}
	for i := range 10 {
		files[fmt.Sprintf("a%d", i)] = "no mail\n"
	}
	a, err := OpenSource(plant(t, files), Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer close_(t, a)
	b := &beside{disk: a.disk, max: 4}
	for range a.walkBeside(b.look) {
	}
	if got := b.notes(); len(got) != 1 || !strings.HasPrefix(got[0], "6 files beside the Maildirs that were not looked at, being more than 4: left out, such as ") {
		t.Errorf("got %q", got)
	}
}
