package thunderbird

import (
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

func TestAccounts(t *testing.T) {
	root := t.TempDir()
	profile := filepath.Join(root, "x1.default")
	for _, dir := range []string{"x1.default/Mail/pop", "x1.default/ImapMail/imap", "big/mail", "big/old", "big/news"} {
		if err := os.MkdirAll(filepath.Join(root, filepath.FromSlash(dir)), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	var prefs strings.Builder
	set := func(key, value string) {
		prefs.WriteString("user_pref(\"mail.server." + key + "\", " + strconv.Quote(value) + ");\n")
	}
	prefs.WriteString("// a comment\nuser_pref(\"mail.server.server1.port\", 110);\n")
	set("server1.directory-rel", "[ProfD]Mail/pop")
	set("server1.directory", filepath.Join(root, "big", "old")) // where the profile was before
	set("server1.hostname", "pop.example.org")
	set("server2.directory-rel", "[ProfD]../big/mail")
	set("server2.hostname", "big.example.org")
	set("server3.directory-rel", "[ProfD]../gone")
	set("server3.directory", filepath.Join(root, "big", "old"))
	set("server4.directory", filepath.Join(root, "gone"))
	set("server5.directory-rel", "[ProfD]../big/news")
	set("server5.type", "nntp")
	set("server6.directory", "big/mail") // not in full
	if err := os.MkdirAll(profile, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(profile, "prefs.js"), []byte(prefs.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	want := []Account{
		{"pop.example.org", filepath.Join(profile, "Mail", "pop")},
		{"big.example.org", filepath.Join(root, "big", "mail")},
		{"server3", filepath.Join(root, "big", "old")},
	}
	if got, err := Accounts(profile); err != nil || !slices.Equal(got, want) {
		t.Errorf("got %q, %v, want %q", got, err, want)
	}
	if got, err := Accounts(root); err == nil {
		t.Errorf("without prefs.js: %q", got)
	}
}
