package archive

import (
	"context"
	"strconv"

	"mailmv/formats/mail"
)

// Numbered gives a message by the number that it has in the manifest, which is its name in all reports of what came into the archive:
// a source calls its messages by their files. With ref.Validity 0 that of the folder does not matter. ok is false where there is no such
// message, or the tree is no archive of ours.
func (a *Archive) Numbered(ctx context.Context, ref mail.Ref) (named mail.Ref, ok bool) {
	n, err := strconv.ParseUint(ref.ID, 10, 32)
	if err != nil {
		return mail.Ref{}, false
	}
	s, err := a.find(ref.Folder)
	if err == nil {
		err = a.ready(ctx, s)
	}
	if err != nil || a.manifest.layout == "" || ref.Validity != 0 && ref.Validity != s.validity {
		return mail.Ref{}, false
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if e := s.numbered(uint32(n)); e != nil && e.state&(here|namesake) == here {
		return a.refOf(s, e), true
	}
	return mail.Ref{}, false
}
