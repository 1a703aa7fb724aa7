package mbox

import (
	"bytes"
	"io"
)

// ownPrefix goes before the name of a field that programs would take for their own, where the message brought it along: so
// nothing of the message is missing in the file.
const ownPrefix = "X-Mailmv-"

// ownKeeper passes a message on with its own fields of that kind (changing) renamed, and notes it. Behind it, whatever bears such a name
// is not the message's. It decides as stateStripper does.
type ownKeeper struct {
	w      io.Writer
	at     int64  // octets passed on
	held   []byte // the beginning of a line
	within bool   // in a line that is decided on
	inBody bool
	note   []Edit
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
	if !k.inBody && line[0] != ' ' && line[0] != '\t' && isOneOf(changing, line) {
		if len(k.note) == maxEdits {
			return ErrCannotHold
		}
		k.note = append(k.note, Edit{At: k.at, Drop: int64(len(ownPrefix))})
		if err := k.pass([]byte(ownPrefix)); err != nil {
			return err
		}
	}
	err := k.pass(line)
	k.held = k.held[:0]
	return err
}

func (k *ownKeeper) pass(p []byte) error {
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
