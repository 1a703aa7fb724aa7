package files

import (
	"bufio"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"mailmv/formats/header"
	"mailmv/formats/mail"
	"mailmv/formats/mbox"
)

// box is an mbox file. It is scanned once, and again when it has changed.
type box struct {
	store   *Store
	at      mail.Path
	name    string // in the tree
	file    *mbox.File
	info    fs.FileInfo // of the file when it was scanned; nil: it was not
	dialect mbox.Dialect
	places  []place  // in the file's order
	bySum   []uint32 // numbers of places, by sum, then by number
	states  states
}

// place is what is kept of one message: 48 octets, and 4 in bySum.
type place struct {
	offset, length int64
	octets         int64
	sum            uint64
	date           int64 // Unix seconds; headerDate: the header knows better; noDate: nothing tells it
	state          uint32
	twin           uint32 // how many before it have the same sum
}

const (
	headerDate = math.MinInt64
	noDate     = math.MinInt64 + 1
)

func newBox(s *Store, at mail.Path, name string) *box { return &box{store: s, at: at, name: name} }

func (b *box) path() mail.Path { return b.at }

// isRoot: of a tree of mbox files each is a folder.
func (b *box) isRoot() bool { return false }

func (b *box) list(ctx context.Context) iter.Seq2[mail.Message, error] {
	return func(yield func(mail.Message, error) bool) {
		if err := b.current(ctx); err != nil {
			yield(mail.Message{}, err)
			return
		}
		for i := range b.places {
			if !yield(b.message(&b.places[i]), nil) {
				return
			}
		}
	}
}

func (b *box) message(p *place) mail.Message {
	st := b.states.all[p.state]
	m := mail.Message{Ref: mail.Ref{Folder: b.at, ID: p.id()}, Octets: p.octets, Flags: st.flags, Keywords: st.keywords}
	switch p.date {
	case headerDate:
	case noDate:
		m.InternalDate, m.Undated = b.info.ModTime().UTC(), true
	default:
		m.InternalDate = time.Unix(p.date, 0).UTC()
	}
	return m
}

func (p *place) id() string {
	id := fmt.Sprintf("%016x", p.sum)
	if p.twin > 0 {
		id += "." + strconv.FormatUint(uint64(p.twin), 10)
	}
	return id
}

// number is the reverse of id, within the file as it was scanned; -1: no such message.
func (b *box) number(id string) int {
	word, count, twins := strings.Cut(id, ".")
	sum, err := strconv.ParseUint(word, 16, 64)
	twin := uint64(0)
	if twins && err == nil {
		twin, err = strconv.ParseUint(count, 10, 32)
	}
	if err != nil {
		return -1
	}
	i, _ := slices.BinarySearchFunc(b.bySum, sum, func(n uint32, sum uint64) int { return cmp.Compare(b.places[n].sum, sum) })
	i += int(twin)
	if i >= len(b.bySum) || b.places[b.bySum[i]].id() != id {
		return -1
	}
	return int(b.bySum[i])
}

// read reads the messages in the file's order: a packed file is unpacked once.
func (b *box) read(ctx context.Context, refs []mail.Ref) iter.Seq2[mail.Fetched, error] {
	return func(yield func(mail.Fetched, error) bool) {
		if err := b.current(ctx); err != nil {
			yield(mail.Fetched{}, err)
			return
		}
		refs = slices.Clone(refs)
		number := make(map[string]int, len(refs))
		for _, ref := range refs {
			number[ref.ID] = b.number(ref.ID)
		}
		slices.SortStableFunc(refs, func(x, y mail.Ref) int { return cmp.Compare(number[x.ID], number[y.ID]) })
		for _, ref := range refs {
			got := mail.Fetched{Message: mail.Message{Ref: ref}}
			err := b.current(ctx)
			if err == nil {
				err = b.fetch(&got)
			}
			if !yield(got, err) || err != nil && mail.ScopeOf(err) != mail.ScopeMessage {
				return
			}
		}
	}
}

