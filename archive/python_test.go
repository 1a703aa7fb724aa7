package archive

import (
	"os/exec"
	"slices"
	"strings"
	"testing"

	"mailmv/formats/mail"
	"mailmv/migrate/storetest"
)

// reader prints each message of a Maildir++ tree as Python's mailbox module reads it: folder, flags, date, length.
const pythonReader = `
import mailbox, sys
def show(name, box):
    for m in box:
        print(name, "".join(sorted(m.get_flags())), int(m.get_date()), m["Subject"])
root = mailbox.Maildir(sys.argv[1], create=False)
show("INBOX", root)
for f in root.list_folders():
    show(f, root.get_folder(f))
`

// TestPython: Python's mailbox module reads what we write.
func TestPython(t *testing.T) {
	python, err := exec.LookPath("python3")
	if err != nil {
		t.Skip("no python3: install it to see that its mailbox module reads our archives")
	}
	root := t.TempDir()
	a := create(t, root, Options{})
	put(t, a, mail.Inbox, storetest.Letters()...)
	put(t, a, "Work/2004", lettersOf(1, 4)...)
	close_(t, a)
	out, err := exec.Command(python, "-c", pythonReader, root).CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	got := strings.Split(strings.TrimSpace(string(out)), "\n")
	slices.Sort(got)
	var want []string
	for _, s := range []string{"one", "no id", "first", "second", "twin", "twin", "bits", "big"} {
		want = append(want, "INBOX FS 1052201289 "+s)
	}
	for _, s := range []string{"1", "2", "3"} {
		want = append(want, "Work.2004 FS 1052201289 "+s)
	}
	slices.Sort(want)
	if !slices.Equal(got, want) {
		t.Errorf("got %q\nwant %q", got, want)
	}
}

// TestPythonWithoutInbox: an archive that no INBOX ever came into is a Maildir++ tree to other programs all the same, and no
// folder more to us; also a folder with a long name is one.
func TestPythonWithoutInbox(t *testing.T) {
	python, err := exec.LookPath("python3")
	if err != nil {
		t.Skip("no python3: install it to see that its mailbox module reads our archives")
	}
	root := t.TempDir()
	a := create(t, root, Options{})
	put(t, a, "Work", lettersOf(1, 2)...)
	put(t, a, mail.Path("Work/"+strings.Repeat("\u20ac", 60)), lettersOf(2, 3)...)
	close_(t, a)
	out, err := exec.Command(python, "-c", pythonReader, root).CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	for _, want := range []string{"Work FS 1052201289 1\n", "Work.&IKw", " FS 1052201289 2\n"} {
		if !strings.Contains(string(out), want) {
			t.Errorf("got %q, want %q in it", out, want)
		}
	}
}
