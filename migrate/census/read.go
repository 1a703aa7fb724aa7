package census

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"slices"
	"sync"

	"mailmv/dedupe"
	"mailmv/formats/mail"
	"mailmv/migrate"
)

// concurrent is a source of which several Fetches may run beside each other, once their folder was listed.
type concurrent interface{ Concurrent() bool }

const (
	readAtOnce = 200       // messages that one Fetch asks for
	handedMax  = 256 << 10 // octets of a message that another goroutine takes over; a longer one is read where it is fetched
)

// askEnvelopes asks a server for what tells that a message has no copy.
func (c *Census) askEnvelopes(ctx context.Context, place int) error {
	p := c.Places[place]
	if !p.Costly {
		return nil
	}
	for n := range c.Folders {
		if f := &c.Folders[n]; f.Place == place {
			if err := c.askFolder(ctx, p, f); err != nil {
				return fmt.Errorf("%s: %w", p.Name, err)
			}
		}
	}
	return ctx.Err()
}

func (c *Census) askFolder(ctx context.Context, p *Place, f *Folder) error {
	f.hints = make([]uint64, f.Len())
	c.recall(p, f, func(i int32, _ dedupe.Print, hint uint64) { f.hints[i-f.first] = hint })
	number := map[string]int32{}
	var refs []mail.Ref
	for i := range f.In() {
		if c.Copies[i].print != waiting || f.hints[i-f.first] != 0 {
			continue
		}
		number[c.Copies[i].ID] = i
		refs = append(refs, c.Ref(i))
	}
	for part := range slices.Chunk(refs, 1000) {
		err := c.Patience.Do(ctx, func() (progress bool, err error) {
			part = slices.DeleteFunc(part, func(r mail.Ref) bool { _, asked := number[r.ID]; return !asked })
			for m, err := range p.Source.Describe(ctx, f.Folder, part) {
				if err != nil && mail.ScopeOf(err) != mail.ScopeMessage {
					return progress, err
				}
				i, ok := number[m.ID]
				if err != nil || !ok {
					continue // it is read then
				}
				f.hints[i-f.first] = c.Rules.Hint(m.Envelope)
				delete(number, m.ID)
				progress = true
			}
			return progress, nil
		})
		if err != nil && mail.ScopeOf(err) != mail.ScopeFolder { // else it is read, and that tells
			return err
		}
	}
	return nil
}

// dismiss marks those as unread whose hint no other message has.
func (c *Census) dismiss() {
	if !slices.ContainsFunc(c.Folders, func(f Folder) bool { return f.hints != nil }) {
		return
	}
	var hints []uint64
	for n, p := range c.prints {
		if c.of[n] != none {
			hints = append(hints, p.Hint())
		}
	}
	for n := range c.Folders {
		f := &c.Folders[n]
		for i := range f.In() {
			if f.hints != nil && c.Copies[i].print == waiting && f.hints[i-f.first] != 0 {
				hints = append(hints, f.hints[i-f.first])
			}
		}
	}
	slices.Sort(hints)
	for n := range c.Folders {
		f := &c.Folders[n]
		for i := range f.In() {
			if f.hints == nil || c.Copies[i].print != waiting || f.hints[i-f.first] == 0 {
				continue
			}
			at, _ := slices.BinarySearch(hints, f.hints[i-f.first])
			if at+1 >= len(hints) || hints[at+1] != hints[at] {
				c.Copies[i].print = unread
			}
		}
	}
}

// readAll makes Prints of all that waits in places of one kind.
func (c *Census) readAll(ctx context.Context, costly bool) error {
	c.reserve(costly)
	return c.eachPlace(func(i int, p *Place) error {
		if p.Costly != costly {
			return nil
		}
		return c.readPlace(ctx, i)
	})
}

// readPlace makes the Prints of a place.
func (c *Census) readPlace(ctx context.Context, place int) error {
	p := c.Places[place]
	for n := range c.Folders {
		f := &c.Folders[n]
		if f.Place != place {
			continue
		}
		c.recall(p, f, func(i int32, print dedupe.Print, _ uint64) {
			if c.Copies[i].print >= 0 && print != (dedupe.Print{}) {
				c.enter(i, print)
				p.Cache.known++
			}
		})
		todo := make([]int32, 0, f.Len())
		var octets int64
		for i := range f.In() {
			if n := c.Copies[i].print; n < 0 || c.prints[n] != (dedupe.Print{}) {
				continue
			}
			todo = append(todo, i)
			octets += max(c.Copies[i].octets, 0)
		}
		c.tell(migrate.FolderStarted{Source: p.Name, Folder: f.Path, Messages: f.Len(), ToFetch: len(todo), Octets: octets})
		if err := c.readFolder(ctx, p, f, todo); err != nil {
			return err
		}
	}
	return ctx.Err()
}

