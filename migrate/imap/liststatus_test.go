package imap

import (
	"strings"
	"testing"

	"mailmv/formats/mail"
)

// TestListStatus: one command lists the folders with their states; what it leaves open is asked for.
func TestListStatus(t *testing.T) {
	f, st := newFake(t)
	f.caps += " LIST-EXTENDED LIST-STATUS CONDSTORE"
	asked := 0
	f.on = func(c *client, cmd command) bool {
		if cmd.verb == "STATUS" {
			asked++
		}
		if cmd.verb != "LIST" || !strings.Contains(cmd.args, "RETURN (STATUS (") {
			return false
		}
		c.send("%s", "* LIST () \"/\" INBOX\r\n* STATUS INBOX (MESSAGES 4 UIDNEXT 9 UIDVALIDITY 7 HIGHESTMODSEQ 5)\r\n"+
			"* LIST () \"/\" silent\r\n* LIST () \"/\" \"R&AOk-sum&AOk-\"\r\n* STATUS \"R&AOk-sum&AOk-\" (MESSAGES 1 UIDNEXT 2 UIDVALIDITY 8 HIGHESTMODSEQ 6)\r\n"+
			cmd.tag+" OK done\r\n")
		return true
	}
	all, err := st.Folders(t.Context())
	if err != nil || len(all) != 3 {
		t.Fatalf("%+v, %v", all, err)
	}
	want := []mail.Folder{{Path: "INBOX", Validity: 7, Next: 9, Messages: 4, ModSeq: 5},
		{Path: "silent", Validity: 7, Next: 1, Messages: 0}, {Path: "Résumé", Validity: 8, Next: 2, Messages: 1, ModSeq: 6}}
	for i, w := range want {
		if all[i] != w {
			t.Errorf("%+v, want %+v", all[i], w)
		}
	}
	if asked != 1 {
		t.Errorf("%d STATUS commands, want 1", asked)
	}
}

// TestListStatusRefused: a server that offers it and then refuses is asked folder by folder.
func TestListStatusRefused(t *testing.T) {
	for _, answer := range []string{"NO", "BAD"} {
		f, st := newFake(t)
		f.caps += " LIST-EXTENDED LIST-STATUS"
		f.fill(3)
		f.on = func(c *client, cmd command) bool {
			refused := cmd.verb == "LIST" && strings.Contains(cmd.args, "RETURN")
			if refused {
				c.send("%s %s not today\r\n", cmd.tag, answer)
			}
			return refused
		}
		if all, err := st.Folders(t.Context()); err != nil || len(all) != 1 || all[0].Messages != 3 {
			t.Errorf("%s: %+v, %v", answer, all, err)
		}
	}
}
