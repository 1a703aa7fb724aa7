//go:build linux

package main_test

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/emersion/go-imap/v2"

	"mailmv/archive/serve"
	"mailmv/migrate/storetest/dovecot"
)

// flags: through an archive and directly, flags and keywords follow, removals too; a folder that has not changed is not
// listed; and what the destination's user has set stays.
func (r real) flags(t *testing.T) {
	from, to, direct := r.server.Account(t), r.server.Account(t), r.server.Account(t)
	mail := serve.Samples(10, 21)
	r.server.Fill(t, from, mail)
	dir := t.TempDir()
	box, trace := filepath.Join(dir, "box"), filepath.Join(dir, "trace")
	move := func(command, from, to string) string {
		t.Helper()
		got := r.run(t, "any-pw", command, "--state", dir, "--trace", trace, from, to)
		if want := fmt.Sprintf("%d seen = ", len(mail)); got.code != 0 || !strings.Contains(got.stdout, want) {
			t.Fatalf("%s: exit %d\nstdout: %s\nstderr: %s", command, got.code, got.stdout, got.stderr)
		}
		said, err := os.ReadFile(trace)
		if err != nil {
			t.Fatal(err)
		}
		return string(said)
	}
	all := func() { // the last trace is that of the direct copy
		t.Helper()
		move("pull", r.imap(from), box)
		move("push", box, r.imap(to))
		move("copy", r.imap(from), r.imap(direct))
	}
	r.reflag(t, from, 3, "+$Forwarded", "+Work", "+Later", `+\Seen`)
	all()
	r.flagsAre(t, to, 3, `$Forwarded Later Work \Seen`)
	r.flagsAre(t, direct, 3, `$Forwarded Later Work \Seen`)

	for command, places := range map[string][2]string{"pull": {r.imap(from), box}, "copy": {r.imap(from), r.imap(direct)}} {
		if said := move(command, places[0], places[1]); strings.Contains(said, "UID FETCH") {
			t.Errorf("%s: a folder that has not changed is listed:\n%s", command, said)
		}
	}
	r.reflag(t, direct, 3, "+Mine", `+\Flagged`)
	r.reflag(t, to, 3, "+Mine", `+\Flagged`)
	r.reflag(t, from, 3, "-Later", "+New", `-\Seen`, "-$Forwarded")
	all()
	r.flagsAre(t, to, 3, `Mine New Work \Flagged`)
	r.flagsAre(t, direct, 3, `Mine New Work \Flagged`)
	if names, _ := filepath.Glob(filepath.Join(box, "cur", "*:2,*")); !slices.ContainsFunc(names, func(n string) bool { return strings.HasSuffix(n, ":2,ac") }) {
		table, _ := os.ReadFile(filepath.Join(box, "dovecot-keywords"))
		t.Errorf("the keywords are not in the file's name: %q with %q", names, bytes.TrimSpace(table))
	}
}

// reflag changes flags of a message of INBOX as its user does: +FLAG, -FLAG.
func (r real) reflag(t *testing.T, a dovecot.Account, uid imap.UID, changes ...string) {
	t.Helper()
	c := r.dial(t, a)
	defer c.Close()
	if _, err := c.Select("INBOX", nil).Wait(); err != nil {
		t.Fatal(err)
	}
	for _, change := range changes {
		store := &imap.StoreFlags{Op: imap.StoreFlagsAdd, Flags: []imap.Flag{imap.Flag(change[1:])}}
		if change[0] == '-' {
			store.Op = imap.StoreFlagsDel
		}
		if err := c.Store(imap.UIDSetNum(uid), store, nil).Close(); err != nil {
			t.Fatal(err)
		}
	}
}

// flagsAre compares the flags of a message of INBOX, in the order of the alphabet, \Recent aside.
func (r real) flagsAre(t *testing.T, a dovecot.Account, uid imap.UID, want string) {
	t.Helper()
	c := r.dial(t, a)
	defer c.Close()
	if _, err := c.Select("INBOX", &imap.SelectOptions{ReadOnly: true}).Wait(); err != nil {
		t.Fatal(err)
	}
	kept, err := c.Fetch(imap.UIDSetNum(uid), &imap.FetchOptions{Flags: true}).Collect()
	if err != nil || len(kept) != 1 {
		t.Fatalf("%d answers, %v", len(kept), err)
	}
	var got []string
	for _, f := range kept[0].Flags {
		if f != `\Recent` {
			got = append(got, string(f))
		}
	}
	slices.Sort(got)
	if strings.Join(got, " ") != want {
		t.Errorf("%s: UID %d has %q, want %q", a.Name, uid, got, want)
	}
}
