package migrate

import (
	"context"
	"errors"
	"iter"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sync/semaphore"

	"mailmv/formats/mail"
)

// Bounds of what is under way between source and sink, so that memory does not depend on the mail.
const (
	heldMax        = 12 << 20 // octets of messages in memory
	parcelsAhead   = 256      // spooled and not yet in a batch
	batchMessages  = 100      // where the sink has no opinion
	batchOctets    = 1 << 20
	batchPatience  = 2 * time.Second // a batch that does not fill goes out after this
	unheldEstimate = 1 << 10         // what a parcel costs beside its octets
)

// carry fetches what is to be done and hands it to the sink.
func (x *runner) carry(ctx context.Context, m *move, todo []mail.Ref) error {
	if x.verify != nil && m.absent && x.Twins == KeepTwins {
		return x.verifyAbsent(ctx, m, todo)
	}
	if len(todo) == 0 {
		return nil
	}
	if x.DryRun && x.verify == nil && x.Twins == KeepTwins {
		if told, err := x.foretell(ctx, m, todo); told || err != nil {
			return err
		}
	}
	return x.bring(ctx, m, func(ctx context.Context) iter.Seq2[mail.Fetched, error] {
		return x.source(m).Fetch(ctx, m.folder, todo)
	})
}

// bring hands to the sink what a source gives. Three stages run side by side, joined
// by bounded queues: fetch and spool; sift and send; wait for answers and write them down.
func (x *runner) bring(ctx context.Context, m *move, read func(context.Context) iter.Seq2[mail.Fetched, error]) error {
	fetching, stop := context.WithCancel(ctx)
	defer stop()
	c := &carrier{runner: x, m: m, stop: stop, memory: semaphore.NewWeighted(heldMax),
		parcels: make(chan *parcel, parcelsAhead)}
	fetched := make(chan error, 1)
	go func() {
		defer close(c.parcels)
		fetched <- c.fetch(fetching, read(fetching))
	}()
	err := c.deliver(ctx)
	stop()
	for p := range c.parcels { // spooled and not wanted any more
		c.release(p)
	}
	fetchErr := <-fetched
	switch {
	case err != nil:
		return err
	case c.stopped:
		return ErrStopped
	case fetchErr != nil:
		return fetchErr
	}
	if m.unnamed > 0 {
		if err := x.settleDoubts(ctx, m); err != nil {
			return err
		}
	}
	if x.stock != nil {
		x.stock.learn(x.Journal, m)
	}
	return nil
}

// carrier is one carry under way.
type carrier struct {
	*runner
	m       *move
	stop    context.CancelFunc // ends fetching, and nothing else
	memory  *semaphore.Weighted
	parcels chan *parcel
	failed  atomic.Bool    // an answer was bad: nothing more is sent
	aloft   sync.WaitGroup // flights
	stopped bool           // StopAfter was reached
}

// fetch spools the messages in the order in which they come.
func (c *carrier) fetch(ctx context.Context, messages iter.Seq2[mail.Fetched, error]) error {
	pace := newPace(c.MessageRate, c.m.src.OctetRate)
	for f, err := range messages {
		if err == nil {
			err = pace.message(ctx)
		}
		if errors.Is(err, mail.ErrGone) {
			c.account(c.m, f.Message, mail.Ref{}, Skipped, "no longer there", nil)
			continue
		}
		if err != nil && mail.ScopeOf(err) == mail.ScopeMessage {
			c.account(c.m, f.Message, mail.Ref{}, Failed, err.Error(), err)
			continue
		}
		if err != nil {
			c.cutAt(c.m, f.Ref, err)
			return err
		}
		p, err := c.spool.spool(ctx, f)
		if err != nil && mail.ScopeOf(err) == mail.ScopeMessage {
			c.account(c.m, f.Message, mail.Ref{}, Failed, err.Error(), err)
			continue
		}
		if err != nil {
			c.cutAt(c.m, f.Ref, err)
			return err
		}
		if err := errors.Join(c.judgeTwins(p), pace.spend(ctx, p.Octets)); err != nil {
			p.release()
			return err
		}
		c.observe(Progress{Octets: p.Octets})
		if err := c.memory.Acquire(ctx, p.held()+unheldEstimate); err != nil {
			p.release()
			return err
		}
		p.memory = c.memory
		select {
		case c.parcels <- p:
		case <-ctx.Done():
			c.release(p)
			return ctx.Err()
		}
	}
	return ctx.Err()
}

