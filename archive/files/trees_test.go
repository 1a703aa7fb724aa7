package files

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"mailmv/formats/mail"
)

// entry is a message of an mbox file with these fields besides its Subject.
func entry(subject, fields string) string {
	return "From - Fri Jan  2 03:04:05 2004\n" + fields + "Subject: " + subject + "\nFrom: a@example.org\n\nbody of " + subject + "\n\n"
}

func TestFolders(t *testing.T) {
	box, eml := entry("x", ""), "From: a@example.org\nSubject: x\n\nbody\n"
	const pst, dbx, ole = "!BDN\x00", "\xcf\xad\x12\xfe\xc5", "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
	for name, c := range map[string]struct {
		kind  Kind
		tree  map[string]string
		want  []string
		notes []string
	}{
		"Thunderbird": {Mboxes, map[string]string{
			"Inbox": box, "Inbox.msf": "// <!-- <mdb:mork:z v=\"1.4\"/> -->\n", "Inbox.sbd/Bar": box, "Inbox.sbd/Bar.sbd/Baz": box, "Empty": "", "Empty.msf": "x",
			"Trash.msf": "x", "popstate.dat": "# POP3\n", "filterlog.html": "<html>\n", "my.dat": "x", "my.html": "<html>\n", "nstmp": box, "nstmp-1": box, "Inbox.sbd/Nstmp12": box, "nstmp1.sbd/kept": box, "nstmps": box, "void": "", "one.eml": eml,
		}, []string{"INBOX", "Empty", "INBOX/Bar", "INBOX/Bar/Baz", "nstmp1/kept", "nstmps"},
			[]string{"1 file *.dat", "1 file *.html", "3 copies left over", "1 empty file", "1 file that looks like a single message"}},
		"Profile": {Mboxes, map[string]string{
			"prefs.js": "user_pref();\n", "panacea.dat": "x", "Mail/pop.example.org/Inbox": box, "Mail/Local Folders/Old": box, "Mail/imap.example.org/Sent": box,
			"ImapMail/imap.example.org/Sent": box, "ImapMail/imap.example.org/Entw&APw-rfe": box, "stray": box,
		}, []string{"Local Folders/Old", "imap.example.org/Entwürfe", "imap.example.org/Sent", "imap.example.org/Sent~2", "pop.example.org/Inbox"},
			[]string{"a profile of Thunderbird", "ImapMail: Thunderbird writes no state into its copies of IMAP folders"}},
		"plain tree": {Mboxes, map[string]string{
			"a.mbox": box, "b/c.mbox": box, "b/d": box, "Old.mbox/mbox": box, "Old.mbox/table_of_contents": "x", ".Foo.directory/Bar": box, "e": "\x01\x01\x01\x01\n" + eml + "\x01\x01\x01\x01\n", "old.mbx": "*mbx*\r\n",
		}, []string{"Foo/Bar", "Old", "a", "b/c", "b/d", "e"}, []string{"an mbx file of UW IMAP", "1 file that holds no mail"}},
		"files of one name": {Mboxes, map[string]string{"a": box, "a.mbox": box, "inbox": box, "Inbox.mbox": box}, []string{"INBOX", "a"}, nil},
		"Outlook beside mbox files": {Mboxes, map[string]string{"a": box, "o.pst": pst, "o.ost": pst, "Inbox.dbx": dbx, "a.msg": ole, "table.xls": ole}, []string{"a"},
			[]string{"2 files of Outlook, which are not read (readpst ", "1 file of Outlook Express, which is not read (undbx ", "1 message of Outlook, which is not read (msgconvert ", "1 file *.xls that holds no mail"}},
		"Outlook beside letters": {EML, map[string]string{"x/a.eml": eml, "o.pst": pst, "Inbox.dbx": dbx, "old.mbx": "*mbx*\r\n", "RMAIL": "BABYL OPTIONS:\n"}, []string{"x"},
			[]string{"1 file of Outlook, which is not read (readpst ", "1 file of Outlook Express, which is not read (undbx ", "1 mbx file of UW IMAP, which is not read (mailutil ", "1 file of Emacs Rmail, which is not read (Emacs"}},
		"Outlook in MH": {MH, map[string]string{"x/1": eml, "o.pst": pst, "notes": "x\n"}, []string{"x"},
			[]string{"1 file of Outlook, which is not read (readpst ", "1 file that holds no mail"}},
		"Outlook in Apple Mail": {EMLX, map[string]string{"A.mbox/Messages/1.emlx": "3\nx\n", "o.pst": pst}, []string{"A"}, []string{"1 file of Outlook, which is not read (readpst "}},
		"eml": {EML, map[string]string{
			"1.eml": eml, "a/2.EML": eml, "a/b/3.txt": eml, "c/readme.txt": "Title: none\nAuthor: nobody\n\n", "d/x": box, "a/empty": "",
		}, []string{"INBOX", "a", "a/b"}, []string{"1 file *.txt", "1 file that looks like an mbox file", "1 empty file"}},
		"mh": {MH, map[string]string{
			"inbox/1": eml, "inbox/.mh_sequences": "unseen: 1\n", "inbox/,2": eml, "lists/7/9": eml, "lists/007": eml, "lists/99999999999": eml,
		}, []string{"INBOX", "lists/7"}, []string{"1 message removed in MH", "2 files that hold no mail"}},
		"emlx": {EMLX, map[string]string{
			"A.mbox/Messages/1.emlx": "3\nx\n", "A.mbox/B.mbox/Messages/2.emlx": "3\nx\n", "A.mbox/Info.plist": "<plist>", "A.mbox/Attachments/1/2/a.eml": eml,
		}, []string{"A", "A/B"}, nil},
		"emlx of an IMAP account": {EMLX, map[string]string{
			"INBOX.imapmbox/Messages/1.emlx": "3\nx\n", "Work/2004.imapmbox/Messages/2.emlx": "3\nx\n", "Trash/Messages/3.emlx": "3\nx\n",
		}, []string{"INBOX", "Trash", "Work/2004"}, nil},
		"emlx beside others": {EMLX, map[string]string{
			"A.mbox/Messages/1.emlx": "3\nx\n", "Old.mbox/mbox": box, "Old.mbox/table_of_contents": "x", "stray.eml": eml, "A.mbox/notes.txt": "x", "void": "", "Inbox/cur/1": eml,
		}, []string{"A"}, []string{"1 file that looks like an mbox file (to read it give the place as mbox:PATH): left out, namely Old.mbox/mbox",
			"1 file that looks like a single message (to read it give the place as eml:PATH)", "1 file *.txt that holds no mail", "1 empty file", "1 Maildir "}},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			plant(t, dir, c.tree)
			s, notes := openStore(t, dir, c.kind)
			got := paths(t, s)
			if !slices.Equal(got, c.want) {
				t.Errorf("folders %q, want %q", got, c.want)
			}
			if _, ok := s.Root(); ok {
				t.Error("told to be one folder")
			}
			for _, n := range c.notes {
				if !has(*notes, n) {
					t.Errorf("no note %q among %q", n, *notes)
				}
			}
			if len(*notes) != len(c.notes) {
				t.Errorf("%d notes, want %d: %q", len(*notes), len(c.notes), *notes)
			}
			paths(t, s)
			if len(*notes) != len(c.notes) {
				t.Errorf("told again: %q", *notes)
			}
		})
	}
}

