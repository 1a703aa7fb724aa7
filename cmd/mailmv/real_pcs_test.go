//go:build linux

package main_test

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/emersion/go-imap/v2"

	"mailmv/dedupe"
	"mailmv/formats/header"
	"mailmv/formats/mail"
	"mailmv/migrate/storetest/dovecot"
)

// pcs: what Thunderbird, mpop, fetchmail and getmail have fetched of one maildrop, each with its user's flags, is copied into one
// archive and pushed to a server. Each message is there once, filed where somebody filed it, with the flags of all, and with
// the octets that the server gave. MAILMV_TEST_WHOLE_CORPUS takes all 3,000 messages in place of every tenth.
func (r real) pcs(t *testing.T) {
	need(t, "fetchmail", "getmail", "mpop")
	all := someMail(t)
	drop, to := r.server.Account(t), r.server.Account(t)
	r.server.Fill(t, drop, all)
	number := numbering(t, all)
	users := []user{ofThunderbird, ofMpop, ofFetchmail, ofGetmail}
	places := []pc{r.likeThunderbird(t, drop, users[0], number), r.withMpop(t, drop, users[1], number),
		r.withFetchmail(t, drop, users[2], number), r.withGetmail(t, drop, users[3], number)}
	other, others := 0, map[int]map[int]bool{} // copies that are another message now, as getmail makes of some
	args, seen := []string{"copy", "--dedupe"}, 0
	for n, p := range places {
		args = append(args, p.place)
		for _, i := range altered(t, p, all, number) {
			other++
			if others[i] == nil {
				others[i] = map[int]bool{}
			}
			others[i][n] = true
		}
		for i := range all {
			if !users[n](i).deleted {
				seen++
			}
		}
	}
	archive := filepath.Join(t.TempDir(), "archive")
	args = append(args, archive)

	for n := range 4 { // killed on the way
		ctx, cancel := context.WithTimeout(t.Context(), time.Duration(n+1)*100*time.Millisecond)
		if err := r.command(ctx, t, "", args...).Run(); err != nil {
			t.Logf("cut after %d ms", (n+1)*100)
		}
		cancel()
	}
	if first := r.run(t, "", args...); first.code != 0 || !strings.Contains(first.stdout, fmt.Sprintf("\n%d seen = ", seen)) {
		t.Fatalf("exit %d\nstdout: %s\nstderr: %s", first.code, first.stdout, first.stderr)
	}
	want := fmt.Sprintf("%d seen = 0 copied + %d present + %d duplicate + 0 skipped + 0 failed\n", seen, len(all)+other, seen-len(all)-other)
	if again := r.run(t, "", args...); again.code != 0 || !strings.HasSuffix(again.stdout, want) {
		t.Fatalf("second run: exit %d, want %s\nstdout: %s\nstderr: %s", again.code, want, again.stdout, again.stderr)
	}
	if push := r.run(t, to.Password, "push", archive, r.imap(to)); push.code != 0 {
		t.Fatalf("push: exit %d\nstdout: %s\nstderr: %s", push.code, push.stdout, push.stderr)
	}
	r.checkMerged(t, merged{account: to, server: all, number: number, users: users, others: others})
}

// merged is what is to be checked of an account into which all was pushed.
type merged struct {
	account dovecot.Account
	server  [][]byte
	number  func([]byte) int
	users   []user
	others  map[int]map[int]bool // by message, the users whose copies are another message
}

// checkMerged wants each message once, as the server gave it. A copy that is another message now is there beside it.
func (r real) checkMerged(t *testing.T, m merged) {
	t.Helper()
	exact, below := 0, 0
	found, beside := make([]bool, len(m.server)), map[int]int{}
	for _, folder := range []string{"INBOX", "Work/2004", "Trash"} {
		for _, got := range r.readFolder(t, m.account, folder) {
			body := got.FindBodySection(wholeBody)
			i := m.number(body)
			isExact := bytes.Equal(body, m.server[i])
			isBelow := ofThunderbird(i).deleted && bytes.HasSuffix(body, m.server[i]) && bytes.HasPrefix(body, []byte("Received: "))
			switch {
			case !isExact && !isBelow && beside[i] < len(m.others[i]):
				beside[i]++
				continue
			case found[i]:
				t.Errorf("message %d is there twice", i)
			case isExact:
				exact++
			case isBelow:
				below++
			default:
				t.Errorf("message %d in %s has other octets than the server gave", i, folder)
			}
			found[i] = true
			checkUnited(t, i, folder, got.Flags, m)
		}
	}
	if n := slices.Index(found, false); n >= 0 {
		t.Errorf("message %d is not there", n)
	}
	t.Logf("%d messages, %d with the server's very octets, %d below the line that mpop added; beside them copies of %d that are other messages now",
		len(m.server), exact, below, len(beside))
}

