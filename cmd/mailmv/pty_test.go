//go:build unix

package main

import (
	"bytes"
	"errors"
	"io"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/creack/pty"
)

// terminal is mailmv on a terminal of 100 columns.
type terminal struct {
	t   *testing.T
	cmd *exec.Cmd
	tty *os.File

	mu     sync.Mutex
	screen bytes.Buffer
	ended  chan struct{}
}

func onTerminal(t *testing.T, args ...string) *terminal {
	t.Helper()
	cmd := exec.Command("mailmv", args...) // found by TestMain's PATH
	home := t.TempDir()
	cmd.Env = append(os.Environ(), "TERM=xterm", "HOME="+home, "XDG_STATE_HOME="+home, "XDG_CONFIG_HOME="+home, "NETRC=", "NO_COLOR=1")
	tty, err := pty.StartWithSize(cmd, &pty.Winsize{Rows: 24, Cols: 100})
	if err != nil {
		t.Skipf("no terminal here: %v", err)
	}
	term := &terminal{t: t, cmd: cmd, tty: tty, ended: make(chan struct{})}
	go term.read()
	t.Cleanup(func() { cmd.Process.Kill(); tty.Close(); <-term.ended })
	return term
}

func (term *terminal) read() {
	defer close(term.ended)
	buf := make([]byte, 4096)
	for {
		n, err := term.tty.Read(buf)
		term.mu.Lock()
		term.screen.Write(buf[:n])
		term.mu.Unlock()
		if err != nil { // EIO once the program has ended
			return
		}
	}
}

func (term *terminal) seen() string {
	term.mu.Lock()
	defer term.mu.Unlock()
	return term.screen.String()
}

// waitFor waits until the terminal has been sent something that matches.
func (term *terminal) waitFor(pattern string) {
	term.t.Helper()
	re := regexp.MustCompile(pattern)
	deadline := time.After(20 * time.Second)
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for !re.MatchString(term.seen()) {
		select {
		case <-deadline:
			term.t.Fatalf("%q does not come; so far:\n%q", pattern, term.seen())
		case <-tick.C:
		}
	}
}

func (term *terminal) end(want int) {
	term.t.Helper()
	select {
	case <-term.ended:
	case <-time.After(time.Minute):
		term.t.Fatalf("it does not end; so far:\n%q", term.seen())
	}
	err, exit := term.cmd.Wait(), (*exec.ExitError)(nil)
	if err != nil && !errors.As(err, &exit) {
		term.t.Fatal(err)
	}
	if got := term.cmd.ProcessState.ExitCode(); got != want {
		term.t.Errorf("exit code %d, want %d:\n%q", got, want, term.seen())
	}
}

func TestBarOnATerminal(t *testing.T) {
	s := testStage(t, 60)
	term := onTerminal(t, "pop2imap", "--rate", "300k", s.from, s.to)
	term.waitFor(`\r +[0-9]+% \[=*>? *\] +[0-9]+/60 messages`)
	term.waitFor(`/60 messages, [0-9]+s left, [0-9.]+ kB of [0-9.]+ [kM]B, [0-9.]+ kB/s`)
	term.end(exitDone)
	screen := shown(term.seen())
	if strings.Contains(screen, "%") || !strings.HasPrefix(screen, "folder") || !strings.HasSuffix(screen, "60 seen = 60 copied + 0 present + 0 duplicate + 0 skipped + 0 failed\n") {
		t.Errorf("the bar is not taken away; left on the screen:\n%s", screen)
	}
	for line := range strings.SplitSeq(term.seen(), "\r") {
		if len(line) > 110 {
			t.Errorf("a line of %d octets on a terminal of 100 columns: %q", len(line), line)
		}
	}
}

// shown plays what a terminal was sent: "\r" goes back, "\x1b[K" and "\x1b[0K" erase what follows.
func shown(sent string) string {
	var lines []string
	for line := range strings.SplitSeq(strings.ReplaceAll(sent, "\r\n", "\n"), "\n") {
		var row []rune
		col := 0
		for i := 0; i < len(line); i++ {
			switch {
			case line[i] == '\r':
				col = 0
			case strings.HasPrefix(line[i:], "\x1b[K"), strings.HasPrefix(line[i:], "\x1b[0K"):
				row = row[:min(col, len(row))]
				i += strings.IndexByte(line[i:], 'K')
			default:
				row = append(row[:min(col, len(row))], append([]rune{rune(line[i])}, row[min(col+1, len(row)):]...)...)
				col++
			}
		}
		lines = append(lines, string(row))
	}
	return strings.Join(lines, "\n")
}

func TestNoBarWhereNoneIsWanted(t *testing.T) {
	for _, option := range []string{"-q", "--no-progress", "--json"} {
		s := testStage(t, 30)
		term := onTerminal(t, "pop2imap", option, "--rate", "300k", s.from, s.to)
		term.end(exitDone)
		if strings.Contains(term.seen(), "%") {
			t.Errorf("%s: %q", option, term.seen())
		}
	}
}

func TestPasswordIsAskedFor(t *testing.T) {
	s := testStage(t, 3)
	from, _, _ := strings.Cut(s.from, "&password-file")
	term := onTerminal(t, "pop2imap", from, s.to)
	term.waitFor(`Password of pop3s://anna@127\.0\.0\.1:[0-9]+: $`)
	io.WriteString(term.tty, s.password+"\n")
	term.end(exitDone)
	if strings.Contains(term.seen(), s.password) {
		t.Errorf("the password is shown: %q", term.seen())
	}
}

func TestInterruptedWhileAskedForAPassword(t *testing.T) {
	s := testStage(t, 3)
	from, _, _ := strings.Cut(s.from, "&password-file")
	term := onTerminal(t, "pop2imap", from, s.to)
	term.waitFor(`Password of .*: $`)
	if err := term.cmd.Process.Signal(syscall.SIGINT); err != nil {
		t.Fatal(err)
	}
	term.end(exitInterrupted)
}

// Help is as wide as a narrow terminal, and no wider than helpWidth on a wide one.
func TestWidthOfHelp(t *testing.T) {
	for columns, want := range map[uint16]int{72: 72, 240: helpWidth} {
		master, tty, err := pty.Open()
		if err != nil {
			t.Skipf("no terminal here: %v", err)
		}
		if err := pty.Setsize(tty, &pty.Winsize{Rows: 24, Cols: columns}); err != nil {
			t.Fatal(err)
		}
		if got := (&app{stdout: tty}).widthOfHelp(); got != want {
			t.Errorf("%d columns on a terminal of %d, want %d", got, columns, want)
		}
		master.Close()
		tty.Close()
	}
}
