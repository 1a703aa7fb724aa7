//go:build unix

package files

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"mailmv/formats/mail"
)

// TestHostileTree: links are not followed, wherever they lead, and a FIFO does not block.
func TestHostileTree(t *testing.T) {
	outside := t.TempDir()
	letter := "From: a@example.org\nSubject: secret\n\nbody\n"
	plant(t, outside, map[string]string{"box": entry("secret", ""), "1.eml": letter, "1": letter, "1.emlx": "10\n0123456789", "cur/1.eml": letter})
	for kind, name := range map[Kind]string{Mboxes: "box", Lite: "cur/1.eml", EML: "1.eml", MH: "1", EMLX: "1.emlx"} {
		t.Run(string(kind), func(t *testing.T) {
			dir := t.TempDir()
			good := map[Kind]string{Mboxes: entry("good", ""), EMLX: "15\nSubject: good\n\n"}[kind]
			if good == "" {
				good = "Subject: good\n\nbody\n"
			}
			plant(t, dir, map[string]string{"in/" + name: good})
			second := strings.Replace(name, "1", "2", 1) + map[bool]string{true: "2"}[kind == Mboxes]
			third := strings.Replace(name, "1", "3", 1) + map[bool]string{true: "3"}[kind == Mboxes]
			for from, to := range map[string]string{
				filepath.Join(outside, name): filepath.Join(dir, "in", second), outside: filepath.Join(dir, "out"), dir: filepath.Join(dir, "in", "loop"),
			} {
				if err := os.Symlink(from, to); err != nil {
					t.Fatal(err)
				}
			}
			if err := syscall.Mkfifo(filepath.Join(dir, "in", third), 0o600); err != nil {
				t.Fatal(err)
			}
			s, notes := openStore(t, dir, kind)
			folders := paths(t, s)
			if len(folders) != 1 {
				t.Fatalf("folders %q", folders)
			}
			all := list(t, s, mail.Path(folders[0]))
			if got := fetch(t, s, mail.Path(folders[0]), all); len(all) != 1 || !strings.Contains(got[all[0].ID], "good") {
				t.Errorf("got %q", got)
			}
			if !has(*notes, "link") {
				t.Errorf("notes %q", *notes)
			}
			// A message that becomes a link between listing and fetching is not followed.
			file := filepath.Join(dir, "in", name)
			if err := os.Remove(file); err != nil {
				t.Fatal(err)
			}
			if err := os.Symlink(filepath.Join(outside, name), file); err != nil {
				t.Fatal(err)
			}
			for f, err := range s.Fetch(t.Context(), mail.Folder{Path: mail.Path(folders[0])}, refsOf(all)) {
				if err == nil {
					t.Errorf("fetched %+v", f.Message)
				}
			}
		})
	}
}
