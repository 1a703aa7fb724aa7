package archive

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"mailmv/formats/mail"
)

// An archive whose gist fits tells of its folders without the manifest, and reads that when it is asked for more.
func TestGist(t *testing.T) {
	root := filepath.Join(t.TempDir(), "archive")
	a := create(t, root, Options{})
	put(t, a, mail.Inbox, []byte("a: b\r\n\r\none\r\n"), []byte("a: b\r\n\r\ntwo\r\n"))
	put(t, a, "A/B", []byte("a: b\r\n\r\nthree\r\n"))
	if err := a.KeepRole("A/B", `\Sent`); err != nil {
		t.Fatal(err)
	}
	want := []mail.Folder{look(t, a, mail.Inbox), look(t, a, "A/B")}
	if want[1].Role != `\Sent` {
		t.Errorf("got %+v, want its role", want[1])
	}
	close_(t, a)
	for round := range 2 {
		a := create(t, root, Options{})
		for _, w := range want {
			w.Messages = -1
			if f, ok := a.Known(w.Path); !ok || f != w {
				t.Errorf("round %d: got %+v, %v; want %+v", round, f, ok, w)
			}
		}
		if _, ok := a.Known("A"); ok || a.manifest != nil {
			t.Errorf("round %d: a folder that is not there: %v; the manifest was read: %v", round, ok, a.manifest != nil)
		}
		if got := []mail.Folder{look(t, a, mail.Inbox), look(t, a, "A/B")}; !slices.Equal(got, want) {
			t.Errorf("round %d: got %+v, want %+v", round, got, want)
		}
		close_(t, a)
	}
	a = create(t, root, Options{})
	if err := os.RemoveAll(filepath.Join(root, ".A.B")); err != nil {
		t.Fatal(err)
	}
	if f, ok := a.Known("A/B"); ok {
		t.Errorf("its directory is gone: %+v", f)
	}
	close_(t, a)
}

// What other programs do while an archive sleeps is seen by the next look, and whatever a gist is like, no number is given twice.
func TestGistOfAnother(t *testing.T) {
	for name, spoil := range map[string]func(gist string, text []byte) error{
		"fits":    func(string, []byte) error { return nil },
		"gone":    func(gist string, _ []byte) error { return os.Remove(gist) },
		"torn":    func(gist string, text []byte) error { return os.WriteFile(gist, text[:len(text)-1], 0o600) },
		"damaged": func(gist string, text []byte) error { text[len(text)/2] ^= 1; return os.WriteFile(gist, text, 0o600) },
	} {
		t.Run(name, func(t *testing.T) {
			root := filepath.Join(t.TempDir(), "archive")
			a := create(t, root, Options{})
			put(t, a, mail.Inbox, []byte("a: b\r\n\r\none\r\n"))
			next := look(t, a, mail.Inbox).Next
			close_(t, a)
			gist := filepath.Join(root, stateDir, "manifest.gist")
			old, err := os.ReadFile(gist)
			if err := errors.Join(err, spoil(gist, bytes.Clone(old)),
				os.WriteFile(filepath.Join(root, "new", "1.foreign.host"), []byte("a: b\n\nforeign\n"), 0o600)); err != nil {
				t.Fatal(err)
			}
			a = create(t, root, Options{})
			if slept := a.manifest == nil; slept != (name == "fits") {
				t.Errorf("the manifest was left unread: %v", slept)
			}
			if f := look(t, a, mail.Inbox); f.Messages != 2 || f.Next != next+1 {
				t.Errorf("got %+v, want 2 messages and %d next", f, next+1)
			}
			close_(t, a)
			if err := os.WriteFile(gist, old, 0o600); err != nil { // as from a backup
				t.Fatal(err)
			}
			a = create(t, root, Options{})
			if f, ok := a.Known(mail.Inbox); !ok || f.Next != next+1 || a.manifest == nil {
				t.Errorf("by an old gist: %+v, %v", f, ok)
			}
			close_(t, a)
		})
	}
}

