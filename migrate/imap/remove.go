package imap

import (
	"context"
	"crypto/sha256"
	"fmt"
	"io"
	"iter"

	goimap "github.com/emersion/go-imap/v2"

	"mailmv/formats/mail"
)

const removeAtOnce = 200

// Remove removes those of doomed that are, octet for octet, what was fetched: read again and compared in the
// session that removes, marked, and expunged by UID (RFC 4315 §2.1). Without UID EXPUNGE nothing is
// removed: EXPUNGE would also take what another program has marked. The fates come in the order of doomed.
func (st *Store) Remove(ctx context.Context, f mail.Folder, doomed []mail.Doomed) iter.Seq2[mail.Ref, error] {
	return func(yield func(mail.Ref, error) bool) {
		if len(doomed) == 0 {
			return
		}
		s, leave, err := st.enter(ctx, "remove", f, forWriting, true)
		if err != nil {
			yield(mail.Ref{}, err)
			return
		}
		defer leave()
		if why := s.unfit(); why != nil {
			for _, d := range doomed {
				if !yield(d.Ref, at(&mail.Error{Op: "remove", Place: s.server.Host, Ref: d.Ref, Scope: mail.ScopeMessage,
					Hint: "remove these messages with a mail program", Err: why}, f.Path)) {
					return
				}
			}
			return
		}
		for len(doomed) > 0 {
			part := doomed[:min(removeAtOnce, len(doomed))]
			doomed = doomed[len(part):]
			fates, err := s.remove(ctx, part)
			if err != nil {
				yield(mail.Ref{}, at(err, f.Path))
				return
			}
			for _, d := range part {
				if !yield(d.Ref, fates[d.Ref]) {
					return
				}
			}
		}
	}
}

// unfit says why nothing can be removed here.
func (s *session) unfit() error {
	switch {
	case !s.caps.uidPlus():
		return fmt.Errorf("%w: it has no UID EXPUNGE, so messages marked by another program would go as well", mail.ErrUnproven)
	case s.box.folder.Validity == 0:
		return fmt.Errorf("%w: its UIDs do not last", mail.ErrUnproven)
	}
	return nil
}

// remove deals with one part: compare, mark, expunge, look whether they are gone.
func (s *session) remove(ctx context.Context, part []mail.Doomed) (map[mail.Ref]error, error) {
	fates, err := s.compare(ctx, part)
	if err != nil {
		return nil, err
	}
	var equal []mail.Ref
	for _, d := range part {
		if fates[d.Ref] == nil {
			equal = append(equal, d.Ref)
		}
	}
	uids, err := s.uids("remove", equal)
	if err != nil || len(uids) == 0 {
		return fates, err
	}
	for _, set := range chunks(uids, removeAtOnce) {
		mark := &goimap.StoreFlags{Op: goimap.StoreFlagsAdd, Silent: true, Flags: []goimap.Flag{goimap.FlagDeleted}}
		if err := s.lib.Store(uidSet(set), mark, nil).Close(); err != nil {
			return nil, s.fail(ctx, "remove", mail.ScopeFolder, err)
		}
		if err := s.lib.UIDExpunge(uidSet(set)).Close(); err != nil {
			return nil, s.fail(ctx, "remove", mail.ScopeFolder, err)
		}
	}
	still, err := s.among(uids)
	if err != nil {
		return nil, s.fail(ctx, "remove", mail.ScopeFolder, err)
	}
	for uid := range still {
		r := s.ref(uid)
		fates[r] = &mail.Error{Op: "remove", Place: s.server.Host, Ref: r, Scope: mail.ScopeMessage,
			Err: fmt.Errorf("%w: it answers OK to UID EXPUNGE and still has the message", mail.ErrUnproven)}
	}
	return fates, nil
}

// compare reads the messages again. A fate of nil means that the octets are the same.
func (s *session) compare(ctx context.Context, part []mail.Doomed) (map[mail.Ref]error, error) {
	fates := map[mail.Ref]error{}
	want := map[mail.Ref]mail.Doomed{}
	var refs []mail.Ref
	for _, d := range part {
		fates[d.Ref] = &mail.Error{Op: "remove", Place: s.server.Host, Ref: d.Ref, Scope: mail.ScopeMessage, Err: mail.ErrGone}
		want[d.Ref] = d
		refs = append(refs, d.Ref)
	}
	uids, err := s.uids("remove", refs)
	if err != nil {
		return nil, err
	}
	var end error
	for _, set := range chunks(uids, removeAtOnce) {
		if !s.bodies(ctx, set, func(m mail.Fetched, err error) bool {
			if err != nil && mail.ScopeOf(err) != mail.ScopeMessage {
				end = err
				return false
			}
			if err != nil {
				fates[m.Ref] = err
				return true
			}
			h := sha256.New()
			n, err := io.Copy(h, m.Body)
			if d := want[m.Ref]; err != nil || n != d.Octets || [32]byte(h.Sum(nil)) != d.Sum {
				fates[m.Ref] = &mail.Error{Op: "remove", Place: s.server.Host, Ref: m.Ref, Scope: mail.ScopeMessage, Err: mail.ErrChanged}
				return true
			}
			fates[m.Ref] = nil
			return true
		}) {
			return nil, end
		}
	}
	return fates, nil
}
