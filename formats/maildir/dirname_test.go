package maildir

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

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
				if layout == PlusPlus {
					checkPlusPlus(t, p, dir)
				}
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

// checkPlusPlus: mail programs look for a dot in front and read modified UTF-7 behind it.
func checkPlusPlus(t *testing.T, p mail.Path, dir string) {
	t.Helper()
	if dir[0] != '.' {
		t.Errorf("%q: %q has no dot in front", p, dir)
	}
	for level := range strings.SplitSeq(dir[1:], ".") {
		if _, ok := decodeUTF7(level); !ok {
			t.Errorf("%q: %q holds %q, which is no modified UTF-7", p, dir, level)
		}
	}
}

// checkCut: a folder whose name is cut stays below those above it, as far as their names leave room for a hash.
func checkCut(t *testing.T, p mail.Path, dir string) {
	t.Helper()
	levels := strings.Split(string(p), "/")
	at := strings.LastIndexByte(dir, '~')
	if at < 0 || len(dir)-at != len("~0123456789abcdef") {
		t.Fatalf("%q: %q ends in no hash", p, dir)
	}
	for n := len(levels) - 1; n > 0; n-- {
		above := join(levels[:n], PlusPlus, encoders[0]) + "."
		if len(above) <= nameMax-17 {
			if !strings.HasPrefix(dir, above) {
				t.Errorf("%q: %q is not below %q", p, dir, above)
			}
			break
		}
	}
	kept := string(plusPlusPath("", dir[:at]))
	if !strings.HasPrefix(string(p), kept) && utf8.ValidString(string(p)) {
		t.Errorf("%q: %q keeps %q", p, dir, kept)
	}
}

// TestCutNames: as much of a long name stays as there is room for, whatever its letters.
func TestCutNames(t *testing.T) {
	long := func(s string, n int) string { return strings.Repeat(s, n) }
	rows := []struct {
		name   string
		path   string
		layout Layout
		want   string // before the hash, as it is read
	}{
		{"one run", long("\u20ac", 60), PlusPlus, long("\u20ac", 45)},
		{"below another", "Deep/" + long("\u0416", 60), PlusPlus, "Deep/" + long("\u0416", 43)},
		{"letters, then a run", long("A", 30) + long("\u0416", 50), PlusPlus, long("A", 30) + long("\u0416", 33)},
		{"surrogate pairs", long("\U0001f600", 60), PlusPlus, long("\U0001f600", 22)},
		{"letters", long("x", 255), PlusPlus, long("x", 122)},
		{"a space where it is cut", long("x", 121) + " " + long("y", 40), PlusPlus, long("x", 121)},
		{"above too long", "Deep/" + long("\u0416", 60) + "/x", PlusPlus, "Deep/" + long("\u0416", 43)},
		{"no room but for the hash", long("x", 121) + "/" + long("y", 40), PlusPlus, long("x", 121)},
		{"nested", "Deep/" + long("\u0416", 60), Nested, "Deep/" + long("\u0416", 45)},
		{"nested, long above", long("x", 140) + "/" + long("\u0416", 60), Nested, long("x", 140) + "/" + long("\u0416", 45)},
	}
	for _, r := range rows {
		t.Run(r.name, func(t *testing.T) {
			dir := DirFor(mail.Path(r.path), r.layout, func(string) bool { return false })
			checkSafe(t, mail.Path(r.path), dir)
			at := strings.LastIndexByte(dir, '~')
			got := plusPlusPath("", dir[:max(at, 0)])
			if r.layout == Nested {
				got = ""
				for level := range strings.SplitSeq(dir[:max(at, 0)], "/") {
					got = nestedPath(got, level)
				}
			} else {
				checkPlusPlus(t, mail.Path(r.path), dir)
				checkCut(t, mail.Path(r.path), dir)
			}
			if string(got) != r.want {
				t.Errorf("%q: keeps %q (%d), want %q", dir, got, len([]rune(got)), r.want)
			}
		})
	}
}

func FuzzFolderName(f *testing.F) {
	f.Add("Work/2004")
	f.Add(strings.Repeat("\u20ac", 60))
	f.Add("Deep/" + strings.Repeat("\u0416", 60))
	f.Add(strings.Repeat("A", 30) + strings.Repeat("\u0416", 50) + "/x")
	f.Add("../\xff/&AC8-/\u00e9 ")
	f.Fuzz(func(t *testing.T, name string) {
		p := mail.Path(name).Clean()
		if p == "" || len(name) > 600 {
			return
		}
		dir := DirFor(p, PlusPlus, func(string) bool { return false })
		checkSafe(t, p, dir)
		short := func(e func(string) string) bool { return fits(join(strings.Split(string(p), "/"), PlusPlus, e)) }
		if dir == "." {
			return // INBOX
		}
		checkPlusPlus(t, p, dir)
		if !slices.ContainsFunc(encoders, short) {
			checkCut(t, p, dir)
			return
		}
		if got := plusPlusPath("", dir); got != p && !strings.Contains(fmt.Sprintf("%q", name), "ufffd") {
			t.Errorf("%q: %q is read back as %q", p, dir, got)
		}
	})
}
