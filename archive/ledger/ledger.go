// Package ledger is the folder that an archive keeps beside its mail (".mailmv"): who writes there now, and the manifest, lines of
// text that prove themselves (package line) and are only appended to. What the lines say is the archive's affair, but for
// what every message has (Mail).
package ledger

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
	"time"

	"github.com/gofrs/flock"

	"mailmv/formats/maildir"
)

// Dir is the folder's name.
const Dir = ".mailmv"

// Magic begins the first line of every manifest; a version and the layout of the tree follow.
const Magic = "mailmv-archive"

// Errors of taking an archive into use.
var (
	ErrLocked  = errors.New("another run holds the lock of this archive")
	ErrVersion = errors.New("the archive was written by a newer mailmv")
	// ErrIdentity is about an archive as a source.
	ErrIdentity = errors.New("the file that says which archive it is is damaged")
)

// Lock takes a kernel lock in the folder dir of the tree d at root, which dies with the process, and writes down who holds it:
// beside it, since on Windows nobody can read a locked file. ErrLocked names the holder.
func Lock(d maildir.Disk, root, dir string, now time.Time) (unlock func() error, err error) {
	if i, err := d.Lstat(path.Join(dir, "lock")); err == nil && !i.Mode().IsRegular() {
		return nil, fmt.Errorf("%s/lock: %w", dir, maildir.ErrNoFile)
	}
	l := flock.New(filepath.Join(root, filepath.FromSlash(dir), "lock"), flock.SetPermissions(0o600))
	ok, err := l.TryLock()
	if err != nil {
		return nil, fmt.Errorf("lock: %w", err)
	}
	holder := path.Join(dir, "holder")
	if !ok {
		return nil, fmt.Errorf("%w: %s", ErrLocked, heldBy(d, holder))
	}
	f, err := d.Edit(holder)
	if err != nil {
		return l.Unlock, err
	}
	host, _ := os.Hostname()
	if err = f.Truncate(0); err == nil {
		_, err = fmt.Fprintf(f, "process %d on %s since %s\n", os.Getpid(), host, now.Format(time.RFC3339))
	}
	return l.Unlock, errors.Join(err, f.Close())
}

// heldBy tells who has the lock, for people.
func heldBy(d maildir.Disk, holder string) string {
	f, err := d.Open(holder)
	if err != nil {
		return "its holder is not known"
	}
	defer f.Close()
	text, _ := io.ReadAll(io.LimitReader(f, 200))
	return strings.TrimSpace(string(text))
}

// MakeRoot makes the directory of a new archive, its parents with it, and syncs the names of all that it made.
func MakeRoot(path string) error {
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
