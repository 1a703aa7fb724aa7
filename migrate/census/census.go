// Package census counts the mail of many places at once and says which messages are copies of one, which of them should
// stay, and which message is where. It reads, and changes nothing.
//
// It goes over the places in three rounds. First all folders are listed. Then messages are read and a dedupe.Print is
// made of each; where reading a body costs time (a server) it is read only if its envelope does not show already that it has no
// copy anywhere. Then the Prints are judged; what they leave open is read once more.
//
// Memory is some 130 octets a message, whatever its length.
package census

import (
	"context"
	"errors"
	"iter"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"mailmv/dedupe"
	"mailmv/formats/mail"
	"mailmv/migrate"
)

// Place is one that is looked into.
type Place struct {
	Source migrate.Source
	Name   string // for people
	// Want chooses folders; nil: all.
	Want func(mail.Folder) bool
	// Costly: bodies come over a wire, so envelopes are looked at first.
	Costly bool
	// Fixed: nothing can be removed from it.
	Fixed bool
	// First: its copies are to stay.
	First bool
	Wire  dedupe.Wire
	Cache *Cache // nil: nothing is remembered
}

// Folder is a folder of one of the places.
type Folder struct {
	mail.Folder
	Place       int
	first, last int32 // its copies
	hints       []uint64
	fleeting    bool // names hold for this session only: nothing is remembered
	glanced     bool // dates come with the octets
}

// Copy is one message as it lies somewhere. It is some 50 octets.
type Copy struct {
	ID     string
	octets int64 // as listed; -1: the Print knows it
	date   int64 // Unix time; 0: not known
	folder int32
	print  int32 // number of its Print, or one of those below
	flags  mail.Flags
}

// What stands for the number of a Print.
const (
	unread  = -1 - iota // no other can be its copy, as its envelope shows
	left                // it is no copy of anything: left out, with a reason
	unknown             // it could not be read
	waiting             // to be read
)

// Census is what was found.
type Census struct {
	Places []*Place
	Rules  *dedupe.Rules
	// Deep reads every body, also where the envelope says that there is no other copy.
	Deep bool
	// Jobs is how many goroutines read and judge.
	Jobs    int
	Observe func(migrate.Event)
	// Patience is that with lost connections.
	Patience migrate.Patience

	Folders []Folder
	Copies  []Copy
	// Spoilt says of folders that could not be listed why.
	Spoilt []error
	// Reasons say of copies that were left out or not read why.
	Reasons map[int32]string

	prints []dedupe.Print
	of     []int32 // the copy of each Print
	held   *attic
	mu     sync.Mutex // guards Reasons and of, and puts events in line
	locks  []sync.Mutex
}

// Take lists and reads. It fails where a place cannot be read at all.
func (c *Census) Take(ctx context.Context) error {
	c.Reasons, c.locks = map[int32]string{}, make([]sync.Mutex, len(c.Places))
	c.held = &attic{at: map[int32]shelved{}}
	if err := c.list(ctx); err != nil {
		return err
	}
	if err := c.readAll(ctx, false); err != nil {
		return err
	}
	if !c.Deep {
		if err := c.eachPlace(func(i int, p *Place) error { return c.askEnvelopes(ctx, i) }); err != nil {
			return err
		}
		c.dismiss()
	}
	return c.readAll(ctx, true)
}

// Close gives up what is held of bodies. It leaves the sources open.
func (c *Census) Close() error {
	errs := []error{c.held.close()}
	for _, p := range c.Places {
		errs = append(errs, p.Cache.close())
	}
	return errors.Join(errs...)
}

// eachPlace does something to all places side by side: they are different disks and servers.
func (c *Census) eachPlace(do func(i int, p *Place) error) error {
	errs := make([]error, len(c.Places))
	var wg sync.WaitGroup
	for i, p := range c.Places {
		wg.Go(func() { errs[i] = do(i, p) })
	}
	wg.Wait()
	return errors.Join(errs...)
}

// list lists all folders.
func (c *Census) list(ctx context.Context) error {
	type listed struct {
		folders []Folder
		copies  []Copy
		reasons map[int32]string
		spoilt  []error
	}
	all := make([]listed, len(c.Places))
	err := c.eachPlace(func(i int, p *Place) error {
		l := &all[i]
		l.reasons = map[int32]string{}
		folders, err := p.Source.Folders(ctx)
		if err != nil {
			return err
		}
		for _, f := range folders {
			if p.Want != nil && !p.Want(f) {
				continue
			}
			folder := Folder{Folder: f, Place: i, first: int32(len(l.copies))}
			err := c.Patience.Do(ctx, func() (bool, error) {
				l.copies = l.copies[:folder.first]
				maps.DeleteFunc(l.reasons, func(i int32, _ string) bool { return i >= folder.first })
				var err error
				l.copies, err = c.listFolder(ctx, p, &folder, l.copies, l.reasons)
				return false, err
			})
			if err != nil && mail.ScopeOf(err) == mail.ScopeFolder {
				l.copies = l.copies[:folder.first]
				if !errors.Is(err, mail.ErrNoFolder) { // else it went away meanwhile
					l.spoilt = append(l.spoilt, err)
				}
				continue
			}
			if err != nil {
				return err
			}
			folder.last = int32(len(l.copies))
			l.folders = append(l.folders, folder)
		}
		return nil
	})
	if err != nil {
		return err
	}
	for _, l := range all {
		c.Spoilt = append(c.Spoilt, l.spoilt...)
		base := int32(len(c.Copies))
		for _, f := range l.folders {
			f.first, f.last = f.first+base, f.last+base
			n := int32(len(c.Folders))
			for i := f.first - base; i < f.last-base; i++ {
				l.copies[i].folder = n
			}
			c.Folders = append(c.Folders, f)
		}
		for i, why := range l.reasons {
			c.Reasons[base+i] = why
		}
		if c.Copies == nil {
			c.Copies = l.copies
		} else {
			c.Copies = append(c.Copies, l.copies...)
		}
	}
	return nil
}

