//go:build linux

package main_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/emersion/go-imap/v2"

	"mailmv/migrate/storetest/dovecot"
)

// dedupe: on a real server copies are set aside and put back, with UID EXPUNGE alone, and whatever instant a run is killed at.
func (r real) dedupe(t *testing.T) {
	a := r.server.Account(t)
	r.putCopies(t, a, 40)
	before := r.contents(t, a)
	dir := t.TempDir()
	trace := filepath.Join(dir, "trace")
	args := []string{"dedupe", "--apply", "--limit", "100%", "--state", dir, "--trace", trace, r.imap(a)}

	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	random := rand.New(rand.NewPCG(seed, 0))
	killed := 0
	for range 8 {
		if r.kill(t, a.Password, dir, random.Int64N(6000), args...) {
			killed++
		}
		r.nothingLost(t, a, before)
	}
	if killed == 0 {
		t.Error("no run was killed")
	}
	last := r.run(t, a.Password, args...)
	if last.code != 0 || !strings.Contains(last.stdout, " 0 stayed") {
		t.Fatalf("last run: exit %d\nstdout: %s\nstderr: %s", last.code, last.stdout, last.stderr)
	}
	told, err := os.ReadFile(trace)
	if err != nil {
		t.Fatal(err)
	}
	if plain := regexp.MustCompile(`(?im)^\S* *C?:? *\S+ EXPUNGE`).Find(told); plain != nil {
		t.Errorf("a plain EXPUNGE was sent: %q", plain)
	}
	after := r.contents(t, a)
	if n := len(after["INBOX"]) + len(after["Work"]); n != 41 {
		t.Fatalf("%d messages are left, want 40 and the one that somebody else had marked", n)
	}
	for _, m := range after["INBOX"] {
		if !strings.Contains(m, "/marked") && !strings.Contains(m, `\flagged`) {
			t.Errorf("it was not given what its copy had: %s", m)
		}
	}
	manifests, err := filepath.Glob(filepath.Join(dir, "aside", "*", "manifest"))
	if err != nil || len(manifests) == 0 {
		t.Fatalf("no manifest: %v", err)
	}
	slices.Sort(manifests)
	slices.Reverse(manifests)
	for _, m := range manifests {
		if undone := r.run(t, a.Password, "dedupe", "--undo", m, "--state", dir); undone.code != 0 {
			t.Fatalf("undo: exit %d\nstdout: %s\nstderr: %s", undone.code, undone.stdout, undone.stderr)
		}
	}
	if back := r.contents(t, a); !slices.Equal(back["INBOX"], before["INBOX"]) || !slices.Equal(back["Work"], before["Work"]) {
		t.Fatalf("undone, INBOX has\n%s\nwant\n%s\nWork has\n%s\nwant\n%s", strings.Join(back["INBOX"], "\n"), strings.Join(before["INBOX"], "\n"),
			strings.Join(back["Work"], "\n"), strings.Join(before["Work"], "\n"))
	}
	for folder, all := range r.contents(t, a) {
		if strings.HasPrefix(folder, "Set aside") && len(all) > 0 {
			t.Errorf("%s still has %d messages", folder, len(all))
		}
	}
}

