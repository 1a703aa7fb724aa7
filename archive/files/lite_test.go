package files

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"mailmv/formats/mail"
	"mailmv/formats/maildir"
	"mailmv/migrate"
	"mailmv/migrate/storetest"
)

// liteOf is a message as Thunderbird keeps it in a maildir.
func liteOf(status, keys, text string) string {
	return "X-Account-Key: account1\nX-UIDL: 7\nX-Mozilla-Status: " + status + "\nX-Mozilla-Status2: 00000000\nX-Mozilla-Keys: " + keys + strings.Repeat(" ", 20) + "\n" + text
}

func TestLiteSource(t *testing.T) {
	dir := t.TempDir()
	tree := map[string]string{"Old/tmp/half.eml": "Subject: half\n"}
	letters := storetest.Letters()
	for i, l := range letters {
		text := string(l)
		if i%2 == 0 {
			text = strings.ReplaceAll(liteOf("0001", "a", ""), "\n", "\r\n") + text
		}
		tree[fmt.Sprintf("Old/cur/%d.eml", i+8)] = text
	}
	plant(t, dir, tree)
	storetest.Source(t, letters, func(t *testing.T) migrate.Source {
		s, _ := openStore(t, filepath.Join(dir, "Old"), Lite)
		return s
	})
	s, notes := openStore(t, filepath.Join(dir, "Old"), Lite)
	if got := paths(t, s); !slices.Equal(got, []string{"INBOX"}) {
		t.Errorf("folders %q", got)
	}
	if name, ok := s.Root(); !ok || name != "Old" || len(*notes) > 0 {
		t.Errorf("Root() = %q, %v; notes %q", name, ok, *notes)
	}
}

func TestLiteState(t *testing.T) {
	const text = "Received: from a by b; Fri, 2 Jan 2004 03:04:05 +0100\nSubject: x\n\nbody\n"
	for _, c := range []struct {
		name, file, kept string
		flags            mail.Flags
		keywords         string
		left             bool
	}{
		{"unread", "1.eml", liteOf("0000", "", text), 0, "", false},
		{"read, answered, starred", "1.eml", liteOf("0007", "", text), mail.Seen | mail.Answered | mail.Flagged, "", false},
		{"forwarded, labels", "1.eml", liteOf("1001", "$label1 work", text), mail.Seen, "$Forwarded $label1 work", false},
		{"more keywords than anybody gives", "1.eml", liteOf("0001", strings.Repeat("k ", 10_000)+"work", text), mail.Seen, "k work", false},
		{"no fields", "1.eml", text, 0, "", false},
		{"with the line of old", "1.eml", "From - Fri Jan  2 03:04:05 2004\n" + liteOf("0001", "", text), mail.Seen, "", false},
		{"other programs' fields are the message's", "1.eml", "Status: RO\nX-Status: A\n" + text, 0, "", false},
		{"a name with info", "1.M1.host:2,FS", text, mail.Flagged | mail.Seen, "", false},
		{"both", "1.eml:2,Fa", liteOf("0001", "work", text), mail.Flagged | mail.Seen, "first work", false},
		{"a ghost", "1.eml", liteOf("0009", "", text), 0, "", true},
		{"the beginning only", "1.eml", liteOf("0401", "", text), 0, "", true},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := t.TempDir()
			plant(t, dir, map[string]string{"A/cur/" + c.file: c.kept, "A/cur/2.eml": text})
			if strings.HasPrefix(c.keywords, "first") {
				plant(t, dir, map[string]string{"A/dovecot-keywords": "0 first\n"})
			}
			s, notes := openStore(t, dir, Lite)
			all := list(t, s, "A")
			s.notes.end()
			if c.left {
				if len(all) != 1 || len(*notes) != 1 || !strings.HasPrefix((*notes)[0], "A: 1 message ") {
					t.Errorf("%d messages, notes %q", len(all), *notes)
				}
				return
			}
			want := text
			if strings.HasPrefix(c.kept, "Status") {
				want = c.kept
			}
			m := all[0]
			if got := fetch(t, s, "A", all)[m.ID]; got != strings.ReplaceAll(want, "\n", "\r\n") {
				t.Errorf("got %q", got)
			}
			if words := strings.Join(m.Keywords, " "); m.Flags != c.flags || words != c.keywords {
				t.Errorf("flags %v, keywords %q; want %v, %q", m.Flags, words, c.flags, c.keywords)
			}
			if want := time.Date(2004, 1, 2, 2, 4, 5, 0, time.UTC); !m.InternalDate.Equal(want) || len(all) != 2 || len(*notes) > strings.Count(c.keywords, "first") { // of the file that tells of keywords
				t.Errorf("date %v, %d messages, notes %q", m.InternalDate, len(all), *notes)
			}
		})
	}
}

