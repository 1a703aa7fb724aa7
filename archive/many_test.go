package archive

import (
	"fmt"
	"testing"

	"mailmv/formats/mail"
	"mailmv/formats/maildir"
	"mailmv/formats/maildir/disktest"
)

// TestManyFolders: what one folder more costs does not depend on how many there are; and one that another program has made
// since is seen all the same.
func TestManyFolders(t *testing.T) {
	root := t.TempDir()
	listings := 0
	a := create(t, root, Options{wrap: func(d maildir.Disk) maildir.Disk {
		return &disktest.Faults{Disk: d, Fail: func(_ int, method string) error {
			if method == "readdir" {
				listings++
			}
			return nil
		}}
	}})
	open := func(p mail.Path) int {
		t.Helper()
		before := listings
		if _, err := a.Open(t.Context(), p); err != nil {
			t.Fatal(err)
		}
		return listings - before
	}
	open("F/0")
	first := open("F/1")
	for n := 2; n < 50; n++ {
		if got := open(mail.Path(fmt.Sprintf("F/%d", n))); got != first {
			t.Fatalf("folder %d cost %d listings, and folder 1 %d", n, got, first)
		}
	}
	d, err := maildir.OpenDisk(root)
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	if err := maildir.NewFolder(d, "F/other", ".F.other").Make(maildir.PlusPlus); err != nil {
		t.Fatal(err)
	}
	if f, err := a.Look(t.Context(), "F/other"); err != nil || f.Validity == 0 {
		t.Errorf("a folder of another program: %+v, %v", f, err)
	}
	if _, err := a.Open(t.Context(), "f/OTHER"); err != nil {
		t.Error(err)
	}
	if a.manifest.byPath["f/OTHER"].folder.Dir == ".f.OTHER" {
		t.Error("two folders have directories that differ by case alone")
	}
	close_(t, a)
}
