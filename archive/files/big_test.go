package files

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"mailmv/dedupe"
	"mailmv/formats/mail"
)

// TestAcross4GiB is pair 80: a message that crosses the offset of 4 GiB in an mbox file is the same as its copy in a Maildir.
func TestAcross4GiB(t *testing.T) {
	if testing.Short() {
		t.Skip("4 GB are read: not with -short")
	}
	letter := "Message-ID: <80@example.org>\nDate: Thu, 1 Jan 2004 12:00:00 +0000\nFrom: a@example.org\nSubject: across\n\n" +
		strings.Repeat("sixty-four octets of text, and the last one of them ends the lin\n", 100)
	path := filepath.Join(t.TempDir(), "Inbox")
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	const from = "From a@example.org Thu Jan  1 12:00:00 2004\n"
	at := int64(4<<30 - 3000)
	for offset, text := range map[int64]string{0: from + "Subject: huge\n\n", at: "\n\n" + from + letter + "\n"} { // a hole between them
		if _, err := f.WriteAt([]byte(text), offset); err != nil {
			t.Fatal(err)
		}
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	s, _ := openStore(t, path, Mbox)
	all := list(t, s, mail.Inbox)
	if len(all) != 2 || all[1].Octets != int64(len(letter)+strings.Count(letter, "\n")) {
		t.Fatalf("listed %+v", all)
	}
	got := fetch(t, s, mail.Inbox, all[1:])[all[1].ID]
	if want := strings.ReplaceAll(letter, "\n", "\r\n"); got != want {
		t.Fatalf("%d octets, want %d, or others", len(got), len(want))
	}
	v, err := dedupe.Compare(strings.NewReader(got), strings.NewReader(letter))
	if err != nil || v.Kind != dedupe.Identical {
		t.Errorf("they are %v, %v", v, err)
	}
}
