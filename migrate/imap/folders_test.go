package imap

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	"mailmv/formats/mail"
)

// TestAbsentFolder: servers differ in how they say it; LIST decides.
func TestAbsentFolder(t *testing.T) {
	for _, answer := range []string{"NO [NONEXISTENT] no", "NO [TRYCREATE] no", "NO Mailbox does not exist", "NO Unable to open", "BAD what"} {
		f, st := newFake(t)
		made := false
		f.on = func(c *client, cmd command) bool {
			switch {
			case cmd.verb == "CREATE":
				made = true
			case cmd.verb == "LIST" && strings.Contains(cmd.args, "new"):
				c.send("%s OK none\r\n", cmd.tag)
				return true
			case strings.Contains(cmd.args, "new") && !made:
				c.send("%s %s\r\n", cmd.tag, answer)
				return true
			}
			return false
		}
		if _, err := st.Look(t.Context(), "new"); !errors.Is(err, mail.ErrNoFolder) || mail.ScopeOf(err) != mail.ScopeFolder {
			t.Errorf("%s: %v", answer, err)
		}
		for _, err := range st.List(t.Context(), mail.Folder{Path: "new"}) {
			if !errors.Is(err, mail.ErrNoFolder) {
				t.Errorf("%s: list: %v", answer, err)
			}
		}
		if got, err := st.Open(t.Context(), "new"); err != nil || got.Validity != 7 || f.seen("SUBSCRIBE") != 1 || f.seen("CREATE") != 1 {
			t.Errorf("%s: %+v, %v", answer, got, err)
		}
	}
}

// TestRivalMakesFolder: CREATE says that another was quicker, and all is well.
func TestRivalMakesFolder(t *testing.T) {
	f, st := newFake(t)
	f.on = func(c *client, cmd command) bool {
		switch {
		case cmd.verb == "CREATE":
			c.send("%s NO [ALREADYEXISTS] it is there\r\n", cmd.tag)
			return true
		case cmd.verb == "SELECT" && f.seen("CREATE") == 0:
			c.send("%s NO [NONEXISTENT] none\r\n", cmd.tag)
			return true
		case cmd.verb == "LIST" && strings.Contains(cmd.args, "new"):
			c.send("%s OK none\r\n", cmd.tag)
			return true
		}
		return false
	}
	if got, err := st.Open(t.Context(), "new"); err != nil || got.Validity != 7 {
		t.Errorf("%+v, %v", got, err)
	}
}

// TestFolderThatCannotBeWritten: one clear error of that folder.
func TestFolderThatCannotBeWritten(t *testing.T) {
	for _, answer := range []string{"OK [READ-ONLY] look only", "NO [NOPERM] no", "NO Permission denied"} {
		f, st := newFake(t)
		f.on = func(c *client, cmd command) bool {
			if cmd.verb == "SELECT" {
				c.send("%s %s\r\n", cmd.tag, answer)
				return true
			}
			return false
		}
		if _, err := st.Open(t.Context(), "INBOX"); err == nil || mail.ScopeOf(err) != mail.ScopeFolder || errors.Is(err, mail.ErrNoFolder) {
			t.Errorf("%s: %v", answer, err)
		}
		if _, err := store(t, st, "x"); mail.ScopeOf(err) != mail.ScopeFolder || f.seen("APPEND") > 0 {
			t.Errorf("%s: append: %v", answer, err)
		}
	}
}

// TestSparseStatus: a server whose STATUS tells little is asked by EXAMINE.
func TestSparseStatus(t *testing.T) {
	for _, answer := range []string{"", "* STATUS INBOX ()\r\n", "* STATUS inbox (MESSAGES 99999999999)\r\n", "* STATUS other (MESSAGES 4 UIDNEXT 1 UIDVALIDITY 1)\r\n"} {
		f, st := newFake(t)
		f.fill(3)
		f.on = func(c *client, cmd command) bool {
			if cmd.verb == "STATUS" {
				c.send("%s%s OK\r\n", answer, cmd.tag)
				return true
			}
			return false
		}
		if got, err := st.Look(t.Context(), "INBOX"); err != nil || got.Messages != 3 || got.Next != 4 || got.Validity != 7 {
			t.Errorf("%q: %+v, %v", answer, got, err)
		}
	}
}

