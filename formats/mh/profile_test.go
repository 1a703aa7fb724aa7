package mh

import (
	"os"
	"path/filepath"
	"slices"
	"testing"
)

func TestUnseenNames(t *testing.T) {
	for _, c := range []struct {
		name     string
		profiles map[string]string // by directory
		home     string
		want     []string
	}{
		{name: "none"},
		{name: "in the tree, whatever its Path", profiles: map[string]string{"me/Mail": "Path: x\nunseen-sequence: neu\n"}, want: []string{"neu"}},
		{name: "several names", profiles: map[string]string{"me/Mail": "Unseen-Sequence: neu\n frisch\n"}, want: []string{"frisch", "neu"}},
		{name: "above, of the tree", profiles: map[string]string{"me": "Path: Mail\nUnseen-Sequence: neu\n"}, want: []string{"neu"}},
		{name: "above, of what holds the tree", profiles: map[string]string{"": "Path: me\nUnseen-Sequence: neu\n"}, want: []string{"neu"}},
		{name: "above, of another tree", profiles: map[string]string{"me": "Path: Mail2\nUnseen-Sequence: neu\n"}},
		{name: "above, of no tree", profiles: map[string]string{"me": "Unseen-Sequence: neu\n"}},
		{name: "in a home elsewhere", profiles: map[string]string{"you": "Path: ../me/Mail/inbox\nUnseen-Sequence: neu\n"}, home: "you", want: []string{"neu"}},
		{name: "in a home elsewhere, of another tree", profiles: map[string]string{"you": "Path: Mail\nUnseen-Sequence: neu\n"}, home: "you"},
		{name: "in both", profiles: map[string]string{"me": "Path: Mail\nUnseen-Sequence: neu\n", "me/Mail": "Unseen-Sequence: alt\n"}, home: "me", want: []string{"alt", "neu"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			root := t.TempDir()
			tree := filepath.Join(root, "me", "Mail")
			for _, dir := range []string{tree, filepath.Join(root, "you")} {
				if err := os.MkdirAll(dir, 0o700); err != nil {
					t.Fatal(err)
				}
			}
			for dir, text := range c.profiles {
				if err := os.WriteFile(filepath.Join(root, dir, profileName), []byte(text), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			home := c.home
			if home != "" {
				home = filepath.Join(root, home)
			}
			got, err := UnseenNames(os.DirFS(tree), tree, home)
			if err != nil || !slices.Equal(got, c.want) {
				t.Errorf("got %q, %v, want %q", got, err, c.want)
			}
		})
	}
}

// A tree under another name, by a link, is that of the profile all the same; and a profile that is too long is told of.
func TestUnseenNamesBesides(t *testing.T) {
	root := t.TempDir()
	tree := filepath.Join(root, "disk", "mail")
	if err := os.MkdirAll(tree, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(tree, filepath.Join(root, "Mail")); err != nil {
		t.Skip(err)
	}
	profile := filepath.Join(root, profileName)
	if err := os.WriteFile(profile, []byte("Path: Mail\nUnseen-Sequence: neu\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, at := range []string{tree, filepath.Join(root, "Mail")} {
		if got, err := UnseenNames(os.DirFS(at), at, root); err != nil || !slices.Equal(got, []string{"neu"}) {
			t.Errorf("%s: got %q, %v", at, got, err)
		}
	}
	if err := os.WriteFile(profile, make([]byte, maxProfile+1), 0o600); err != nil {
		t.Fatal(err)
	}
	if got, err := UnseenNames(os.DirFS(tree), tree, root); err == nil || len(got) > 0 {
		t.Errorf("too long: got %q, %v", got, err)
	}
}
