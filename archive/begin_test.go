package archive

import (
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"mailmv/formats/mail"
	"mailmv/formats/maildir"
)

// TestRootIsMaildir: a new archive has what mail programs know a Maildir++ tree by, before any folder comes, and no INBOX for that.
func TestRootIsMaildir(t *testing.T) {
	root := filepath.Join(t.TempDir(), "new")
	a := create(t, root, Options{})
	noInbox := func(a *Archive, want int) {
		t.Helper()
		folders, err := a.Folders(t.Context())
		if err != nil || len(folders) != want {
			t.Errorf("folders: %v, %v, want %d", folders, err, want)
		}
	}
	for _, sub := range []string{"cur", "new", "tmp"} {
		i, err := os.Lstat(filepath.Join(root, sub))
		if err != nil {
			t.Fatal(err)
		}
		if runtime.GOOS != "windows" && i.Mode() != fs.ModeDir|0o700 {
			t.Errorf("%s: mode %v", sub, i.Mode())
		}
	}
	noInbox(a, 0)
	put(t, a, "Work", lettersOf(1, 3)...)
	noInbox(a, 1)
	close_(t, a)
	noInbox(openFor(t, root), 1)
	noInbox(openSource(t, root), 1)
	if _, err := openSource(t, root).Look(t.Context(), mail.Inbox); mail.ScopeOf(err) != mail.ScopeFolder {
		t.Errorf("INBOX, that nobody made: %v", err)
	}
}

// TestRootBecomesInbox: it is a folder once a run opens it, or another program puts mail there.
func TestRootBecomesInbox(t *testing.T) {
	asked := create(t, t.TempDir(), Options{})
	if f, err := asked.Open(t.Context(), mail.Inbox); err != nil || f.Validity == 0 {
		t.Errorf("asked for: %+v, %v", f, err)
	}
	if all, err := asked.Folders(t.Context()); err != nil || len(all) != 1 {
		t.Errorf("asked for: %v, %v", all, err)
	}
	close_(t, asked)
	root := t.TempDir()
	given := create(t, root, Options{})
	if err := os.WriteFile(filepath.Join(root, "new", "1.x.y"), []byte("Subject: x\n\nx\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if all, err := given.Folders(t.Context()); err != nil || len(all) != 1 || all[0].Messages != 1 {
		t.Errorf("put there: %v, %v", all, err)
	}
	close_(t, given)
}

// TestRootIsLeftAlone: nothing is made by a dry run, in nested trees, and where another program has laid out the tree.
func TestRootIsLeftAlone(t *testing.T) {
	without := func(root string) {
		t.Helper()
		if _, err := os.Lstat(filepath.Join(root, "cur")); err == nil {
			t.Errorf("%s: has cur", root)
		}
	}
	dry := t.TempDir()
	close_(t, create(t, dry, Options{ReadOnly: true}))
	without(dry)
	nested := t.TempDir()
	close_(t, create(t, nested, Options{Layout: maildir.Nested}))
	without(nested)
	other := t.TempDir()
	d, err := maildir.OpenDisk(other)
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	if err := maildir.NewFolder(d, "A", ".A").Make(maildir.PlusPlus); err != nil {
		t.Fatal(err)
	}
	a := create(t, other, Options{})
	put(t, a, "Work", lettersOf(1, 2)...)
	close_(t, a)
	without(other)
}

// TestNamesOfBefore: a folder stays in the directory that the manifest has for it, also where it would be called otherwise now.
func TestNamesOfBefore(t *testing.T) {
	const dir = "~fc07cbcbc7236f7e"
	root := t.TempDir()
	p := mail.Path(strings.Repeat("\u20ac", 60))
	a := create(t, root, Options{})
	if err := maildir.NewFolder(a.disk, p, dir).Make(maildir.PlusPlus); err != nil {
		t.Fatal(err)
	}
	if _, err := a.newShelf(p, dir); err != nil {
		t.Fatal(err)
	}
	put(t, a, p, lettersOf(1, 2)...)
	close_(t, a)
	a = create(t, root, Options{})
	put(t, a, p, lettersOf(2, 3)...)
	all, err := a.Folders(t.Context())
	if err != nil || len(all) != 1 || all[0].Path != p || all[0].Messages != 2 || a.manifest.byPath[p].folder.Dir != dir {
		t.Errorf("%v, %v, in %q", all, err, a.manifest.byPath[p].folder.Dir)
	}
	close_(t, a)
}
