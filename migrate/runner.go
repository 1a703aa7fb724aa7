package migrate

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"mailmv/dedupe"
	"mailmv/formats/mail"
)

// runner is the state of one Run.
type runner struct {
	Run
	spool      spooler
	start      time.Time
	pass       uint8
	moves      []*move
	octets     int64                   // sent in this run
	snaps      map[mail.Path]*snapshot // of a dry run
	verify     *verification
	stock      *stock          // with DropTwins, from the first message on that is not in its own folder
	stands     map[uint16]bool // by number: the folder with copies that stand for others is what it was
	lookedAt   map[uint16]bool // by number: the folder was looked at for copies that are gone
	remade     int             // how often the sink's folder was made anew meanwhile
	unknown    int             // folders that the sink did not know without a look
	learned    bool            // it has been asked for all, or that would be of no use
	reached    bool            // both ends have been logged in to
	progressed atomic.Bool     // a message was settled since the last retry

	mu      sync.Mutex // guards the counts of moves, and what follows; events are told under it
	noted   map[string]bool
	failed  map[sourceRef]bool   // told of already
	cuts    map[sourceRef]int    // how often the connection was lost at a message
	repairs map[key]bool         // refused as they were; sent mended in the next pass
	batches map[uint64]sentBatch // sent and not settled
}

// sourceRef points at a message of one of several sources.
type sourceRef struct {
	source string
	mail.Ref
}

// sentBatch is what this run knows of a batch that it sent and that is not settled.
type sentBatch struct{ acked bool }

// move is one folder of one source on its way to one folder of the sink.
type move struct {
	src      From
	folder   mail.Folder // of the source
	to       mail.Folder // of the sink, as it was when the pass began; Messages -1 where it is absent
	from     uint16      // the journal's numbers
	toN      uint16
	sorted   bool // an earlier pass has told what the plan settles
	done     bool // this pass or an earlier one came to its end
	counts   Counts
	listed   int
	found    func(mail.Ref) bool  // by the source's own search; nil: none was asked for
	twins    map[string]int       // how often a fleeting message's octets came by
	renamed  map[dedupe.Sum][]key // lazily: settled messages that the source no longer lists by their names
	snap     *snapshot            // lazily: what was in the sink before the first append of this pass
	doomed   []doomed
	flagging []flagging
	unnamed  int  // appends that the sink acknowledged without telling the UIDs
	absent   bool // of a dry run: the sink has no such folder
	fleeting bool // a message was listed whose name does not last
	// unflagged: some flags could not be carried over.
	unflagged bool
	proof     moveProof
}

func newRunner(r Run) *runner {
	if r.Now == nil {
		r.Now = time.Now
	}
	if r.Pause == nil {
		r.Pause = pauseByClock
	}
	if r.Observe == nil {
		r.Observe = func(Event) {}
	}
	return &runner{Run: r, start: r.Now(), snaps: map[mail.Path]*snapshot{}, repairs: map[key]bool{}, batches: map[uint64]sentBatch{}, noted: map[string]bool{}, lookedAt: map[uint16]bool{}, cuts: map[sourceRef]int{}, failed: map[sourceRef]bool{},
		spool: spooler{dir: r.SpoolDir, now: r.Now, pool: new(buffers)}}
}

// connect logs in at the sink and the first source side by side: over a distance that is half the
// wait. Later sources come when it is their turn, lest their servers grow tired.
func (x *runner) connect(ctx context.Context) error {
	stores := []any{x.Sink}
	if len(x.Sources) > 0 {
		stores = append(stores, x.Sources[0].Source)
	}
	errs := make([]error, len(stores))
	var wg sync.WaitGroup
	for i, s := range stores {
		if c, ok := s.(Connector); ok {
			wg.Go(func() { errs[i] = c.Connect(ctx) })
		}
	}
	wg.Wait()
	return cmp.Or(errs[len(errs)-1], errs[0])
}

