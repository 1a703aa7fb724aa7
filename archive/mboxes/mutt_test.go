package mboxes

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"mailmv/archive/files"
	"mailmv/formats/mail"
)

// mutt runs it on a folder, with keys pushed as if they were typed, and waits until it has left.
func mutt(t *testing.T, folder, keys string) {
	t.Helper()
	bin, err := exec.LookPath("mutt")
	if err != nil {
		t.Skip("no mutt: install it to see that it reads our archives, and that what it writes does them no harm")
	}
	terminal, err := exec.LookPath("script")
	if err != nil {
		t.Skip("no script: install it (bsdutils), for mutt wants a terminal")
	}
	home := t.TempDir()
	write(t, fmt.Sprintf(`set folder=%q quit=yes delete=yes move=no confirmappend=no confirmcreate=no copy=no sort=mailbox-order wait_key=no sleep_time=0 mark_old=no
push %q
`, home, keys), home, "rc")
	cmd := exec.CommandContext(t.Context(), terminal, "-qec", fmt.Sprintf("%s -n -F %s -f %s", bin, filepath.Join(home, "rc"), folder), "/dev/null")
	cmd.Env = []string{"HOME=" + home, "TERM=vt100", "PATH=" + os.Getenv("PATH"), "LANG=C.UTF-8"}
	cmd.WaitDelay = time.Second
	stop := time.AfterFunc(time.Minute, func() { cmd.Process.Kill() })
	defer stop.Stop()
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("mutt: %v: %q", err, out)
	}
}

// TestMutt: mutt sees every message, read as it is; it flags, deletes and saves, and nothing comes out otherwise for that.
func TestMutt(t *testing.T) {
	for _, d := range dialects {
		t.Run(d.String(), func(t *testing.T) {
			root := t.TempDir()
			a := create(t, root, Options{Dialect: d})
			want := append(lettersOf(1, 6), odd()[:2]...)
			put(t, a, "Work", want...)
			shut(t, a)
			// Of all that it sees it makes a file of its own, which we read.
			saved := filepath.Join(t.TempDir(), "saved")
			mutt(t, filepath.Join(root, "Work"), "<tag-pattern>~A<enter><tag-prefix><copy-message>"+saved+"<enter><exit>")
			src, err := files.Open(saved, files.Mbox, nil)
			if err != nil {
				t.Fatal(err)
			}
			if report, err := pull(t, src, filepath.Join(t.TempDir(), "theirs"), Options{}); err != nil || report.Copied != len(want) {
				t.Errorf("what mutt saved: %+v, %v, want %d", report.Counts, err, len(want))
			}
			mutt(t, filepath.Join(root, "Work"), "1<enter><flag-message>2<enter><set-flag>r3<enter><toggle-new>5<enter><delete-message><quit>")
			a = reopen(t, root)
			if f := findings(t, a); len(f) != 1 || !strings.HasPrefix(f[0], "missing Work 5") {
				t.Errorf("Check: %q", f)
			}
			got := contents(t, a, "Work")
			if !slices.Equal(got, sorted(slices.Delete(slices.Clone(want), 4, 5))) {
				t.Errorf("got %d messages: %.400q", len(got), got)
			}
			all := messages(t, a, "Work")
			for i, flags := range []mail.Flags{mail.Seen, mail.Seen | mail.Flagged | mail.Answered, mail.Flagged, mail.Seen | mail.Flagged} {
				if all[i].Flags != flags {
					t.Errorf("message %d is %v, want %v", i+1, all[i].Flags, flags)
				}
			}
			shut(t, a)
		})
	}
}

// TestMuttKeepsDrafts: mutt has no word for \Draft, so what it writes does not take that away; who has one does.
func TestMuttKeepsDrafts(t *testing.T) {
	root := t.TempDir()
	a := create(t, root, Options{})
	parcels := parcelsOf(lettersOf(1, 4)...)
	for i := range parcels {
		parcels[i].Flags = mail.Draft | mail.Seen
	}
	if err := deliver(t.Context(), a, "Drafts", parcels); err != nil {
		t.Fatal(err)
	}
	shut(t, a)
	mutt(t, filepath.Join(root, "Drafts"), "2<enter><flag-message>3<enter><toggle-new><quit>")
	if text := read(t, root, "Drafts"); strings.Count(text, "X-Status: T") != 1 || !strings.Contains(text, "X-Status: F\n") {
		t.Fatalf("mutt did not write as it did: %.2000q", text)
	}
	a = reopen(t, root)
	want := []mail.Flags{mail.Draft | mail.Seen, mail.Draft | mail.Seen | mail.Flagged, mail.Draft}
	for i, m := range messages(t, a, "Drafts") {
		if m.Flags != want[i] {
			t.Errorf("message %d is %v, want %v", i+1, m.Flags, want[i])
		}
	}
	// Asked for, it goes, and is not taken for what mutt left.
	for _, m := range messages(t, a, "Drafts")[1:2] {
		for _, err := range a.SetFlags(t.Context(), mail.Folder{Path: "Drafts"}, []mail.Flagging{{Ref: m.Ref, Remove: mail.Draft}}) {
			if err != nil {
				t.Fatal(err)
			}
		}
	}
	shut(t, a)
	text := read(t, root, "Drafts")
	write(t, strings.Replace(text, "X-Status: T   ", "X-Status:     ", 1), root, "Drafts") // as Dovecot would
	a = reopen(t, root)
	want = []mail.Flags{mail.Seen, mail.Seen | mail.Flagged, mail.Draft}
	for i, m := range messages(t, a, "Drafts") {
		if m.Flags != want[i] {
			t.Errorf("at last message %d is %v, want %v", i+1, m.Flags, want[i])
		}
	}
	shut(t, a)
}
