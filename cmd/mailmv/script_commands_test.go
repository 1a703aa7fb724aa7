package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"mailmv/archive/serve"
	"mailmv/migrate"
)

// newMail puts N samples more into a maildrop: newmail POP N SEED.
func newMail(ts *testscript.TestScript, neg bool, args []string) {
	running(ts).pops[args[0]].drop.Add(serve.Samples(number(ts, args[1]), uint64(number(ts, args[2])))...)
}

// renumber gives the messages of a maildrop the UIDLs PREFIX1, PREFIX2 ...: renumber POP PREFIX.
func renumber(ts *testscript.TestScript, neg bool, args []string) {
	running(ts).pops[args[0]].drop.Renumber(func(i int) string { return fmt.Sprintf("%s%d", args[1], i+1) })
}

// addAs puts a sample into a maildrop under that UIDL, though there may be one already: addas POP UIDL SEED.
func addAs(ts *testscript.TestScript, neg bool, args []string) {
	running(ts).pops[args[0]].drop.AddAs(args[1], serve.Samples(1, uint64(number(ts, args[2])))[0])
}

// fillMail puts samples into INBOX as another program would have: fillmail IMAP N SEED.
func fillMail(ts *testscript.TestScript, neg bool, args []string) {
	for _, m := range serve.Samples(number(ts, args[1]), uint64(number(ts, args[2]))) {
		must(ts, running(ts).imaps[args[0]].imap.Put("me", "INBOX", m, time.Date(2001, 2, 3, 4, 5, 6, 0, time.UTC)))
	}
}

// holds checks that a folder holds the messages of these maildrops octet for octet, and no other:
// holds IMAP FOLDER POP...
func holds(ts *testscript.TestScript, neg bool, args []string) {
	want := map[[32]byte]int{}
	for _, name := range args[2:] {
		for _, m := range running(ts).pops[name].drop.Messages() {
			want[sha256.Sum256(m)]++
		}
	}
	kept, err := running(ts).imaps[args[0]].imap.Messages("me", args[1])
	must(ts, err)
	for _, k := range kept {
		want[sha256.Sum256(k.Octets)]--
	}
	if err := allFound(want); (err == nil) == neg {
		ts.Fatalf("holds %v: %v", args, err)
	}
}

// left checks how many messages a maildrop has: left POP N.
func left(ts *testscript.TestScript, neg bool, args []string) {
	if got, want := len(running(ts).pops[args[0]].drop.Messages()), number(ts, args[1]); got != want {
		ts.Fatalf("%s has %d messages, want %d", args[0], got, want)
	}
}

// code runs a program and checks its exit code: code N mailmv ARG...
func code(ts *testscript.TestScript, neg bool, args []string) {
	err := ts.Exec(args[1], args[2:]...)
	got, exit := 0, (*exec.ExitError)(nil)
	if errors.As(err, &exit) {
		got = exit.ExitCode()
	} else {
		must(ts, err)
	}
	if want := number(ts, args[0]); got != want {
		ts.Fatalf("exit code %d, want %d:\n%s%s", got, want, ts.ReadFile("stdout"), ts.ReadFile("stderr"))
	}
}

// mortal is code by somebody who may not read every file: where root runs the tests, without that right.
func mortal(ts *testscript.TestScript, neg bool, args []string) {
	code(ts, neg, append([]string{args[0]}, mortalCommand(args[1:]...)...))
}

func mortalCommand(args ...string) []string {
	if os.Geteuid() != 0 {
		return args
	}
	return append([]string{"setpriv", "--bounding-set", "-dac_override,-dac_read_search"}, args...)
}

// isSo tells of a condition in a script: mortal, whether there is somebody who may not read every file.
func isSo(cond string) (bool, error) {
	if cond != "mortal" {
		return false, fmt.Errorf("unknown condition %q", cond)
	}
	if runtime.GOOS == "windows" {
		return false, nil
	}
	dir, err := os.MkdirTemp("", "mortal")
	if err != nil {
		return false, err
	}
	defer os.RemoveAll(dir)
	if err := os.WriteFile(dir+"/shut", nil, 0); err != nil {
		return false, err
	}
	readable := func(args ...string) error { return exec.Command(args[0], args[1:]...).Run() }
	return readable(mortalCommand("true")...) == nil && readable(mortalCommand("cat", dir+"/shut")...) != nil, nil
}

var signals = map[string]os.Signal{"INT": syscall.SIGINT, "TERM": syscall.SIGTERM, "HUP": syscall.SIGHUP, "KILL": syscall.SIGKILL}