// once makes one pass over all sources. An error of ScopeFolder does not keep the others from their turn.
func (x *runner) once(ctx context.Context) error {
	if err := x.connect(ctx); err != nil {
		return err
	}
	if x.pass == 1 { // what comes to rest in this run is not asked for
		x.learned = !x.Journal.hasRests()
	}
	x.reached = true
	var spoilt error
	err := x.queue(ctx, func(m *move) error {
		err := x.transfer(ctx, m)
		if err == nil {
			m.done = true
			return nil
		}
		x.stock = nil                              // what was under way is looked for anew
		if mail.ScopeOf(err) != mail.ScopeFolder { // of one message: it was to stop the run (StopBad)
			return err
		}
		spoilt = errors.Join(spoilt, err)
		return nil
	})
	if spoilt != nil {
		spoilt = fmt.Errorf("%w: %w", ErrFolders, spoilt)
	}
	return errors.Join(err, spoilt) // first what decides whether to go on
}

// wants tells whether a folder of a source is moved.
func (x *runner) wants(src From, f mail.Folder) bool {
	want := src.Want
	if want == nil {
		want = x.Want
	}
	return want == nil || want(f)
}

// target is the folder of the sink that a folder goes to.
func (x *runner) target(m *move) mail.Path {
	if m.src.To != nil {
		return m.src.To(m.folder)
	}
	return x.To(m.folder)
}

// moveOf finds or makes the move of a source folder and readies it for this pass.
func (x *runner) moveOf(src From, f mail.Folder) *move {
	for _, m := range x.moves {
		if m.src.ID == src.ID && m.folder.Path == f.Path {
			if !m.done {
				*m = move{src: src, folder: f, sorted: m.sorted, counts: Counts{Removed: m.counts.Removed}, proof: m.proof.nextPass()}
			}
			return m
		}
	}
	m := &move{src: src, folder: f}
	x.moves = append(x.moves, m)
	return m
}

// transfer brings one folder over: settle what an earlier run left in doubt, plan, carry, remove.
func (x *runner) transfer(ctx context.Context, m *move) error {
	if err := x.learn(ctx, m); err != nil {
		return err
	}
	if x.restsUnseen(m) {
		return x.keepRole(m)
	}
	if err := x.open(ctx, m); err != nil {
		return err
	}
	if err := x.keepRole(m); err != nil {
		return err
	}
	if !x.DryRun {
		if err := x.settleDoubts(ctx, m); err != nil {
			return err
		}
	}
	if x.verify != nil {
		if err := x.verify.resume(m); err != nil {
			return err
		}
	}
	if err := x.lookForLost(ctx, m.toN, m.to); err != nil {
		return err
	}
	if x.rests(m) {
		return nil
	}
	if err := x.Journal.wake(); err != nil {
		return err
	}
	if err := x.lookAtTwins(ctx); err != nil {
		return err
	}
	swept, err := x.sweep(ctx, m)
	if err != nil {
		return err
	}
	for !swept {
		todo, err := x.sort(ctx, m)
		if err != nil {
			return err
		}
		mending := len(x.repairs)
		if err := x.carry(ctx, m, todo); err != nil {
			return err
		}
		if len(x.repairs) == mending {
			break
		}
		x.again(m) // with what is to be mended
	}
	x.tellLost(m)
	if err := x.reflag(ctx, m); err != nil {
		return err
	}
	if x.Remove.On {
		return x.remove(ctx, m)
	}
	return x.restNow(m)
}

// again begins a move anew. What this run has copied it counts as that.
func (x *runner) again(m *move) {
	*m = move{src: m.src, folder: m.folder, to: m.to, from: m.from, toN: m.toN, sorted: true}
	x.pass++
}

// open readies the sink's folder and the journal's numbers. A dry run makes nothing.
func (x *runner) open(ctx context.Context, m *move) error {
	path := x.target(m)
	var err error
	if x.DryRun {
		m.to, err = x.Sink.Look(ctx, path)
		if errors.Is(err, mail.ErrNoFolder) {
			m.to, m.absent, err = x.toBe(path), true, nil
		}
	} else {
		m.to, err = x.Sink.Open(ctx, path)
	}
	if err != nil {
		return err
	}
	if x.DryRun {
		m.from, m.toN = x.Journal.peekFrom(m.src.ID, m.folder), x.Journal.peekTo(m.to)
	} else if err := x.number(m); err != nil {
		return err
	}
	if x.verify != nil { // no journal tells two sources apart, whose messages may have the same names
		m.from = uint16(slices.Index(x.moves, m))
	}
	return nil
}

