package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// Of two sources in one command no file may be read for both, or its message comes twice; what is in one tree and read by words of its own may
// be named beside it.
func TestSourcesAreApart(t *testing.T) {
	dir := t.TempDir()
	t.Chdir(dir)
	t.Setenv("XDG_CONFIG_HOME", dir)
	const letter = "From: a@example.org\nDate: Thu, 1 Jan 2004 00:00:00 +0000\nSubject: x\n\nx\n"
	const box = "From a@example.org Thu Jan  1 00:00:00 2004\n" + letter + "\n"
	for name, text := range map[string]string{
		"boxes/a": box, "boxes/sub/b": box,
		"md/cur/1.M1.h": letter, "md/.W/cur/1.M2.h": letter, "md/old/c.mbox": box, "md/x.eml": letter, "md/.backup/2004/cur/1.M3.h": letter,
		"mh/1": letter, "mh/sub/2": letter,
		"prof/prefs.js": "// prefs\n", "prof/Mail/one/Inbox": box, "prof/Mail/two/Inbox/cur/1": letter, "prof/mymail/d": box,
		"beside": box,
	} {
		name = filepath.FromSlash(name)
		if err := os.MkdirAll(filepath.Dir(name), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	a := &app{}
	for _, row := range []struct{ name, places, want string }{
		{"an mbox tree and one below it", "boxes boxes/sub", "boxes and mbox:boxes/sub one lies in the other"},
		{"the inner one first", "boxes/sub boxes", "one lies in the other"},
		{"an mbox tree and a file of it", "boxes boxes/a", "one lies in the other"},
		{"a Maildir and a folder of it", "md md/.W", "one lies in the other"},
		{"a tree around both", "maildir:. md/.W", "one lies in the other"},
		{"a third between them", "md beside md/.W", "one lies in the other"},
		{"MH and .eml, which are alike", "mh:mh eml:mh/sub", "one lies in the other"},
		{"messages of a Maildir by another word", "md eml:md/cur", "one lies in the other"},
		{"a profile and an account of it", "prof prof/Mail/one", "one lies in the other"},
		{"a profile and what is around its accounts", "prof mbox:prof/Mail", "one lies in the other"},
		{"a profile by two words", "prof mbox:prof", "is named twice"},
		{"one path by two names", "boxes ./boxes/", "is named twice"},
		{"a maildrop and its account, which are but likely one", "pop3s://me@mail.example.org imaps://me@mail.example.org", ""},
		{"side by side", "boxes md mh beside", ""},
		{"mbox files beside Maildirs", "md mbox:md eml:md", ""},
		{"one mbox file beside Maildirs", "md md/old/c.mbox", ""},
		{"a hidden directory of a tree, which is not looked into with it", "md md/.backup", ""},
		{"a directory of a profile that is not looked into with it", "prof prof/mymail", ""},
		{"a maildrop and another folder of the account", "pop3s://me@mail.example.org imaps://me@mail.example.org/Sent", ""},
	} {
		t.Run(row.name, func(t *testing.T) {
			for _, m := range []*mover{{name: "copy", from: anyPlaces, to: targetPlaces}, verifyUsage} {
				_, err := a.readTrip(m, append(strings.Fields(row.places), "archive"))
				switch {
				case row.want == "" && err != nil:
					t.Errorf("%s: %v", m.name, err)
				case row.want != "" && (err == nil || !isUsage(err) || !strings.Contains(err.Error(), row.want)):
					t.Errorf("%s: %v, want %q", m.name, err, row.want)
				}
			}
		})
	}
}
