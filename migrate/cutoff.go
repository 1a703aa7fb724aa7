package migrate

import (
	"cmp"
	"errors"
	"fmt"

	"mailmv/formats/mail"
)

// cutsMax is how often the connection may be lost at one message. Then that message fails and the others have their turn: there
// are servers that die of a message, and lines that are too bad for a long one.
const cutsMax = 3

var errCutOff = errors.New("the connection is lost each time that it is fetched")

// cutAt notes at which message a connection was lost.
func (x *runner) cutAt(m *move, ref mail.Ref, err error) {
	if e := (*mail.Error)(nil); errors.As(err, &e) {
		ref.ID = cmp.Or(ref.ID, e.Ref.ID)
	}
	if ref.ID == "" || !mail.Retryable(err) {
		return
	}
	x.mu.Lock()
	defer x.mu.Unlock()
	x.cuts[cutKey(m, ref)]++
}

// givesUp accounts for a message at which the connection was lost too often.
func (x *runner) givesUp(m *move, msg mail.Message) bool {
	x.mu.Lock()
	n := x.cuts[cutKey(m, msg.Ref)]
	x.mu.Unlock()
	if n < cutsMax {
		return false
	}
	err := &mail.Error{Op: "fetch", Ref: msg.Ref, Scope: mail.ScopeMessage, Err: fmt.Errorf("%w (%d times)", errCutOff, n)}
	x.account(m, msg, mail.Ref{}, Failed, err.Error(), err)
	return true
}

func cutKey(m *move, ref mail.Ref) sourceRef {
	return sourceRef{m.src.ID, mail.Ref{Folder: m.folder.Path, ID: ref.ID}}
}
