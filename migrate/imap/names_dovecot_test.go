package imap

import (
	"fmt"
	"strings"
	"testing"

	"mailmv/formats/mail"
	"mailmv/migrate/wire"
)

// hardNames are those that one store or the other refuses.
var hardNames = []mail.Path{"a.b", "a․b", "Dr. Müller/Sub.folder", "~home", "~home/x", ".hidden", "trailing.", "tmp", "cur/new", "..", "a/../b", "case", "CASE",
	"star*", "per%cent", `back\slash`, `quo"te`, " blank ", "two  blanks", "esc\x1b", "line\nend", "😀 smile", "#news", "&amp", "Box", "Box/Below", "Box/Below/Deep.er", "Tilde/~home", "Late/Below", "Late",
	mail.Path("long" + strings.Repeat("ä", 130))}

// TestRealServerNames: every name of a folder has one on every kind of store, no two share one, and a second run finds each.
// On Dovecot: Maildir, Maildir with the fs layout, mbox (where a folder with mail has none below it), sdbox and mdbox.
func TestRealServerNames(t *testing.T) {
	env := realServer(t)
	for _, user := range []int{1, 3, 4, 6, 7} {
		if env[fmt.Sprintf("USER%d", user)] == "" {
			continue
		}
		t.Run(env[fmt.Sprintf("USER%d", user)], func(t *testing.T) {
			top := freshFolder()
			notes := map[string]bool{}
			st := realStore(t, env, user, wire.Implicit, Options{Connections: 1, Notes: func(s string) { notes[s] = true }})
			validity := map[uint32]mail.Path{}
			for i, p := range hardNames {
				p = top + "x" + p // no folder with mail above all of them
				f, err := st.Open(t.Context(), p)
				if err != nil {
					t.Errorf("Open(%q): %v", p, err)
					continue
				}
				if f.Messages != 0 {
					t.Errorf("%q has the mail of another folder", p)
				}
				validity[f.Validity] = p
				if user == 6 && i > 3 {
					continue // his quota is five messages
				}
				wait, err := st.Append(t.Context(), f, []mail.Parcel{parcel(i, message(i, "text"))})
				if err != nil {
					t.Fatal(err)
				}
				if stored, err := wait(); err != nil || stored[0].Err != nil {
					t.Errorf("%q: %+v, %v", p, stored, err)
				}
			}
			for n := range notes {
				t.Log(n)
			}
			again := realStore(t, env, user, wire.Implicit, Options{Connections: 1, Notes: func(string) {}})
			raws := map[string]mail.Path{}
			for i, p := range hardNames {
				p = top + "x" + p
				f, err := again.Look(t.Context(), p)
				if err != nil || f.Messages != 1 && (user != 6 || i <= 3) {
					t.Errorf("again: %q: %+v, %v", p, f, err)
				}
				raw, err := again.rawName(t.Context(), "look", p)
				if other, twice := raws[raw]; twice || err != nil {
					t.Errorf("%q and %q are both %q, %v", other, p, raw, err)
				}
				raws[raw] = p
			}
		})
	}
}
