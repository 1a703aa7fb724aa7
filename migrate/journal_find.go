package migrate

import (
	"slices"

	"mailmv/dedupe"
	"mailmv/formats/mail"
)

// nowhere is the number of a folder that the journal has not met.
const nowhere = 0xffff

// peekFrom and peekTo are from and to for one who declares nothing: they may give nowhere.
func (j *Journal) peekFrom(store string, f mail.Folder) uint16 {
	j.mu.Lock()
	defer j.mu.Unlock()
	return numberIn(j.froms, place{store, f.Path, f.Validity})
}

func (j *Journal) peekTo(f mail.Folder) uint16 {
	j.mu.Lock()
	defer j.mu.Unlock()
	return numberIn(j.tos, place{"", f.Path, f.Validity})
}

// isNew tells whether a source folder has its number since this journal was opened, and so had no message settled before.
func (j *Journal) isNew(from uint16) bool {
	j.mu.Lock()
	defer j.mu.Unlock()
	return int(from) >= j.old
}

// find returns the entry of k, where it was settled in generation to of the sink folder and is not known to be lost there.
func (j *Journal) find(k key, to uint16) (entry, bool) {
	j.lock()
	defer j.mu.Unlock()
	e := j.entries.find(k)
	if e == nil || e.to != to || e.state&(dropped|lost) != 0 {
		return entry{}, false
	}
	return *e, true
}

// wireOf returns the sum of the folded form (dedupe.Sums.Wire) of a settled message; of one that has changed in the source since it
// was copied, that of its copy.
func (j *Journal) wireOf(k key) dedupe.Sum {
	j.lock()
	defer j.mu.Unlock()
	if w, ok := j.wires[k]; ok {
		return w
	}
	return j.entries.find(k).sum
}

// listed notes that the source still has the message.
func (j *Journal) listed(k key, pass uint8) {
	j.lock()
	defer j.mu.Unlock()
	if e := j.entries.find(k); e != nil {
		e.pass = pass
	}
}

// unlisted collects by their sums the settled messages of a source folder that the source did not
// list in this pass: it may have given them other names (UIDLs new in every session), or have made the folder anew (another UIDVALIDITY).
func (j *Journal) unlisted(from, to uint16, pass uint8) map[dedupe.Sum][]key {
	j.lock()
	defer j.mu.Unlock()
	found := map[dedupe.Sum][]key{}
	same := make([]bool, len(j.froms)) // folder, of whatever generation
	for n, f := range j.froms {
		same[n] = int(from) < len(j.froms) && f.store == j.froms[from].store && f.path == j.froms[from].path
	}
	for e := range j.entries.all {
		if int(e.from) < len(same) && same[e.from] && e.to == to && e.pass != pass && e.state&(dropped|removed|twin|lost) == 0 {
			found[e.sum] = append(found[e.sum], e.key)
		}
	}
	return found
}

// claimed lists, ascending, the UIDs of a sink folder that settled messages account for.
func (j *Journal) claimed(to uint16) []uint32 {
	j.lock()
	defer j.mu.Unlock()
	var uids []uint32
	for e := range j.entries.all {
		if e.to == to && e.uid != 0 {
			uids = append(uids, e.uid)
		}
	}
	slices.Sort(uids)
	return slices.Compact(uids)
}

// pending lists the batches to a sink folder whose fate is in doubt.
func (j *Journal) pending(to uint16) map[uint64]shipment {
	j.mu.Lock()
	defer j.mu.Unlock()
	found := map[uint64]shipment{}
	for n, s := range j.sent {
		if s.to == to {
			found[n] = *s
		}
	}
	return found
}

// generations lists the numbers under which the journal has met a sink folder.
func (j *Journal) generations(p mail.Path) []uint16 {
	j.mu.Lock()
	defer j.mu.Unlock()
	var all []uint16
	for n, t := range j.tos {
		if t.path == p {
			all = append(all, uint16(n))
		}
	}
	return all
}

// Brought tells whether mail of a source folder has gone, or was sent, to a sink folder: in whatever generations of both, for what is
// made anew is told by its octets, in that very folder.
func (j *Journal) Brought(store string, from, to mail.Path) bool {
	met, all := j.restedAll(store, from, to)
	if !met || all {
		return all
	}
	j.lock()
	defer j.mu.Unlock()
	froms, tos := j.numbersOf(store, from, to)
	for _, s := range j.sent {
		if tos[s.to] && slices.ContainsFunc(s.items, func(it item) bool { return froms[it.from] }) {
			return true
		}
	}
	for e := range j.entries.all {
		if e.key != (key{}) && froms[e.from] && tos[e.to] {
			return true
		}
	}
	return false
}

// restedAll tells whether both folders have numbers, and whether all of the source folder, if there was any, has come to rest; for that
// no line is read.
func (j *Journal) restedAll(store string, from, to mail.Path) (met, all bool) {
	j.mu.Lock()
	defer j.mu.Unlock()
	froms, tos := j.numbersOf(store, from, to)
	for pair, r := range j.resting {
		all = all || r.messages > 0 && froms[pair[0]] && tos[pair[1]]
	}
	return len(froms) > 0 && len(tos) > 0, all
}

// numbersOf are the numbers of all generations of both folders. The caller holds mu.
func (j *Journal) numbersOf(store string, from, to mail.Path) (froms, tos map[uint16]bool) {
	froms, tos = map[uint16]bool{}, map[uint16]bool{}
	for n, f := range j.froms {
		if f.store == store && f.path == from {
			froms[uint16(n)] = true
		}
	}
	for n, t := range j.tos {
		if t.path == to {
			tos[uint16(n)] = true
		}
	}
	return froms, tos
}

// hasRests tells whether any folder has come to rest.
func (j *Journal) hasRests() bool {
	j.mu.Lock()
	defer j.mu.Unlock()
	return len(j.resting) > 0
}

// rested tells how a source folder was then.
func (j *Journal) rested(from, to uint16) (resting, bool) {
	j.mu.Lock()
	defer j.mu.Unlock()
	r, ok := j.resting[[2]uint16{from, to}]
	return r, ok
}

func numberIn(list []place, p place) uint16 {
	if i := slices.Index(list, p); i >= 0 {
		return uint16(i)
	}
	return nowhere
}
