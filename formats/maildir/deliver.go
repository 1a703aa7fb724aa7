package maildir

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"runtime"
	"strconv"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
)

// Letter is a message to be written.
type Letter struct {
	// Body writes the message with CRLF line ends, from the first octet on, each time it is called.
	Body    io.WriterTo
	Octets  int64
	Date    time.Time // becomes the file's time; zero: now
	Letters string    // flags, in ASCII order
}

// Delivered is a letter that lies in the folder.
type Delivered struct {
	Entry Entry
	Size  int64 // of the file
}

const (
	deliverers = 4  // files written side by side, so that their syncs are
	openAtOnce = 64 // files that are open until they are synced
)

// Deliver writes letters into cur, durably: when it returns, contents and names are on the disk. Files
// are made durable together, at the cost of few flushes for the batch. Where it fails, done are the letters that
// are in the folder all the same, from the first on; nothing is left of the others but what cannot be
// removed from tmp. reserve is told each unique part before its file shows in cur; it may be nil.
func (f *Folder) Deliver(ctx context.Context, n *Namer, letters []Letter, reserve func(unique []string)) (done []Delivered, err error) {
	d, err := f.Write(ctx, n, letters)
	if err != nil {
		return nil, err
	}
	if reserve != nil {
		reserve(d.Uniques())
	}
	Land(d)
	return d.Done, d.Err
}

// Delivery is a batch of letters in tmp.
type Delivery struct {
	// Done are the letters that lie in cur, from the first on, once it has landed; Err is why not all do.
	Done []Delivered
	Err  error

	f       *Folder
	names   []string // in the order of the letters: files sort as they came
	letters []Letter
	drafts  []draft
	// tmp and cur are open until it is over.
	tmp, cur Dir
	opened   uint64 // when, by counting
	together bool   // files are synced by one call, and closed before
}

// opens counts deliveries: one with a lower number had opened its directories before the files of one with a higher were made.
var opens atomic.Uint64

// Write is the first half of Deliver: the letters are files in tmp, whose names are told by Uniques, and their bodies are needed no more. Land does
// the rest, and has to be called.
func (f *Folder) Write(ctx context.Context, n *Namer, letters []Letter) (*Delivery, error) {
	d := &Delivery{f: f, names: make([]string, len(letters)), letters: letters, drafts: make([]draft, len(letters))}
	for i := range d.names {
		d.names[i] = n.next()
	}
	if err := d.open(); err != nil {
		return nil, err
	}
	if err := d.write(ctx); err != nil {
		return nil, errors.Join(err, d.discard(0), d.close())
	}
	return d, nil
}

// Uniques are the unique parts of the files' names.
func (d *Delivery) Uniques() []string {
	all := make([]string, len(d.drafts))
	for i := range d.drafts {
		all[i] = d.drafts[i].unique
	}
	return all
}

// Land brings deliveries of one disk from tmp into cur, durably. What became of each is in it then; the trouble of one is not another's. Several that
// land together cost little more than one.
func Land(all ...*Delivery) {
	err := syncTogetherFor(all)
	for _, d := range all {
		if d.together {
			d.Err = err
		}
		if d.Err == nil {
			d.Done, d.Err = d.move()
		}
	}
	for _, d := range all {
		if len(d.Done) > 0 {
			if err := d.cur.Sync(); err != nil {
				d.Done, d.Err = nil, errors.Join(d.Err, err)
			}
		}
		d.Err = errors.Join(d.Err, d.discard(len(d.Done)), d.close())
	}
}

// syncTogetherFor syncs by one call all files of deliveries that were left for that. It is made by what was opened first: that hears of every error in
// writing the files of all.
func syncTogetherFor(all []*Delivery) error {
	var first *Delivery
	for _, d := range all {
		if d.together && (first == nil || d.opened < first.opened) {
			first = d
		}
	}
	if first == nil {
		return nil
	}
	return first.tmp.SyncFiles()
}

// move gives the files their names in cur.
func (d *Delivery) move() (done []Delivered, err error) {
	done = make([]Delivered, 0, len(d.drafts))
	for i := range d.drafts {
		e := Entry{"cur", d.finalName(i)}
		if err := d.tmp.Move(d.drafts[i].unique, d.cur, e.File); err != nil {
			return done, err
		}
		done = append(done, Delivered{e, d.drafts[i].size})
	}
	return done, nil
}

// draft is a letter in tmp.
type draft struct {
	unique string
	size   int64
	wide   int64 // its length as Dovecot counts it
	file   File  // until it is synced
	whole  bool  // written to its end
}

func (d draft) path(f *Folder) string { return path.Join(f.Dir, "tmp", d.unique) }

func (d *Delivery) open() (err error) {
	if d.tmp, err = d.f.disk.OpenDir(path.Join(d.f.Dir, "tmp")); err != nil {
		return err
	}
	if d.cur, err = d.f.disk.OpenDir(path.Join(d.f.Dir, "cur")); err != nil {
		return errors.Join(err, d.tmp.Close())
	}
	d.opened = opens.Add(1)
	return nil
}

func (d *Delivery) close() error { return errors.Join(d.tmp.Close(), d.cur.Close()) }

// write makes all files and syncs them some at a time, unless that can be had by one call for all.
func (d *Delivery) write(ctx context.Context) error {
	if d.together = d.tmp.Together(len(d.letters)); d.together {
		return d.writeSome(ctx, 0, len(d.letters))
	}
	for at := 0; at < len(d.letters); at += openAtOnce {
		if err := d.writeSome(ctx, at, min(at+openAtOnce, len(d.letters))); err != nil {
			return err
		}
	}
	return nil
}