// release ends parcels whose memory was acquired.
func (c *carrier) release(batch ...*parcel) {
	for _, p := range batch {
		held := p.held() + unheldEstimate
		p.release()
		c.memory.Release(held)
	}
}

// deliver makes batches of the parcels, sifts out what needs no sending, and sends the rest. It
// returns when every answer has come.
func (c *carrier) deliver(ctx context.Context) error {
	flights := make(chan *flight, max(c.inFlight()-1, 0))
	landed := make(chan error, 1)
	go func() {
		var first error
		for f := range flights {
			if err := c.land(ctx, f); err != nil && first == nil {
				first = err
				c.failed.Store(true)
				c.stop()
			}
			c.aloft.Done()
		}
		landed <- first
	}()
	err := c.collect(ctx, func(batch []*parcel) error { return c.send(ctx, batch, flights) })
	close(flights)
	if landErr := <-landed; landErr != nil {
		return landErr
	}
	return err
}

func (c *carrier) inFlight() int {
	return max(c.Sink.Limits().InFlight, 1)
}

// collect gathers parcels until they make a batch, or none comes for a while.
func (c *carrier) collect(ctx context.Context, send func([]*parcel) error) error {
	most, octets := c.batchSize()
	var batch []*parcel
	var size int64
	flush := func() error {
		full := batch
		batch, size = nil, 0
		if c.failed.Load() || ctx.Err() != nil {
			c.release(full...)
			return ctx.Err()
		}
		if len(full) == 0 {
			return nil
		}
		return send(full)
	}
	patience := time.NewTimer(batchPatience)
	defer patience.Stop()
	for !c.stopped {
		select {
		case p, ok := <-c.parcels:
			if !ok {
				return flush()
			}
			batch = append(batch, p)
			size += max(p.Octets, p.held())
			if len(batch) < most && size < octets {
				continue
			}
		case <-patience.C:
		}
		if err := flush(); err != nil {
			return err
		}
		patience.Reset(batchPatience)
	}
	return nil
}

func (c *carrier) batchSize() (messages int, octets int64) {
	l := c.Sink.Limits()
	if messages = l.BatchMessages; messages == 0 {
		messages = batchMessages
	}
	if octets = l.BatchOctets; octets == 0 {
		octets = batchOctets
	}
	return messages, octets
}

// flight is a batch on its way.
type flight struct {
	batch uint64
	sent  []*parcel
	given []int64 // octets of each as it was given: mended ones have others
	wait  func() ([]mail.Stored, error)
}

// send sifts a batch and hands what is new to the sink.
func (c *carrier) send(ctx context.Context, batch []*parcel, flights chan<- *flight) error {
	fresh, err := c.sift(ctx, batch)
	if err != nil {
		return err
	}
	if c.verify != nil {
		if fresh, err = c.verifyTwins(ctx, fresh); err != nil {
			return err
		}
		for _, p := range fresh {
			c.verify.notFound(c.runner, c.m, p)
		}
		c.release(fresh...)
		return nil
	}
	for c.Twins == DropTwins && len(fresh) > 0 {
		some, waiting, err := c.dropTwins(ctx, fresh)
		if err != nil {
			return err
		}
		if len(waiting) == 0 {
			return c.ship(ctx, some, flights)
		}
		err = c.ship(ctx, some, flights)
		if err == nil {
			err = c.allLanded(ctx)
		}
		if err != nil || c.stopped {
			c.release(waiting...)
			return err
		}
		fresh = waiting
	}
	return c.ship(ctx, fresh, flights)
}

