package mboxes

import (
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"mailmv/formats/mail"
)

// dovecot is Dovecot's mbox store over an archive.
type dovecot struct {
	dir      string
	uid, gid int
}

func newDovecot(t *testing.T) *dovecot {
	t.Helper()
	if _, err := exec.LookPath("doveadm"); err != nil {
		t.Skip("no Dovecot to keep an archive as its store: apt-get install dovecot-core")
	}
	who, err := user.Lookup("mail")
	if err != nil || os.Geteuid() != 0 {
		t.Skip("Dovecot is asked as the user mail: run as root")
	}
	dir, err := os.MkdirTemp("", "mboxes-dovecot")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	d := &dovecot{dir: dir}
	d.uid, _ = strconv.Atoi(who.Uid)
	d.gid, _ = strconv.Atoi(who.Gid)
	write(t, fmt.Sprintf("base_dir=%[1]s\nstate_dir=%[1]s\nlog_path=%[1]s/log\nmail_location=mbox:%[1]s/box:INBOX=%[1]s/box/INBOX:INDEX=%[1]s/index:UTF-8\n"+
		"first_valid_uid=1\nfirst_valid_gid=1\nauth_socket_path=\nmbox_write_locks=dotlock fcntl\n", dir), dir, "dovecot.conf")
	return d
}

// adm runs doveadm on an archive that belongs to its user for that long.
func (d *dovecot) adm(t *testing.T, args ...string) string {
	t.Helper()
	d.give(t, d.uid, d.gid)
	cmd := exec.CommandContext(t.Context(), "doveadm", append([]string{"-c", filepath.Join(d.dir, "dovecot.conf")}, args...)...)
	cmd.Env = []string{"USER=mail", "HOME=" + d.dir, "PATH=" + os.Getenv("PATH")}
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: uint32(d.uid), Gid: uint32(d.gid)}}
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("doveadm %s: %v\n%s", strings.Join(args, " "), err, out)
	}
	return string(out)
}

func (d *dovecot) give(t *testing.T, uid, gid int) {
	t.Helper()
	if err := filepath.WalkDir(d.dir, func(name string, _ fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		return os.Lchown(name, uid, gid)
	}); err != nil {
		t.Fatal(err)
	}
}

// TestDovecot: Dovecot keeps an archive as its store. It shows every message with its flags, date and octets as an mbox can hold them; what it
// flags, delivers and expunges is found, and does no message harm.
func TestDovecot(t *testing.T) {
	for _, dialect := range dialects {
		t.Run(dialect.String(), func(t *testing.T) {
			d := newDovecot(t)
			root := filepath.Join(d.dir, "box")
			a := create(t, root, Options{Dialect: dialect})
			want := lettersOf(1, 6)
			put(t, a, mail.Inbox, want...)
			put(t, a, "Entwürfe", letter(1), letter(2))
			put(t, a, "Work/2004", letter(1))
			shut(t, a)
			// Asked for all, it would show .mailmv as a folder of others that are no mail.
			status := d.adm(t, "mailbox", "status", "messages", "INBOX", "Entwürfe", "Work.sbd/*")
			for _, line := range []string{"INBOX messages=5\n", "Entwürfe messages=2\n", "Work.sbd/2004 messages=1\n"} {
				if !strings.Contains(status, line) {
					t.Errorf("%q is not in %q", line, status)
				}
			}
			if got := d.adm(t, "fetch", "flags date.received.unixtime", "mailbox", "INBOX"); strings.Count(got, `\Flagged \Seen`) != 5 || strings.Count(got, strconv.FormatInt(day.Unix(), 10)) != 5 {
				t.Errorf("Dovecot shows %q", got)
			}
			d.adm(t, "flags", "add", `\Answered $Label1`, "mailbox", "INBOX", "2")
			d.adm(t, "flags", "remove", `\Seen \Flagged`, "mailbox", "INBOX", "3")
			d.adm(t, "expunge", "mailbox", "INBOX", "4")
			d.give(t, 0, 0)
			a = reopen(t, root)
			if f := findings(t, a); len(f) != 1 || !strings.HasPrefix(f[0], "missing INBOX 4") {
				t.Errorf("Check: %q", f)
			}
			if got := contents(t, a, mail.Inbox); !slices.Equal(got, sorted(slices.Delete(slices.Clone(want), 3, 4))) {
				t.Errorf("%d messages: %.300q", len(got), got)
			}
			all := messages(t, a, mail.Inbox)
			if m := all[1]; m.Flags != mail.Seen|mail.Flagged|mail.Answered || !slices.Equal(m.Keywords, []string{"$Label1"}) {
				t.Errorf("message 2 is %v %q", m.Flags, m.Keywords)
			}
			if m := all[2]; m.Flags != 0 {
				t.Errorf("message 3 is %v", m.Flags)
			}
			put(t, a, mail.Inbox, letter(7))
			shut(t, a)
			if got := d.adm(t, "mailbox", "status", "messages", "INBOX"); got != "INBOX messages=5\n" {
				t.Errorf("%q after one more", got)
			}
		})
	}
}

// TestDovecotKeywords: keywords that Dovecot gives are read beside ours, of which it takes none away, and what mailmv takes away of them is gone
// for Dovecot too.
func TestDovecotKeywords(t *testing.T) {
	d := newDovecot(t)
	root := filepath.Join(d.dir, "box")
	a := create(t, root, Options{})
	letters, keywords := labelled()
	parcels := parcelsOf(letters...)
	for i := range parcels {
		parcels[i].Keywords = keywords[i]
	}
	if err := deliver(t.Context(), a, "Work", parcels); err != nil {
		t.Fatal(err)
	}
	shut(t, a)
	hold := func(when string, want map[string]string) {
		t.Helper()
		d.give(t, 0, 0)
		holdKeywords(t, root, when, letters, want)
	}
	d.adm(t, "flags", "add", "later work", "mailbox", "Work", "1:2")
	want := map[string]string{"0": "later work", "1": "$label1 later work", "2": "$Forwarded work", "3": "work"}
	hold("given by Dovecot", want)
	d.adm(t, "flags", "remove", "work", "mailbox", "Work", "1")
	want["0"] = "later"
	hold("taken away by Dovecot", want)

	a = reopen(t, root)
	for _, err := range a.SetFlags(t.Context(), mail.Folder{Path: "Work"}, []mail.Flagging{{Ref: messages(t, a, "Work")[1].Ref, RemoveKeywords: []string{"work"}}}) {
		if err != nil {
			t.Fatal(err)
		}
	}
	shut(t, a)
	want["1"] = "$label1 later"
	hold("taken away by mailmv", want)
	if got := d.adm(t, "fetch", "flags", "mailbox", "Work", "2"); !strings.Contains(got, "later") || strings.Contains(got, "work") {
		t.Errorf("Dovecot shows %q", got)
	}
	d.adm(t, "flags", "add", `\Answered`, "mailbox", "Work", "1:*")
	hold("written by Dovecot again", want)
}
