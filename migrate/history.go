package migrate

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"mailmv/dedupe"
	"mailmv/formats/line"
	"mailmv/formats/mail"
)

// Trip is what a journal tells of one message: where it came from, where it went, and what became of it there.
type Trip struct {
	Journal string // the sink's lasting name
	Source  string // the source's
	From    mail.Ref
	To      mail.Ref // ID is empty where the sink did not tell
	// First is when the run began that first dealt with it.
	First   time.Time
	Outcome Outcome // Copied, Present, Duplicate (To is the copy that stands for it) or Failed
	Altered bool
	// Removed: later it was removed from the source.
	Removed bool
	// Doubtful: nobody knows whether it arrived.
	Doubtful bool
}

// History reads all journals of a folder for a message of those octets, in the order of their lines. Damaged lines
// and files that are no journal are passed over.
func History(dir string, sum dedupe.Sum) ([]Trip, error) {
	names, err := filepath.Glob(filepath.Join(dir, "*.journal"))
	if err != nil {
		return nil, err
	}
	var all []Trip
	for _, name := range names {
		f, err := os.Open(name)
		if err != nil {
			return all, err
		}
		trips, err := historyIn(f, sum)
		_ = f.Close() // only read
		if err != nil {
			return all, err
		}
		all = append(all, trips...)
	}
	return all, nil
}

// history is a journal being read for one message.
type history struct {
	sum     dedupe.Sum
	sink    string
	froms   map[uint64]place
	tos     map[uint64]place
	batches map[uint64]*batchHistory
	keys    map[string][]int // trips by the keys of their items, in hex
	trips   []Trip
}

// batchHistory is a batch that was sent: for each item that has no fate yet the trip, or -1.
type batchHistory struct {
	to      uint64
	pending []int
}

func historyIn(r io.Reader, sum dedupe.Sum) ([]Trip, error) {
	h := &history{sum: sum, froms: map[uint64]place{}, tos: map[uint64]place{}, batches: map[uint64]*batchHistory{}, keys: map[string][]int{}}
	br := bufio.NewReaderSize(r, 64<<10)
	for {
		text, err := br.ReadBytes('\n')
		if err == nil {
			if fields, err := line.Split(text); err == nil {
				h.take(&line.Reader{Fields: fields})
			}
			continue
		}
		if errors.Is(err, io.EOF) {
			err = nil
		}
		return h.trips, err
	}
}

func (h *history) take(p *line.Reader) {
	switch p.Text() {
	case journalMagic:
		p.Number(32)
		h.sink = p.Text()
	case recFrom:
		n := p.Number(32)
		h.froms[n] = place{p.Text(), mail.Path(p.Text()), uint32(p.Number(32))}
	case recTo:
		n := p.Number(32)
		h.tos[n] = place{p.Text(), mail.Path(p.Text()), uint32(p.Number(32))}
	case recSend:
		n := p.Number(64)
		h.batches[n] = &batchHistory{to: p.Number(32)}
	case recItem:
		if b := h.batches[p.Number(64)]; b != nil {
			b.pending = append(b.pending, h.trip(p, b.to, Copied))
		}
	case recKept:
		h.fates(h.batches[p.Number(64)], p)
	case recGone:
		for _, i := range h.keys[p.Text()] {
			h.trips[i].Removed = true
		}
	case recTwin:
		to, at, uid := p.Number(32), p.Number(32), p.Text()
		p.Text() // the form
		if i := h.trip(p, to, Duplicate); i >= 0 {
			t := h.tos[at]
			h.trips[i].To = mail.Ref{Folder: t.path, Validity: t.validity}
			h.fate(i, uid, Duplicate)
		}
	case recHere:
		to, fate := p.Number(32), p.Text()
		if i := h.trip(p, to, Present); i >= 0 {
			h.fate(i, fate, Present)
		}
	}
}

// trip reads an item; -1 where it is another message.
func (h *history) trip(p *line.Reader, to uint64, o Outcome) int {
	n, id := p.Number(16), p.Text()
	from := h.froms[n]
	p.Signed()
	p.Signed()
	sum := p.Sum([32]byte{})
	p.Text()
	first := p.Signed()
	if p.Err != nil || dedupe.Sum(sum) != h.sum {
		return -1
	}
	t := h.tos[to]
	h.trips = append(h.trips, Trip{Journal: h.sink, Source: from.store, From: mail.Ref{Folder: from.path, Validity: from.validity, ID: id},
		To: mail.Ref{Folder: t.path, Validity: t.validity}, First: time.Unix(first, 0), Outcome: o, Doubtful: true})
	i := len(h.trips) - 1
	k := fmt.Sprintf("%x", keyOf(uint16(n), t.path, id))
	h.keys[k] = append(h.keys[k], i)
	return i
}

// fates gives each pending item of a batch what became of it.
func (h *history) fates(b *batchHistory, p *line.Reader) {
	if b == nil {
		return
	}
	var still []int
	for _, i := range b.pending {
		fate := p.Text()
		if fate == "?" {
			still = append(still, i)
		} else if i >= 0 {
			h.fate(i, fate, Copied)
		}
	}
	b.pending = still
}

func (h *history) fate(i int, fate string, o Outcome) {
	t := &h.trips[i]
	t.Doubtful, t.Outcome = false, o
	if fate == "!" {
		t.Outcome = Failed
		return
	}
	t.Altered = strings.ContainsAny(fate, "ad")
	uid := strings.TrimRight(fate, "ad")
	if n, err := strconv.ParseUint(uid, 10, 32); err == nil && n != 0 {
		t.To.ID = uid
	}
}
