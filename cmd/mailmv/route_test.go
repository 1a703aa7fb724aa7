package main

import (
	"slices"
	"testing"

	"mailmv/archive"
	"mailmv/formats/mail"
)

// TestRoute is "Where folders go" of the contract, row by row.
func TestRoute(t *testing.T) {
	roles := map[mail.Role]mail.Path{`\Sent`: "Sent", `\Trash`: "INBOX/Trash"}
	for _, row := range []struct {
		name string
		root mail.Path
		own  mail.Path
		to   mail.Path
		o    folderOptions
		from mail.Folder
		want mail.Path // empty: not moved
	}{
		{name: "root onto FOLDER", root: "Work", to: "Old/Work", from: mail.Folder{Path: "Work"}, want: "Old/Work"},
		{name: "below the root", root: "Work", to: "Old/Work", from: mail.Folder{Path: "Work/2004/May"}, want: "Old/Work/2004/May"},
		{name: "beside the root", root: "Work", to: "Old", from: mail.Folder{Path: "Works"}},
		{name: "above the root", root: "Work/2004", to: "Old", from: mail.Folder{Path: "Work"}},
		{name: "root by its own name", root: "Old/Work", from: mail.Folder{Path: "Old/Work"}, want: "Old/Work"},
		{name: "below it too", root: "Work", from: mail.Folder{Path: "Work/2004"}, want: "Work/2004"},
		{name: "a root's role counts for nothing", root: "Gesendet", from: mail.Folder{Path: "Gesendet", Role: `\Sent`}, want: "Gesendet"},
		{name: "maildrop onto INBOX", root: mail.Inbox, from: mail.Folder{Path: mail.Inbox}, want: mail.Inbox},
		{name: "maildrop onto FOLDER", root: mail.Inbox, to: "POP", from: mail.Folder{Path: mail.Inbox}, want: "POP"},
		{name: "maildrop onto INBOX, renamed", root: mail.Inbox, o: folderOptions{maps: []string{"INBOX=POP"}}, from: mail.Folder{Path: mail.Inbox}, want: "POP"},
		{name: "maildrop onto FOLDER, into", root: mail.Inbox, to: "POP", o: folderOptions{intoWord: "PC"}, from: mail.Folder{Path: mail.Inbox}, want: "PC/POP"},
		{name: "maildrop left out", root: mail.Inbox, o: folderOptions{exclude: []string{"inbox"}}, from: mail.Folder{Path: mail.Inbox}},
		{name: "mbox by its own name", root: mail.Inbox, own: "Letters", from: mail.Folder{Path: mail.Inbox}, want: "Letters"},
		{name: "mbox onto FOLDER", root: mail.Inbox, own: "Letters", to: "Old", from: mail.Folder{Path: mail.Inbox}, want: "Old"},
		{name: "mbox that is called mbox", root: mail.Inbox, own: ownName("mbox"), from: mail.Folder{Path: mail.Inbox}, want: mail.Inbox},
		{name: "forest into FOLDER", to: "Old", from: mail.Folder{Path: "Work/2004"}, want: "Old/Work/2004"},
		{name: "its INBOX too", to: "Old", from: mail.Folder{Path: mail.Inbox}, want: "Old/INBOX"},
		{name: "with a role", to: "Old", from: mail.Folder{Path: "Gesendet", Role: `\Sent`}, want: "Old/Gesendet"},
		{name: "name onto name", from: mail.Folder{Path: "Entwürfe/2004"}, want: "Entwürfe/2004"},
		{name: "INBOX onto INBOX", from: mail.Folder{Path: mail.Inbox}, want: mail.Inbox},
		{name: "role onto role", from: mail.Folder{Path: "Gesendet", Role: `\Sent`}, want: "Sent"},
		{name: "role onto one below INBOX", from: mail.Folder{Path: "Papierkorb", Role: `\Trash`}, want: "INBOX/Trash"},
		{name: "a role that is not there", from: mail.Folder{Path: "Spam", Role: `\Junk`}, want: "Spam"},
		{name: "a name that is a role's there", from: mail.Folder{Path: "Sent"}, want: "Sent"},

		{name: "into", o: folderOptions{intoWord: "PC/1"}, from: mail.Folder{Path: "Work"}, want: "PC/1/Work"},
		{name: "INBOX into", o: folderOptions{intoWord: "PC"}, from: mail.Folder{Path: mail.Inbox}, want: "PC/INBOX"},
		{name: "into FOLDER", to: "Old", o: folderOptions{intoWord: "PC"}, from: mail.Folder{Path: "Work"}, want: "PC/Old/Work"},
		{name: "into INBOX in small letters", o: folderOptions{intoWord: "inbox"}, from: mail.Folder{Path: "Work"}, want: "INBOX/Work"},
		{name: "role into", o: folderOptions{intoWord: "PC"}, from: mail.Folder{Path: "Gesendet", Role: `\Sent`}, want: "PC/Sent"},

		{name: "map", o: folderOptions{maps: []string{"Work=Job"}}, from: mail.Folder{Path: "Work"}, want: "Job"},
		{name: "map and below", o: folderOptions{maps: []string{"Work=Job/Old"}}, from: mail.Folder{Path: "Work/2004"}, want: "Job/Old/2004"},
		{name: "map beside", o: folderOptions{maps: []string{"Work=Job"}}, from: mail.Folder{Path: "Works"}, want: "Works"},
		{name: "map in any order: the longest", o: folderOptions{maps: []string{"A=X", "A/B=Y"}}, from: mail.Folder{Path: "A/B/C"}, want: "Y/C"},
		{name: "map swaps", o: folderOptions{maps: []string{"A=B", "B=A"}}, from: mail.Folder{Path: "B"}, want: "A"},
		{name: "map has the last word over into", o: folderOptions{intoWord: "PC", maps: []string{"PC/INBOX=PC"}}, from: mail.Folder{Path: mail.Inbox}, want: "PC"},
		{name: "map INBOX in small letters", o: folderOptions{maps: []string{"inbox=In"}}, from: mail.Folder{Path: mail.Inbox}, want: "In"},
		{name: "map two onto one", o: folderOptions{maps: []string{"A=X", "B=X"}}, from: mail.Folder{Path: "B"}, want: "X"},
		{name: "regexp", o: folderOptions{regexps: []string{`^Old/(\d+)=$1/Old`}}, from: mail.Folder{Path: "Old/2004/May"}, want: "2004/Old/May"},
		{name: "regexps in turn", o: folderOptions{regexps: []string{"A=B", "B=C"}}, from: mail.Folder{Path: "A"}, want: "C"},
		{name: "regexp with an equals sign", o: folderOptions{regexps: []string{"a=b=c"}}, from: mail.Folder{Path: "a=b"}, want: "c"},
		{name: "regexp leaves what map renamed", o: folderOptions{maps: []string{"A=B"}, regexps: []string{"B=C"}}, from: mail.Folder{Path: "A"}, want: "B"},
		{name: "regexp that leaves nothing", o: folderOptions{regexps: []string{"^Top/?="}}, from: mail.Folder{Path: "Top"}, want: mail.Inbox},
		{name: "regexp and empty levels", o: folderOptions{regexps: []string{"x="}}, from: mail.Folder{Path: "A/x/B"}, want: "A/B"},

		{name: "only", o: folderOptions{folders: []string{"Work"}}, from: mail.Folder{Path: "Work"}, want: "Work"},
		{name: "only that one", o: folderOptions{folders: []string{"Work"}}, from: mail.Folder{Path: "Work/2004"}},
		{name: "only and below", o: folderOptions{folders: []string{"Work", "Work/**"}}, from: mail.Folder{Path: "Work/2004/May"}, want: "Work/2004/May"},
		{name: "one level", o: folderOptions{folders: []string{"Work/*"}}, from: mail.Folder{Path: "Work/2004/May"}},
		{name: "at any level", o: folderOptions{folders: []string{"**/May"}}, from: mail.Folder{Path: "Work/2004/May"}, want: "Work/2004/May"},
		{name: "at no level", o: folderOptions{folders: []string{"**/May"}}, from: mail.Folder{Path: "May"}, want: "May"},
		{name: "in between", o: folderOptions{folders: []string{"A/**/Z"}}, from: mail.Folder{Path: "A/Z"}, want: "A/Z"},
		{name: "inbox", o: folderOptions{folders: []string{"inbox"}}, from: mail.Folder{Path: mail.Inbox}, want: mail.Inbox},
		{name: "question mark", o: folderOptions{folders: []string{"200?"}}, from: mail.Folder{Path: "2004"}, want: "2004"},
		{name: "question mark and letters", o: folderOptions{folders: []string{"?bung"}}, from: mail.Folder{Path: "Übung"}, want: "Übung"},
		{name: "class", o: folderOptions{folders: []string{"200[0-3]"}}, from: mail.Folder{Path: "2004"}},
		{name: "not in the class", o: folderOptions{folders: []string{"200[!0-3]"}}, from: mail.Folder{Path: "2004"}, want: "2004"},
		{name: "brackets for themselves", o: folderOptions{folders: []string{"[Gmail]/All Mail"}}, from: mail.Folder{Path: "[Gmail]/All Mail"}, want: "[Gmail]/All Mail"},
		{name: "brackets for themselves, and all below", o: folderOptions{folders: []string{"[Gmail]/**"}}, from: mail.Folder{Path: "[Gmail]/Sent Mail"}, want: "[Gmail]/Sent Mail"},
		{name: "one of them", o: folderOptions{folders: []string{"[Gmail]/**"}}, from: mail.Folder{Path: "G/x"}, want: "G/x"},
		{name: "brackets left out", o: folderOptions{exclude: []string{"[Gmail]/**"}}, from: mail.Folder{Path: "[Gmail]/Sent Mail"}},
		{name: "an octet that is special elsewhere", o: folderOptions{folders: []string{"[[]Gmail/All (old)+"}}, from: mail.Folder{Path: "[Gmail/All (old)+"}, want: "[Gmail/All (old)+"},
		{name: "exclude", o: folderOptions{exclude: []string{"Spam", "Trash/**"}}, from: mail.Folder{Path: "Trash/a/b"}},
		{name: "exclude leaves the rest", o: folderOptions{exclude: []string{"Spam"}}, from: mail.Folder{Path: "Spam/kept"}, want: "Spam/kept"},
		{name: "exclude from what is chosen", o: folderOptions{folders: []string{"**"}, exclude: []string{"A"}}, from: mail.Folder{Path: "A"}},
	} {
		t.Run(row.name, func(t *testing.T) {
			if err := row.o.check(); err != nil {
				t.Fatal(err)
			}
			r := &route{Root: row.root, Own: row.own, To: row.to, Roles: roles, folderOptions: &row.o}
			got := mail.Path("")
			if r.wants(row.from) {
				got = r.target(row.from)
			}
			if got != row.want {
				t.Errorf("%q goes to %q, want %q", row.from.Path, got, row.want)
			}
		})
	}
}