// writeSome makes the files of letters[from:to] and closes them, synced unless that is done for all together.
func (d *Delivery) writeSome(ctx context.Context, from, to int) error {
	side := deliverers
	if d.together { // nothing waits for the disk: more would wait for each other
		side = min(side, runtime.GOMAXPROCS(0))
	}
	err := parallel(side, from, to, func(i int) error {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := d.writeOne(i); err != nil || !d.together {
			return err
		}
		return d.closeOne(i)
	})
	// Few descriptors are left: one file at a time, each synced before the next is opened.
	if errors.Is(err, syscall.EMFILE) || errors.Is(err, syscall.ENFILE) {
		err = d.sparingly(from, to)
	}
	if err != nil {
		return err
	}
	return parallel(side, from, to, d.closeOne)
}

func (d *Delivery) sparingly(from, to int) error {
	for i := from; i < to; i++ {
		if d.drafts[i].whole {
			if err := d.closeOne(i); err != nil {
				return err
			}
		}
	}
	for i := from; i < to; i++ {
		if d.drafts[i].whole {
			continue
		}
		if err := d.drop(i); err != nil {
			return err
		}
		if err := d.writeOne(i); err != nil {
			return err
		}
		if err := d.closeOne(i); err != nil {
			return err
		}
	}
	return nil
}

// writeOne makes a file in tmp with LF line ends, or verbatim where those would not be exact.
func (d *Delivery) writeOne(i int) error {
	unique := d.names[i]
	dr := &d.drafts[i]
	f, err := d.tmp.Create(unique)
	if err != nil {
		return err
	}
	dr.unique, dr.file = unique, f
	l := d.letters[i]
	w := &lfWriter{w: f, buf: bufferFor(l.Octets)}
	defer func() { buffers.Put(&w.buf) }()
	n, err := l.Body.WriteTo(w)
	if err == nil {
		err = w.flush()
	}
	dr.size, dr.wide = w.n, l.Octets
	if err == nil && w.bad {
		n, err = d.rewrite(dr, l)
		dr.size, dr.wide = n, virtual(l)
	}
	switch {
	case err != nil:
		return fmt.Errorf("%s: %w", dr.path(d.f), err)
	case n != l.Octets:
		return fmt.Errorf("%s: %d octets were given, not the %d that were announced", dr.path(d.f), n, l.Octets)
	}
	if !d.together {
		f.WriteBack()
	}
	if !l.Date.IsZero() {
		err := f.SetTime(l.Date)
		if errors.Is(err, errors.ErrUnsupported) {
			err = d.f.disk.SetTime(dr.path(d.f), l.Date)
		}
		if err != nil {
			return err
		}
	}
	dr.whole = true
	return nil
}

// rewrite begins a draft anew, verbatim and under a name that says so.
func (d *Delivery) rewrite(dr *draft, l Letter) (int64, error) {
	if err := dr.file.Truncate(0); err != nil {
		return 0, err
	}
	if _, err := dr.file.Seek(0, io.SeekStart); err != nil {
		return 0, err
	}
	old := *dr
	unique := verbatim(old.unique)
	if err := d.tmp.Move(old.unique, d.tmp, unique); err != nil {
		return 0, err
	}
	dr.unique = unique
	return l.Body.WriteTo(dr.file)
}

// closeOne closes a draft, durable unless that is done for all together: then the file system is known, and is not asked how much
// of a file it kept.
func (d *Delivery) closeOne(i int) error {
	dr := &d.drafts[i]
	if dr.file == nil {
		return nil
	}
	f := dr.file
	dr.file = nil
	if d.together {
		return f.Close()
	}
	info, err := f.Stat()
	if err == nil && info.Size() != dr.size {
		err = fmt.Errorf("%s: the disk has %d octets of %d", dr.path(d.f), info.Size(), dr.size)
	}
	if err == nil {
		err = f.Sync()
	}
	return errors.Join(err, f.Close())
}

func (d *Delivery) finalName(i int) string {
	dr := d.drafts[i]
	b := append(make([]byte, 0, 128), dr.unique...)
	b = strconv.AppendInt(append(b, ",S="...), dr.size, 10)
	b = strconv.AppendInt(append(b, ",W="...), dr.wide, 10)
	return string(append(append(b, infoSeparator()...), d.letters[i].Letters...))
}

// virtual is the length as Dovecot counts it, each LF as CRLF, of a letter that is kept verbatim: it may be more than its octets.
func virtual(l Letter) int64 {
	c := &counter{}
	if _, err := l.Body.WriteTo(c); err != nil {
		return l.Octets
	}
	return c.n
}

// counter counts what NewReader would make of the octets written to it.
type counter struct {
	n    int64
	last byte
	buf  []byte
}

func (c *counter) Write(b []byte) (int, error) {
	c.buf, c.last = appendCRLF(c.buf[:0], b, c.last)
	c.n += int64(len(c.buf))
	return len(b), nil
}

// discard removes drafts from number kept on.
func (d *Delivery) discard(kept int) error {
	var errs []error
	for i := kept; i < len(d.drafts); i++ {
		errs = append(errs, d.drop(i))
	}
	return errors.Join(errs...)
}

// drop removes one draft, if it was begun.
func (d *Delivery) drop(i int) error {
	dr := d.drafts[i]
	d.drafts[i] = draft{}
	if dr.unique == "" {
		return nil
	}
	if dr.file != nil {
		dr.file.Close() // it is thrown away
	}
	if err := d.f.disk.Remove(dr.path(d.f)); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

var buffers = sync.Pool{New: func() any { return new([]byte) }}

// bufferFor gets a buffer that a message of so many octets, or a piece of it, fits into.
func bufferFor(octets int64) []byte {
	b := *buffers.Get().(*[]byte)
	if want := int(min(octets, 256<<10)); cap(b) < want {
		b = make([]byte, 0, want)
	}
	return b
}
