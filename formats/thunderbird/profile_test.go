package thunderbird

import (
	"os"
	"path/filepath"
	"testing"
)

func TestProfileOf(t *testing.T) {
	root, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	for _, dir := range []string{"tb/x1.default/Mail/Local Folders/Old.sbd", "tb/imap/ImapMail", "firefox/x2/Mail.d", "tb/x1.default/prefs.d"} {
		if err := os.MkdirAll(filepath.Join(root, dir), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	for _, file := range []string{"tb/x1.default/prefs.js", "tb/imap/prefs.js", "firefox/x2/prefs.js"} {
		if err := os.WriteFile(filepath.Join(root, file), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Symlink(filepath.Join(root, "tb/x1.default/Mail"), filepath.Join(root, "link")); err != nil {
		t.Skipf("no links can be made here (on Windows that is a right): %v", err)
	}
	for _, test := range []struct{ path, want string }{
		{"tb/x1.default", "tb/x1.default"},
		{"tb/x1.default/Mail/Local Folders/Old.sbd", "tb/x1.default"},
		{"tb/x1.default/Mail/Local Folders/new/and/newer", "tb/x1.default"},
		{"tb/x1.default/other", "tb/x1.default"},
		{"tb/imap/ImapMail/host/INBOX", "tb/imap"},
		{"link/Local Folders/new", "tb/x1.default"},
		{"tb", ""},
		{"firefox/x2/Mail", ""},
		{"elsewhere", ""},
	} {
		want := test.want
		if want != "" {
			want = filepath.Join(root, want)
		}
		if got := ProfileOf(filepath.Join(root, test.path)); got != want {
			t.Errorf("ProfileOf(%q) = %q, want %q", test.path, got, want)
		}
	}
}
