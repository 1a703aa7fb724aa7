package archive

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"slices"
	"syscall"
	"time"

	"mailmv/archive/ledger"
	"mailmv/dedupe"
	"mailmv/formats/mail"
	"mailmv/formats/maildir"
)

// scopeOf tells how wide a trouble with writing is: one odd thing spoils its folder, the rest the archive.
func scopeOf(err error) mail.Scope {
	if errors.Is(err, maildir.ErrNoFile) || errors.Is(err, syscall.ENOTDIR) || errors.Is(err, fs.ErrExist) || errors.Is(err, fs.ErrPermission) {
		return mail.ScopeFolder
	}
	return mail.ScopeStore
}

// wideTroubles are those that the next file has too.
var wideTroubles = []error{context.Canceled, context.DeadlineExceeded, fs.ErrClosed, syscall.EMFILE, syscall.ENFILE, syscall.ENOMEM,
	syscall.ENODEV, syscall.ENOTCONN, syscall.ESTALE}

// Narrow tells how wide a trouble with reading is: it spoils what was read, of scope s, unless all else will have it too.
func Narrow(err error, s mail.Scope) mail.Scope {
	for _, wide := range wideTroubles {
		if errors.Is(err, wide) {
			return mail.ScopeStore
		}
	}
	return s
}

// scan lists a folder's files, follows those that were renamed by their unique parts, and gives numbers to what other
// programs put there. What seems to be gone is believed only after a second look: a listing may miss what is
// renamed beside it.
func (a *Archive) scan(ctx context.Context, s *shelf) error {
	a.scanning.Lock()
	defer a.scanning.Unlock()
	if err := a.prepare(s); err != nil {
		return a.fail("list", Narrow(err, mail.ScopeFolder), mail.Ref{Folder: s.path}, err)
	}
	var unknown finds
	known := a.forget(s)
	for range 2 {
		for e, err := range s.folder.Entries() {
			if err := errors.Join(a.overOdd(err), ctx.Err()); err != nil {
				return a.fail("list", Narrow(err, mail.ScopeFolder), mail.Ref{Folder: s.path}, err)
			}
			if err == nil {
				a.sight(ctx, s, e, &unknown)
			}
		}
		if a.allSeen(s, known) {
			break
		}
	}
	a.settle(s, unknown.namesakes)
	a.conclude(s, known)
	if err := a.adopt(ctx, s, unknown.list); err != nil {
		return err
	}
	a.recall(s)
	return nil
}

// ready scans a folder that was not scanned yet.
func (a *Archive) ready(ctx context.Context, s *shelf) error {
	a.mu.Lock()
	scanned := s.scanned
	a.mu.Unlock()
	if scanned {
		return nil
	}
	return a.scan(ctx, s)
}

// prepare reads the folder's tables, and clears what dead runs of ours left in tmp: the lock says that they are dead.
func (a *Archive) prepare(s *shelf) error {
	keywords, err := s.folder.Keywords()
	if err != nil {
		return err
	}
	courier, err := s.folder.CourierKeywords()
	if err != nil {
		return err
	}
	a.mu.Lock()
	s.keywords, s.courier = keywords, courier
	learnt := a.learnLetters(s)
	a.setTable(s, keywords)
	a.mu.Unlock()
	if learnt {
		if err := a.flush("index"); err != nil {
			return err
		}
	}
	if a.ReadOnly || s.cleaned {
		return nil
	}
	s.cleaned = true
	for name, err := range s.folder.Drafts() {
		if err != nil {
			return err
		}
		if a.namer.OfThisHost(name) {
			if err := s.folder.DropDraft(name); err != nil {
				return err
			}
		}
	}
	return nil
}

// forget begins a listing. What is appended while it is under way is not its business.
func (a *Archive) forget(s *shelf) (known int) {
	a.mu.Lock()
	defer a.mu.Unlock()
	for i := range s.entries {
		s.entries[i].state &^= seen | shared
	}
	return len(s.entries)
}

func (a *Archive) allSeen(s *shelf, known int) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	for i := range s.entries[:known] {
		if s.entries[i].state&(seen|gone|namesake) == 0 {
			return false
		}
	}
	return true
}

func (a *Archive) conclude(s *shelf, known int) {
	a.mu.Lock()
	defer a.mu.Unlock()
	s.scanned, s.whole = true, true
	for i := range s.entries[:known] {
		if s.entries[i].state&seen == 0 {
			s.entries[i].state &^= here
			s.whole = false
		}
	}
}

// finds are messages that no line of the manifest tells of: each unique part once, by its first file.
type finds struct {
	list []entry
	index
	namesakes map[maildir.Entry]bool // further files with a unique part that another one has
}

func (f *finds) named(unique string) *entry {
	if i, ok := f.find(f.list, unique); ok {
		return &f.list[i]
	}
	return nil
}

func (f *finds) add(m maildir.Entry, unique string) {
	if len(f.list) == cap(f.list) {
		f.list = slices.Grow(f.list, max(len(f.list), 64)) // append would copy them more often
	}
	e := entry{cut: uint16(len(unique)), octets: -1, at: -1}
	e.show(m)
	f.list = append(f.list, e)
	f.enter(f.list, len(f.list)-1)
}