// putCopies puts n messages into INBOX, and a copy of each, that has passed through Thunderbird, into Work; and one that another
// program has marked to be expunged.
func (r real) putCopies(t *testing.T, a dovecot.Account, n int) {
	c := r.dial(t, a)
	defer c.Close()
	if err := c.Create("Work", nil).Wait(); err != nil {
		t.Fatal(err)
	}
	put := func(folder, text string, at time.Time, flags ...imap.Flag) {
		w := c.Append(folder, int64(len(text)), &imap.AppendOptions{Flags: flags, Time: at})
		if _, err := w.Write([]byte(text)); err != nil {
			t.Fatal(err)
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		if _, err := w.Wait(); err != nil {
			t.Fatal(err)
		}
	}
	at := time.Date(2003, 5, 6, 7, 8, 9, 0, time.UTC)
	for i := range n {
		text := fmt.Sprintf("From: a@a.example\r\nSubject: %d\r\nMessage-ID: <%d@a.example>\r\n\r\n/text %d\r\n", i, i, i)
		put("INBOX", text, at.Add(time.Duration(i)*time.Minute), imap.FlagSeen)
		put("Work", "X-Mozilla-Status: 0001\r\nX-UIDL: 17\r\n"+text, at.Add(time.Duration(i)*time.Hour), imap.FlagFlagged, "blue")
	}
	put("INBOX", "From: b@b.example\r\nSubject: other\r\nMessage-ID: <other@b.example>\r\n\r\n/marked\r\n", at, imap.FlagDeleted)
}

// contents is what the folders hold, by folder: octets, dates and flags, without UIDs.
func (r real) contents(t *testing.T, a dovecot.Account) map[string][]string {
	t.Helper()
	c := r.dial(t, a)
	defer c.Close()
	folders, err := c.List("", "*", nil).Collect()
	if err != nil {
		t.Fatal(err)
	}
	all := map[string][]string{}
	for _, f := range folders {
		selected, err := c.Select(f.Mailbox, &imap.SelectOptions{ReadOnly: true}).Wait()
		if err != nil || selected.NumMessages == 0 {
			continue
		}
		got, err := c.Fetch(imap.SeqSet{{Start: 1}}, &imap.FetchOptions{InternalDate: true, Flags: true, BodySection: []*imap.FetchItemBodySection{wholeBody}}).Collect()
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range got {
			var flags []string
			for _, f := range m.Flags {
				if f != `\Recent` {
					flags = append(flags, strings.ToLower(string(f)))
				}
			}
			slices.Sort(flags)
			all[f.Mailbox] = append(all[f.Mailbox], fmt.Sprintf("%s %s %q", m.InternalDate.UTC().Format(time.RFC3339), strings.Join(flags, " "), m.FindBodySection(wholeBody)))
		}
		slices.Sort(all[f.Mailbox])
	}
	return all
}

// nothingLost: the text of each message is still in one of the folders that are the user's.
func (r real) nothingLost(t *testing.T, a dovecot.Account, before map[string][]string) {
	t.Helper()
	now := r.contents(t, a)
	held := strings.Join(append(now["INBOX"], now["Work"]...), "\n")
	for _, m := range append(slices.Clone(before["INBOX"]), before["Work"]...) {
		_, text, _ := strings.Cut(m, `\r\n/`)
		if !strings.Contains(held, `\r\n/`+text) {
			t.Fatalf("lost: %s", m)
		}
	}
}

// TestDedupeKilled: runs over two Maildirs, and undoings, are killed at random instants; in the end all is as it was.
func TestDedupeKilled(t *testing.T) {
	r := real{binary: filepath.Join(t.TempDir(), "mailmv")}
	r.build(t)
	dir := t.TempDir()
	one, two, state := filepath.Join(dir, "one"), filepath.Join(dir, "two"), filepath.Join(dir, "state")
	for _, root := range []string{one, two} {
		for _, sub := range []string{"cur", "new", "tmp"} {
			if err := os.MkdirAll(filepath.Join(root, sub), 0o700); err != nil {
				t.Fatal(err)
			}
		}
	}
	for i := range 150 {
		text := fmt.Sprintf("From: a@a.example\nSubject: %d\nMessage-ID: <%d@a.example>\n\n/text %d\n", i, i, i)
		at := time.Date(2003, 5, 6, 7, 8, i%60, i, time.UTC)
		for root, copy := range map[string]string{one: text, two: "X-UIDL: 17\r\n" + text} {
			name := filepath.Join(root, "cur", fmt.Sprintf("%d.M1P2.host:2,%s", 1052204889+i, map[string]string{one: "", two: "FS"}[root]))
			if err := os.WriteFile(name, []byte(copy), 0o600); err != nil {
				t.Fatal(err)
			}
			if err := os.Chtimes(name, at, at); err != nil {
				t.Fatal(err)
			}
		}
	}
	before := treeOf(t, dir, "state")
	r.killedAndUndone(t, state, 8, func() {
		held := strings.Join(treeOf(t, dir, "state"), "\n")
		for i := range 150 {
			if !strings.Contains(held, fmt.Sprintf("/text %d\\n", i)) {
				t.Fatalf("message %d is lost", i)
			}
		}
	}, one, two)
	if got := treeOf(t, dir, "state"); !slices.Equal(got, before) {
		t.Fatalf("%d files, want %d; the first that differ: %v", len(got), len(before), firstDifference(got, before))
	}
}

// killedAndUndone sets copies aside and undoes that by runs that are killed at random instants, each some times before one comes to its end; look is
// called after each.
func (r real) killedAndUndone(t *testing.T, state string, times int, look func(), places ...string) {
	t.Helper()
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	random := rand.New(rand.NewPCG(seed, 0))
	killed := 0
	untilDone := func(args ...string) outcome {
		for range times {
			if r.kill(t, "", state, random.Int64N(8000), args...) {
				killed++
			}
			look()
		}
		return r.run(t, "", args...)
	}
	if last := untilDone(append([]string{"dedupe", "--apply", "--limit", "100%", "--state", state}, places...)...); last.code != 0 || !strings.Contains(last.stdout, " 0 stayed") {
		t.Fatalf("last run: exit %d\nstdout: %s\nstderr: %s", last.code, last.stdout, last.stderr)
	}
	manifests, err := filepath.Glob(filepath.Join(state, "aside", "*", "manifest"))
	if err != nil || len(manifests) == 0 {
		t.Fatalf("no manifest: %v", err)
	}
	slices.Sort(manifests)
	slices.Reverse(manifests)
	for _, m := range manifests {
		if last := untilDone("dedupe", "--undo", m, "--state", state); last.code != 0 {
			t.Fatalf("undo: exit %d\nstdout: %s\nstderr: %s", last.code, last.stdout, last.stderr)
		}
	}
	if killed == 0 {
		t.Error("no run was killed")
	}
}

// TestDedupeKilledMbox is TestDedupeKilled in an archive in mbox files: in the end its files have the very octets that they had.
func TestDedupeKilledMbox(t *testing.T) {
	r := real{binary: filepath.Join(t.TempDir(), "mailmv")}
	r.build(t)
	dir := t.TempDir()
	box, state := filepath.Join(dir, "box"), filepath.Join(dir, "state")
	for n, root := range []string{filepath.Join(dir, "one"), filepath.Join(dir, "two")} {
		if err := os.MkdirAll(root, 0o700); err != nil {
			t.Fatal(err)
		}
		for i := range 60 {
			text := fmt.Sprintf("From: a@a.example\nSubject: %d\nMessage-ID: <%d@a.example>\n\n/text %d\n\nFrom here\n", i, i, i)
			if n == 1 && i%2 == 0 {
				text = "X-UIDL: 17\nStatus: mine\n" + text
			}
			if err := os.WriteFile(filepath.Join(root, fmt.Sprintf("%02d.eml", i)), []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		if done := r.run(t, "", "copy", "--into", fmt.Sprintf("Box%d", n/2), "eml:"+root, "mbox:"+box); done.code != 0 {
			t.Fatalf("%+v", done)
		}
	}
	files := func() string {
		var all string
		for _, f := range treeOf(t, box, ".mailmv") {
			name, rest, _ := strings.Cut(f, " ")
			_, octets, _ := strings.Cut(rest, " ") // without the time
			all += name + " " + octets + "\n"
		}
		return all
	}
	before := files()
	r.killedAndUndone(t, state, 5, func() {
		held := files()
		for i := range 60 {
			if !strings.Contains(held, fmt.Sprintf("/text %d\\n", i)) {
				t.Fatalf("message %d is lost", i)
			}
		}
	}, "mbox:"+box)
	if got := files(); got != before {
		t.Errorf("the files are\n%s\nand were\n%s", got, before)
	}
	if done := r.run(t, "", "check", box); done.code != 0 {
		t.Errorf("check: %+v", done)
	}
}

// kill starts a run and kills it once it has written so many octets more into its manifest; false where it came to its end.
func (r real) kill(t *testing.T, password, state string, grow int64, args ...string) bool {
	t.Helper()
	size := func() (n int64) {
		names, _ := filepath.Glob(filepath.Join(state, "aside", "*", "manifest"))
		for _, name := range names {
			if i, err := os.Stat(name); err == nil {
				n += i.Size()
			}
		}
		return n
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	cmd := r.command(ctx, t, password, args...)
	at := size() + grow
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for size() <= at {
		select {
		case err := <-ended:
			if err != nil {
				t.Fatalf("%v: %v", args, err)
			}
			return false
		case <-tick.C:
		}
	}
	if err := cmd.Process.Kill(); err != nil { // SIGKILL
		<-ended
		return false
	}
	return <-ended != nil
}

// treeOf lists the files of a tree, but for one directory: names, times, octets.
func treeOf(t *testing.T, dir, but string) (all []string) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			if d != nil && d.Name() == but {
				return filepath.SkipDir
			}
			return err
		}
		i, err := d.Info()
		if err != nil {
			return err
		}
		octets, err := os.ReadFile(path)
		all = append(all, fmt.Sprintf("%s %s %q", path, i.ModTime().UTC().Format(time.RFC3339Nano), octets))
		return err
	})
	if err != nil && !os.IsNotExist(err) { // renamed meanwhile
		t.Fatal(err)
	}
	return all
}

func firstDifference(a, b []string) [2]string {
	for i := range min(len(a), len(b)) {
		if a[i] != b[i] {
			return [2]string{a[i], b[i]}
		}
	}
	return [2]string{}
}