// The listing of a source sums up to something else whenever List would tell something else.
func TestListingSum(t *testing.T) {
	root := t.TempDir()
	for _, dir := range []string{"cur", "new", "tmp"} {
		if err := os.Mkdir(filepath.Join(root, dir), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	write := func(name, text string) error { return os.WriteFile(filepath.Join(root, name), []byte(text), 0o600) }
	rename := func(from, to string) error { return os.Rename(filepath.Join(root, from), filepath.Join(root, to)) }
	sums := map[[32]byte]string{}
	for _, step := range []struct {
		name string
		do   func() error
	}{
		{"nothing there", func() error { return nil }},
		{"one in new", func() error { return write("new/1.a.host", "a: b\n\none\n") }},
		{"now in cur", func() error { return rename("new/1.a.host", "cur/1.a.host:2,") }},
		{"read", func() error { return rename("cur/1.a.host:2,", "cur/1.a.host:2,S") }},
		{"with a keyword", func() error { return rename("cur/1.a.host:2,S", "cur/1.a.host:2,Sa") }},
		{"which has a name", func() error { return write("dovecot-keywords", "0 work\n") }},
		{"another one", func() error { return write("dovecot-keywords", "0 home\n") }},
		{"one more", func() error { return write("cur/2.b.host,S=10:2,S", "a: b\n\ntwo\n") }},
		{"a longer text under the old name", func() error { return write("cur/1.a.host:2,Sa", "a: b\n\none and more\n") }},
		{"one less", func() error { return os.Remove(filepath.Join(root, "cur/1.a.host:2,Sa")) }},
	} {
		if err := step.do(); err != nil {
			t.Fatal(err)
		}
		f := look(t, openSource(t, root), mail.Inbox)
		if again := look(t, openSource(t, root), mail.Inbox); f.Listing == [32]byte{} || again.Listing != f.Listing {
			t.Errorf("%s: %x, then %x", step.name, f.Listing, again.Listing)
		}
		if before, ok := sums[f.Listing]; ok {
			t.Errorf("%s: as %s", step.name, before)
		}
		sums[f.Listing] = step.name
	}
}

// A source knows whether what it told of a folder is what it summed up before, also where all is again what it was.
func TestToldAs(t *testing.T) {
	for _, row := range []struct {
		name  string
		busy  [][2]string // renames, each followed by a List
		same  bool
		fetch bool
	}{
		{name: "nothing happened", busy: [][2]string{{"", ""}}, same: true},
		{name: "read", busy: [][2]string{{"1.a.host:2,", "1.a.host:2,S"}}},
		{name: "read and unread again", busy: [][2]string{{"1.a.host:2,", "1.a.host:2,S"}, {"1.a.host:2,S", "1.a.host:2,"}}},
		{name: "read before it was fetched", busy: [][2]string{{"1.a.host:2,", "1.a.host:2,S"}}, fetch: true},
	} {
		t.Run(row.name, func(t *testing.T) {
			root := t.TempDir()
			cur := filepath.Join(root, "cur")
			if err := errors.Join(os.Mkdir(cur, 0o700), os.Mkdir(filepath.Join(root, "new"), 0o700), os.Mkdir(filepath.Join(root, "tmp"), 0o700),
				os.WriteFile(filepath.Join(cur, "1.a.host:2,"), []byte("a: b\n\none\n"), 0o600)); err != nil {
				t.Fatal(err)
			}
			a := openSource(t, root)
			now := time.Now()
			a.Now = func() time.Time { return now }
			f := look(t, a, mail.Inbox)
			if !a.ToldAs(f) {
				t.Error("before anything was told")
			}
			all := messages(t, a, mail.Inbox)
			for _, names := range row.busy {
				if names[0] != "" {
					if err := os.Rename(filepath.Join(cur, names[0]), filepath.Join(cur, names[1])); err != nil {
						t.Fatal(err)
					}
				}
				now = now.Add(time.Minute)
				if row.fetch {
					for _, err := range a.Fetch(t.Context(), f, []mail.Ref{all[0].Ref}) {
						if err != nil {
							t.Fatal(err)
						}
					}
					continue
				}
				messages(t, a, mail.Inbox)
			}
			if got := a.ToldAs(f); got != row.same {
				t.Errorf("ToldAs is %v, want %v", got, row.same)
			}
			if f = look(t, a, mail.Inbox); !a.ToldAs(f) {
				t.Error("after another look")
			}
		})
	}
}