// What marks a message does not give it another name; another message in its place has one.
func TestLiteNames(t *testing.T) {
	dir := t.TempDir()
	plant(t, dir, map[string]string{"A/cur/1.eml": liteOf("0000", "", "Subject: a\n\na\n"), "A/cur/2.x": "Subject: b\n\nb\n", "A/new/2.x": "Subject: c\n\nc\n"})
	s, _ := openStore(t, dir, Lite)
	before := list(t, s, "A")
	was := fetch(t, s, "A", before)
	if len(was) != 3 {
		t.Fatalf("%d messages under names of their own: %+v", len(was), before)
	}
	plant(t, dir, map[string]string{"A/cur/1.eml": liteOf("0001", "work", "Subject: a\n\na\n")})
	if err := os.Rename(filepath.Join(dir, "A/new/2.x"), filepath.Join(dir, "A/cur/2.x:2,S")); err != nil {
		t.Fatal(err)
	}
	if got := fetch(t, s, "A", before[:2]); len(got) != 2 || got[before[0].ID] != was[before[0].ID] {
		t.Errorf("by the names of before: %q", got)
	}
	if err := os.Rename(filepath.Join(dir, "A/cur/2.x"), filepath.Join(dir, "A/cur/2.x:2,F")); err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(filepath.Join(dir, "A/cur/2.x:2,S")); err != nil {
		t.Fatal(err)
	}
	if got := fetch(t, s, "A", before); len(got) != 2 || got[before[1].ID] != was[before[1].ID] {
		t.Errorf("renamed: %q, before %+v", got, before)
	}
	plant(t, dir, map[string]string{"A/cur/1.eml": "Subject: z\n\nz\n"})
	for _, id := range []string{before[0].ID, "", ":", "1.eml", "../1.eml:00", "/etc/passwd:0", "cur/1.eml:0"} {
		if got := fetch(t, s, "A", []mail.Message{{Ref: mail.Ref{ID: id}}}); len(got) != 0 {
			t.Errorf("%q: got %q", id, got)
		}
	}
}

// A profile may keep one account in maildirs and another in mbox files.
func TestLiteProfile(t *testing.T) {
	dir := t.TempDir()
	letter := "Subject: a\n\na\n"
	plant(t, dir, map[string]string{
		"prefs.js": "", "calendar-data/cur/x": letter,
		"Mail/pop.example.org/Inbox/cur/1.eml": letter, "Mail/pop.example.org/Inbox.msf": "", "Mail/pop.example.org/Inbox.sbd/Sub/cur/1.eml": letter,
		"Mail/Local Folders/Old": entry("x", ""), "Mail/Local Folders/Nov&Dec-2004/cur/1.eml": letter, "Mail/Local Folders/Nov&Dec-2005": entry("x", ""), "Mail/Local Folders/Inbox.sbd/a": entry("x", ""),
		"ImapMail/mail.example.org/R&-D/cur/1.eml": letter,
	})
	s, notes := openStore(t, dir, Lite)
	want := []string{"Local Folders/Inbox/a", "Local Folders/Nov&Dec-2004", "Local Folders/Nov&Dec-2005", "Local Folders/Old", "mail.example.org/R&D", "pop.example.org/Inbox", "pop.example.org/Inbox/Sub"}
	if got := paths(t, s); !slices.Equal(got, want) || len(*notes) != 2 || !has(*notes, "no state into its copies of IMAP folders") || len(s.Unread()) > 0 {
		t.Errorf("folders %q, want %q; unread %q, notes %q", got, want, s.Unread(), *notes)
	}
	for _, p := range want {
		if all := list(t, s, mail.Path(p)); len(all) != 1 || len(fetch(t, s, mail.Path(p), all)) != 1 {
			t.Errorf("%s: %+v", p, all)
		}
	}
}

// Whatever Thunderbird's block looks like, a change of state gives no message another name.
func TestLiteNamesLast(t *testing.T) {
	dir := t.TempDir()
	s, _ := openStore(t, dir, Lite)
	for _, block := range []string{"X-Account-Key: account1\nX-Mozilla-Status: %s\n", "X-Mozilla-Status: %s\nX-Mozilla-Status: 0000\n", "From a@example.org Fri Jan  2 03:04:05 2004\nX-Mozilla-Status: %s\n", "Received: x\nX-Mozilla-Status: %s\n"} {
		var ids []string
		for _, status := range []string{"0000", "0001"} {
			plant(t, dir, map[string]string{"A/cur/1.eml": fmt.Sprintf(block, status) + "Subject: a\n\nb\n", "A/cur/2.eml": "Subject: b\n\nb\n"})
			ids = append(ids, list(t, s, "A")[0].ID)
		}
		if ids[0] != ids[1] {
			t.Errorf("%q: %q", block, ids)
		}
	}
}

