package migrate

import (
	"mailmv/formats/mail"
)

// resting is a source folder as it was when all of it was in the sink, so that it need not be listed
// again while it has not changed.
type resting struct {
	next     uint32
	messages int
	modSeq   uint64
	listing  [32]byte
	kept     bool // changes of flags up to then were not carried over
}

// restOf is how f is now.
func restOf(f mail.Folder) resting { return resting{f.Next, f.Messages, f.ModSeq, f.Listing, false} }

// rests notes how a source folder was when a move of all of it came to its end.
func (j *Journal) rests(from, to uint16, r resting) error {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.resting[[2]uint16{from, to}] == r {
		return nil
	}
	j.recordRest([2]uint16{from, to}, r)
	j.resting[[2]uint16{from, to}] = r
	return j.flush()
}