// TestAnotherGeneration: a folder made anew under the old name is seen, and no old UID is believed.
func TestAnotherGeneration(t *testing.T) {
	f, st := newFake(t)
	f.fill(3)
	old, err := st.Open(t.Context(), "INBOX")
	if err != nil {
		t.Fatal(err)
	}
	refs := f.refs()
	f.mu.Lock()
	f.validity = 8
	f.mu.Unlock()
	st = f.again(st, Options{})
	now, err := st.Look(t.Context(), "INBOX")
	if err != nil || now.Validity != 8 {
		t.Errorf("Look: %+v, %v", now, err)
	}
	changed := func(what string, err error) {
		t.Helper()
		if !errors.Is(err, mail.ErrChanged) || mail.ScopeOf(err) != mail.ScopeFolder {
			t.Errorf("%s: %v", what, err)
		}
	}
	for _, err := range st.List(t.Context(), old) {
		changed("List", err)
	}
	for _, err := range st.Fetch(t.Context(), inbox, refs) {
		changed("Fetch", err)
	}
	for _, err := range st.Describe(t.Context(), inbox, refs) {
		changed("Describe", err)
	}
	for _, err := range st.Remove(t.Context(), inbox, []mail.Doomed{{Ref: refs[0]}}) {
		changed("Remove", err)
	}
	_, err = st.Append(t.Context(), old, []mail.Parcel{parcel(0, "x")})
	changed("Append", err)
	if f.seen("UID FETCH") != f.seen("UID FETCH 1:*") || f.seen("BODY") != 0 || f.seen("APPEND") != 0 { // List asks for all together with EXAMINE
		t.Errorf("commands %q", f.commands)
	}
}

// TestFickleUIDs: UIDs that do not last are good for the connection alone, and nothing is removed by them.
func TestFickleUIDs(t *testing.T) {
	for _, lines := range []string{"* OK [UIDVALIDITY 0] v\r\n", "* OK [UIDVALIDITY 7] v\r\n* OK [UIDNEXT 9] n\r\n* NO [UIDNOTSTICKY] x\r\n", ""} {
		f, st := newFake(t)
		f.fill(2)
		f.on = func(c *client, cmd command) bool {
			if cmd.verb == "SELECT" || cmd.verb == "EXAMINE" {
				c.send("* 2 EXISTS\r\n%s%s OK done\r\n", lines, cmd.tag)
				return true
			}
			return false
		}
		var refs []mail.Ref
		for m, err := range st.List(t.Context(), inbox) {
			if err != nil || !m.Fleeting || m.Validity != 0 {
				t.Errorf("%q: %+v, %v", lines, m, err)
			}
			refs = append(refs, m.Ref)
		}
		n := 0
		for m, err := range st.Fetch(t.Context(), inbox, refs) {
			if _, rerr := io.ReadAll(m.Body); err != nil || rerr != nil || m.ID != refs[n].ID {
				t.Errorf("%q: %+v, %v", lines, m, err)
			}
			n++
		}
		sum := sha256.Sum256([]byte(f.mail[0].octets))
		for _, err := range st.Remove(t.Context(), inbox, []mail.Doomed{{Ref: refs[0], Octets: int64(len(f.mail[0].octets)), Sum: sum}}) {
			if !errors.Is(err, mail.ErrUnproven) {
				t.Errorf("%q: remove: %v", lines, err)
			}
		}
		st.mu.Lock()
		s := st.sessions[0]
		st.mu.Unlock()
		s.close()
		for _, err := range st.Fetch(t.Context(), inbox, refs) {
			if !errors.Is(err, mail.ErrChanged) {
				t.Errorf("%q: after a new connection: %v", lines, err)
			}
		}
		if n != 2 || len(f.mail) != 2 {
			t.Errorf("%q: fetched %d, %d left", lines, n, len(f.mail))
		}
	}
}

