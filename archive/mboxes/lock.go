package mboxes

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"strings"
	"time"

	"mailmv/formats/maildir"
)

const (
	lockPoll = 50 * time.Millisecond
	// staleAfter is how old another program's dotlock has to be before it is taken for one that was left behind; Dovecot
	// waits two minutes, and touches its own every ten seconds.
	staleAfter = 5 * time.Minute
)

// errInUse: another program has a file of the tree. It is not mail.ErrInUse, a server's word that ends a run until later: here
// one folder cannot be written, and there are the others.
var errInUse = errors.New("in use")

// held is a file of the tree open for writing, locked against other programs.
type held struct {
	maildir.File
	drop func() error
}

// release closes the file and gives up its locks.
func (h *held) release() error { return errors.Join(h.File.Close(), h.drop()) }

// hold opens and locks a file: by dotlock, then by fcntl, as Dovecot does. It waits for a while, and gives all locks up while it waits.
func (a *Archive) hold(ctx context.Context, name string) (*held, error) {
	ticker := time.NewTicker(lockPoll)
	defer ticker.Stop()
	for end := time.Now().Add(a.patience); ; {
		h, err := a.tryHold(name)
		if !errors.Is(err, errInUse) || time.Now().After(end) {
			return h, err
		}
		select {
		case <-ticker.C:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}

func (a *Archive) tryHold(name string) (*held, error) {
	if _, err := a.disk.Lstat(name); err != nil { // Edit would make it
		return nil, err
	}
	drop, err := a.dotlock(name)
	if err != nil {
		return nil, err
	}
	f, err := a.disk.Edit(name)
	if err != nil {
		return nil, errors.Join(err, drop())
	}
	if err := lockFile(f); err != nil {
		if errors.Is(err, errLocked) {
			err = fmt.Errorf("%s: %w: another program has locked it", name, errInUse)
		}
		return nil, errors.Join(err, f.Close(), drop())
	}
	return &held{f, drop}, nil
}

var errLocked = errors.New("locked")

// dotlock makes NAME.lock: a second name of a file that says whose it is, so that it is never without that. One that a dead run
// of ours left is removed: the archive's lock says that it is dead; so is one of another program that is too old.
func (a *Archive) dotlock(name string) (drop func() error, err error) {
	lock := name + ".lock"
	err = a.makeLock(lock)
	if errors.Is(err, fs.ErrExist) && a.isStale(lock) {
		if err := a.removeLock(lock); err != nil {
			return nil, err
		}
		err = a.makeLock(lock)
	}
	if errors.Is(err, fs.ErrExist) {
		return nil, fmt.Errorf("%s: %w: another program holds %s", name, errInUse, lock)
	}
	return func() error { return a.removeLock(lock) }, err
}

func (a *Archive) makeLock(lock string) error {
	err := a.disk.Link(a.mark(), lock)
	if err == nil || errors.Is(err, fs.ErrExist) {
		return err
	}
	f, err := a.disk.Create(lock) // a file system where files have one name
	if err != nil {
		return err
	}
	_, err = io.WriteString(f, lockMark())
	if err = errors.Join(err, f.Close()); err != nil {
		return errors.Join(err, a.disk.Remove(lock))
	}
	return nil
}

// removeLock takes for done what another program did: it took the lock for left behind.
func (a *Archive) removeLock(lock string) error {
	if err := a.disk.Remove(lock); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

func (a *Archive) mark() string { return path.Join(a.state, "mark") }

// makeMark writes the file whose second name every dotlock is, and removes dotlocks that a dead run of ours left.
func (a *Archive) makeMark() error {
	if err := a.removeLock(a.mark()); err != nil {
		return err
	}
	f, err := a.disk.Create(a.mark())
	if err != nil {
		return err
	}
	_, err = io.WriteString(f, lockMark())
	if err = errors.Join(err, f.Close()); err != nil {
		return err
	}
	for f := range a.known() {
		if lock := f.Where + ".lock"; a.isOurs(lock) {
			err = errors.Join(err, a.removeLock(lock))
		}
	}
	return err
}

// lockMark is what our locks hold: other programs look for the number of a process, if for anything.
func lockMark() string {
	host, _ := os.Hostname()
	return fmt.Sprintf("%d\nmailmv on %s\n", os.Getpid(), host)
}

// isOurs tells whether a dotlock was left by a run of ours on this machine.
func (a *Archive) isOurs(lock string) bool {
	f, err := a.disk.Open(lock)
	if err != nil {
		return false
	}
	defer f.Close()
	text, _ := io.ReadAll(io.LimitReader(f, 1000))
	_, ours, _ := strings.Cut(lockMark(), "\n")
	_, who, _ := strings.Cut(string(text), "\n")
	return who == ours
}

func (a *Archive) isStale(lock string) bool {
	if a.isOurs(lock) {
		return true
	}
	i, err := a.disk.Lstat(lock)
	if err != nil {
		return false
	}
	if age := time.Since(i.ModTime()); age > staleAfter {
		a.tell("%s: %s is %v old: taken for one that was left behind", a.at, lock, age.Round(time.Minute))
		return true
	}
	return false
}