// TestRouteStays: mail of a folder goes on to where it went before one end told of a role, unless the user says otherwise.
func TestRouteStays(t *testing.T) {
	for _, row := range []struct {
		name string
		o    folderOptions
		root mail.Path
		went []mail.Path // of the destination's
		want mail.Path
		told bool
	}{
		{name: "for the first time", want: "Sent"},
		{name: "went by name", went: []mail.Path{"Gesendet"}, want: "Gesendet", told: true},
		{name: "went by role", went: []mail.Path{"Sent"}, want: "Sent"},
		{name: "went by both", went: []mail.Path{"Gesendet", "Sent"}, want: "Sent"},
		{name: "went elsewhere", went: []mail.Path{"Job"}, want: "Sent"},
		{name: "went below another", o: folderOptions{intoWord: "PC"}, went: []mail.Path{"Gesendet"}, want: "PC/Sent"},
		{name: "went below that", o: folderOptions{intoWord: "PC"}, went: []mail.Path{"PC/Gesendet"}, want: "PC/Gesendet", told: true},
		{name: "went under that name", o: folderOptions{maps: []string{"Gesendet=Out"}}, went: []mail.Path{"Out"}, want: "Out", told: true},
		{name: "renamed since", o: folderOptions{maps: []string{"Gesendet=Out"}}, went: []mail.Path{"Gesendet"}, want: "Sent"},
		{name: "onto the role's by its user", o: folderOptions{maps: []string{"Gesendet=Sent"}}, went: []mail.Path{"Gesendet"}, want: "Sent"},
		{name: "a root", root: "Gesendet", went: []mail.Path{"Gesendet"}, want: "Gesendet"},
	} {
		t.Run(row.name, func(t *testing.T) {
			if err := row.o.check(); err != nil {
				t.Fatal(err)
			}
			told := 0
			r := &route{Root: row.root, Roles: map[mail.Role]mail.Path{`\Sent`: "Sent"}, folderOptions: &row.o, Tell: func(string) { told++ },
				Went: func(from, to mail.Path) bool { return from == "Gesendet" && slices.Contains(row.went, to) }}
			for range 2 {
				if got := r.target(mail.Folder{Path: "Gesendet", Role: `\Sent`}); got != row.want {
					t.Errorf("goes to %q, want %q", got, row.want)
				}
			}
			if told != map[bool]int{true: 1}[row.told] {
				t.Errorf("told %d times, want it once: %v", told, row.told)
			}
			if got := row.o.unused(); len(got) > 0 && row.want == "Out" {
				t.Errorf("warns %q of what has renamed it", got)
			}
		})
	}
}

