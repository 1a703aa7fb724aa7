package archive

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"mailmv/formats/mail"
	"mailmv/formats/maildir"
)

// putWords puts messages that each have one of these keywords, and one with all.
func putWords(t *testing.T, a *Archive, p mail.Path, words ...string) {
	t.Helper()
	f, err := a.Open(t.Context(), p)
	if err != nil {
		t.Fatal(err)
	}
	parcels := parcelsOf(lettersOf(0, len(words)+1)...)
	parcels[0].Keywords = words
	for i, w := range words {
		parcels[i+1].Keywords = []string{w}
	}
	wait, err := a.Append(t.Context(), f, parcels)
	if err == nil {
		_, err = wait()
	}
	if err != nil {
		t.Fatal(err)
	}
}

// words tells the keywords of each message, in order.
func words(t *testing.T, root string, o Options) (all []string) {
	t.Helper()
	o.ReadOnly = true
	a, err := Open(root, o)
	if err != nil {
		t.Fatal(err)
	}
	defer a.Close()
	for _, m := range messages(t, a, mail.Inbox) {
		slices.Sort(m.Keywords)
		all = append(all, strings.Join(m.Keywords, " "))
	}
	return all
}

// details are what Check finds, in its words.
func details(t *testing.T, root string) (all []string) {
	t.Helper()
	for f, err := range openFor(t, root).Check(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, string(f.Trouble)+": "+f.Detail)
	}
	return all
}

// TestKeywordsLost: keywords that other programs do not see any more are told by a proof and by a check, a repair brings them back, and
// so does the next message; the archive itself answers with what it knows.
func TestKeywordsLost(t *testing.T) {
	was := []string{"home work", "work", "home"}
	tests := []struct {
		name, table string
		seen        []string // by other programs
		detail      string
		repaired    string
	}{
		{"gone", "", []string{"", "", ""}, `letter a, which is "work", is nothing; b, which is "home", is nothing`, "0 work\n1 home\n"},
		{"half of it", "1 home\n", []string{"home", "", "home"}, `letter a, which is "work", is nothing`, "0 work\n1 home\n"},
		{"other names", "0 foo\n1 bar\n", []string{"bar foo", "foo", "bar"}, `letter a, which is "work", is "foo"; b, which is "home", is "bar"`, "0 work\n1 home\n2 foo\n3 bar\n"},
		{"changed places", "0 home\n1 work\n", []string{"home work", "home", "work"}, `letter a, which is "work", is "home"; b`, "0 work\n1 home\n"},
		{"more", "0 Work\n1 home\n2 more\n", []string{"Work home", "Work", "home"}, "", "0 Work\n1 home\n2 more\n"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			root := t.TempDir()
			table := filepath.Join(root, maildir.KeywordsFile)
			a := create(t, root, Options{})
			putWords(t, a, mail.Inbox, "work", "home")
			close_(t, a)
			clean(t, root)
			if got := words(t, root, Options{FileDates: true}); !slices.Equal(got, was) {
				t.Fatalf("as it was: %q, want %q", got, was)
			}
			write(t, table, test.table)
			if test.table == "" {
				if err := os.Remove(table); err != nil {
					t.Fatal(err)
				}
			}
			if got := words(t, root, Options{FileDates: true}); !slices.Equal(got, test.seen) {
				t.Errorf("others see %q, want %q", got, test.seen)
			}
			if got := words(t, root, Options{}); test.table == "" && !slices.Equal(got, was) {
				t.Errorf("the archive tells %q, want %q", got, was)
			}
			found := details(t, root)
			if test.detail == "" && len(found) > 0 || test.detail != "" && (len(found) != 1 || !strings.Contains(found[0], test.detail)) {
				t.Errorf("check finds %q, want %s", found, test.detail)
			}
		})
		t.Run(test.name+", repaired", func(t *testing.T) {
			root := t.TempDir()
			a := create(t, root, Options{})
			putWords(t, a, mail.Inbox, "work", "home")
			close_(t, a)
			write(t, filepath.Join(root, maildir.KeywordsFile), test.table)
			repair(t, root)
			clean(t, root)
			if got, err := os.ReadFile(filepath.Join(root, maildir.KeywordsFile)); err != nil || string(got) != test.repaired {
				t.Errorf("the table is %q, %v, want %q", got, err, test.repaired)
			}
		})
	}
}

// TestKeywordsReturn: the table that is gone is written again with the next message, and no letter is given twice. What another
// program took away on purpose stays away.
func TestKeywordsReturn(t *testing.T) {
	root := t.TempDir()
	a := create(t, root, Options{})
	putWords(t, a, mail.Inbox, "work", "home")
	close_(t, a)
	for _, f := range files(t, root, "cur") {
		if to, ok := strings.CutSuffix(f, "FSb"); ok {
			rename(t, filepath.Join(root, "cur", f), filepath.Join(root, "cur", to+"FS"))
		}
	}
	if err := os.Remove(filepath.Join(root, maildir.KeywordsFile)); err != nil {
		t.Fatal(err)
	}
	a = openFor(t, root)
	putWords(t, a, mail.Inbox, "new")
	close_(t, a)
	want := []string{"home work", "work", "", "new", "new"}
	for _, o := range []Options{{}, {FileDates: true}} {
		if got := words(t, root, o); !slices.Equal(got, want) {
			t.Errorf("FileDates %v: %q, want %q", o.FileDates, got, want)
		}
	}
	clean(t, root)
}

// TestKeywordsBeyond: a proof counts keywords for which there was no letter, though other programs do not see them.
func TestKeywordsBeyond(t *testing.T) {
	root := t.TempDir()
	var many []string
	for i := range 30 {
		many = append(many, fmt.Sprint("word", i))
	}
	a := create(t, root, Options{})
	putWords(t, a, mail.Inbox, many...)
	close_(t, a)
	for i, got := range words(t, root, Options{FileDates: true}) {
		if n := len(strings.Fields(got)); i == 0 && n != 30 || i > 0 && n != 1 {
			t.Errorf("message %d has %d keywords: %s", i+1, n, got)
		}
	}
	clean(t, root)
}

// TestKeywordsUnknown: of a table that was lost before the manifest knew it, is told that it is lost.
func TestKeywordsUnknown(t *testing.T) {
	root := t.TempDir()
	a := create(t, root, Options{})
	putWords(t, a, mail.Inbox, "work", "home")
	close_(t, a)
	manifest := filepath.Join(root, manifestFile)
	text, err := os.ReadFile(manifest)
	if err != nil {
		t.Fatal(err)
	}
	var kept []string
	for line := range strings.Lines(string(text)) {
		if !strings.HasPrefix(line, lineLetter+"\t") {
			kept = append(kept, line)
		}
	}
	if len(kept) == strings.Count(string(text), "\n") {
		t.Fatal("the manifest has no lines about letters")
	}
	write(t, manifest, strings.Join(kept, ""))
	if err := os.Remove(filepath.Join(root, maildir.KeywordsFile)); err != nil {
		t.Fatal(err)
	}
	repair(t, root)
	if found := details(t, root); len(found) != 1 || !strings.Contains(found[0], "keywords that messages came with") {
		t.Errorf("check finds %q", found)
	}
}
