package census_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"mailmv/archive"
	"mailmv/dedupe"
	"mailmv/formats/mail"
	"mailmv/migrate"
	"mailmv/migrate/census"
)

// TestGlance: the first run over a Maildir does not look at each file before it reads it, and knows by the end what a
// listing tells: its dates are the same, and the next run, which looks, reads nothing but what was changed.
func TestGlance(t *testing.T) {
	root := t.TempDir()
	for _, sub := range []string{"cur", "new", "tmp"} {
		if err := os.Mkdir(filepath.Join(root, sub), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	text := strings.ReplaceAll(letter(1), "\r\n", "\n")
	plant := func(name, text string, at time.Time) {
		t.Helper()
		name = filepath.Join(root, name)
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Chtimes(name, at, at); err != nil {
			t.Fatal(err)
		}
	}
	plant("cur/1052200000.M1.host:2,S", text, someDate)
	plant("new/1052200001.M2.host", text, someDate.Add(time.Hour))
	plant(fmt.Sprintf("cur/1052200002.M3.host,S=%d,W=%d:2,", len(text), len(letter(1))), text, someDate)
	plant("cur/1052200003.M4.host,S=1,W=1:2,F", text, someDate.Add(2*time.Hour)) // that is not so
	plant("cur/nodate:2,", text, time.Unix(0, 0))

	run := func() (fetched int, c *census.Census) {
		t.Helper()
		src, err := archive.OpenSource(root, archive.Options{})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { src.Close() })
		c = &census.Census{Rules: dedupe.Standard(), Jobs: 2, Places: []*census.Place{{Source: src, Name: "here",
			Cache: census.OpenCache(filepath.Join(root, ".prints"), dedupe.Standard())}}}
		c.Observe = func(e migrate.Event) {
			if f, ok := e.(migrate.FolderStarted); ok {
				fetched = f.ToFetch
			}
		}
		if err := c.Take(t.Context()); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { c.Close() })
		if errs := c.Remember(); len(errs) > 0 {
			t.Fatal(errs)
		}
		dates := map[string]time.Time{}
		for m, err := range src.List(t.Context(), mail.Folder{Path: mail.Inbox}) {
			if err != nil {
				t.Fatal(err)
			}
			dates[m.ID] = m.InternalDate
		}
		for i := range int32(c.Len()) {
			if id := c.Ref(i).ID; !c.Date(i).Equal(dates[id]) || c.Octets(i) != int64(len(letter(1))) {
				t.Errorf("%s: %v with %d octets, listed with %v", id, c.Date(i), c.Octets(i), dates[id])
			}
		}
		return fetched, c
	}
	if n, c := run(); n != 5 || len(judge(t, c, census.Wish{}).Groups) != 1 {
		t.Errorf("the first run read %d of 5", n)
	}
	// Of the one whose name lies about its size the first run believed the name.
	if n, _ := run(); n > 1 {
		t.Errorf("the second run read %d", n)
	}
	if n, _ := run(); n != 0 {
		t.Errorf("the third run read %d", n)
	}
	plant("cur/1052200000.M1.host:2,S", text, someDate.Add(time.Second))
	if n, c := run(); n != 1 || len(judge(t, c, census.Wish{}).Groups) != 1 {
		t.Errorf("after a change %d were read", n)
	}
}