// cut runs a program, sends it a signal once INBOX holds at least N messages, and checks its exit code (-1: killed);
// what it said is in the files cut.out and cut.err: cut SIGNAL IMAP N CODE mailmv ARG...
func cut(ts *testscript.TestScript, neg bool, args []string) {
	path := ts.Getenv("PATH")
	bin := ""
	for _, dir := range filepath.SplitList(path) {
		if _, err := os.Stat(filepath.Join(dir, args[4])); err == nil && bin == "" {
			bin = filepath.Join(dir, args[4])
		}
	}
	cmd := exec.Command(bin, args[5:]...)
	for _, name := range []string{"PATH", "HOME", "XDG_STATE_HOME", "XDG_CONFIG_HOME", "TMPDIR"} {
		cmd.Env = append(cmd.Env, name+"="+ts.Getenv(name))
	}
	var stdout, stderr bytes.Buffer
	cmd.Dir, cmd.Stdout, cmd.Stderr = ts.MkAbs("."), &stdout, &stderr
	before, err := running(ts).imaps[args[1]].imap.Messages("me", "INBOX")
	must(ts, err)
	must(ts, cmd.Start())
	ended := make(chan struct{})
	go func() { cmd.Wait(); close(ended) }()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for early := false; !early; {
		select {
		case <-ended:
			early = true
		case <-tick.C:
		}
		kept, err := running(ts).imaps[args[1]].imap.Messages("me", "INBOX")
		must(ts, err)
		if len(kept) >= len(before)+number(ts, args[2]) {
			break
		}
	}
	cmd.Process.Signal(signals[args[0]])
	<-ended
	must(ts, os.WriteFile(ts.MkAbs("cut.out"), stdout.Bytes(), 0o600))
	must(ts, os.WriteFile(ts.MkAbs("cut.err"), stderr.Bytes(), 0o600))
	if got, want := cmd.ProcessState.ExitCode(), number(ts, args[3]); got != want {
		ts.Fatalf("exit code %d, want %d:\n%s%s", got, want, &stdout, &stderr)
	}
}

// jsonLines checks that stdout is objects with "kind" first, and that the last is a report that balances.
func jsonLines(ts *testscript.TestScript, neg bool, args []string) {
	lines := strings.Split(strings.TrimSuffix(ts.ReadFile("stdout"), "\n"), "\n")
	for _, line := range lines {
		if !strings.HasPrefix(line, `{"kind":"`) || !json.Valid([]byte(line)) {
			ts.Fatalf("not an object with its kind first: %q", line)
		}
	}
	var r reportJSON
	must(ts, json.Unmarshal([]byte(lines[len(lines)-1]), &r))
	sum := countsJSON{}
	for _, f := range r.Folders {
		sum.Seen += f.Seen
		sum.Copied += f.Copied
	}
	if r.Kind != "report" || r.Seen != r.Copied+r.Present+r.Duplicate+r.Skipped+r.Failed || sum.Seen != r.Seen || sum.Copied != r.Copied {
		ts.Fatalf("the last object is no report that balances: %s", lines[len(lines)-1])
	}
}

// lockJournal takes the lock of the journal that a move to this server uses: lock IMAP.
func lockJournal(ts *testscript.TestScript, neg bool, args []string) {
	j, err := migrate.OpenJournal(ts.MkAbs("state/mailmv"), "imap:me@"+running(ts).imaps[args[0]].addr)
	must(ts, err)
	ts.Defer(func() { j.Close() })
}

// noSecret checks that no file below the work folder (but the password's own), stdout and stderr included,
// holds the password, in the clear or in base64.
func noSecret(ts *testscript.TestScript, neg bool, args []string) {
	needles := []string{scriptPassword, `S3cr\"t\\ pa%ss`, base64.RawStdEncoding.EncodeToString([]byte(scriptPassword))[:14],
		base64.RawStdEncoding.EncodeToString([]byte("\x00me\x00" + scriptPassword))[:20]}
	search := func(name, text string) {
		for _, n := range needles {
			if strings.Contains(text, n) {
				ts.Fatalf("%s holds the password: %s", name, text)
			}
		}
	}
	search("stdout", ts.ReadFile("stdout"))
	search("stderr", ts.ReadFile("stderr"))
	must(ts, filepath.WalkDir(ts.MkAbs("."), func(path string, d os.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() || filepath.Base(path) == "password" {
			return err
		}
		text, err := os.ReadFile(path)
		search(path, string(text))
		return err
	}))
}

// account adds an account to a configuration file: account NAME URL CA=FILE FILE.
func account(ts *testscript.TestScript, neg bool, args []string) {
	_, ca, _ := strings.Cut(args[2], "=")
	text := fmt.Sprintf("[account.%s]\nurl = %q\nca = %q\npassword-file = %q\n", args[0], args[1], ca, ts.MkAbs("password"))
	f, err := os.OpenFile(ts.MkAbs(args[3]), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	must(ts, err)
	_, err = f.WriteString(text)
	must(ts, errors.Join(err, f.Close()))
}

// netrc writes a netrc file with the password: netrc FILE HOST LOGIN.
func netrc(ts *testscript.TestScript, neg bool, args []string) {
	text := fmt.Sprintf("machine %s login %s password %q\n", args[1], args[2], scriptPassword)
	must(ts, os.WriteFile(ts.MkAbs(args[0]), []byte(text), 0o600))
}