func TestRootOf(t *testing.T) {
	for _, row := range []struct {
		p    place
		want mail.Path
	}{
		{place{Proto: "pop3"}, mail.Inbox},
		{place{Proto: "imap"}, ""},
		{place{Proto: "imap", Folder: "A/B"}, "A/B"},
		{place{Proto: "maildir", Kind: archive.KindMaildir}, mail.Inbox},
		{place{Proto: "maildir", Kind: archive.KindPlus}, ""},
		{place{Proto: "maildir", Kind: archive.KindArchive}, ""},
	} {
		if got := rootOf(row.p); got != row.want {
			t.Errorf("rootOf(%+v) = %q, want %q", row.p, got, row.want)
		}
	}
}

// TestFolderOptionsRefuse: what cannot be meant is refused before anything is touched.
func TestFolderOptionsRefuse(t *testing.T) {
	for _, o := range []folderOptions{
		{folders: []string{""}}, {exclude: []string{"a[z-a]"}}, {folders: []string{"["}}, {exclude: []string{"Work/[a"}}, {folders: []string{"[]a]"}}, {intoWord: "/"}, {intoWord: "a\r\nb"},
		{maps: []string{"A"}}, {maps: []string{"=B"}}, {maps: []string{"A="}}, {maps: []string{"A=B", "A=C"}},
		{regexps: []string{"A"}}, {regexps: []string{"=B"}}, {regexps: []string{"(=B"}}, {flagsWord: "maybe"},
	} {
		if err := o.check(); !isUsage(err) {
			t.Errorf("%+v gives %v, want a usage error", o, err)
		}
	}
}
