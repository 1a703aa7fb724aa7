package mbox_test

import (
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"mailmv/formats/mbox"
)

// dovecot is Dovecot's mbox store over a folder of files.
type dovecot struct {
	t        *testing.T
	dir      string
	uid, gid int
}

func newDovecot(t *testing.T) *dovecot {
	t.Helper()
	if _, err := exec.LookPath("doveadm"); err != nil {
		t.Skip("no Dovecot to ask for a second opinion: apt-get install dovecot-core")
	}
	mail, err := user.Lookup("mail")
	if err != nil || os.Geteuid() != 0 {
		t.Skip("Dovecot is asked as the user mail: run as root")
	}
	dir, err := os.MkdirTemp("", "mbox-dovecot")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	d := &dovecot{t: t, dir: dir}
	d.uid, _ = strconv.Atoi(mail.Uid)
	d.gid, _ = strconv.Atoi(mail.Gid)
	conf := fmt.Sprintf("base_dir=%[1]s\nstate_dir=%[1]s\nlog_path=%[1]s/log\nmail_location=mbox:%[1]s:INBOX=%[1]s/inbox\nfirst_valid_uid=1\nfirst_valid_gid=1\nauth_socket_path=\n", dir)
	d.put("dovecot.conf", conf)
	if err := os.Chown(dir, d.uid, d.gid); err != nil {
		t.Fatal(err)
	}
	return d
}

func (d *dovecot) put(name, content string) {
	d.t.Helper()
	path := filepath.Join(d.dir, name)
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		d.t.Fatal(err)
	}
	if err := os.Chown(path, d.uid, d.gid); err != nil {
		d.t.Fatal(err)
	}
}

func (d *dovecot) adm(stdin string, args ...string) string {
	d.t.Helper()
	cmd := exec.CommandContext(d.t.Context(), "doveadm", append([]string{"-c", filepath.Join(d.dir, "dovecot.conf")}, args...)...)
	cmd.Env = []string{"USER=mail", "HOME=" + d.dir, "PATH=" + os.Getenv("PATH")}
	cmd.Stdin = strings.NewReader(stdin)
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: uint32(d.uid), Gid: uint32(d.gid)}}
	out, err := cmd.CombinedOutput()
	if err != nil {
		d.t.Fatalf("doveadm %s: %v\n%s", strings.Join(args, " "), err, out)
	}
	return string(out)
}

func TestDovecotReadsWhatWeWrite(t *testing.T) {
	d := newDovecot(t)
	messages := slices.Concat(nasty[6:20], fromInHeader)
	for _, dialect := range written {
		content, _ := write(t, dialect, 100, messages...)
		name := dialect.String()
		d.put(name, content)
		if got, want := d.adm("", "mailbox", "status", "messages", name), fmt.Sprintf("%s messages=%d\n", name, len(messages)); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

func TestWeReadWhatDovecotWrites(t *testing.T) {
	d := newDovecot(t)
	messages := []string{
		"Subject: a\nDate: x\n\nFrom here\n>From there\n",
		"Subject: b\nDate: x\n\nFrom joe@example.org Mon Jan  5 12:34:56 2004\nSubject: inner\n\nx\n",
		"Subject: c\nDate: x\n\n\n\n",
	}
	d.adm("", "mailbox", "create", "saved")
	for _, m := range messages {
		d.adm(m, "save", "-m", "saved")
	}
	d.adm("", "flags", "add", `\Seen \Flagged $Work`, "mailbox", "saved", "2")
	f, err := mbox.Open(filepath.Join(d.dir, "saved"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	all, dialect := list(t, f, mbox.Options{})
	if len(all) != len(messages) {
		t.Fatalf("%d messages, want %d (%v)", len(all), len(messages), dialect)
	}
	for i, m := range all {
		b, err := io.ReadAll(mbox.WithoutState(strings.NewReader(read(t, f, m.Extent, dialect, mbox.Note{}))))
		if want := crlf(messages[i]); err != nil || string(b) != want {
			t.Errorf("message %d: %v\n got %q\nwant %q", i, err, b, want)
		}
	}
	st := all[1].State
	if got := fmt.Sprint(st.Flags, st.Keywords, st.Undeclared); got != `\Seen \Flagged [$Work] []` {
		t.Errorf("state of the second: %s", got)
	}
}
