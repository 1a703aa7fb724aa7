package mboxes

import (
	"crypto/sha256"
	"io"
	"math/rand/v2"
	"path/filepath"
	"strings"
	"testing"

	"mailmv/formats/mail"
	"mailmv/formats/mbox"
	"mailmv/migrate/aside"
)

var _ aside.Restorer = (*Archive)(nil)

// taken is a message that was removed, and what puts it back.
type taken struct {
	parcel mail.Parcel
	trace  string
}

// take removes a message.
func take(t *testing.T, a *Archive, ref mail.Ref) (taken, error) {
	t.Helper()
	f := mail.Folder{Path: ref.Folder}
	trace, err := a.Trace(t.Context(), f, ref)
	if err != nil {
		return taken{}, err
	}
	var got taken
	for m, err := range a.Fetch(t.Context(), f, []mail.Ref{ref}) {
		if err != nil {
			t.Fatal(err)
		}
		b, err := io.ReadAll(m.Body)
		if err != nil {
			t.Fatal(err)
		}
		m.Octets = int64(len(b))
		got = taken{mail.Parcel{Message: m.Message, Body: octets(b)}, trace}
	}
	for _, err := range a.Remove(t.Context(), f, []mail.Doomed{{Ref: ref, Octets: got.parcel.Octets, Sum: sha256.Sum256(got.parcel.Body.(octets))}}) {
		if err != nil {
			t.Fatal(err)
		}
	}
	return got, nil
}

func (k taken) back(t *testing.T, a *Archive) {
	t.Helper()
	if n, err := a.Restore(t.Context(), mail.Folder{Path: k.parcel.Folder}, []mail.Parcel{k.parcel}, []string{k.trace}); n != 1 || err != nil {
		t.Fatal(n, err)
	}
}

// strange is a file of another program that mailmv can write again: its own From_ lines, fields of state in the midst of headers.
const strange = "From a@b Fri, 1 Jan 2010 00:00:00 +0100\nSubject: 1\nStatus: RO\nX-Keywords: a b\n\none\n>From here\n\n" +
	"From - Fri Jan  1 00:00:00 2010\nX-Mozilla-Status: 0001\nX-Mozilla-Status2: 00000000\nSubject: 2\n\ntwo\n\n\n" +
	"From e@f Fri Jan  1 00:00:00 2010 remote from g\nSubject: 3\n\n\n" +
	"From e@f Fri Jan  1 00:00:00 2010\nSubject: 4\n\nfour\n"

// TestRestore: whatever is removed, in whatever order, and put back, in whatever order, the file is again what it was, under the
// same references; twins too.
func TestRestore(t *testing.T) {
	for _, d := range dialects {
		t.Run(d.String(), func(t *testing.T) {
			root := filepath.Join(t.TempDir(), "a.mbox")
			write(t, strange, root)
			a := create(t, root, Options{Dialect: d})
			for range a.Repair(t.Context()) { // all is summed
			}
			put(t, a, mail.Inbox, []byte("Return-Path: <x@y>\r\nStatus: mine\r\nSubject: 5\r\n\r\nFrom five\r\n"), []byte("Subject: 6\r\n\r\nbare\nand no end"), []byte("Subject: 7\r\n\r\n7\r\n"), []byte("Subject: 7\r\n\r\n7\r\n"), []byte("Subject: 7\r\n\r\n7\r\n"))
			shut(t, a)
			before := read(t, root)
			a = openSource(t, root)
			all := messages(t, a, mail.Inbox)
			if len(all) != 9 {
				t.Fatalf("%d messages", len(all))
			}
			random := rand.New(rand.NewPCG(1, uint64(d)))
			for range 12 {
				var out []taken
				for _, i := range random.Perm(9)[:1+random.IntN(9)] {
					k, err := take(t, a, all[i].Ref)
					if err != nil {
						t.Fatal(i, err)
					}
					out = append(out, k)
				}
				if got := len(messages(t, a, mail.Inbox)); got != 9-len(out) {
					t.Fatalf("%d are left", got)
				}
				for _, i := range random.Perm(len(out)) {
					out[i].back(t, a)
				}
				if now := read(t, root); now != before {
					t.Fatalf("the file is\n%q\nand was\n%q", now, before)
				}
				for i, m := range messages(t, a, mail.Inbox) {
					if m.Ref != all[i].Ref || m.Flags != all[i].Flags || !m.InternalDate.Equal(all[i].InternalDate) {
						t.Errorf("%+v was %+v", m, all[i])
					}
				}
			}
			shut(t, a)
			clean(t, root)
		})
	}
}

// TestRestoreRefuses: what could not be written again is not traced, and so not removed.
func TestRestoreRefuses(t *testing.T) {
	root := filepath.Join(t.TempDir(), "a.mbox")
	write(t, "From a@b Fri Jan  1 00:00:00 2010\nSubject: 1\n\none\nline\r\nends\n\n"+theirs("2", ""), root)
	a := create(t, root, Options{})
	put(t, a, mail.Inbox, []byte("Subject: 3\r\n\r\nthree\r\n"))
	shut(t, a)
	a = openSource(t, root)
	refused := 0
	for _, m := range messages(t, a, mail.Inbox) {
		if _, err := take(t, a, m.Ref); err != nil {
			if refused++; mail.ScopeOf(err) != mail.ScopeMessage || !strings.Contains(err.Error(), "could not be put back") {
				t.Error(err)
			}
		}
	}
	if left := len(messages(t, a, mail.Inbox)); refused != 1 || left != 1 {
		t.Errorf("%d refused, %d left", refused, left)
	}
}

// TestRetrace: a message that was given flags, a keyword and a date has the very octets that it had once these are taken away again.
func TestRetrace(t *testing.T) {
	root := filepath.Join(t.TempDir(), "a.mbox")
	write(t, strange, root)
	a := create(t, root, Options{Dialect: mbox.MboxRD})
	put(t, a, mail.Inbox, []byte("Subject: 5\r\n\r\nfive\r\n"))
	shut(t, a)
	before := read(t, root)
	a = openSource(t, root)
	f := mail.Folder{Path: mail.Inbox}
	for _, m := range messages(t, a, mail.Inbox) {
		trace, err := a.Trace(t.Context(), f, m.Ref)
		if err != nil {
			t.Fatal(err)
		}
		flag := func(c mail.Flagging) {
			c.Ref = m.Ref
			for _, err := range a.SetFlags(t.Context(), f, []mail.Flagging{c}) {
				if err != nil {
					t.Fatal(err)
				}
			}
		}
		flag(mail.Flagging{Add: mail.Draft, AddKeywords: []string{"x"}})
		for _, date := range []mail.Dating{{Ref: m.Ref, Date: day}, {Ref: m.Ref, Date: m.InternalDate}} {
			for _, err := range a.SetDates(t.Context(), f, []mail.Dating{date}) {
				if err != nil {
					t.Fatal(err)
				}
			}
		}
		if err := a.Retrace(t.Context(), f, m.Ref, trace); err != nil || read(t, root) == before {
			t.Fatalf("with other flags: %v", err)
		}
		flag(mail.Flagging{Remove: mail.Draft, RemoveKeywords: []string{"x"}})
		if err := a.Retrace(t.Context(), f, m.Ref, trace); err != nil {
			t.Fatal(err)
		}
		if now := read(t, root); now != before {
			t.Fatalf("%s: the file is\n%q\nand was\n%q", m.ID, now, before)
		}
	}
}
