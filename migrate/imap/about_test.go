package imap

import (
	"slices"
	"strings"
	"testing"

	"mailmv/formats/mail"
	"mailmv/migrate/wire"
)

// TestAbout reads the answers of a server that tells all it can.
func TestAbout(t *testing.T) {
	f, st := newFake(t)
	f.caps = "IMAP4rev1 UIDPLUS LITERAL- QUOTA ID APPENDLIMIT NAMESPACE SPECIAL-USE LIST-EXTENDED UNSELECT"
	f.flags = "Junk $MDNSent"
	f.listed = "* LIST () \".\" INBOX\r\n* LIST (\\Sent) \".\" INBOX.Gesendet\r\n* LIST (\\Noselect) \".\" INBOX.top\r\n* LIST () \".\" user.bob\r\n"
	f.on = func(c *client, cmd command) bool {
		answers := map[string]string{
			"NAMESPACE":    "* NAMESPACE ((\"INBOX.\" \".\")) ((\"user.\" \".\")) NIL\r\n",
			"ID":           "* ID (\"name\" \"Odd \\\"Mail\\\"\" \"version\" \"9\" \"vendor\" NIL)\r\n",
			"GETQUOTAROOT": "* QUOTAROOT INBOX \"a root\"\r\n* QUOTA \"a root\" (STORAGE 10 512 MESSAGE 3 100)\r\n",
		}
		if cmd.verb == "STATUS" && strings.Contains(cmd.args, "RECENT") {
			c.send("* STATUS INBOX (RECENT 0)\r\n%s OK\r\n", cmd.tag)
			return true
		}
		if cmd.verb == "STATUS" && strings.Contains(cmd.args, "APPENDLIMIT") {
			c.send("* STATUS INBOX (APPENDLIMIT 1000)\r\n%s OK\r\n", cmd.tag)
			return true
		}
		if a, ok := answers[cmd.verb]; ok {
			c.send("%s%s OK\r\n", a, cmd.tag)
			return true
		}
		return false
	}
	a, err := st.About(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	want := []Quota{{"a root", "STORAGE", 10, 512}, {"a root", "MESSAGE", 3, 100}}
	if a.Software != `Odd "Mail" 9` || a.Prefix != "INBOX." || a.Delimiter != "." || !slices.Equal(a.Others, []string{"user."}) ||
		!slices.Equal(a.Quotas, want) || a.AppendLimit != 1000 || a.Folders != 2 || a.Unselectable != 1 || a.Roles[`\Sent`] != "Gesendet" ||
		!a.FlagsKnown || !slices.Equal(a.Flags, []string{`\Seen`, "Junk", "$MDNSent"}) {
		t.Errorf("got %+v", a)
	}
	for name, want := range map[string]bool{"UIDPLUS": true, "LITERAL-": true, "LITERAL+": false, "CONDSTORE": false, "APPENDLIMIT": true} {
		if a.Offers(name) != want {
			t.Errorf("Offers(%s) = %v", name, !want)
		}
	}
	for _, verb := range []string{"CREATE", "STORE", "CLOSE", "EXPUNGE", "DELETE", "APPEND "} {
		if f.seen(verb) > 0 {
			t.Errorf("commands %q", f.commands)
		}
	}
}

// TestAboutChangesNothing: on a real server no folder, no flag and no \Recent is another one afterwards.
func TestAboutChangesNothing(t *testing.T) {
	env := realServer(t)
	st := realStore(t, env, 1, wire.Implicit, Options{Connections: 1})
	f, err := st.Open(t.Context(), mail.Inbox)
	if err != nil {
		t.Fatal(err)
	}
	wait, err := st.Append(t.Context(), f, []mail.Parcel{parcel(1, message(1, "text"))})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := wait(); err != nil {
		t.Fatal(err)
	}
	state := func() string {
		other := realStore(t, env, 1, wire.Implicit, Options{Connections: 1})
		s, err := other.reader(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		defer s.giveTurn()
		var all []string
		for _, command := range []string{`STATUS INBOX (MESSAGES RECENT UNSEEN UIDNEXT)`, `LIST "" "*"`, `LSUB "" "*"`} {
			if _, err := s.command(command, func(r reply) { all = append(all, string(r.text)) }); err != nil {
				t.Fatal(err)
			}
		}
		slices.Sort(all)
		return strings.Join(all, "\n")
	}
	before := state()
	a, err := realStore(t, env, 1, wire.Implicit, Options{Connections: 1}).About(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if a.Peer.Version == "" || !strings.HasPrefix(a.Peer.Pin, "sha256:") || a.Folders == 0 || !a.Offers("UIDPLUS") {
		t.Errorf("got %+v", a)
	}
	if after := state(); after != before {
		t.Errorf("before:\n%s\nafter:\n%s", before, after)
	}
}
