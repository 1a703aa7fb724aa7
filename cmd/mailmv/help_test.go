package main

import (
	"slices"
	"strings"
	"testing"

	"github.com/rivo/uniseg"
)

// Every line of help fits, examples and names that cannot be parted excepted, and no word of the long text is lost.
func TestHelpFits(t *testing.T) {
	for _, cmd := range newRoot(newApp(nil)).Commands() {
		if cmd.Name() == "completion" { // cobra's own words
			continue
		}
		var out strings.Builder
		a := newApp([]string{cmd.Name(), "--help"})
		a.stdout = &out
		if code := a.run(t.Context()); code != exitDone {
			t.Fatalf("%s --help: exit code %d", cmd.Name(), code)
		}
		head, rest, _ := strings.Cut(out.String(), "\nExamples:\n")
		_, flags, _ := strings.Cut(rest, "\nFlags:\n")
		for line := range strings.SplitSeq(head+flags, "\n") {
			if w := uniseg.StringWidth(line); w > helpWidth {
				t.Errorf("%s: %d columns: %q", cmd.Name(), w, line)
			}
		}
		if long := strings.Fields(cmd.Long); !slices.Equal(strings.Fields(out.String())[:len(long)], long) {
			t.Errorf("%s: the words of the long text are others", cmd.Name())
		}
		if !strings.Contains(out.String(), cmd.Example) {
			t.Errorf("%s: the examples are not as they were", cmd.Name())
		}
	}
}

func TestWrapped(t *testing.T) {
	for _, row := range []struct{ name, text, want string }{
		{"short lines stay", "one\ntwo\n\nthree", "one\ntwo\n\nthree"},
		{"a paragraph with a long line is filled", "one two three four five\nsix\n\nseven", "one two three four\nfive six\n\nseven"},
		{"wide signs", "größer größer größer\nist", "größer größer größer\nist"},
		{"examples stay", "see\n\n  mailmv pull --into x y z\n\nthere", "see\n\n  mailmv pull --into x y z\n\nthere"},
		{"the last column of a table", "  12  one two three four", "  12  one two three\n      four"},
		{"a word that is too wide", "a https://example.org/too/wide b", "a\nhttps://example.org/too/wide\nb"},
	} {
		if got := wrapped(row.text, 20); got != row.want {
			t.Errorf("%s: %q, want %q", row.name, got, row.want)
		}
	}
}