func TestState(t *testing.T) {
	dir := t.TempDir()
	pine := "From MAILER-DAEMON Fri Jan  2 03:04:05 2004\nFrom: Mail System Internal Data <MAILER-DAEMON@x>\nSubject: DON'T DELETE THIS MESSAGE -- FOLDER INTERNAL DATA\nX-IMAP: 1 2 work\nStatus: RO\n\nnot mail\n\n"
	const letter = "Subject: x\nFrom: a@example.org\n\nbody\n"
	plist := func(s string) string {
		return "40\n" + (letter + "          ")[:40] + "<plist><dict>" + s + "</dict></plist>"
	}
	plant(t, dir, map[string]string{
		"box": pine + entry("seen", "X-Mozilla-Status: 0001\nX-Mozilla-Keys: $label1 Junk\n") + entry("ghost", "X-Mozilla-Status: 0009\n") +
			entry("stub", "X-Mozilla-Status: 0401\n") + entry("flagged", "Status: RO\nX-Status: AF\nX-Keywords: work alien\n") + entry("plain", ""),
		"nmh/1": letter, "nmh/2": letter, "nmh/.mh_profile": "Unseen-Sequence: neu\n", "nmh/.mh_sequences": "neu: 2\ncur: 1\n",
		"claws/1": letter, "claws/.claws_mark": "\x02\x00\x00\x00", "claws/.claws_cache": "x", "claws/.claws_tags": "x", "sylpheed/1": letter, "sylpheed/.sylpheed_mark": "x",
		"mh/1": letter, "mh/2": letter, "mh/3": letter, "mh/.mh_sequences": "unseen: 1\nreplied: 2\nflagged: 2\nwork: 3\n",
		"A/Messages/1.emlx": plist("<key>flags</key><integer>5</integer><key>date-received</key><real>1000000000</real>"),
		"A/Messages/2.emlx": "many\n", "A/Messages/3.partial.emlx": plist(""),
	})
	type facts struct {
		flags    mail.Flags
		keywords string
	}
	for _, c := range []struct {
		path  string
		kind  Kind
		want  []facts
		notes []string
	}{
		{"box", Mbox, []facts{{mail.Seen, "$label1 Junk"}, {mail.Seen | mail.Answered | mail.Flagged, "work"}, {}},
			[]string{"1 message that Thunderbird deleted", "1 message of which Thunderbird has only the beginning", "1 record of the mail program"}},
		{"mh", MH, []facts{{}, {mail.Seen | mail.Answered | mail.Flagged, ""}, {mail.Seen, "work"}}, nil},
		{"nmh", MH, []facts{{mail.Seen, ""}, {}}, nil},
		{"claws", MH, []facts{{}}, []string{"Claws Mail keeps in files of its own (.claws_mark)"}},
		{"sylpheed", MH, []facts{{}}, []string{"Sylpheed keeps in files of its own (.sylpheed_mark)"}},
		{"A", EMLX, []facts{{mail.Seen | mail.Answered, ""}, {}}, []string{"1 message whose attachments Apple Mail keeps elsewhere"}},
	} {
		t.Run(c.path, func(t *testing.T) {
			s, notes := openStore(t, filepath.Join(dir, c.path), c.kind)
			var got []facts
			for _, m := range list(t, s, mail.Inbox) {
				got = append(got, facts{m.Flags, strings.Join(m.Keywords, " ")})
			}
			if !slices.Equal(got, c.want) {
				t.Errorf("got %v, want %v", got, c.want)
			}
			s.notes.end()
			for _, n := range c.notes {
				if !has(*notes, n) {
					t.Errorf("no note %q among %q", n, *notes)
				}
			}
			if len(*notes) != len(c.notes) {
				t.Errorf("notes %q", *notes)
			}
		})
	}
	// What is damaged is listed, and fails by itself.
	s, _ := openStore(t, filepath.Join(dir, "A"), EMLX)
	var failed []string
	for got, err := range s.Fetch(t.Context(), mail.Folder{Path: mail.Inbox}, refsOf(list(t, s, mail.Inbox))) {
		if err != nil {
			failed = append(failed, got.ID)
		} else if want := time.Unix(1e9, 0); !got.InternalDate.Equal(want) {
			t.Errorf("received %v, want %v", got.InternalDate, want)
		}
	}
	if len(failed) != 1 || !strings.Contains(failed[0], "2.emlx") {
		t.Errorf("failed: %q", failed)
	}
}

