package mboxes

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"mailmv/archive/files"
	"mailmv/formats/mail"
)

// keywordsIn tells of each message its subject and keywords, sorted.
func keywordsIn(t *testing.T, root string, foreign bool) map[string]string {
	t.Helper()
	all := map[string]string{}
	take := func(m mail.Message, err error) {
		if err != nil {
			t.Fatal(err)
		}
		all[m.Envelope.Subject] = strings.Join(slices.Sorted(slices.Values(m.Keywords)), " ")
	}
	if !foreign {
		a := openSource(t, root)
		var refs []mail.Ref
		for _, m := range messages(t, a, "Work") {
			refs = append(refs, m.Ref)
		}
		for m, err := range a.Describe(t.Context(), look(t, a, "Work"), refs) {
			take(m, err)
		}
		shut(t, a)
		return all
	}
	s, err := files.Open(filepath.Join(root, "Work"), files.Mbox, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	folders, err := s.Folders(t.Context())
	if err != nil || len(folders) != 1 {
		t.Fatal(folders, err)
	}
	var refs []mail.Ref
	for m, err := range s.List(t.Context(), folders[0]) {
		if err != nil {
			t.Fatal(err)
		}
		refs = append(refs, m.Ref)
	}
	for m, err := range s.Describe(t.Context(), folders[0], refs) {
		take(m, err)
	}
	return all
}

// labelled are messages, two of which bring keywords of a former place along, and the keywords that they are given.
func labelled() (letters [][]byte, keywords [][]string) {
	return [][]byte{
		[]byte("Subject: 0\r\n\r\nnone\r\n"),
		[]byte("Subject: 1\r\n\r\none\r\n"),
		[]byte("X-Keywords: theirs, old\r\nSubject: 2\r\nX-IMAPbase: 1 2 theirs old\r\n\r\ntwo\r\n"),
		[]byte("Subject: 3\r\nX-Mozilla-Keys: theirs\r\nX-Keywords: theirs\r\n folded\r\n\r\nthree\r\n"),
	}, [][]string{nil, {"$label1"}, {"work", "$Forwarded"}, {"work"}}
}

// TestKeywords: keywords are read back as they were, by the archive and by who reads its files as anybody's, though messages
// brought fields of that kind along; and so they are when a program has written X-Keywords beside, with its own in it.
func TestKeywords(t *testing.T) {
	for _, d := range dialects {
		t.Run(d.String(), func(t *testing.T) {
			root := t.TempDir()
			a := create(t, root, Options{Dialect: d})
			letters, keywords := labelled()
			parcels := parcelsOf(letters...)
			for i := range parcels {
				parcels[i].Keywords = keywords[i]
			}
			if err := deliver(t.Context(), a, "Work", parcels); err != nil {
				t.Fatal(err)
			}
			shut(t, a)
			hold := func(when string, want map[string]string) {
				t.Helper()
				holdKeywords(t, root, when, letters, want)
			}
			want := map[string]string{"0": "", "1": "$label1", "2": "$Forwarded work", "3": "work"}
			hold("as written", want)

			// As Dovecot leaves the file when message 1 has got "later": it drops whatever X-Keywords its table does not declare.
			of := func(i int, base, words string) (string, string) {
				return fmt.Sprintf("\nSubject: %d\n", i), fmt.Sprintf("\nSubject: %d\n%sX-UID: %d   \nX-Keywords: %s      \n", i, base, i+1, words)
			}
			var edits []string
			for i, words := range []string{"", "later", "", "later"} {
				base := ""
				if i == 0 {
					base = "X-IMAPbase: 1795838359 0000000004 later\n"
				}
				old, now := of(i, base, words)
				edits = append(edits, old, now)
			}
			write(t, strings.NewReplacer(edits...).Replace(read(t, root, "Work")), root, "Work")
			want["1"], want["3"] = "$label1 later", "later work"
			hold("after Dovecot", want)

			// What is taken away stays away, from whichever of the fields, and what another program writes later does not bring it back.
			a = reopen(t, root)
			all := messages(t, a, "Work")
			var changes []mail.Flagging
			for i, c := range []mail.Flagging{{}, {RemoveKeywords: []string{"LATER"}}, {AddKeywords: []string{"later"}}, {RemoveKeywords: []string{"work", "later"}}} {
				if c.Ref = all[i].Ref; i > 0 {
					changes = append(changes, c)
				}
			}
			for _, err := range a.SetFlags(t.Context(), mail.Folder{Path: "Work"}, changes) {
				if err != nil {
					t.Fatal(err)
				}
			}
			shut(t, a)
			want["1"], want["2"], want["3"] = "$label1", "$Forwarded later work", ""
			hold("taken away", want)
			if later := time.Now().Add(time.Minute); os.Chtimes(filepath.Join(root, "Work"), later, later) != nil { // it is read through anew
				t.Fatal("its time cannot be set")
			}
			hold("and another wrote", want)
		})
	}
}

// holdKeywords wants the messages in Work to be letters still, with those keywords, for the archive and for who reads its files as
// anybody's.
func holdKeywords(t *testing.T, root, when string, letters [][]byte, want map[string]string) {
	t.Helper()
	for _, foreign := range []bool{false, true} {
		if got := keywordsIn(t, root, foreign); !maps.Equal(got, want) {
			t.Errorf("%s (foreign %v): %q, want %q", when, foreign, got, want)
		}
	}
	a := reopen(t, root)
	if got := contents(t, a, "Work"); !slices.Equal(got, sorted(letters)) {
		t.Errorf("%s: %q", when, got)
	}
	shut(t, a)
	clean(t, root)
}
