//go:build linux

package main_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"
)

// TestArchiveKilled kills pulls into archives at random instants, in Maildirs and in mbox files. Each is resumed, and in the end the archive checks clean,
// verify finds every message with its date, nothing is there twice, and a further run has nothing to do. MAILMV_KILLS says how many times each
// is killed, if not 50 times.
func TestArchiveKilled(t *testing.T) {
	kills := 50
	if testing.Short() {
		kills = 8
	}
	if text := os.Getenv("MAILMV_KILLS"); text != "" {
		var err error
		if kills, err = strconv.Atoi(text); err != nil {
			t.Fatal(err)
		}
	}
	k := &killer{binary: filepath.Join(t.TempDir(), "mailmv"), home: t.TempDir()}
	if out, err := exec.Command("go", "build", "-o", k.binary, ".").CombinedOutput(); err != nil {
		t.Fatalf("go build: %v\n%s", err, out)
	}
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	k.random = rand.New(rand.NewPCG(seed, 0))
	messages, _ := dated(1000)
	k.source = filepath.Join(t.TempDir(), "source.mbox")
	var file bytes.Buffer
	for _, m := range messages {
		fmt.Fprintf(&file, "From a@a.example Thu Jan  1 00:00:00 2004\n%s\n", bytes.ReplaceAll(m, []byte("\r\n"), []byte("\n")))
	}
	if err := os.WriteFile(k.source, file.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, kind := range []string{"maildir", "mbox"} {
		t.Run(kind, func(t *testing.T) { k.kill(t, kind, kills, len(messages)) })
	}
}

type killer struct {
	binary, home, source string
	random               *rand.Rand
}

func (k *killer) run(ctx context.Context, args ...string) (string, error) {
	cmd := exec.CommandContext(ctx, k.binary, args...) // its end is SIGKILL
	cmd.Env = []string{"HOME=" + k.home, "XDG_STATE_HOME=" + k.home, "PATH=" + os.Getenv("PATH")}
	out, err := cmd.CombinedOutput()
	return string(out), err
}

// kill pulls until so many runs were killed; whenever one comes to its end a new archive is begun.
func (k *killer) kill(t *testing.T, kind string, kills, n int) {
	k.whole(t, k.place(t, kind), n)                // and the next is not the first that this machine sees
	longest := k.whole(t, k.place(t, kind), n) + 1 // its last steps are met too
	t.Logf("a pull takes %v", longest)
	place := k.place(t, kind)
	killed, archives := 0, 1
	for killed < kills {
		ctx, cancel := context.WithTimeout(t.Context(), time.Duration(k.random.Int64N(int64(longest))))
		out, err := k.run(ctx, "pull", k.source, place)
		cancel()
		exit := (*exec.ExitError)(nil)
		switch {
		case err == nil: // it came to its end
			k.whole(t, place, n)
			place = k.place(t, kind)
			archives++
			continue
		case ctx.Err() == nil || !errors.As(err, &exit) && !errors.Is(err, context.DeadlineExceeded):
			t.Fatalf("%v: %s", err, out)
		}
		killed++
	}
	k.whole(t, place, n)
	t.Logf("%d runs killed, %d archives", killed, archives)
}

func (k *killer) place(t *testing.T, kind string) string {
	t.Helper()
	return kind + ":" + filepath.Join(t.TempDir(), "archive")
}

// whole lets a run come to its end, and sees to it that all is there, once. It returns how long the first pull took.
func (k *killer) whole(t *testing.T, place string, n int) (pulled time.Duration) {
	t.Helper()
	start := time.Now()
	for _, c := range []struct {
		args []string
		want string
	}{
		{[]string{"pull", k.source, place}, fmt.Sprintf("%d seen = ", n)},
		{[]string{"check", place}, fmt.Sprintf("%d messages in 1 folder: every octet is what was written", n)},
		{[]string{"verify", k.source, place}, fmt.Sprintf("%d seen = %d present + 0 missing + 0 differs", n, n)},
		{[]string{"pull", k.source, place}, fmt.Sprintf("%d seen = 0 copied + %d present", n, n)},
	} {
		out, err := k.run(t.Context(), c.args...)
		if err != nil || !strings.Contains(out, c.want) || strings.Contains(out, "more at the destination") {
			t.Fatalf("%q: %v, want %q:\n%s", c.args, err, c.want, out)
		}
		if pulled == 0 {
			pulled = time.Since(start)
		}
	}
	return pulled
}