// TestMissing: every message that was asked for is accounted for.
func TestMissing(t *testing.T) {
	f, st := newFake(t)
	f.fill(40)
	refs := f.refs()
	f.mail = append(f.mail[:10], f.mail[12:]...) // 11 and 12 are expunged
	f.on = func(c *client, cmd command) bool {
		if cmd.verb != "UID FETCH" || !strings.Contains(cmd.args, "BODY") {
			return false
		}
		set, items, _ := strings.Cut(cmd.args, " ")
		kept := f.mail
		defer func() { f.mail = kept }()
		f.mail = nil
		for _, m := range kept {
			lost := m.uid == 20 || m.uid == 21 && strings.Contains(set, ":") // 20 is never given, 21 only alone
			if !lost && inSet(set, m.uid) {
				f.mail = append(f.mail, m)
			}
		}
		f.fetch(c, set+" "+items)
		if set == "20" {
			c.send("%s NO [EXPUNGEISSUED] cannot\r\n", cmd.tag)
		} else {
			c.send("* 3 EXPUNGE\r\n%s OK\r\n", cmd.tag)
		}
		return true
	}
	got, errs := readAll(t, st, refs)
	if len(got) != 37 || got["21"] == "" || len(errs) != 3 || !errors.Is(errs["11"], mail.ErrGone) || !errors.Is(errs["12"], mail.ErrGone) ||
		errors.Is(errs["20"], mail.ErrGone) || mail.ScopeOf(errs["20"]) != mail.ScopeMessage {
		t.Errorf("got %d, errors %v", len(got), errs)
	}
	n, failed := 0, 0
	for m, err := range st.Describe(t.Context(), inbox, refs) {
		if err != nil {
			failed++
			if m.ID != "20" || mail.ScopeOf(err) != mail.ScopeMessage {
				t.Errorf("describe %+v: %v", m, err)
			}
			continue
		}
		if n++; m.Envelope.MessageID == "" || m.Octets <= 0 {
			t.Errorf("described %+v", m)
		}
	}
	if n != 37 || failed != 1 {
		t.Errorf("described %d, failed %d", n, failed)
	}
}

// TestListWithoutSizes: a message that LIST's FETCH leaves out is told none the less.
func TestListWithoutSizes(t *testing.T) {
	f, st := newFake(t)
	f.fill(5)
	f.on = func(c *client, cmd command) bool {
		if cmd.verb == "UID FETCH" && strings.Contains(cmd.args, "SIZE") {
			for _, uid := range []int{1, 2, 4} {
				c.send("* %d FETCH (UID %d RFC822.SIZE 10)\r\n", uid, uid)
			}
			c.send("* 3 FETCH (UID 3 FLAGS (\\Seen))\r\n%s OK\r\n", cmd.tag)
			return true
		}
		return false
	}
	var ids []string
	for m, err := range st.List(t.Context(), inbox) {
		if err != nil {
			t.Fatal(err)
		}
		ids = append(ids, fmt.Sprint(m.ID, ":", m.Octets))
	}
	if got := strings.Join(ids, " "); got != "1:10 2:10 4:10 3:-1 5:-1" {
		t.Errorf("listed %s", got)
	}
}

// TestStopEarly: an iteration that is left early leaves a store that works.
func TestStopEarly(t *testing.T) {
	f, st := newFake(t)
	f.fill(2000)
	for range 2 {
		for _, err := range st.List(t.Context(), inbox) {
			if err != nil {
				t.Fatal(err)
			}
			break
		}
		for m, err := range st.Fetch(t.Context(), inbox, f.refs()) {
			if err != nil {
				t.Fatal(err)
			}
			m.Body.Read(make([]byte, 3))
			break
		}
		for _, err := range st.Describe(t.Context(), inbox, f.refs()) {
			if err != nil {
				t.Fatal(err)
			}
			break
		}
	}
	if got, errs := readAll(t, st, f.refs()); len(got) != 2000 || len(errs) != 0 {
		t.Errorf("got %d, %v", len(got), errs)
	}
}

