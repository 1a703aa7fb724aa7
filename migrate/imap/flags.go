package imap

import (
	"context"
	"fmt"
	"iter"
	"slices"
	"strings"

	goimap "github.com/emersion/go-imap/v2"

	"mailmv/formats/mail"
)

// flagsAtOnce is how many messages one STORE names.
const flagsAtOnce = 500

// SetFlags changes flags and keywords (RFC 9051 §6.4.6). Equal changes go together. A message that is no
// longer there gets mail.ErrGone; what the server does not take is that message's own error.
func (st *Store) SetFlags(ctx context.Context, f mail.Folder, changes []mail.Flagging) iter.Seq2[mail.Message, error] {
	return func(yield func(mail.Message, error) bool) {
		if len(changes) == 0 {
			return
		}
		s, leave, err := st.enter(ctx, "store", f, forWriting, true)
		if err != nil {
			yield(mail.Message{}, err)
			return
		}
		defer leave()
		was := map[mail.Ref]mail.Message{}
		fates, err := s.setFlags(ctx, changes, was)
		if err != nil {
			yield(mail.Message{}, at(err, f.Path))
			return
		}
		for _, c := range changes {
			m := was[c.Ref]
			m.Ref = c.Ref
			if !yield(m, fates[c.Ref]) {
				return
			}
		}
	}
}

// setFlags makes the changes, equal ones together, tells the fates, and notes what was before.
func (s *session) setFlags(ctx context.Context, changes []mail.Flagging, was map[mail.Ref]mail.Message) (map[mail.Ref]error, error) {
	fates := map[mail.Ref]error{}
	alike := map[string][]mail.Flagging{}
	for _, c := range changes {
		more, fewer := slices.Sorted(slices.Values(c.AddKeywords)), slices.Sorted(slices.Values(c.RemoveKeywords))
		k := fmt.Sprintf("%d %d %q %q", c.Add, c.Remove, more, fewer)
		alike[k] = append(alike[k], c)
		fates[c.Ref] = &mail.Error{Op: "store", Place: s.server.Host, Ref: c.Ref, Scope: mail.ScopeMessage, Err: mail.ErrGone}
	}
	for _, group := range alike {
		refs := make([]mail.Ref, len(group))
		for i, c := range group {
			refs[i] = c.Ref
		}
		uids, err := s.uids("store", refs)
		if err != nil {
			return nil, err
		}
		err = s.seek(uids, "UID FLAGS", func(a *answer) {
			m := s.message(a)
			if _, told := was[m.Ref]; !told {
				was[m.Ref] = m
			}
		})
		if err != nil {
			return nil, s.fail(ctx, "store", mail.ScopeFolder, err)
		}
		uids = slices.DeleteFunc(uids, func(uid uint32) bool { _, there := was[s.ref(uid)]; return !there })
		for _, set := range chunks(uids, flagsAtOnce) {
			fate := s.storeFlags(ctx, set, group[0])
			if fate != nil && mail.ScopeOf(fate) != mail.ScopeMessage {
				return nil, fate
			}
			for _, uid := range set {
				fates[s.ref(uid)] = fate
			}
		}
	}
	return fates, nil
}

// storeFlags makes one change to a set of messages.
func (s *session) storeFlags(ctx context.Context, set []uint32, c mail.Flagging) error {
	for _, part := range []struct {
		op    goimap.StoreFlagsOp
		flags []goimap.Flag
	}{
		{goimap.StoreFlagsAdd, flagsOf(append(c.Add.Names(), s.keywords(c.AddKeywords)...))},
		{goimap.StoreFlagsDel, flagsOf(append(c.Remove.Names(), s.keywords(c.RemoveKeywords)...))},
	} {
		if len(part.flags) == 0 {
			continue
		}
		err := s.lib.Store(uidSet(set), &goimap.StoreFlags{Op: part.op, Silent: true, Flags: part.flags}, nil).Close()
		if err != nil {
			return s.fail(ctx, "store", mail.ScopeMessage, err)
		}
	}
	return nil
}

func flagsOf(names []string) []goimap.Flag {
	flags := make([]goimap.Flag, len(names))
	for i, n := range names {
		flags[i] = goimap.Flag(n)
	}
	return flags
}

// keywords are those of words that the protocol and the selected folder take. What is left out is told.
func (s *session) keywords(words []string) []string {
	var fit []string
	for _, w := range words {
		switch {
		case !validKeyword(w):
			s.words.notes(fmt.Sprintf("keyword %q cannot be written in IMAP: left out", s.words.clean(w)))
		case s.box.keywords != nil && !s.box.keywords[strings.ToLower(w)]:
			s.words.notes(fmt.Sprintf("the server does not keep the keyword %q in folder %q: left out", w, s.box.folder.Path))
		default:
			fit = append(fit, w)
		}
	}
	return fit
}
