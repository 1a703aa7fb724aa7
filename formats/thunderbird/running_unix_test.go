//go:build unix && !solaris && !illumos && !aix

package thunderbird

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"golang.org/x/sys/unix"
)

// TestMain is the running Thunderbird too, where it is told so: locks of fcntl are not seen by the process that has them.
func TestMain(m *testing.M) {
	if name := os.Getenv("HOLD_LOCK_OF"); name != "" {
		holdLock(name)
		return
	}
	os.Exit(m.Run())
}

func holdLock(name string) {
	f, err := os.OpenFile(name, os.O_RDWR|os.O_CREATE, 0o600)
	if err == nil {
		err = unix.FcntlFlock(f.Fd(), unix.F_SETLK, &unix.Flock_t{Type: unix.F_WRLCK, Whence: io.SeekStart})
	}
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println("held")
	_, _ = io.Copy(io.Discard, os.Stdin) // until the test closes it
}

func TestRunning(t *testing.T) {
	profile := t.TempDir()
	if Running(profile) {
		t.Error("with no lock at all it is said to run")
	}
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), "HOLD_LOCK_OF="+filepath.Join(profile, ".parentlock"))
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	if line, err := bufio.NewReader(out).ReadString('\n'); line != "held\n" {
		t.Fatalf("%q, %v", line, err)
	}
	if !Running(profile) {
		t.Error("a process holds .parentlock")
	}
	in.Close()
	if err := cmd.Wait(); err != nil {
		t.Fatal(err)
	}
	if Running(profile) {
		t.Error("nobody holds .parentlock any more")
	}

	// Where there is no .parentlock the link tells.
	if err := os.Remove(filepath.Join(profile, ".parentlock")); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		to   string
		want bool
	}{
		{fmt.Sprintf("127.0.1.1:+%d", os.Getpid()), true},
		{fmt.Sprintf("127.0.1.1:+%d", cmd.Process.Pid), false}, // it has ended
		{"127.0.1.1:+0", false},
		{"elsewhere", false},
	} {
		link := filepath.Join(profile, "lock")
		if err := os.Symlink(test.to, link); err != nil {
			t.Fatal(err)
		}
		if got := Running(profile); got != test.want {
			t.Errorf("a link to %s: %v, want %v", test.to, got, test.want)
		}
		if err := os.Remove(link); err != nil {
			t.Fatal(err)
		}
	}
}