func refsOf(all []mail.Message) (refs []mail.Ref) {
	for _, m := range all {
		refs = append(refs, m.Ref)
	}
	return refs
}

func TestDates(t *testing.T) {
	dir := t.TempDir()
	file := time.Unix(1_100_000_000, 0)
	const received, date = "Received: from a by b; Fri, 2 Jan 2004 03:04:05 +0100\n", "Date: Sat, 3 Jan 2004 01:00:00 +0000\n"
	text := "Subject: x\n\nb\n\n"
	plant(t, dir, map[string]string{
		"box": "From a Thu Jan  1 00:00:00 2004 +0000\n" + received + text + "From a Thu Jan  1 00:00:00 2004 +0000\n" + date + text +
			"From a Thu Jan  1 00:00:00 2004\n" + date + text + "From a Thu Jan  1 00:00:00 2004\nTo: b\n" + text + "From a Thu Jan  1 00:00:00 1970\nTo: b\n" + text,
		"eml/1.eml": received + text, "eml/2.eml": date + text, "eml/3.eml": "To: b\n" + text,
	})
	for _, name := range []string{"box", "eml/1.eml", "eml/2.eml", "eml/3.eml"} {
		if err := os.Chtimes(filepath.Join(dir, name), file, file); err != nil {
			t.Fatal(err)
		}
	}
	byReceived, byDate, byFrom := int64(1073009045), int64(1073091600), int64(1072915200)
	for path, c := range map[string]struct {
		kind Kind
		want []int64
	}{
		"box": {Mbox, []int64{byReceived, byFrom, byDate, byFrom, file.Unix()}},
		"eml": {EML, []int64{byReceived, byDate, file.Unix()}},
	} {
		s, _ := openStore(t, filepath.Join(dir, path), c.kind)
		var got []int64
		for m, err := range s.Describe(t.Context(), mail.Folder{Path: mail.Inbox}, refsOf(list(t, s, mail.Inbox))) {
			if err != nil {
				t.Fatal(err)
			}
			got = append(got, m.InternalDate.Unix())
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%s: %v, want %v", path, got, c.want)
		}
	}
}

