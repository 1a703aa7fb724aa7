package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// bed is where the measuring is done: a folder, in memory where that can be had, and a Dovecot in it.
type bed struct {
	dir        string
	note       string // what a reader of the figures should know
	mounted    bool
	proxies    []net.Listener
	pop3, imap string // addresses
	password   string
	values     map[string]string
	targets    int
	state      string // where mailmv keeps what it remembers
}

// wire is a way to both servers.
type wire struct{ pop3, imap string }

// maildrop is an account with mail to be moved.
type maildrop struct {
	user     string
	messages int
	octets   int64
}

// newBed starts the server in a folder of its own. A Maildir on disk would measure the file system: an
// ext4 without journal takes longer and longer to make a file where many were deleted.
func newBed(ctx context.Context, below string) (*bed, error) {
	if os.Getuid() != 0 {
		return nil, errors.New("must run as root, as the server does")
	}
	dir, err := os.MkdirTemp(below, "mvbench-")
	if err != nil {
		return nil, err
	}
	b := &bed{dir: dir, values: map[string]string{}}
	if err := b.start(ctx, below != ""); err != nil {
		return nil, errors.Join(err, b.close())
	}
	return b, nil
}

const serverScript = "testdata/servers/dovecot.sh"

func (b *bed) start(ctx context.Context, onDisk bool) error {
	if onDisk {
		b.note = "mail, state and server below " + b.dir
	} else if out, err := exec.CommandContext(ctx, "mount", "-t", "tmpfs", "-o", "mode=755", "mvbench", b.dir).CombinedOutput(); err == nil {
		b.mounted, b.note = true, "mail, state and server in memory (tmpfs)"
	} else {
		b.note = fmt.Sprintf("mail, state and server below %s, as no tmpfs can be mounted (%s); the file system is measured too", b.dir, strings.TrimSpace(string(out)))
	}
	if err := os.Chmod(b.dir, 0o755); err != nil {
		return err
	}
	cmd := exec.CommandContext(ctx, serverScript, "start", filepath.Join(b.dir, "server"))
	cmd.Env = append(os.Environ(), "MAIL_TEST_FSYNC=optimized")
	out, err := cmd.Output()
	if exit := (*exec.ExitError)(nil); errors.As(err, &exit) {
		return errors.New(strings.TrimSpace(string(exit.Stderr)))
	} else if err != nil {
		return err
	}
	for line := range strings.Lines(string(out)) {
		key, value, _ := strings.Cut(strings.TrimSuffix(line, "\n"), "=")
		b.values[key] = value
	}
	b.pop3 = b.values["HOST"] + ":" + b.values["POP3_PORT"]
	b.imap = b.values["HOST"] + ":" + b.values["IMAP_PORT"]
	b.password = b.values["ANY_PASS"]
	return nil
}

// close ends the server and removes the folder.
func (b *bed) close() error {
	for _, l := range b.proxies {
		l.Close()
	}
	err := exec.Command(serverScript, "stop", filepath.Join(b.dir, "server")).Run()
	if b.mounted { // lazily: sessions of the server may still be letting go of it
		err = errors.Join(err, exec.Command("umount", "--lazy", b.dir).Run())
	}
	return errors.Join(err, os.RemoveAll(b.dir))
}

// behind is the way to both servers through proxies that delay.
func (b *bed) behind(delay time.Duration) (wire, error) {
	p, err := delayTo(b.pop3, delay)
	if err != nil {
		return wire{}, err
	}
	i, err := delayTo(b.imap, delay)
	if err != nil {
		return wire{}, err
	}
	b.proxies = append(b.proxies, p, i)
	return wire{p.Addr().String(), i.Addr().String()}, nil
}

// fill makes an account with so much mail, and has the server read all of it once, as a server has that
// received it message by message.
func (b *bed) fill(user string, messages int, octets int64) (maildrop, error) {
	m := maildrop{user, messages, octets}
	box := filepath.Join(b.values["HOMES"], user, "Maildir")
	uid, err := strconv.Atoi(b.values["MAIL_UID"])
	if err != nil {
		return m, err
	}
	gid, err := strconv.Atoi(b.values["MAIL_GID"])
	if err != nil {
		return m, err
	}
	for _, dir := range []string{filepath.Dir(box), box, box + "/tmp", box + "/new", box + "/cur"} {
		if err := errors.Join(os.Mkdir(dir, 0o700), os.Chown(dir, uid, gid)); err != nil {
			return m, err
		}
	}
	for i := range messages {
		if err := writeFile(fmt.Sprintf("%s/cur/1.%07d.bench:2,", box, i), i, octets, uid, gid); err != nil {
			return m, err
		}
	}
	p, err := dialPOP3(b.pop3, user, b.password)
	if err != nil {
		return m, err
	}
	defer p.close()
	if p.messages != messages {
		return m, fmt.Errorf("the maildrop holds %d messages, not %d", p.messages, messages)
	}
	return m, p.each(func([]byte) error { return nil })
}

func writeFile(name string, i int, octets int64, uid, gid int) error {
	f, err := os.OpenFile(name, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer f.Close()
	w := bufio.NewWriter(f)
	if err := writeMail(w, i, octets); err != nil {
		return err
	}
	return errors.Join(w.Flush(), f.Chown(uid, gid))
}

// target names an account that nobody has used yet.
func (b *bed) target() string {
	b.targets++
	return fmt.Sprintf("target%d", b.targets)
}

// arrived tells whether that many messages are in the INBOX of user, and clears it away for the next run.
func (b *bed) arrived(user string, want int) error {
	m, err := dialIMAP(b.imap, user, b.password)
	if err != nil {
		return err
	}
	defer m.close()
	if m.messages != want {
		return fmt.Errorf("%d messages arrived, not %d", m.messages, want)
	}
	return os.RemoveAll(filepath.Join(b.values["HOMES"], user))
}
