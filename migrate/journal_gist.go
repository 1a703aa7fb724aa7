package migrate

import (
	"fmt"
	"os"
	"strings"

	"mailmv/dedupe"
	"mailmv/formats/line"
)

// A journal's gist lies beside it: its folders, and how those were that rest. A run that finds nothing new needs to know no
// more, however long the journal is. The lines are those of the journal (from, to, archive, rest) behind
//
//	journal  2  SINK  LINES  ENTRIES  BATCHES
//
// and there is none while the fate of a batch is in doubt, or where a line is damaged.
const recJournal = "journal"

// gistName is the gist's file.
func gistName(journal string) string { return strings.TrimSuffix(journal, ".journal") + ".gist" }

// readGist reads the gist of the journal f, of that size; false: there is none, or the lines have to be read all the same.
func (j *Journal) readGist(f *os.File, size int64, sinkID string) bool {
	of, err := line.MarkOf(f, size)
	if err != nil {
		return false
	}
	g, err := os.Open(gistName(f.Name()))
	if err != nil {
		return false
	}
	defer g.Close()
	entries := 0
	ok := line.ReadGist(g, of, func(p *line.Reader) {
		switch p.Text() {
		case recJournal:
			j.version, j.sink = p.Number(32), p.Text()
			j.lines, entries, j.batches = int(p.Number(31)), int(p.Number(31)), p.Number(64)
		case recFrom:
			p.Note(j.replayPlace(&j.froms, p))
		case recTo:
			p.Note(j.replayPlace(&j.tos, p))
		case recArchive:
			j.replayArchive(p)
		case recRest:
			j.replayRest(p)
		}
	})
	if !ok || j.version != journalVersion || j.sink != sinkID || j.superseded(entries) {
		return false
	}
	j.old, j.asleep, j.gist = len(j.froms), true, of
	return true
}

// superseded tells whether most of the lines count no more. The caller holds mu.
func (j *Journal) superseded(entries int) bool {
	return j.lines >= compactFrom && j.lines > 2*entries+len(j.sent)
}

// lock takes mu for one who needs to know of messages. Where the lines cannot be read, nothing is written any more: what was
// there would be taken for new.
func (j *Journal) lock() {
	j.mu.Lock()
	if !j.asleep {
		return
	}
	j.asleep = false
	if err := j.readLines(); err != nil && j.err == nil {
		j.err = fmt.Errorf("%w: %s: %w", ErrState, j.name, err)
	}
}

// wake reads the lines that were not read so far.
func (j *Journal) wake() error {
	j.lock()
	defer j.mu.Unlock()
	return j.failure()
}

// readLines reads the file from its beginning, with what was written since the gist was read.
func (j *Journal) readLines() error {
	f, err := os.Open(j.name)
	if err != nil {
		return err
	}
	defer f.Close()
	all := newJournal()
	if _, err := all.load(f, j.sink); err != nil {
		return err
	}
	j.froms, j.tos, j.named, j.resting, j.entries = all.froms, all.tos, all.named, all.resting, all.entries
	j.twins, j.own, j.words, j.wires, j.sent, j.batches = all.twins, all.own, all.words, all.wires, all.sent, all.batches
	j.lines, j.damage = all.lines, all.damage
	return nil
}

// keepGist writes the gist where that is another one than on disk. It is a help: what cannot be kept is found out anew.
func (j *Journal) keepGist() {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.name == "" || j.asleep || j.err != nil || len(j.sent) > 0 || len(j.damage) > 0 {
		return
	}
	f, err := os.Open(j.name)
	if err != nil {
		return
	}
	defer f.Close()
	i, err := f.Stat()
	if err != nil {
		return
	}
	of, err := line.MarkOf(f, i.Size())
	if err != nil || of == j.gist {
		return
	}
	g := newJournal()
	g.record(recJournal, journalVersion, j.sink, j.lines, j.entries.len(), j.batches)
	g.recordPlaces(j)
	_ = os.WriteFile(gistName(j.name), line.Gist(of, g.buf), 0o600)
}

// recordPlaces puts the lines of j's folders into the buffer.
func (fresh *Journal) recordPlaces(j *Journal) {
	for n, p := range j.froms {
		fresh.record(recFrom, n, p.store, string(p.path), int(p.validity))
	}
	for n, p := range j.tos {
		fresh.record(recTo, n, p.store, string(p.path), int(p.validity))
	}
	for name, source := range j.named {
		fresh.record(recArchive, name, source)
	}
	for at, r := range j.resting {
		fresh.recordRest(at, r)
	}
}

func (j *Journal) recordRest(at [2]uint16, r resting) {
	fields := []any{recRest, int(at[0]), int(at[1]), int(r.next), r.messages, r.modSeq}
	switch {
	case r.kept:
		fields = append(fields, dedupe.Sum(r.listing), "kept")
	case r.listing != [32]byte{}:
		fields = append(fields, dedupe.Sum(r.listing))
	}
	j.record(fields...)
}

func (j *Journal) replayRest(p *line.Reader) {
	at := [2]uint16{uint16(p.Number(16)), uint16(p.Number(16))}
	r := resting{next: uint32(p.Number(32)), messages: int(p.Number(32)), modSeq: p.Number(64)}
	if p.Peek() != "" {
		r.listing = p.Sum([32]byte{})
	}
	r.kept = p.Peek() == "kept"
	if p.Err == nil {
		j.resting[at] = r
	}
}
