package imap

import (
	"bufio"
	"context"
	"errors"
	"sync"
)

// uplink is the storing side of a session: commands are written one behind the other by whoever has the
// turn, and one goroutine, which lives while any of them is open, reads the answers and gives each to its
// command by its tag.
type uplink struct {
	s *session
	w *bufio.Writer
	// plus gets the server's "go on" for a literal. Only one can be waited for.
	plus chan struct{}

	mu      sync.Mutex
	changed sync.Cond
	open    map[string]*sent
	groups  int // batches that are not all answered
	reading bool
	due     []*query
	sizes   map[uint32]int64
	polls   bool // the server tells of new messages only after NOOP (Courier)
}

// sent is a command on its way.
type sent struct {
	stores int // messages that it stores; 0: another command
	group  *group
	done   chan struct{} // closed once answer or err is there
	answer status
	err    error
	query  *query // after OK with a good APPENDUID
}

// group counts the open commands of one batch.
type group struct{ open int }

const writeBuffer = 256 << 10

var errEnded = errors.New("connection ended")

func (u *uplink) init(s *session) {
	u.s = s
	u.plus = make(chan struct{}, 1)
	u.open = map[string]*sent{}
	u.sizes = map[uint32]int64{}
	u.changed.L = &u.mu
}

// writer gives the buffer through which everything is written.
func (u *uplink) writer() *bufio.Writer {
	if u.w == nil {
		u.w = bufio.NewWriterSize(u.s.conn, writeBuffer)
	}
	return u.w
}

// idle tells whether nothing is under way.
func (u *uplink) idle() bool {
	u.mu.Lock()
	defer u.mu.Unlock()
	return len(u.open) == 0 && !u.reading
}

// settle waits until nothing is under way, sizes that are still to be asked for included. The caller has the turn.
func (u *uplink) settle(ctx context.Context) error {
	if err := u.await(ctx, func() bool { return len(u.open) == 0 && !u.reading }); err != nil {
		return err
	}
	if !u.ask() {
		return nil
	}
	return u.await(ctx, func() bool { return len(u.open) == 0 && !u.reading })
}

// room waits until one more batch may be under way. The caller has the turn.
func (u *uplink) room(ctx context.Context) error {
	return u.await(ctx, func() bool { return u.groups < appendsInFlight })
}

func (u *uplink) await(ctx context.Context, ready func() bool) error {
	stop := context.AfterFunc(ctx, func() {
		u.mu.Lock()
		u.changed.Broadcast()
		u.mu.Unlock()
	})
	defer stop()
	u.mu.Lock()
	defer u.mu.Unlock()
	for !ready() {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		u.changed.Wait()
	}
	return nil
}

// issue registers a command, before its first octet is written.
func (u *uplink) issue(stores int, g *group) (tag string, c *sent) {
	tag = u.s.nextTag()
	c = &sent{stores: stores, group: g, done: make(chan struct{})}
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.s.dead.Load() {
		c.err = errEnded
		close(c.done)
		return tag, c
	}
	if g != nil {
		if g.open++; g.open == 1 {
			u.groups++
		}
	}
	u.open[tag] = c
	if !u.reading {
		u.reading = true
		go u.read()
	}
	return tag, c
}

// run sends one command and waits for its answer. The caller has the turn.
func (u *uplink) run(text string) (status, error) {
	tag, c := u.issue(0, nil)
	u.writer().WriteString(tag + " " + text + "\r\n")
	if err := u.writer().Flush(); err != nil {
		u.s.close()
	}
	<-c.done
	return c.answer, c.err
}

// read gives every answer to its command until none is open.
func (u *uplink) read() {
	for {
		u.mu.Lock()
		if len(u.open) == 0 {
			u.reading = false
			u.changed.Broadcast()
			u.mu.Unlock()
			return
		}
		u.mu.Unlock()
		r, err := readReply(u.s.conn)
		if err == nil {
			err = u.take(r)
		}
		if err != nil {
			u.fail(cut(err))
		}
	}
}

// take deals with one response.
func (u *uplink) take(r reply) error {
	switch {
	case r.tag == "+":
		select {
		case u.plus <- struct{}{}:
		default: // nobody waits: ignored
		}
		return nil
	case r.tag == "*" && r.isStatus():
		u.s.words.hear(parseStatus(r.text), false)
		return nil
	case r.tag == "*":
		u.size(r.text)
		return nil
	}
	u.mu.Lock()
	defer u.mu.Unlock()
	c := u.open[r.tag]
	if c == nil {
		return nil // stale
	}
	answer, err := u.s.answer(r)
	if err != nil {
		return err
	}
	c.answer = answer
	if c.stores > 0 && answer.kind == "OK" {
		u.stored(c)
	}
	if c.stores > 0 && answer.kind == "BAD" {
		// The server may have taken the literal for commands: mail would run as them (RFC 7888 §8).
		u.s.close()
	}
	u.finish(r.tag, c)
	return nil
}

// finish closes a command. u.mu is held.
func (u *uplink) finish(tag string, c *sent) {
	delete(u.open, tag)
	if c.group != nil {
		if c.group.open--; c.group.open == 0 {
			u.groups--
		}
	}
	close(c.done)
	u.changed.Broadcast()
}

// fail ends everything that is open.
func (u *uplink) fail(err error) {
	u.s.close()
	u.mu.Lock()
	defer u.mu.Unlock()
	for tag, c := range u.open {
		c.err = err
		u.finish(tag, c)
	}
}

// goOn waits for the "+" for a literal of c, or for c's end. ok: the literal may be sent.
func (u *uplink) goOn(ctx context.Context, c *sent) (ok bool) {
	select {
	case <-u.plus:
		return true
	case <-c.done:
	case <-ctx.Done():
		u.s.close()
	}
	return false
}
