//go:build unix

package archive

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"mailmv/formats/mail"
	"mailmv/formats/maildir"
)

// TestMain lets the test binary be the run that is killed.
func TestMain(m *testing.M) {
	if root := os.Getenv("ARCHIVE_TEST_WRITER"); root != "" {
		if err := writeForEver(root); err != nil {
			fmt.Println("error", err)
			os.Exit(1)
		}
	}
	os.Exit(m.Run())
}

const killBatch = 7

// writeForEver appends batch after batch and prints the number of each message once it is acknowledged. The
// first one's number is what the archive holds already.
func writeForEver(root string) error {
	fmt.Println("begun")
	a, err := Create(root, Options{})
	if err != nil {
		return err
	}
	f, err := a.Open(context.Background(), "Work")
	if err != nil {
		return err
	}
	from, err := strconv.Atoi(os.Getenv("ARCHIVE_TEST_FROM"))
	if err != nil {
		return err
	}
	for ; ; from += killBatch {
		wait, err := a.Append(context.Background(), f, parcelsOf(lettersOf(from, from+killBatch)...))
		if err != nil {
			return err
		}
		if _, err := wait(); err != nil {
			return err
		}
		for i := range killBatch {
			fmt.Println("acked", from+i)
		}
	}
}

// TestKilled kills a run at random instants. What it acknowledged is there, nothing is there by half or twice, the next
// run starts at once, and the archive checks clean.
func TestKilled(t *testing.T) {
	root := filepath.Join(t.TempDir(), "archive")
	random := rand.New(rand.NewPCG(1, 2))
	next := 0
	acked := map[string]bool{}
	within := 80 * time.Millisecond
	for round := range 25 {
		done := killedRun(t, root, next, time.Duration(random.Int64N(int64(within))))
		if within /= 2; len(done) == 0 { // a slow disk: give the next one more
			within *= 4
		}
		within = min(max(within, 80*time.Millisecond), 5*time.Second)
		for _, i := range done {
			acked[string(letter(i))] = true
			next = max(next, i+1)
		}
		next += killBatch // what was under way may be there
		a, err := Open(root, Options{})
		if errors.Is(err, ErrNoTree) {
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		if f := findings(t, a); len(f) > 0 {
			t.Fatalf("round %d: Check: %q", round, f)
		}
		there := map[string]bool{}
		for _, c := range allContents(t, a) {
			if there[c] {
				t.Fatalf("round %d: twice: %.30q", round, c)
			}
			there[c] = true
		}
		for l := range acked {
			if !there[l] {
				t.Fatalf("round %d: acknowledged and lost: %.30q", round, l)
			}
		}
		for c := range there {
			i := -1
			fmt.Sscanf(c, "Subject: %d", &i)
			if i < 0 || string(letter(i)) != c {
				t.Fatalf("round %d: not a message: %.30q", round, c)
			}
		}
		close_(t, a)
	}
	if t.Logf("%d messages acknowledged", len(acked)); len(acked) == 0 {
		t.Error("every run was killed before it had done anything")
	}
}

// killedRun runs a writer, kills it a while after it has begun, and returns the messages that it said were acknowledged.
func killedRun(t *testing.T, root string, from int, after time.Duration) (acked []int) {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), "ARCHIVE_TEST_WRITER="+root, fmt.Sprint("ARCHIVE_TEST_FROM=", from))
	out, err := cmd.StdoutPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(out)
	lines.Scan() // it has begun
	timer := time.AfterFunc(after, func() { cmd.Process.Kill() })
	defer timer.Stop()
	for lines.Scan() {
		word, rest, _ := strings.Cut(lines.Text(), " ")
		if word != "acked" {
			t.Fatalf("the writer says %q", lines.Text())
		}
		i, err := strconv.Atoi(rest)
		if err != nil {
			continue // cut in the middle of the line
		}
		acked = append(acked, i)
	}
	cmd.Wait() // killed
	return acked
}

// TestUnderFoot holds F21: another program flags and moves everything all the time; nothing is lost, nothing doubled,
// nothing called gone.
func TestUnderFoot(t *testing.T) {
	root := t.TempDir()
	a := create(t, root, Options{})
	want := lettersOf(0, 60)
	put(t, a, mail.Inbox, want...)
	ctx, stop := context.WithCancel(t.Context())
	var wg sync.WaitGroup
	wg.Go(func() { shuffle(ctx, root) })
	for range 30 {
		if got := contents(t, a, mail.Inbox); !slices.Equal(got, sorted(want)) {
			t.Errorf("%d messages, want %d", len(got), len(want))
			break
		}
	}
	next := look(t, a, mail.Inbox).Next
	stop()
	wg.Wait()
	if next != uint32(len(want))+1 {
		t.Errorf("next number %d: something was taken for new", next)
	}
	close_(t, a)
	clean(t, root)
}

func shuffle(ctx context.Context, root string) {
	for n := 0; ctx.Err() == nil; n++ {
		for _, sub := range []string{"cur", "new"} {
			list, _ := os.ReadDir(filepath.Join(root, sub))
			for i, e := range list {
				if ctx.Err() != nil {
					return
				}
				if i%7 != n%7 {
					continue
				}
				name := maildir.ParseName(e.Name())
				name.Info = []string{":2,", ":2,S", ":2,FRS", ""}[n%4]
				to := []string{"cur", "new"}[(n+i)%2]
				os.Rename(filepath.Join(root, sub, e.Name()), filepath.Join(root, to, name.String()))
				time.Sleep(50 * time.Microsecond) // as fast as a busy server, not as fast as can be
			}
		}
	}
}