// A Maildir of another program in the same tree keeps its own dates and rules: the file tells when a message came, and a field of the
// header does not make a ghost of it.
func TestLiteBesideMaildir(t *testing.T) {
	dir := t.TempDir()
	plant(t, dir, map[string]string{"A/cur/1.eml": "Subject: a\n\na\n", "B/new/.x": "", "B/cur/1075000000.M1.h:2,S": "Received: from a by b; Fri, 2 Jan 2004 03:04:05 +0100\nX-Mozilla-Status: 0009\n\nb\n"})
	day := time.Date(2010, 5, 5, 5, 5, 5, 0, time.UTC)
	if err := os.Chtimes(filepath.Join(dir, "B/cur/1075000000.M1.h:2,S"), day, day); err != nil {
		t.Fatal(err)
	}
	s, _ := openStore(t, dir, Lite)
	all := list(t, s, "B")
	want := maildir.ParseName("1075000000.M1.h:2,S").Date(day)
	if len(all) != 1 || !all[0].InternalDate.Equal(want) || all[0].Flags != mail.Seen {
		t.Fatalf("%+v, want the date %v", all, want)
	}
	for f, err := range s.Fetch(t.Context(), mail.Folder{Path: "B"}, refsOf(all)) {
		if err != nil || !f.InternalDate.Equal(want) {
			t.Errorf("%+v, %v", f.Message, err)
		}
	}
}

// Names that are no UTF-8 are names too.
func TestNamesOfOldDisks(t *testing.T) {
	if runtime.GOOS == "windows" || runtime.GOOS == "darwin" {
		t.Skip("such names cannot be made here")
	}
	text := "From: a@example.org\nSubject: x\n\nbody\n"
	for kind, name := range map[Kind]string{Mboxes: "caf\xe9/b\xe9", Lite: "caf\xe9/cur/b\xe9.eml", EML: "caf\xe9/b\xe9.eml", MH: "caf\xe9/1", EMLX: "caf\xe9/b\xe9.emlx"} {
		t.Run(string(kind), func(t *testing.T) {
			dir := t.TempDir()
			body := map[Kind]string{Mboxes: entry("x", ""), EMLX: fmt.Sprintf("%d\n%s", len(text), text)}[kind]
			if body == "" {
				body = text
			}
			plant(t, dir, map[string]string{name: body})
			s, notes := openStore(t, dir, kind)
			folders := paths(t, s)
			if len(folders) != 1 {
				t.Fatalf("folders %q, notes %q", folders, *notes)
			}
			all := list(t, s, mail.Path(folders[0]))
			if got := fetch(t, s, mail.Path(folders[0]), all); len(all) != 1 || len(got) != 1 || len(*notes) > 0 {
				t.Errorf("%d messages, fetched %d, notes %q", len(all), len(got), *notes)
			}
			if kind == Mboxes || kind == EML {
				one, _ := openStore(t, filepath.Join(dir, name), kind)
				if all := list(t, one, mail.Inbox); len(all) != 1 || len(fetch(t, one, mail.Inbox, all)) != 1 {
					t.Errorf("the file alone: %+v", all)
				}
			}
		})
	}
}

// A folder that is called Inbox is not the place itself, though no other is beside it yet.
func TestRootIsNoFolder(t *testing.T) {
	for kind, tree := range map[Kind][2]string{Mboxes: {"Inbox", ""}, Lite: {"Inbox/cur/1.eml", "cur/1.eml"}, EML: {"Inbox/1.eml", "1.eml"}, MH: {"inbox/1", "1"}, EMLX: {"INBOX.mbox/Messages/1.emlx", "Messages/1.emlx"}} {
		for i, name := range tree {
			if name == "" {
				continue
			}
			dir := t.TempDir()
			body := map[Kind]string{Mboxes: entry("x", ""), EMLX: "15\nSubject: good\n\n"}[kind]
			if body == "" {
				body = "From: a@example.org\nSubject: x\n\nbody\n"
			}
			plant(t, dir, map[string]string{name: body})
			s, _ := openStore(t, dir, kind)
			if got := paths(t, s); !slices.Equal(got, []string{"INBOX"}) {
				t.Errorf("%s: folders %q", name, got)
			}
			if _, root := s.Root(); root != (i == 1) {
				t.Errorf("%s: it is the root: %v", name, root)
			}
		}
	}
}

// A profile whose Mail is a link elsewhere is not read to its end, and says so.
func TestLinkedMail(t *testing.T) {
	dir, outside := t.TempDir(), t.TempDir()
	plant(t, outside, map[string]string{"Local Folders/Old": entry("x", "")})
	plant(t, dir, map[string]string{"prefs.js": "", "ImapMail/mail.example.org/INBOX": entry("x", "")})
	if err := os.Symlink(outside, filepath.Join(dir, "Mail")); err != nil {
		t.Skipf("no links can be made here: %v", err)
	}
	s, notes := openStore(t, dir, Mboxes)
	if got := paths(t, s); !slices.Equal(got, []string{"mail.example.org/INBOX"}) || len(s.Unread()) != 1 || !has(*notes, "it is a link to another place") {
		t.Errorf("folders %q, unread %q, notes %q", got, s.Unread(), *notes)
	}
}
