package archive

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/gofrs/flock"

	"mailmv/formats/maildir"
)

// takeLock takes a kernel lock, which dies with the process, and writes down who holds it: beside it, since on Windows
// nobody can read a locked file.
func (a *Archive) takeLock() error {
	l := flock.New(filepath.Join(a.root, stateDir, "lock"), flock.SetPermissions(0o600))
	ok, err := l.TryLock()
	if err != nil {
		return fmt.Errorf("lock: %w", err)
	}
	if !ok {
		return fmt.Errorf("%w: %s", ErrLocked, a.holder())
	}
	a.unlock = l.Unlock
	f, err := a.disk.Edit(holderFile)
	if err != nil {
		return err
	}
	host, _ := os.Hostname()
	if err = f.Truncate(0); err == nil {
		_, err = fmt.Fprintf(f, "process %d on %s since %s\n", os.Getpid(), host, a.Now().Format(time.RFC3339))
	}
	return errors.Join(err, f.Close())
}

// holder tells who has the lock, for people.
func (a *Archive) holder() string {
	f, err := a.disk.Open(holderFile)
	if err != nil {
		return "its holder is not known"
	}
	defer f.Close()
	text, _ := io.ReadAll(io.LimitReader(f, 200))
	return strings.TrimSpace(string(text))
}

// makeRoot makes the directory of a new archive, its parents with it, and syncs the names of all that it made.
func makeRoot(path string) error {
	full, err := filepath.Abs(path)
	if err != nil {
		return err
	}
	var made []string
	for dir := full; ; dir = filepath.Dir(dir) {
		i, err := os.Stat(dir)
		if err == nil && !i.IsDir() {
			return &fs.PathError{Op: "mkdir", Path: dir, Err: errors.New("not a directory")}
		}
		if err == nil || dir == filepath.Dir(dir) {
			break
		}
		made = append(made, dir)
	}
	if err := os.MkdirAll(full, 0o700); err != nil {
		return err
	}
	for _, dir := range made {
		if err := syncDir(filepath.Dir(dir)); err != nil {
			return err
		}
	}
	return nil
}

func syncDir(dir string) error {
	d, err := maildir.OpenDisk(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.SyncDir("."), d.Close())
}
