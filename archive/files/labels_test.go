package files

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"mailmv/formats/mail"
)

// Labels of Gmail in another language tell nothing of what was read or starred, which is said; where some are in English, they do.
func TestLabelsOfOtherLanguages(t *testing.T) {
	const note = "are in another language"
	for _, c := range []struct {
		name     string
		labels   []string
		flags    []mail.Flags
		keywords []string // of the first
		note     bool
	}{
		{"English", []string{"Inbox,Opened,Work", "Inbox,Unread"}, []mail.Flags{mail.Seen, 0}, []string{"Work"}, false},
		{"English, of old", []string{"Inbox,Unread,Work", "Inbox"}, []mail.Flags{0, mail.Seen}, []string{"Work"}, false},
		{"English, none but Gmail's own", []string{"Inbox,Important", "Sent"}, []mail.Flags{mail.Seen, mail.Seen}, nil, false},
		{"German", []string{"=?UTF-8?Q?Posteingang,Ge=C3=B6ffnet?=", "Posteingang,Ungelesen"}, []mail.Flags{0, 0}, []string{"Posteingang", "Ge&APY-ffnet"}, true},
		{"a word that is English too", []string{"=?UTF-8?Q?Inbox,Ge=C3=B6ffnet?=", "Important,Ungelesen"}, []mail.Flags{0, 0}, []string{"Ge&APY-ffnet"}, true},
		{"no labels", []string{"", ""}, []mail.Flags{0, 0}, nil, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := t.TempDir()
			text := ""
			for _, l := range c.labels {
				field := "X-Gmail-Labels: " + l + "\n"
				if l == "" {
					field = ""
				}
				text += entry("x", field)
			}
			plant(t, dir, map[string]string{"box": text})
			s, notes := openStore(t, filepath.Join(dir, "box"), Mbox)
			all := list(t, s, mail.Inbox)
			s.notes.end()
			for i, m := range all {
				if m.Flags != c.flags[i] {
					t.Errorf("message %d: %v, want %v", i+1, m.Flags, c.flags[i])
				}
			}
			if !slices.Equal(all[0].Keywords, c.keywords) {
				t.Errorf("keywords %q, want %q", all[0].Keywords, c.keywords)
			}
			if has(*notes, note) != c.note {
				t.Errorf("notes %q", *notes)
			}
		})
	}
}

// Many files are one note.
func TestForeignLabelsOfManyFiles(t *testing.T) {
	dir := t.TempDir()
	plant(t, dir, map[string]string{"a": entry("x", "X-Gmail-Labels: Posteingang\n"), "b": entry("y", "X-Gmail-Labels: Gesendet\n")})
	s, notes := openStore(t, dir, Mboxes)
	for range 2 {
		list(t, s, "a")
		list(t, s, "b")
	}
	s.notes.end()
	if len(*notes) != 1 || !strings.HasPrefix((*notes)[0], "2 folders, such as a: labels of Gmail are in another language") {
		t.Errorf("notes %q", *notes)
	}
}
