package archive

import (
	"crypto/sha256"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
	"time"

	"mailmv/formats/mail"
)

// tree is all files of an archive but what is below .mailmv: octets and times by name.
func tree(t *testing.T, root string) map[string]string {
	t.Helper()
	all := map[string]string{}
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			if d != nil && d.Name() == stateDir {
				return fs.SkipDir
			}
			return err
		}
		i, err := d.Info()
		if err != nil {
			return err
		}
		octets, err := os.ReadFile(path)
		all[path] = i.ModTime().Format(time.RFC3339Nano) + string(octets)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func sameTree(t *testing.T, got, want map[string]string) {
	t.Helper()
	for name := range want {
		if got[name] != want[name] {
			t.Errorf("%s: %.60q, want %.60q", name, got[name], want[name])
		}
	}
	if len(got) != len(want) {
		t.Errorf("%d files, want %d", len(got), len(want))
	}
}

// TestRestore: what is removed from an archive, or from another program's Maildir, comes back as the very same file, and the
// archive proves itself.
func TestRestore(t *testing.T) {
	for _, ours := range []bool{true, false} {
		t.Run(map[bool]string{true: "archive", false: "Maildir"}[ours], func(t *testing.T) {
			root := t.TempDir()
			if ours {
				a := create(t, root, Options{})
				put(t, a, "Work", []byte("Subject: a\r\n\r\none\r\n"), []byte("Subject: b\r\n\r\nbare \n and\r\n"), []byte("Subject: c\r\n\r\nthree"))
				close_(t, a)
			} else {
				for _, sub := range []string{"cur", "new", "tmp"} {
					if err := os.MkdirAll(filepath.Join(root, ".Work", sub), 0o700); err != nil {
						t.Fatal(err)
					}
				}
				for name, text := range map[string]string{"cur/1.a.host:2,S": "Subject: a\n\none\n", "new/2.b.host": "Subject: b\r\n\r\ntwo\n", "cur/3.c.host": "Subject: c\r\n\r\nthree"} {
					if err := os.WriteFile(filepath.Join(root, ".Work", name), []byte(text), 0o600); err != nil {
						t.Fatal(err)
					}
				}
			}
			before := tree(t, root)
			a := openSource(t, root)
			f := mail.Folder{Path: "Work"}
			refs := refsIn(t, a, f)
			var doomed []mail.Doomed
			var parcels []mail.Parcel
			var traces []string
			for m, err := range a.Fetch(t.Context(), f, refs) {
				if err != nil {
					t.Fatal(err)
				}
				var o octets
				buf := make([]byte, m.Octets)
				n, _ := m.Body.Read(buf)
				o = buf[:n]
				trace, err := a.Trace(t.Context(), f, m.Ref)
				if err != nil {
					t.Fatal(err)
				}
				traces = append(traces, trace)
				parcels = append(parcels, mail.Parcel{Message: m.Message, Body: o})
				doomed = append(doomed, mail.Doomed{Ref: m.Ref, Octets: m.Octets, Sum: sha256.Sum256(o)})
			}
			for ref, err := range a.Remove(t.Context(), f, doomed) {
				if err != nil {
					t.Fatal(ref, err)
				}
			}
			if left := refsIn(t, a, f); len(left) > 0 || len(doomed) != 3 {
				t.Fatalf("%d of %d are left", len(left), len(doomed))
			}
			for i := range parcels { // each is read again at once, by the archive that was opened as a source
				if n, err := a.Restore(t.Context(), f, parcels[i:i+1], traces[i:i+1]); n != 1 || err != nil {
					t.Fatal(n, err)
				}
				for m, err := range a.Fetch(t.Context(), f, []mail.Ref{parcels[i].Ref}) {
					if err != nil || m.Ref != parcels[i].Ref {
						t.Fatalf("message %d, back again: %v, %v", i+1, m.Ref, err)
					}
				}
			}
			sameTree(t, tree(t, root), before)
			if left := refsIn(t, a, f); len(left) != 3 {
				t.Fatalf("%d are there again", len(left))
			}
			retrace(t, a, f, refsIn(t, a, f)[1])
			sameTree(t, tree(t, root), before)
			close_(t, a)
			if !ours {
				return
			}
			for found, err := range openFor(t, root).Check(t.Context()) {
				t.Errorf("check finds %v, %v", found, err)
			}
		})
	}
}

// retrace gives a message flags and a date, and what it had again, as an undone merge does; then its name and its time can be
// what they were.
func retrace(t *testing.T, a *Archive, f mail.Folder, ref mail.Ref) {
	t.Helper()
	trace, err := a.Trace(t.Context(), f, ref)
	if err != nil {
		t.Fatal(err)
	}
	var was time.Time
	for m, err := range a.Fetch(t.Context(), f, []mail.Ref{ref}) {
		if was = m.InternalDate; err != nil {
			t.Fatal(err)
		}
	}
	flag(t, a, f, mail.Flagging{Ref: ref, Add: mail.Answered, AddKeywords: []string{"$Forwarded"}})
	for _, date := range []time.Time{time.Unix(1e9, 0), was} {
		for _, err := range a.SetDates(t.Context(), f, []mail.Dating{{Ref: ref, Date: date}}) {
			if err != nil {
				t.Fatal(err)
			}
		}
	}
	flag(t, a, f, mail.Flagging{Ref: ref, Remove: mail.Answered, RemoveKeywords: []string{"$Forwarded"}})
	if err := a.Retrace(t.Context(), f, ref, trace); err != nil {
		t.Fatal(err)
	}
}

func refsIn(t *testing.T, a *Archive, f mail.Folder) (refs []mail.Ref) {
	t.Helper()
	for m, err := range a.List(t.Context(), f) {
		if err != nil {
			t.Fatal(err)
		}
		refs = append(refs, m.Ref)
	}
	return refs
}

func flag(t *testing.T, a *Archive, f mail.Folder, c mail.Flagging) {
	t.Helper()
	for ref, err := range a.SetFlags(t.Context(), f, []mail.Flagging{c}) {
		if err != nil {
			t.Fatal(ref, err)
		}
	}
}
