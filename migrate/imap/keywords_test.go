package imap

import (
	"slices"
	"strings"
	"testing"

	"mailmv/formats/mail"
)

// TestUnkept: what a folder cannot hold is asked without changing anything, and where that cannot be it is not asked.
func TestUnkept(t *testing.T) {
	for _, tt := range []struct {
		name, flags, recent, caps string
		want                      []string
		selects                   int
	}{
		{"new ones may be made", `\*`, "0", "", []string{"a b"}, 1},
		{"none may", "$MDNSent Junk", "0", "", []string{"work", "a b"}, 1},
		{"some message is recent", "$MDNSent", "2", "", []string{"a b"}, 0},
		{"the server does not tell", "$MDNSent", "", "", []string{"a b"}, 0},
		{"no message is ever recent", "$MDNSent", "", "IMAP4rev2", []string{"work", "junk", "a b"}, 1},
	} {
		t.Run(tt.name, func(t *testing.T) {
			f, st := newFake(t)
			f.flags = tt.flags
			f.caps = strings.TrimSpace(f.caps + " UNSELECT " + tt.caps)
			f.on = func(c *client, cmd command) bool {
				if cmd.verb != "STATUS" || !strings.Contains(cmd.args, "RECENT") {
					return false
				}
				if tt.recent != "" {
					c.send("* STATUS INBOX (RECENT %s)\r\n", tt.recent)
				}
				c.send("%s OK done\r\n", cmd.tag)
				return true
			}
			got, err := st.Unkept(t.Context(), inbox, []string{"work", "junk", "a b"})
			if err != nil || !slices.Equal(got, tt.want) {
				t.Errorf("got %q, %v; want %q", got, err, tt.want)
			}
			if n := f.seen("SELECT "); n != tt.selects+f.seen("UNSELECT ") || f.seen("UNSELECT") != tt.selects {
				t.Errorf("commands %q", f.commands)
			}
			// The connection serves on.
			if _, err := st.Look(t.Context(), mail.Inbox); err != nil {
				t.Error(err)
			}
			n := 0
			for _, err := range st.List(t.Context(), inbox) {
				if n++; err != nil {
					t.Error(err)
				}
			}
		})
	}
}
