package mboxes

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"mailmv/archive"
	"mailmv/formats/mail"
	"mailmv/formats/mbox"
)

// An archive whose gist fits tells of its folders without the manifest; what others do meanwhile, and in what dialect it is, is
// seen all the same.
func TestGist(t *testing.T) {
	root := filepath.Join(t.TempDir(), "archive")
	a := create(t, root, Options{})
	put(t, a, mail.Inbox, lettersOf(0, 2)...)
	put(t, a, "A/B", letter(2))
	if err := a.KeepRole("A/B", `\Sent`); err != nil {
		t.Fatal(err)
	}
	inbox, below := look(t, a, mail.Inbox), look(t, a, "A/B")
	if below.Role != `\Sent` {
		t.Errorf("got %+v, want its role", below)
	}
	shut(t, a)

	a = create(t, root, Options{})
	for _, w := range []mail.Folder{inbox, below} {
		w.Messages = -1
		if f, ok := a.Known(w.Path); !ok || f != w {
			t.Errorf("got %+v, %v; want %+v", f, ok, w)
		}
	}
	if _, ok := a.Known("A"); ok || a.manifest != nil {
		t.Errorf("a folder that is not there: %v; the manifest was read: %v", ok, a.manifest != nil)
	}
	if f := look(t, a, "A/B"); f != below || a.manifest == nil {
		t.Errorf("got %+v, want %+v", f, below)
	}
	shut(t, a)

	file := filepath.Join(root, filepath.FromSlash("A.sbd/B"))
	f, err := os.OpenFile(file, os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	_, err = f.WriteString(theirs("foreign", "RO"))
	if err := errors.Join(err, f.Close()); err != nil {
		t.Fatal(err)
	}
	a = create(t, root, Options{})
	if f := look(t, a, "A/B"); f.Messages != 2 || f.Next != below.Next+1 {
		t.Errorf("got %+v, want one more than %+v", f, below)
	}
	shut(t, a)

	if _, err := Create(root, Options{Dialect: mbox.MboxO}); !errors.Is(err, ErrDialect) {
		t.Errorf("another dialect: %v", err)
	}
	if err := os.Remove(file); err != nil {
		t.Fatal(err)
	}
	a = create(t, root, Options{})
	if f, ok := a.Known("A/B"); ok || a.manifest != nil {
		t.Errorf("its file is gone: %+v", f)
	}
	if _, err := Open(root, Options{}); !errors.Is(err, archive.ErrLocked) {
		t.Errorf("a sleeping archive has no lock: %v", err)
	}
	shut(t, a)
}
