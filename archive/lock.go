package archive

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/gofrs/flock"

	"mailmv/formats/maildir"
)

// lock takes a kernel lock, which dies with the process, and writes down who holds it.
func lock(name string) (unlock func() error, err error) {
	l := flock.New(name, flock.SetPermissions(0o600))
	ok, err := l.TryLock()
	if err != nil {
		return nil, fmt.Errorf("lock: %w", err)
	}
	if !ok {
		holder, _ := os.ReadFile(name)
		return nil, fmt.Errorf("%w: %s", ErrLocked, strings.TrimSpace(string(holder)))
	}
	host, _ := os.Hostname()
	text := fmt.Sprintf("process %d on %s since %s\n", os.Getpid(), host, time.Now().Format(time.RFC3339))
	if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
		return nil, errors.Join(fmt.Errorf("lock: %w", err), l.Unlock())
	}
	return l.Unlock, nil
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
