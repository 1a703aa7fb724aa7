package imap

import (
	"strings"
	"testing"
	"time"

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

// TestListWithoutWaiting: a folder in which there is mail is selected and listed in one breath; an empty one is not asked about.
func TestListWithoutWaiting(t *testing.T) {
	f, st := newFake(t)
	f.fill(3)
	f.on = func(c *client, cmd command) bool {
		if cmd.verb != "EXAMINE" {
			return false
		}
		if err := c.SetReadDeadline(time.Now().Add(5 * time.Second)); err != nil {
			t.Error(err)
		}
		if _, err := c.r.Peek(1); err != nil {
			t.Errorf("nothing comes before the answer to EXAMINE: %v", err)
		}
		return false
	}
	folder, err := st.Look(t.Context(), mail.Inbox)
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		n := 0
		for _, err := range st.List(t.Context(), folder) {
			if err != nil {
				t.Fatal(err)
			}
			n++
		}
		if n != 3 {
			t.Errorf("%d messages, want 3", n)
		}
	}
	f.mu.Lock()
	f.mail = nil
	f.mu.Unlock()
	f.on = func(c *client, cmd command) bool {
		if strings.HasPrefix(cmd.args, "FETCH") {
			c.send("%s BAD nothing is there\r\n", cmd.tag)
			return true
		}
		return false
	}
	for _, messages := range []int{3, 0} { // as it was told before, and now
		folder.Messages = messages
		for m, err := range st.List(t.Context(), folder) {
			t.Errorf("of an empty folder: %+v, %v", m, err)
		}
	}
	if n := f.seen("UID FETCH"); n != 3 {
		t.Errorf("%d times UID FETCH, want 3: %q", n, f.commands)
	}
}
