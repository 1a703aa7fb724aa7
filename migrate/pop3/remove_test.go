package pop3_test

import (
	"crypto/sha256"
	"errors"
	"slices"
	"strings"
	"testing"

	"mailmv/formats/mail"
	"mailmv/migrate/pop3"
)

func doom(refs []mail.Ref, bodies []string) []mail.Doomed {
	var d []mail.Doomed
	for i, ref := range refs {
		d = append(d, mail.Doomed{Ref: ref, Octets: int64(len(bodies[i])), Sum: sha256.Sum256([]byte(bodies[i]))})
	}
	return d
}

func remove(t *testing.T, s *pop3.Store, d []mail.Doomed) (fates map[string]error, end error) {
	t.Helper()
	fates = map[string]error{}
	for ref, err := range s.Remove(t.Context(), inbox, d) {
		if err != nil && mail.ScopeOf(err) != mail.ScopeMessage {
			return fates, err
		}
		fates[ref.ID] = err
	}
	return fates, nil
}

// Another message of the same size under a known UIDL is not removed.
func TestReusedUIDL(t *testing.T) {
	for _, remember := range []bool{false, true} {
		f := three(pipelining)
		s := f.start(t, pop3.Options{Remember: remember})
		_, refs, _ := tryList(t, s)
		d := doom(refs, f.bodies)
		s.Close()
		f.bodies = slices.Clone(f.bodies)
		f.bodies[1] = strings.Replace(f.bodies[1], "two", "TWO", 1)
		fates, err := remove(t, s, d)
		if err != nil || fates["a"] != nil || !errors.Is(fates["b"], mail.ErrChanged) || fates["c"] != nil {
			t.Errorf("fates %v, %v", fates, err)
		}
		if f.gone() != "a c" {
			t.Errorf("removed %q", f.gone())
		}
	}
}

// With Remember what this session fetched is compared without fetching it again.
func TestRemoveRemembers(t *testing.T) {
	f := three(pipelining)
	s := f.start(t, pop3.Options{Remember: true})
	_, refs, _ := tryList(t, s)
	tryFetch(t, s, refs[:2])
	fates, err := remove(t, s, doom(refs, f.bodies))
	if err != nil || f.gone() != "a b c" || len(fates) != 3 {
		t.Errorf("fates %v, %v; removed %q", fates, err, f.gone())
	}
	if n := f.count("RETR"); n != 3 {
		t.Errorf("%d RETR, want 3", n)
	}
}

// Names of another session that this one does not have are gone, and numbers are this session's.
func TestRenumbered(t *testing.T) {
	f := three(pipelining)
	s := f.start(t, pop3.Options{})
	_, refs, _ := tryList(t, s)
	d := doom(refs, f.bodies)
	s.Close()
	f.uidls = []string{"new", "c", "a"}
	f.bodies = []string{"new\r\n", f.bodies[2], f.bodies[0]}
	if g := tryFetch(t, s, refs); g.octets["a"] != f.bodies[2] || g.octets["c"] != f.bodies[1] || !errors.Is(g.errs["b"], mail.ErrGone) {
		t.Errorf("Fetch = %v", g)
	}
	fates, err := remove(t, s, d)
	if err != nil || !errors.Is(fates["b"], mail.ErrGone) || f.gone() != "a c" {
		t.Errorf("fates %v, %v; removed %q", fates, err, f.gone())
	}
}

// Without a good answer to QUIT nothing counts as removed.
func TestQuit(t *testing.T) {
	for _, c := range []struct {
		name, reply string
		words       string
	}{{"unanswered", "", "no answer to QUIT"}, {"refused", "-ERR [SYS/TEMP] some not removed\r\n", "some not removed"}} {
		f := three(pipelining)
		f.hook = func(_ int, line string) (string, bool) {
			if line == "QUIT" {
				return c.reply, true
			}
			return "", false
		}
		s := f.start(t, pop3.Options{})
		_, refs, _ := tryList(t, s)
		fates, err := remove(t, s, doom(refs, f.bodies))
		for id, fate := range fates {
			if !errors.Is(fate, mail.ErrUnproven) || !strings.Contains(fate.Error(), c.words) {
				t.Errorf("%s: fate of %s: %v", c.name, id, fate)
			}
		}
		if err != nil || len(fates) != 3 {
			t.Errorf("%s: %v, %v", c.name, fates, err)
		}
	}
}

// A session that breaks before QUIT removes nothing, and says so once.
func TestBreakBeforeQuit(t *testing.T) {
	f := three(pipelining)
	f.hook = func(_ int, line string) (string, bool) { return "", line == "DELE 2" }
	s := f.start(t, pop3.Options{})
	_, refs, _ := tryList(t, s)
	fates, err := remove(t, s, doom(refs, f.bodies))
	if e := cause(t, err); !e.Retry || len(fates) != 0 || f.gone() != "" {
		t.Errorf("%v, %v, removed %q", fates, err, f.gone())
	}
}
