package files

import (
	"path/filepath"
	"strings"
	"testing"
)

// Mail that an account of a profile keeps elsewhere is named; where there is none, or where it is read, nothing is said.
func TestElsewhere(t *testing.T) {
	box := entry("x", "")
	for _, c := range []struct {
		name  string
		tree  map[string]string
		where string // below the profile, in the words of prefs.js
		kind  Kind
		want  string // the place that is named; empty: none
	}{
		{"mbox files", map[string]string{"big/mail/Inbox": box, "big/mail/popstate.dat": "# POP3\n"}, "../big/mail", Mboxes, "big/mail"},
		{"beside maildirs", map[string]string{"big/mail/Inbox": box}, "../big/mail", Lite, "big/mail"},
		{"maildirs", map[string]string{"big/mail/Inbox/cur/1.eml": "Subject: x\n\nx\n"}, "../big/mail", Mboxes, "big/mail"},
		{"folders below alone", map[string]string{"big/mail/Work.sbd/Old": box}, "../big/mail", Mboxes, "big/mail"},
		{"in the profile", map[string]string{"prof/MyMail/Inbox": box}, "MyMail", Mboxes, "prof/MyMail"},
		{"in Mail", map[string]string{"prof/Mail/pop/Inbox": box}, "Mail/pop", Mboxes, ""},
		{"no mail", map[string]string{"big/mail/Inbox": "", "big/mail/Inbox.msf": "x", "big/mail/notes.txt": "x"}, "../big/mail", Mboxes, ""},
		{"gone", nil, "../big/mail", Mboxes, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			root := t.TempDir()
			plant(t, root, map[string]string{"prof/Mail/Local Folders/Old": box,
				"prof/prefs.js": `user_pref("mail.server.server2.directory-rel", "[ProfD]` + c.where + `");` + "\n"})
			plant(t, root, c.tree)
			s, notes := openStore(t, filepath.Join(root, "prof"), c.kind)
			paths(t, s)
			want := filepath.Join(root, filepath.FromSlash(c.want))
			named := 0
			for _, n := range *notes {
				if strings.Contains(n, "the account server2 keeps its mail outside Mail and ImapMail") && strings.HasSuffix(n, want) {
					named++
				}
			}
			if told := has(*notes, "keeps its mail outside"); told != (c.want != "") || told && named != 1 {
				t.Errorf("want %q in %q", want, *notes)
			}
		})
	}
}
