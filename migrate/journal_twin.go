package migrate

import (
	"encoding/hex"
	"fmt"
	"slices"

	"mailmv/formats/line"
)

// sameAs is the copy in the sink that a message is the same as.
type sameAs struct {
	to   uint16 // number of the folder where it lies
	uid  uint32 // 0: not known
	form [16]byte
}

// twin notes that a message was not copied because it is the same as a copy in the sink.
func (j *Journal) twin(it item, to uint16, s sameAs) error {
	j.lock()
	defer j.mu.Unlock()
	j.recordTwin(it, to, s)
	if err := j.flush(); err != nil {
		return err
	}
	j.putTwin(it, to, s)
	j.entries.find(it.key).now = Duplicate
	j.syncSoon()
	return nil
}

func (j *Journal) recordTwin(it item, to uint16, s sameAs) {
	j.record(recTwin, int(to), int(s.to), int(s.uid), hex.EncodeToString(s.form[:]),
		int(it.from), it.id, it.octets, it.announced, it.sum, wireText(it), int64(it.first), int(it.flags), int(it.words))
}

// putTwin changes what is in memory as a record of a twin says. The caller holds mu.
func (j *Journal) putTwin(it item, to uint16, s sameAs) {
	j.put(it, to, fate{kind: stored, state: twin})
	j.twins[it.key] = s
}

func (j *Journal) replayTwin(p *line.Reader) {
	to, s := uint16(p.Number(16)), sameAs{to: uint16(p.Number(16)), uid: uint32(p.Number(32))}
	form, err := hex.DecodeString(p.Text())
	if err != nil || len(form) != len(s.form) || int(s.to) >= len(j.tos) {
		p.Fail("not a twin")
		return
	}
	copy(s.form[:], form)
	if it := j.item(p, to); p.Err == nil {
		j.putTwin(it, to, s)
	}
}

// sameAs tells what copy a message is the same as; false where it is no twin.
func (j *Journal) sameAs(k key) (sameAs, bool) {
	j.lock()
	defer j.mu.Unlock()
	s, ok := j.twins[k]
	return s, ok
}

// placeOf is the folder of the sink with that number.
func (j *Journal) placeOf(to uint16) place {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.tos[to]
}

// twinFolders lists the numbers of the folders whose copies stand for others.
func (j *Journal) twinFolders() []uint16 {
	j.lock()
	defer j.mu.Unlock()
	var all []uint16
	for _, s := range j.twins {
		if !slices.Contains(all, s.to) {
			all = append(all, s.to)
		}
	}
	return all
}

// keepTwin writes a twin in its last state, once (Journal.keep).
func (fresh *Journal) keepTwin(p *line.Reader, j *Journal, written map[key]bool) {
	to, at, uid := uint16(p.Number(16)), uint16(p.Number(16)), uint32(p.Number(32))
	p.Text() // the form
	it := j.item(p, to)
	s, ok := j.twins[it.key]
	if p.Err != nil || !ok || written[it.key] || s.to != at || s.uid != uid {
		return
	}
	e := j.entries.find(it.key)
	if e.sum != it.sum || e.to != to || e.announced != it.announced {
		return
	}
	written[it.key] = true
	it.first, it.flags, it.words = e.first, e.flags, e.words
	fresh.recordTwin(it, to, s)
	if e.state&removed != 0 {
		fresh.record(recGone, fmt.Sprintf("%x", it.key[:]))
	}
}