func (b *box) fetch(got *mail.Fetched) error {
	ref := got.Ref
	n := b.number(ref.ID)
	if n < 0 {
		return b.store.fail("fetch", mail.ScopeMessage, ref, mail.ErrGone)
	}
	p := &b.places[n]
	_, body, err := b.file.Message(mbox.Extent{Offset: p.offset, Length: p.length}, b.dialect, mbox.Note{})
	if errors.Is(err, mbox.ErrMoved) {
		err = fmt.Errorf("%w: %w", mail.ErrGone, err)
	}
	if err != nil {
		return b.store.fail("fetch", mail.ScopeMessage, ref, err)
	}
	got.Message, got.Body = b.message(p), body
	got.Ref = ref
	if err := b.skipOwnFields(got); err != nil {
		return b.store.fail("fetch", mail.ScopeMessage, ref, err)
	}
	got.Body = b.store.body(got)
	return nil
}

// ownFieldsMax is more than such fields take as a rule.
const ownFieldsMax = 8 << 10

// skipOwnFields begins the message behind the fields that Thunderbird, or an archive of ours, has put on top of it.
func (b *box) skipOwnFields(got *mail.Fetched) error {
	br := bufio.NewReaderSize(got.Body, ownFieldsMax)
	head, err := br.Peek(ownFieldsMax)
	if err == nil && header.End(head) < 0 { // more keywords than anybody gives, or a long header
		br = bufio.NewReaderSize(br, mbox.OwnFieldsMax)
		head, err = br.Peek(mbox.OwnFieldsMax)
	}
	if err != nil && !errors.Is(err, io.EOF) {
		return err
	}
	got.Body = br
	_, err = br.Discard(mbox.OwnFields(head))
	return err
}

// current sees to it that the file is open, and scanned as it is now.
func (b *box) current(ctx context.Context) error {
	if err := b.store.hold(b); err != nil {
		return err
	}
	now, err := b.store.tree.root.Lstat(b.name)
	if err == nil && b.file != nil && b.info != nil && same(b.info, now) {
		return nil
	}
	if b.file != nil {
		err = cmp.Or(err, b.file.Close())
		b.file = nil
	}
	if err == nil {
		err = b.open(ctx)
	}
	if err == nil || ctx.Err() != nil {
		return cmp.Or(ctx.Err(), err)
	}
	if errors.Is(err, fs.ErrNotExist) {
		err = fmt.Errorf("%w: %w", mail.ErrNoFolder, err)
	}
	return b.store.fail("list", mail.ScopeFolder, mail.Ref{Folder: b.at}, err)
}

func same(a, b fs.FileInfo) bool {
	return a.Size() == b.Size() && a.ModTime().Equal(b.ModTime()) && a.Mode() == b.Mode()
}

// open opens the file, and scans it unless that is done.
func (b *box) open(ctx context.Context) error {
	f, err := b.store.tree.file(b.name)
	if err != nil {
		return err
	}
	file, err := mbox.New(f, f.Name())
	if err != nil {
		return err
	}
	now, err := file.Stat()
	if err == nil && (b.info == nil || !same(b.info, now)) {
		err = b.scan(ctx, file, now)
	}
	if err != nil {
		_ = file.Close()
		return err
	}
	b.file = file
	return nil
}

// order makes bySum, and counts twins.
func (b *box) order() {
	b.bySum = make([]uint32, len(b.places))
	for i := range b.bySum {
		b.bySum[i] = uint32(i)
	}
	slices.SortFunc(b.bySum, func(x, y uint32) int {
		return cmp.Or(cmp.Compare(b.places[x].sum, b.places[y].sum), cmp.Compare(x, y))
	})
	for i := 1; i < len(b.bySum); i++ {
		if before, p := &b.places[b.bySum[i-1]], &b.places[b.bySum[i]]; before.sum == p.sum {
			p.twin = before.twin + 1
		}
	}
}