// glancer is a source that lists a folder without a look at each message: its date comes with Fetch.
type glancer interface {
	Glance(ctx context.Context, f mail.Folder) iter.Seq2[mail.Message, error]
}

// listFolder appends the messages of a folder. Where nothing is known from an earlier run there is nothing to be found by
// their dates, and a glance is enough.
func (c *Census) listFolder(ctx context.Context, p *Place, f *Folder, all []Copy, reasons map[int32]string) ([]Copy, error) {
	if f.Messages > 0 {
		all = slices.Grow(all, f.Messages)
	}
	list := p.Source.List
	if g, ok := p.Source.(glancer); ok && p.Cache.empty() {
		list, f.glanced = g.Glance, true
	}
	for m, err := range list(ctx, f.Folder) {
		if err != nil {
			return all, err
		}
		copy := Copy{ID: m.ID, octets: m.Octets, date: dateOf(m), flags: m.Flags, print: waiting}
		if m.Flags&mail.Deleted != 0 {
			copy.print = left
			reasons[int32(len(all))] = "marked as deleted"
		}
		f.fleeting = f.fleeting || m.Fleeting
		all = append(all, copy)
	}
	return all, ctx.Err()
}

func dateOf(m mail.Message) int64 {
	if m.InternalDate.IsZero() {
		return 0
	}
	return m.InternalDate.Unix()
}

// Len is how many messages were listed.
func (c *Census) Len() int { return len(c.Copies) }

// PlaceOf is the place that a copy lies in.
func (c *Census) PlaceOf(i int32) *Place { return c.Places[c.Folders[c.Copies[i].folder].Place] }

// FolderOf is the folder that a copy lies in.
func (c *Census) FolderOf(i int32) *Folder { return &c.Folders[c.Copies[i].folder] }

// FolderNumber is that of the folder in Folders.
func (c *Census) FolderNumber(i int32) int { return int(c.Copies[i].folder) }

// Ref is the copy's reference.
func (c *Census) Ref(i int32) mail.Ref {
	f := c.FolderOf(i)
	return mail.Ref{Folder: f.Path, Validity: f.Validity, ID: c.Copies[i].ID}
}

// Octets is the length of a copy; -1: not known.
func (c *Census) Octets(i int32) int64 {
	if p := c.Copies[i].print; p >= 0 {
		return c.prints[p].Octets()
	}
	return c.Copies[i].octets
}

// Date is when the copy was received; zero: not known.
func (c *Census) Date(i int32) time.Time {
	if c.Copies[i].date == 0 {
		return time.Time{}
	}
	return time.Unix(c.Copies[i].date, 0)
}

// Fate of a copy as far as reading goes.
func (c *Census) Skipped(i int32) bool { return c.Copies[i].print == left }

// Failed tells that a copy could not be read.
func (c *Census) Failed(i int32) bool { return c.Copies[i].print == unknown }

// In yields the copies of a folder.
func (f *Folder) In() iter.Seq[int32] {
	return func(yield func(int32) bool) {
		for i := f.first; i < f.last; i++ {
			if !yield(i) {
				return
			}
		}
	}
}

// Messages is how many copies the folder has.
func (f *Folder) Len() int { return int(f.last - f.first) }

// bin tells a folder whose mail is on its way out.
func bin(f mail.Folder) bool {
	switch f.Role {
	case `\Trash`, `\Junk`:
		return true
	}
	name := string(f.Path)
	name = name[strings.LastIndexByte(name, '/')+1:]
	switch strings.ToLower(name) {
	case "trash", "deleted items", "deleted messages", "junk", "spam", "junk e-mail", "papierkorb", "corbeille":
		return true
	}
	return false
}

func (c *Census) key(i int32) Key {
	return Key{c.Ref(i), c.Copies[i].octets, c.Copies[i].date}
}

// note keeps why a copy takes no part.
func (c *Census) note(i int32, state int32, why string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if n := c.Copies[i].print; n >= 0 && state == unknown {
		c.of[n] = none
	}
	c.Copies[i].print, c.Reasons[i] = state, why
}

// none is the copy of a Print that nobody has.
const none = -1

// reserve gives each message that waits its Print's number, in the order of places and folders: what is read side by side
// is judged in that order.
func (c *Census) reserve(costly bool) {
	n := 0
	for i := range c.Copies {
		if c.Copies[i].print == waiting && c.PlaceOf(int32(i)).Costly == costly {
			n++
		}
	}
	c.prints, c.of = slices.Grow(c.prints, n), slices.Grow(c.of, n)
	for i := range c.Copies {
		if c.Copies[i].print == waiting && c.PlaceOf(int32(i)).Costly == costly {
			c.Copies[i].print = int32(len(c.prints))
			c.prints, c.of = append(c.prints, dedupe.Print{}), append(c.of, int32(i))
		}
	}
}

// enter keeps the Print of a copy, in the slot that is its own.
func (c *Census) enter(i int32, p dedupe.Print) {
	c.prints[c.Copies[i].print] = p
}

func (c *Census) tell(e migrate.Event) {
	if c.Observe == nil {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.Observe(e)
}