// ship hands to the sink what is new.
func (c *carrier) ship(ctx context.Context, fresh []*parcel, flights chan<- *flight) error {
	fresh = c.upToLimit(fresh)
	if len(fresh) == 0 {
		return nil
	}
	if c.DryRun {
		for _, p := range fresh {
			c.account(c.m, p.Message, mail.Ref{}, Copied, c.whyCopied(p.key, c.m), nil)
			c.doom(c.m, p.Message, p.key)
		}
		c.release(fresh...)
		return nil
	}
	f, err := c.launch(ctx, fresh)
	if err != nil {
		c.release(fresh...)
		return err
	}
	c.aloft.Add(1)
	flights <- f
	return nil
}

// launch notes in the journal what is about to leave, and lets it leave.
func (c *carrier) launch(ctx context.Context, fresh []*parcel) (*flight, error) {
	f := &flight{sent: fresh}
	items := make([]item, len(fresh))
	parcels := make([]mail.Parcel, len(fresh))
	for i, p := range fresh {
		items[i] = p.item(c.m.from, c.start)
		parcels[i] = mail.Parcel{Message: p.Message, Body: p}
		if c.mends(p) {
			parcels[i] = mended(p)
		}
		f.given = append(f.given, parcels[i].Octets)
	}
	var err error
	if f.batch, err = c.Journal.begin(c.m.toN, c.m.to.Next, items); err != nil {
		return nil, err
	}
	c.remember(f.batch, sentBatch{})
	f.wait, err = c.Sink.Append(ctx, c.m.to, parcels) // on an error in doubt: settled by the next pass or run
	return f, err
}

// upToLimit leaves of a batch what still may go; the message that reaches the limit goes.
func (c *carrier) upToLimit(batch []*parcel) []*parcel {
	for i, p := range batch {
		if c.StopAfter > 0 && c.octets >= c.StopAfter {
			c.stopped = true
			c.release(batch[i:]...)
			return batch[:i]
		}
		c.octets += p.Octets
	}
	return batch
}

// foretell is a dry run over mail that can only be new: it need not be read. told is false where it
// may be in the sink already, under another name, by another way, or with other octets.
func (x *runner) foretell(ctx context.Context, m *move, todo []mail.Ref) (told bool, err error) {
	if err := x.takeSnapshot(ctx, m); err != nil {
		return false, err
	}
	if len(m.snap.copies) > 0 || len(x.Journal.unlisted(m.from, m.toN, x.pass)) > 0 {
		return false, nil
	}
	want := make(map[mail.Ref]bool, len(todo))
	for _, ref := range todo {
		if _, known := x.Journal.find(keyOf(m.from, m.to.Path, ref.ID), m.toN); known {
			return false, nil
		}
		want[ref] = true
	}
	if x.StopAfter > 0 {
		if sized, err := x.sized(ctx, m, want); !sized || err != nil {
			return false, err // where it would stop is known only by reading
		}
	}
	for msg, err := range x.source(m).List(ctx, m.folder) {
		if err != nil {
			return true, err
		}
		if !want[msg.Ref] {
			continue
		}
		if x.StopAfter > 0 && x.octets >= x.StopAfter {
			return true, ErrStopped
		}
		x.octets += max(msg.Octets, 0)
		k := keyOf(m.from, m.to.Path, msg.ID)
		x.account(m, msg, mail.Ref{}, Copied, x.whyCopied(k, m), nil)
		x.doom(m, msg, k)
	}
	return true, nil
}

// sized tells whether the source knows the octets of all these messages without reading them.
func (x *runner) sized(ctx context.Context, m *move, refs map[mail.Ref]bool) (bool, error) {
	for msg, err := range x.source(m).List(ctx, m.folder) {
		if err != nil {
			return false, err
		}
		if refs[msg.Ref] && msg.Octets < 0 {
			return false, nil
		}
	}
	return true, nil
}
