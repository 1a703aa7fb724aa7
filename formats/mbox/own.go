package mbox

import (
	"bytes"
	"io"
)

// ownPrefix goes before the name of a field that programs would take for their own, where the message brought it along: so
// nothing of the message is missing in the file.
const ownPrefix = "X-Mailmv-"

// ownKeeper passes a message on with its own fields of that kind (changing) renamed, or taken out, and notes it. Behind it, whatever bears
// such a name is not the message's. It decides as stateStripper does.
type ownKeeper struct {
	w      io.Writer
	take   bool
	at     int64  // octets passed on
	held   []byte // the beginning of a line
	within bool   // in a line that is decided on
	taking bool   // a field that is taken out
	inBody bool
	note   []Edit
	taken  int
}

func (k *ownKeeper) Write(p []byte) (int, error) {
	for rest := p; len(rest) > 0; {
		if k.inBody {
			return len(p), k.pass(rest)
		}
		n := bytes.IndexByte(rest, '\n') + 1
		if n == 0 {
			n = len(rest)
		}
		piece := rest[:n]
		rest = rest[n:]
		var err error
		if k.within {
			err = k.pass(piece)
		} else if k.held = append(k.held, piece...); len(k.held) >= nameMax || bytes.ContainsAny(k.held, ":\n") {
			err = k.decide()
		}
		if err != nil {
			return 0, err
		}
		if piece[n-1] == '\n' {
			k.within = false
		}
	}
	return len(p), nil
}

// decide looks at the beginning of a line.
func (k *ownKeeper) decide() error {
	line := k.held
	k.within = true
	k.inBody = line[0] == '\n' || bytes.HasPrefix(line, []byte("\r\n"))
	if k.inBody || line[0] != ' ' && line[0] != '\t' {
		ours := !k.inBody && isOneOf(changing, line)
		k.taking = ours && k.take
		if ours && !k.take {
			if err := k.rename(); err != nil {
				return err
			}
		}
	}
	err := k.pass(line)
	k.held = k.held[:0]
	return err
}

func (k *ownKeeper) rename() error {
	if len(k.note) == maxEdits {
		return ErrCannotHold
	}
	k.note = append(k.note, Edit{At: k.at, Drop: int64(len(ownPrefix))})
	return k.pass([]byte(ownPrefix))
}

// takenMax bounds what the fields of one message that are kept in its note may be long.
const takenMax = 64 << 10

func (k *ownKeeper) pass(p []byte) error {
	if k.taking {
		if k.taken += len(p); k.taken > takenMax || len(k.note) == maxEdits {
			return ErrCannotHold
		}
		if n := len(k.note); n > 0 && k.note[n-1].At == k.at {
			k.note[n-1].Put += string(p)
		} else {
			k.note = append(k.note, Edit{At: k.at, Put: string(p)})
		}
		return nil
	}
	k.at += int64(len(p))
	_, err := k.w.Write(p)
	return err
}

// close decides on a last line without an end.
func (k *ownKeeper) close() error {
	if len(k.held) == 0 {
		return nil
	}
	return k.decide()
}

// Noter takes in a message's octets and makes a note by which they are found again though programs change the fields in which they
// keep state: for a message that somebody else wrote into the file.
type Noter struct{ k ownKeeper }

// NewNoter makes one for one message.
func NewNoter() *Noter { return &Noter{ownKeeper{w: io.Discard, take: true}} }

// Write never fails.
func (n *Noter) Write(p []byte) (int, error) {
	if n.k.taken <= takenMax && len(n.k.note) < maxEdits {
		_, _ = n.k.Write(p)
	}
	return len(p), nil
}

// Note is for Message. Of a message with more such fields than anybody writes it is the zero Note.
func (n *Noter) Note() Note {
	if err := n.k.close(); err != nil || n.k.taken > takenMax || len(n.k.note) >= maxEdits {
		return Note{}
	}
	return Note{Stateless: true, Own: n.k.note}
}