// sight notes one file.
func (a *Archive) sight(ctx context.Context, s *shelf, m maildir.Entry, unknown *finds) {
	a.mu.Lock()
	defer a.mu.Unlock()
	unique := maildir.ParseName(m.File).Unique
	e := s.named(unique)
	if e == nil && s.pending[unique] {
		return
	}
	if e == nil {
		e = unknown.named(unique)
	}
	switch {
	case e == nil:
		unknown.add(m, unique)
	case e.state&seen == 0 || e.entry() == m:
		e.show(m)
	case unknown.namesakes[m]:
	case !a.apart(s, e.entry(), m):
		e.show(m)
	default:
		a.share(ctx, s, e, m, unknown)
	}
}

// adopt numbers what no line of the manifest tells of, in the order in which it came. What we wrote ourselves, and a
// cut kept from the manifest, is summed; mail of other programs is summed by Repair. Whether it was a cut nobody knows, for the
// manifest may have lost its lines: so Check, where nothing is written, and Repair tell of it.
func (a *Archive) adopt(ctx context.Context, s *shelf, found []entry) error {
	slices.SortFunc(found, func(x, y entry) int { return maildir.Compare(x.file, y.file) })
	if !a.ReadOnly {
		for part := range slices.Chunk(found, 1000) {
			if err := a.adoptSome(ctx, s, part); err != nil {
				return err
			}
		}
		return nil
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	for i := range found {
		found[i].num = s.next + uint32(i)
	}
	s.take(found)
	return nil
}

func (a *Archive) adoptSome(ctx context.Context, s *shelf, found []entry) error {
	records := make([]*record, len(found))
	for i, e := range found {
		if !maildir.ParseName(e.file).Ours() {
			continue
		}
		r, err := a.sum(ctx, s, e.entry())
		if errors.Is(err, fs.ErrNotExist) {
			continue // renamed or gone since: numbered all the same
		}
		if err != nil && Narrow(err, mail.ScopeMessage) == mail.ScopeMessage {
			a.tell("%s: %s: %s cannot be read: %v", a.root, s.path, e.file, err)
			continue
		}
		if err != nil {
			return a.fail("index", mail.ScopeStore, mail.Ref{Folder: s.path}, err)
		}
		if known, _ := a.remember(s, &r); known || !a.repairing {
			records[i] = &r
		}
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	next := s.next
	for i, e := range found {
		found[i] = a.line(s, next, e.entry(), records[i])
		if records[i] == nil {
			found[i].state |= e.state & shared
		}
		next++
	}
	if err := a.manifest.Flush(); err != nil {
		return a.fail("index", mail.ScopeStore, mail.Ref{Folder: s.path}, err)
	}
	s.take(slices.Clone(found))
	return nil
}

// line puts the line of a message into the manifest's buffer, and makes its entry. r is nil where it is not summed.
func (a *Archive) line(s *shelf, num uint32, m maildir.Entry, r *record) entry {
	unique := maildir.ParseName(m.File).Unique
	e := entry{num: num, cut: uint16(len(unique)), octets: -1, at: -1}
	e.show(m)
	mf := a.manifest
	if r == nil {
		mf.Add(lineFound, s.n, num, unique)
	} else {
		e.octets, e.date, e.at = r.Sums.Octets, r.Date.Unix(), mf.Next()
		e.state |= summed | extraOf(*r)
		mf.Add(r.fields(s.n, num)...)
	}
	return e
}

// sum reads a message's file for its line.
func (a *Archive) sum(ctx context.Context, s *shelf, m maildir.Entry) (record, error) {
	f, err := s.folder.OpenNow(m)
	if err != nil {
		return record{}, err
	}
	defer f.Close()
	i, err := f.Stat()
	if err != nil {
		return record{}, err
	}
	d := dedupe.NewDigest()
	if _, err := io.Copy(d, contextReader{ctx, m.Mail(f)}); err != nil {
		return record{}, err
	}
	name := maildir.ParseName(m.File)
	r := record{unique: name.Unique, size: i.Size(), Mail: ledger.Mail{Sums: d.Sums(), Date: dateOf(name, i)}}
	r.Flags, r.Keywords = s.state(name)
	return r, nil
}

func dateOf(n maildir.Name, i fs.FileInfo) time.Time {
	return n.Date(i.ModTime()).Truncate(time.Second)
}

// state reads flags and keywords off a name and the folder's tables.
func (s *shelf) state(n maildir.Name) (mail.Flags, []string) {
	flags, keywords := s.names.Flags(n.Letters())
	for _, k := range s.courier[n.Unique] {
		if !slices.Contains(keywords, k) {
			keywords = append(keywords, k)
		}
	}
	return flags, keywords
}

// contextReader ends with the context's error once that is done.
type contextReader struct {
	ctx context.Context
	r   io.Reader
}

func (c contextReader) Read(b []byte) (int, error) {
	if err := c.ctx.Err(); err != nil {
		return 0, err
	}
	return c.r.Read(b)
}