// TestNamesLast: a message keeps its ID when the file is compacted and marked, and no other message gets it.
func TestNamesLast(t *testing.T) {
	name := filepath.Join(t.TempDir(), "box")
	write := func(entries ...string) {
		t.Helper()
		if err := os.WriteFile(name, []byte(strings.Join(entries, "")), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Chtimes(name, time.Time{}, time.Unix(int64(len(entries)), 0)); err != nil { // else within one tick of the clock
			t.Fatal(err)
		}
	}
	unread, read := "X-Mozilla-Status: 0000\n", "X-Mozilla-Status: 0001\nX-Mozilla-Keys: a b\n"
	write(entry("aa", unread), entry("bb", unread), entry("bb", unread), entry("cc", unread))
	s, _ := openStore(t, name, Mbox)
	before := list(t, s, mail.Inbox)
	was := fetch(t, s, mail.Inbox, before)
	if len(was) != 4 {
		t.Fatalf("%d messages under names of their own, want 4", len(was))
	}
	write(entry("bb", read), entry("cc", unread), entry("dd", unread)) // compacted, marked, and one of the same length came
	if got := fetch(t, s, mail.Inbox, before); len(got) != 2 || !strings.Contains(got[before[1].ID], "body of bb") || got[before[3].ID] != was[before[3].ID] {
		t.Errorf("by the names of before: %q", got)
	}
	after := list(t, s, mail.Inbox)
	if len(after) != 3 || after[0].ID != before[1].ID || after[1].ID != before[3].ID || was[after[2].ID] != "" {
		t.Errorf("names %+v, before %+v", after, before)
	}
	if err := os.Remove(name); err != nil {
		t.Fatal(err)
	}
	for _, err := range s.List(t.Context(), mail.Folder{Path: mail.Inbox}) {
		if mail.ScopeOf(err) != mail.ScopeFolder {
			t.Errorf("gone: %v", err)
		}
	}
}

// TestChangedLetter: MH renumbers; another message under the number is not taken for the one listed.
func TestChangedLetter(t *testing.T) {
	dir := t.TempDir()
	plant(t, dir, map[string]string{"1": "Subject: a\n\na\n", "2": "Subject: bb\n\nb\n"})
	s, _ := openStore(t, dir, MH)
	all := list(t, s, mail.Inbox)
	if err := os.Rename(filepath.Join(dir, "2"), filepath.Join(dir, "1")); err != nil {
		t.Fatal(err)
	}
	if got := fetch(t, s, mail.Inbox, all); len(got) != 0 {
		t.Errorf("got %q", got)
	}
	for _, id := range []string{"", "1", ":", "../1:2:3", "/etc/passwd:1:2", "1:x:y"} {
		if got := fetch(t, s, mail.Inbox, []mail.Message{{Ref: mail.Ref{ID: id}}}); len(got) != 0 {
			t.Errorf("%q: got %q", id, got)
		}
	}
}

func TestUnreadable(t *testing.T) {
	if runtime.GOOS == "windows" || os.Getuid() == 0 {
		t.Skip("whoever may read everything cannot test this")
	}
	for kind, name := range map[Kind]string{Mboxes: "box", Lite: "cur/1.eml", EML: "1.eml", MH: "1", EMLX: "1.emlx"} {
		dir := t.TempDir()
		plant(t, dir, map[string]string{"a/" + name: entry("x", ""), "b/" + name: entry("x", "")})
		if err := os.Chmod(filepath.Join(dir, "a"), 0); err != nil {
			t.Fatal(err)
		}
		s, notes := openStore(t, dir, kind)
		if got := paths(t, s); len(got) != 1 || !has(*notes, "cannot be read") || len(s.Unread()) != 1 {
			t.Errorf("%s: folders %q, unread %q, notes %q", kind, got, s.Unread(), *notes)
		}
		if err := os.Chmod(filepath.Join(dir, "a"), 0o700); err != nil {
			t.Fatal(err)
		}
	}
}

// TestNotesBounded: a tree of odd names does not flood people with notes.
func TestNotesBounded(t *testing.T) {
	dir := t.TempDir()
	tree := map[string]string{"box": entry("x", "")}
	for i := range 300 {
		tree[fmt.Sprintf("x.e%d", i)] = "no mail\n"
		tree[fmt.Sprintf("123.M%dP9.host,S=12;2,S", i)] = "no mail\n"
	}
	plant(t, dir, tree)
	s, notes := openStore(t, dir, Mboxes)
	if got := paths(t, s); len(got) != 1 || len(*notes) == 0 || len(*notes) > kindsMax+1 {
		t.Errorf("folders %q, %d notes", got, len(*notes))
	}
}

func TestRefused(t *testing.T) {
	dir := t.TempDir()
	plant(t, dir, map[string]string{"noise": "nothing\n"})
	if s, err := Open(dir, "pst", nil); err == nil {
		t.Errorf("opened %v", s)
	}
	for kind := range maps.Keys(finders) {
		if _, err := Open(filepath.Join(dir, "absent"), kind, nil); err == nil {
			t.Errorf("%s: opened what is not there", kind)
		}
	}
	for _, kind := range []Kind{Mbox, MH, Lite} {
		s, _ := openStore(t, filepath.Join(dir, "noise"), kind)
		if f, err := s.Folders(t.Context()); err == nil {
			t.Errorf("%s: %v", kind, f)
		}
	}
	s, _ := openStore(t, dir, EML)
	for _, err := range s.List(t.Context(), mail.Folder{Path: "x"}) {
		if mail.ScopeOf(err) != mail.ScopeFolder {
			t.Errorf("absent folder: %v", err)
		}
	}
}

// What is left out of many folders is one note, and what is looked through twice counts once.
func TestLeftOutOfManyFolders(t *testing.T) {
	dir := t.TempDir()
	ghost := entry("ghost", "X-Mozilla-Status: 0009\n")
	plant(t, dir, map[string]string{"a": entry("x", "") + ghost, "b": ghost + ghost, "c": entry("x", "")})
	s, notes := openStore(t, dir, Mboxes)
	for range 2 {
		for _, p := range []mail.Path{"a", "b", "c", "a"} {
			list(t, s, p)
		}
	}
	s.notes.end()
	if want := "2 folders, such as a: 3 messages that Thunderbird deleted and has not compacted away are left out"; len(*notes) != 1 || (*notes)[0] != want {
		t.Errorf("got %q, want %q", *notes, want)
	}
}