// keepRole has the sink note what the folder is for, unless it is known there.
func (x *runner) keepRole(m *move) error {
	keeper, ok := x.Sink.(RoleKeeper)
	if !ok || x.DryRun || m.src.Role == nil {
		return nil
	}
	role := m.src.Role(m.folder)
	if role == "" || role == m.to.Role {
		return nil
	}
	return keeper.KeepRole(m.to.Path, role)
}

// number gives both folders of a move their numbers in the journal.
func (x *runner) number(m *move) (err error) {
	if m.from, err = x.Journal.from(m.src.ID, m.folder); err == nil {
		m.toN, err = x.Journal.to(m.to)
	}
	return err
}

// toBe is the folder of the sink that a real run would make.
func (x *runner) toBe(p mail.Path) mail.Folder {
	if r, ok := x.Sink.(Rememberer); ok && x.verify == nil {
		if f, ok := r.Remembered(p); ok {
			return f
		}
	}
	return mail.Folder{Path: p}
}

// account gives one message its outcome: the only place that counts and tells. A failure that an
// earlier pass told of is only counted.
func (x *runner) account(m *move, msg mail.Message, to mail.Ref, o Outcome, reason string, err error) {
	x.mu.Lock()
	defer x.mu.Unlock()
	m.counts.add(o, msg.Octets)
	if o == Failed {
		at := sourceRef{m.src.ID, msg.Ref}
		if x.failed[at] {
			return
		}
		x.failed[at] = true
	}
	x.Observe(MessageDone{Source: m.src.Name, Message: msg, To: to, Outcome: o, Reason: reason, Err: err})
}

func (x *runner) observe(e Event) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.Observe(e)
}

// remember notes what this run knows of a batch that is not settled.
func (x *runner) remember(batch uint64, b sentBatch) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.batches[batch] = b
}

// note tells something, once of each kind, which its format is.
func (x *runner) note(format string, args ...any) { x.noteOnce(format, fmt.Sprintf(format, args...)) }

// noteOnce tells text unless something of that kind was told in this run.
func (x *runner) noteOnce(kind, text string) {
	x.mu.Lock()
	defer x.mu.Unlock()
	if !x.noted[kind] {
		x.noted[kind] = true
		x.Observe(Note{text})
	}
}

// report sums up. What was listed and never reached counts as skipped where the run was stopped, else as failed.
func (x *runner) report(complete, stopped bool) Report {
	rep := Report{Elapsed: x.Now().Sub(x.start), Complete: complete}
	untried := 0
	for _, m := range x.moves {
		if missing := m.listed - m.counts.Seen; missing > 0 && !m.done {
			m.counts.Seen += missing
			if stopped {
				m.counts.Skipped += missing
			} else {
				m.counts.Failed += missing
				untried += missing
			}
		}
		if m.counts.Seen != m.listed {
			rep.Complete = false
			m.counts.Seen = m.listed // shows as an imbalance
		}
		rep.Folders = append(rep.Folders, FolderReport{Source: m.src.Name, Folder: m.folder.Path, To: x.target(m), Counts: m.counts})
		rep.Counts.plus(m.counts)
	}
	if untried > 0 {
		x.noteUntried(untried)
	}
	return rep
}

func (x *runner) noteUntried(n int) {
	x.note("the run broke off: what it did not come to counts as failed (messages: %d)", n)
}

// refOf points at a message in the sink.
func (m *move) refOf(uid uint32) mail.Ref {
	r := mail.Ref{Folder: m.to.Path, Validity: m.to.Validity}
	if uid != 0 {
		r.ID = strconv.FormatUint(uint64(uid), 10)
	}
	return r
}

// uidOf is the number behind a sink's Ref.ID; 0 where it is none.
func uidOf(ref mail.Ref) uint32 {
	n, err := strconv.ParseUint(ref.ID, 10, 32)
	if err != nil {
		return 0
	}
	return uint32(n)
}
