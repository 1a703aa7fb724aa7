package files

import (
	"io"
	"strings"
	"testing"

	"mailmv/formats/mail"
)

// TestStack: two files of one name are one folder. What was there before the second came keeps its name, twins of all files are counted,
// and each name gives the octets of its own message.
func TestStack(t *testing.T) {
	dir := t.TempDir()
	plant(t, dir, map[string]string{"Sent.mbox": entry("one", "") + entry("one", "") + entry("two", ""), "Other": entry("x", "")})
	before := idsOf(t, dir)
	if len(before) != 3 {
		t.Fatalf("before: %v", before)
	}
	plant(t, dir, map[string]string{"Sent": entry("three", "") + entry("one", "")})
	after := idsOf(t, dir)
	if len(after) != 5 {
		t.Errorf("after: %v", after)
	}
	for id, text := range before {
		if after[id] != text {
			t.Errorf("%s was %q, is %q", id, text, after[id])
		}
	}
}

// idsOf lists folder Sent, and fetches all of it, in the other order.
func idsOf(t *testing.T, dir string) map[string]string {
	t.Helper()
	s, _ := openStore(t, dir, Mboxes)
	f := mail.Folder{Path: "Sent"}
	var refs []mail.Ref
	for m, err := range s.List(t.Context(), f) {
		if err != nil {
			t.Fatal(err)
		}
		refs = append([]mail.Ref{m.Ref}, refs...)
	}
	all := map[string]string{}
	for got, err := range s.Fetch(t.Context(), f, append(refs, mail.Ref{Folder: "Sent", ID: "0123456789abcdef.7"})) {
		if mail.ScopeOf(err) == mail.ScopeMessage && strings.HasPrefix(got.ID, "0123") {
			continue // nobody has that one
		}
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(got.Body)
		if err != nil || all[got.ID] != "" {
			t.Errorf("%s: %q, %v", got.ID, text, err)
		}
		all[got.ID] = string(text)
	}
	if len(all) != len(refs) {
		t.Errorf("%d of %d were fetched", len(all), len(refs))
	}
	return all
}
