package mboxes

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"mailmv/formats/mail"
)

// starred makes an archive of read messages, of which some have stars.
func starred(t *testing.T, root, stars string) {
	t.Helper()
	a := create(t, root, Options{})
	parcels := parcelsOf(lettersOf(1, len(stars)+1)...)
	for i := range parcels {
		parcels[i].Flags = mail.Seen
		if stars[i] == '*' {
			parcels[i].Flags |= mail.Flagged
		}
	}
	if err := deliver(t.Context(), a, "Work", parcels); err != nil {
		t.Fatal(err)
	}
	shut(t, a)
}

// starsOf tells which messages of Work are starred.
func starsOf(t *testing.T, root string) (all string) {
	t.Helper()
	a := reopen(t, root)
	for _, m := range messages(t, a, "Work") {
		all += map[bool]string{true: "*", false: "-"}[m.Flags&mail.Flagged != 0]
	}
	if f := findings(t, a); len(f) > 0 {
		t.Errorf("Check: %q", f)
	}
	shut(t, a)
	return all
}

// TestTimeSetBack: a program that rewrites a file to the same size, and sets the time back that it had, has changed it.
func TestTimeSetBack(t *testing.T) {
	root := t.TempDir()
	starred(t, root, "-*-")
	name := filepath.Join(root, "Work")
	then := time.Now().Add(-time.Hour).Truncate(time.Second)
	if err := os.Chtimes(name, then, then); err != nil {
		t.Fatal(err)
	}
	if got := starsOf(t, root); got != "-*-" {
		t.Errorf("got %q", got)
	}
	before := read(t, root, "Work")
	parts := strings.SplitAfter(before, "\nFrom ")
	parts[0], parts[1] = strings.TrimSuffix(parts[1], "\nFrom ")+"\nFrom ", strings.TrimPrefix(parts[0], "From ")
	parts[0] = "From " + parts[0]
	write(t, strings.Join(parts, ""), root, "Work") // the first two have changed places
	if err := os.Chtimes(name, then, then); err != nil {
		t.Fatal(err)
	}
	if now := read(t, root, "Work"); len(now) != len(before) || now == before {
		t.Fatalf("%d octets, want others, and %d", len(now), len(before))
	}
	if got := starsOf(t, root); got != "-*-" { // by number, not by place
		t.Errorf("got %q", got)
	}
	if a := openSource(t, root); len(contents(t, a, "Work")) != 3 {
		t.Error("not all are there")
	}
}

// TestMuttMovesStar: what mutt writes has the size that it had, and mutt sets the time back.
func TestMuttMovesStar(t *testing.T) {
	root := t.TempDir()
	starred(t, root, "----")
	for _, step := range []struct{ keys, want string }{
		{"1<enter><flag-message><quit>", "*---"},
		{"1<enter><flag-message>3<enter><flag-message><quit>", "--*-"},
		{"3<enter><flag-message>4<enter><flag-message><quit>", "---*"},
		{"4<enter><flag-message>1<enter><flag-message><quit>", "*---"},
	} {
		mutt(t, filepath.Join(root, "Work"), step.keys)
		if got := starsOf(t, root); got != step.want {
			t.Errorf("after %s: got %q, want %q", step.keys, got, step.want)
		}
	}
}
