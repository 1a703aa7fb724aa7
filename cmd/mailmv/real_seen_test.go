//go:build linux

package main_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"mailmv/archive/serve"
)

// seen: fetchmail fetches half of a maildrop and leaves it there; "pull --seen" brings exactly the other half.
func (r real) seen(t *testing.T) {
	fetchmail, err := exec.LookPath("fetchmail")
	if err != nil {
		t.Skip("needs fetchmail (apt-get install fetchmail)")
	}
	mail := serve.Samples(60, 11)
	from := r.server.Account(t)
	r.server.Fill(t, from, mail)
	home := t.TempDir()
	rc := fmt.Sprintf("poll %s protocol pop3 service %d uidl\n  user %q password %q keep fetchlimit %d sslproto '' mda \"cat >/dev/null\"\n",
		r.server.Host, r.server.POP3, from.Name, from.Password, len(mail)/2)
	if err := os.WriteFile(filepath.Join(home, "rc"), []byte(rc), 0o600); err != nil {
		t.Fatal(err)
	}
	ids := filepath.Join(home, "ids")
	fetch := exec.CommandContext(t.Context(), fetchmail, "-f", filepath.Join(home, "rc"), "-i", ids, "--nosyslog", "--silent")
	fetch.Env = append(os.Environ(), "FETCHMAILHOME="+home, "HOME="+home)
	if out, err := fetch.CombinedOutput(); err != nil && fetch.ProcessState.ExitCode() != 13 { // 13: fetchlimit was reached
		t.Fatalf("fetchmail: %v\n%s", err, out)
	}

	box := filepath.Join(home, "box")
	got := r.run(t, from.Password, "pull", "--seen", ids, r.pop(from), box)
	if want := fmt.Sprintf("%d seen = %d copied + 0 present + 0 duplicate + %d skipped + 0 failed\n", len(mail), len(mail)/2, len(mail)/2); got.code != 0 || !strings.HasSuffix(got.stdout, want) || got.stderr != "" {
		t.Fatalf("exit %d, want 0\nstdout: %s\nstderr: %s", got.code, got.stdout, got.stderr)
	}
	compare(t, readMaildir(t, box), mail[len(mail)/2:])
	if n := len(r.read(t, from)); n != len(mail) {
		t.Errorf("%d messages are in the maildrop, want all %d", n, len(mail))
	}
}

// readMaildir reads the messages of a Maildir's own folder.
func readMaildir(t *testing.T, dir string) [][]byte {
	t.Helper()
	var all [][]byte
	for _, sub := range []string{"new", "cur"} {
		files, err := filepath.Glob(filepath.Join(dir, sub, "*"))
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range files {
			octets, err := os.ReadFile(f)
			if err != nil {
				t.Fatal(err)
			}
			all = append(all, octets)
		}
	}
	return all
}