// What the users did with the i-th message.
func ofThunderbird(i int) pcState {
	st := pcState{flags: flagIf(i%2 == 0, mail.Seen) | flagIf(i%7 == 0, mail.Flagged), deleted: i%10 == 3}
	if i%11 == 0 {
		st.keywords = []string{"$label1"}
	}
	if i%5 == 0 {
		st.folder = "Work/2004"
	}
	return st
}

func ofMpop(i int) pcState { return pcState{flags: flagIf(i%13 == 0, mail.Flagged)} }

func ofFetchmail(i int) pcState {
	st := pcState{flags: flagIf(i%3 == 0, mail.Seen) | flagIf(i%4 == 1, mail.Answered)}
	if i%10 == 4 {
		st.folder = "Trash"
	}
	return st
}

func ofGetmail(i int) pcState {
	return pcState{flags: flagIf(i%17 == 0, mail.Seen) | flagIf(i%19 == 0, mail.Flagged)}
}

func flagIf(ok bool, f mail.Flags) mail.Flags {
	if ok {
		return f
	}
	return 0
}

// checkUnited wants a message where somebody filed it, with the flags and keywords of all who have it.
func checkUnited(t *testing.T, i int, folder string, got []imap.Flag, m merged) {
	t.Helper()
	want, where := map[string]bool{}, "INBOX"
	for n, u := range m.users {
		st := u(i)
		if st.deleted || m.others[i][n] {
			continue
		}
		for _, f := range append(st.flags.Names(), st.keywords...) {
			want[strings.ToLower(f)] = true
		}
		if st.folder != "" && st.folder != "Trash" {
			where = string(st.folder)
		}
	}
	if folder != where {
		t.Errorf("message %d is in %s, want %s", i, folder, where)
	}
	for _, f := range got {
		if f != `\Recent` && !want[strings.ToLower(string(f))] {
			t.Errorf("message %d has %s, which nobody set", i, f)
		}
		delete(want, strings.ToLower(string(f)))
	}
	if len(want) > 0 {
		t.Errorf("message %d in %s lacks %v", i, folder, want)
	}
}

// altered lists the messages of which a PC has what is not the same message any more.
func altered(t *testing.T, p pc, all [][]byte, number func([]byte) int) (list []int) {
	t.Helper()
	for _, m := range p.copies {
		i := number(m)
		v, err := dedupe.Compare(bytes.NewReader(m), bytes.NewReader(all[i]))
		if err != nil {
			t.Fatal(err)
		}
		if !v.Merges() {
			t.Logf("%s: message %d: %v: %s", p.place, i, v.Kind, v.Reason)
			list = append(list, i)
		}
	}
	return list
}

// someMail is every tenth message of the corpus, or all of it, each with a Message-ID of its own.
func someMail(t *testing.T) [][]byte {
	step := 10
	if os.Getenv("MAILMV_TEST_WHOLE_CORPUS") != "" {
		step = 1
	}
	var some [][]byte
	ids := map[string]bool{}
	for i, m := range realMail(t) {
		if id := messageID(m); i%step == 0 && id != "" && !ids[id] {
			ids[id] = true
			some = append(some, m)
		}
	}
	return some
}

func messageID(m []byte) string {
	end := header.End(m)
	if end < 0 {
		end = len(m)
	}
	return header.Envelope(m[:end]).MessageID
}

// numbering tells messages by their Message-ID, whatever program has kept them.
func numbering(t *testing.T, all [][]byte) func([]byte) int {
	byID := map[string]int{}
	for i, m := range all {
		byID[messageID(m)] = i
	}
	return func(m []byte) int {
		i, ok := byID[messageID(m)]
		if !ok {
			t.Fatalf("not a message of the server: Message-ID %q", messageID(m))
		}
		return i
	}
}