// readFolder reads messages of a folder: side by side where the place bears it, else one goroutine fetches and the others
// make Prints.
func (c *Census) readFolder(ctx context.Context, p *Place, f *Folder, todo []int32) error {
	if s, ok := p.Source.(concurrent); ok && s.Concurrent() {
		return c.readBeside(ctx, p, f, todo)
	}
	work := make(chan handed, 2*c.jobs())
	var wg sync.WaitGroup
	for range c.jobs() {
		wg.Go(func() {
			r := c.newReading(p, f)
			defer r.tell()
			for h := range work {
				_ = r.print(h.i, bytes.NewReader(h.octets)) // from memory
				buffers.Put(&h.octets)
			}
		})
	}
	own := c.newReading(p, f)
	defer own.tell()
	err := c.fetch(ctx, p, f, todo, func(i int32, m mail.Fetched) error {
		buf := *buffers.Get().(*[]byte)
		buf, whole, err := fill(buf[:0], m.Body)
		if err != nil {
			return err
		}
		if p.Costly && whole {
			c.held.keep(i, buf)
		}
		if whole {
			work <- handed{i, buf}
			return nil
		}
		defer buffers.Put(&buf)
		return own.print(i, io.MultiReader(bytes.NewReader(buf), m.Body))
	})
	close(work)
	wg.Wait()
	return err
}

// handed is a message whose octets another goroutine looks at.
type handed struct {
	i      int32
	octets []byte
}

var buffers = sync.Pool{New: func() any { return new([]byte) }}

// fill reads up to handedMax octets; whole: there are no more.
func fill(buf []byte, r io.Reader) ([]byte, bool, error) {
	for len(buf) <= handedMax {
		if len(buf) == cap(buf) {
			buf = slices.Grow(buf, max(16<<10, len(buf)))
		}
		n, err := r.Read(buf[len(buf):cap(buf)])
		buf = buf[:len(buf)+n]
		if err == io.EOF {
			return buf, true, nil
		}
		if err != nil {
			return buf, false, err
		}
	}
	return buf, false, nil
}

func (c *Census) jobs() int { return max(1, c.Jobs) }

// readBeside reads parts of a folder side by side.
func (c *Census) readBeside(ctx context.Context, p *Place, f *Folder, todo []int32) error {
	parts := make(chan []int32)
	errs := make([]error, c.jobs())
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	var wg sync.WaitGroup
	for n := range c.jobs() {
		wg.Go(func() {
			r := c.newReading(p, f)
			defer r.tell()
			for part := range parts {
				if errs[n] != nil {
					continue
				}
				errs[n] = c.fetch(ctx, p, f, part, func(i int32, m mail.Fetched) error { return r.print(i, m.Body) })
				if errs[n] != nil {
					cancel()
				}
			}
		})
	}
	for part := range slices.Chunk(todo, readAtOnce) {
		parts <- part
	}
	close(parts)
	wg.Wait()
	return first(errs)
}

// first is the first error that is not the end of the others.
func first(errs []error) error {
	var any error
	for _, err := range errs {
		if err != nil && (any == nil || any == context.Canceled) {
			any = err
		}
	}
	return any
}

// reading makes Prints of messages of a folder, in one goroutine, and tells how far it is.
type reading struct {
	c       *Census
	printer *dedupe.Printer
	at      migrate.MessagesRead
	often   int // so many messages are told of together
}

// toldTogether are messages that are read within a moment.
const toldTogether = 50

func (c *Census) newReading(p *Place, f *Folder) *reading {
	r := &reading{c: c, printer: c.Rules.Printer(), at: migrate.MessagesRead{Source: p.Name, Folder: f.Path}, often: toldTogether}
	if p.Costly {
		r.often = 1
	}
	return r
}

// print makes a Print and keeps it.
func (r *reading) print(i int32, body io.Reader) error {
	print, err := r.printer.Print(body)
	if err != nil {
		if mail.ScopeOf(err) != mail.ScopeMessage {
			return err
		}
		r.c.note(i, unknown, err.Error())
		return nil
	}
	r.c.enter(i, print)
	r.at.Messages++
	r.at.Octets += print.Octets()
	if r.at.Messages >= r.often || r.at.Octets >= 1<<20 {
		r.tell()
	}
	return nil
}

// tell tells what was read since the last time.
func (r *reading) tell() {
	if r.at.Messages > 0 {
		r.c.tell(r.at)
		r.at.Messages, r.at.Octets = 0, 0
	}
}