// TestRemove: only what is octet for octet what was fetched goes, and only by UID EXPUNGE.
func TestRemove(t *testing.T) {
	doom := func(f *fake, n int) (doomed []mail.Doomed) {
		for _, m := range f.mail[:n] {
			doomed = append(doomed, mail.Doomed{Ref: f.ref(m.uid), Octets: int64(len(m.octets)), Sum: sha256.Sum256([]byte(m.octets))})
		}
		return doomed
	}
	for _, tt := range []struct {
		name string
		do   func(f *fake)
		left int
		fate []error
	}{
		{"all", func(f *fake) {}, 2, []error{nil, nil, nil}},
		{"no UIDPLUS", func(f *fake) { f.caps = "IMAP4rev1" }, 5, []error{mail.ErrUnproven, mail.ErrUnproven, mail.ErrUnproven}},
		{"other octets, same size", func(f *fake) { f.mail[1].octets = strings.ToUpper(f.mail[1].octets) }, 3, []error{nil, mail.ErrChanged, nil}},
		{"longer", func(f *fake) { f.mail[1].octets += "x" }, 3, []error{nil, mail.ErrChanged, nil}},
		{"gone", func(f *fake) { f.mail = f.mail[1:] }, 2, []error{mail.ErrGone, nil, nil}},
		{"expunge does nothing", func(f *fake) {
			f.on = func(c *client, cmd command) bool {
				if cmd.verb == "UID EXPUNGE" {
					c.send("%s OK\r\n", cmd.tag)
				}
				return cmd.verb == "UID EXPUNGE"
			}
		}, 5, []error{mail.ErrUnproven, mail.ErrUnproven, mail.ErrUnproven}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			f, st := newFake(t)
			f.fill(5)
			doomed := doom(f, 3)
			tt.do(f)
			i := 0
			for ref, err := range st.Remove(t.Context(), inbox, doomed) {
				if ref != doomed[i].Ref || !errors.Is(err, tt.fate[i]) || tt.fate[i] == nil && err != nil || err != nil && mail.ScopeOf(err) != mail.ScopeMessage {
					t.Errorf("%d: %v, %v; want %v", i, ref, err, tt.fate[i])
				}
				i++
			}
			if i != 3 || len(f.mail) != tt.left {
				t.Errorf("%d fates, %d left, want %d", i, len(f.mail), tt.left)
			}
			for _, c := range f.commands {
				if strings.HasPrefix(c, "EXPUNGE") || strings.HasPrefix(c, "CLOSE") {
					t.Errorf("sent %s", c)
				}
			}
		})
	}
}

// TestModSeq: a server that counts changes tells by STATUS that nothing has changed.
func TestModSeq(t *testing.T) {
	f, st := newFake(t)
	f.caps += " CONDSTORE"
	f.on = func(c *client, cmd command) bool {
		if cmd.verb == "STATUS" {
			c.send("* STATUS INBOX (MESSAGES 4 HIGHESTMODSEQ 9223372036854775807 UIDNEXT 9 UIDVALIDITY 7)\r\n%s OK done\r\n", cmd.tag)
		}
		return cmd.verb == "STATUS"
	}
	folders, err := st.Folders(t.Context())
	if err != nil || len(folders) != 1 || folders[0].ModSeq != 1<<63-1 || folders[0].Next != 9 {
		t.Errorf("%+v, %v", folders, err)
	}
}

// TestManyAbsentFolders: once some were absent all are listed, and the next are made without a look; what is there is found all the same.
func TestManyAbsentFolders(t *testing.T) {
	f, st := newFake(t)
	folderServer(f, "")
	for _, p := range []mail.Path{"a", "b", "c", "d", "e"} {
		if _, err := st.Open(t.Context(), p); err != nil {
			t.Fatal(err)
		}
	}
	if n := f.seen(`LIST "" "*"`); n != 1 {
		t.Errorf("%d full listings: %q", n, f.commands)
	}
	for name, looks := range map[string]int{"a": 2, "c": 2, "d": 1, "e": 1} {
		if n := f.seen(fmt.Sprintf("SELECT %q", name)); n != looks {
			t.Errorf("%s was selected %d times, want %d: %q", name, n, looks, f.commands)
		}
	}
	st = f.again(st, Options{})
	for _, p := range []mail.Path{"x", "y", "a", "z", "b"} {
		if got, err := st.Open(t.Context(), p); err != nil || got.Path != p {
			t.Errorf("%s: %+v, %v", p, got, err)
		}
	}
	if n := f.seen("CREATE"); n != 8 {
		t.Errorf("%d folders made, want 8: %q", n, f.commands)
	}
}
