package maildir

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"mailmv/formats/mail"
)

// TestFolderNames holds FAULTS G: every name has a place inside the tree, apart from all others, on any file system.
func TestFolderNames(t *testing.T) {
	deep := strings.TrimSuffix(strings.Repeat("level/", 60), "/")
	names := []mail.Path{
		"INBOX", "INBOX/INBOX", "INBOX/Sub", "Sub",
		"..", "../../etc", "a/../../b", ".", "a/.", "...",
		"&AC8-", "&AC4ALg-", "&", "&-", "a&b", "&AOk-",
		"nul\x00byte", "line\nfeed", "esc\x1b[31m", "bell\x07", "del\x7f", "c1\u009b",
		"CON", "con", "nul.txt", "aux", "COM1", "LPT9", "a:b", "a*b?", "trailing.", "trailing ", " leading", "a\\b", `q"u<o>t|e`,
		"Work", "work", "WORK", "wOrK", "Work/x", "work/x",
		"\u00e9", "e\u0301", "\u00c9", "E\u0301",
		"cur", "new", "tmp", ".mbox", ".mailmv", "mailmv", "cur/new/tmp", "courierimapkeywords", "x.sbd",
		mail.Path(strings.Repeat("x", 255)), mail.Path(strings.Repeat("x", 254) + "y"), mail.Path(strings.Repeat("\u00e9", 500)), mail.Path(deep), mail.Path(deep + "/x"),
		"inv\xff\xfealid", "inv\xc3", "\xed\xb3\xbf", "emoji \U0001f600", "\u202egnp.exe", "zero\u200bwidth", "zerowidth",
		"-rf", "$(x)", "%s", "~", "~root", "a.b", "a/b", "#1", "a b",
	}
	for _, layout := range []Layout{PlusPlus, Nested} {
		t.Run(string(layout), func(t *testing.T) {
			root := t.TempDir()
			d, err := OpenDisk(root)
			if err != nil {
				t.Fatal(err)
			}
			defer d.Close()
			used := map[string]mail.Path{".mailmv": "the archive's own"}
			for _, p := range names {
				dir := DirFor(p, layout, func(lower string) bool { _, ok := used[lower]; return ok })
				if was, ok := used[strings.ToLower(dir)]; ok {
					t.Errorf("%q and %q: both %q", was, p, dir)
				}
				used[strings.ToLower(dir)] = p
				checkSafe(t, p, dir)
				if err := NewFolder(d, p, dir).Make(layout); err != nil {
					t.Errorf("%q: %v", p, err)
				}
			}
			read := map[mail.Path]string{}
			for f, err := range Folders(d) {
				if err != nil {
					t.Fatal(err)
				}
				read[f.Path] = f.Dir
			}
			for _, p := range names {
				if dir, ok := read[p]; !ok && len(p) < 100 {
					t.Errorf("%q is not read back (%q)", p, dir)
				}
			}
			if len(read) != len(names) {
				t.Errorf("%d folders, want %d", len(read), len(names))
			}
			list, err := os.ReadDir(filepath.Dir(root))
			if err != nil || len(list) != 1 {
				t.Errorf("beside the tree: %v, %v", list, err)
			}
		})
	}
}

func checkSafe(t *testing.T, p mail.Path, dir string) {
	t.Helper()
	for name := range strings.SplitSeq(dir, "/") {
		switch {
		case dir == ".":
		case name == "" || name == "." || name == "..", len(name) > nameMax:
			t.Errorf("%q: %q", p, dir)
		case strings.ContainsFunc(name, func(r rune) bool { return r < ' ' || r > '~' || strings.ContainsRune(`\:*?"<>|`, r) }):
			t.Errorf("%q: %q holds what some file system does not", p, dir)
		case strings.HasSuffix(name, " ") || len(name) > 1 && strings.HasSuffix(name, "."):
			t.Errorf("%q: %q ends in what Windows takes away", p, dir)
		case reserved(name):
			t.Errorf("%q: %q is a name with a meaning", p, dir)
		}
	}
}

func FuzzFolderName(f *testing.F) {
	f.Add("Work/2004")
	f.Add("../\xff/&AC8-/\u00e9 ")
	f.Fuzz(func(t *testing.T, name string) {
		p := mail.Path(name).Clean()
		if p == "" || len(name) > 60 || strings.Count(name, "/") > 50 {
			return
		}
		dir := DirFor(p, PlusPlus, func(string) bool { return false })
		checkSafe(t, p, dir)
		short := func(e func(string) string) bool { return fits(join(strings.Split(string(p), "/"), PlusPlus, e)) }
		if dir == "." || !slices.ContainsFunc(encoders, short) {
			return // INBOX, or cut
		}
		if got := plusPlusPath("", dir); got != p && !strings.Contains(fmt.Sprintf("%q", name), "ufffd") {
			t.Errorf("%q: %q is read back as %q", p, dir, got)
		}
	})
}
