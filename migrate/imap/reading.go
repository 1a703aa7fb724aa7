package imap

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	goimap "github.com/emersion/go-imap/v2"

	"mailmv/formats/mail"
)

// enter selects f for reading or writing and checks that refs are of its present generation. The session
// comes with its turn; leave gives it back.
func (st *Store) enter(ctx context.Context, op string, f mail.Folder, m mode, anew bool) (s *session, leave func(), err error) {
	raw, err := st.rawName(ctx, op, f.Path)
	if err != nil {
		return nil, nil, err
	}
	if s, err = st.reader(ctx); err != nil {
		return nil, nil, at(err, f.Path)
	}
	stop := s.watch(ctx)
	leave = func() {
		stop()
		s.giveTurn()
	}
	if anew && !s.isFresh(raw) || s.box == nil || s.box.raw != raw || m == forWriting && s.box.readOnly {
		if err := s.selectBox(ctx, op, f.Path.Clean(), raw, m); err != nil {
			err = s.absent(ctx, op, raw, err, nil)
			leave()
			return nil, nil, at(err, f.Path)
		}
	}
	if f.Validity != 0 && f.Validity != s.box.folder.Validity {
		err := s.anotherGeneration(op, f.Validity)
		leave()
		return nil, nil, err
	}
	return s, leave, nil
}

// ref names a message of the selected folder.
func (s *session) ref(uid uint32) mail.Ref {
	r := mail.Ref{Folder: s.box.folder.Path, Validity: s.box.folder.Validity, ID: formatUID(uid)}
	if r.Validity == 0 {
		r.ID += "~" + strconv.Itoa(s.number)
	}
	return r
}

// uids reads the UIDs of refs, ascending and each once. One of another generation, or of a connection that
// is gone where UIDs do not last, spoils the folder: it means another message by now.
func (s *session) uids(op string, refs []mail.Ref) ([]uint32, error) {
	uids := make([]uint32, 0, len(refs))
	for _, r := range refs {
		id, number, fleeting := strings.Cut(r.ID, "~")
		if r.Validity != s.box.folder.Validity || fleeting && number != strconv.Itoa(s.number) {
			return nil, s.anotherGeneration(op, r.Validity)
		}
		n, err := strconv.ParseUint(id, 10, 32)
		if err != nil || n == 0 {
			return nil, &mail.Error{Op: op, Ref: r, Scope: mail.ScopeFolder, Err: fmt.Errorf("%q is no UID", r.ID)}
		}
		uids = append(uids, uint32(n))
	}
	slices.Sort(uids)
	return slices.Compact(uids), nil
}

func uidSet(uids []uint32) goimap.UIDSet {
	var set goimap.UIDSet
	for i := 0; i < len(uids); {
		j := i
		for j+1 < len(uids) && uids[j+1] == uids[j]+1 {
			j++
		}
		set = append(set, goimap.UIDRange{Start: goimap.UID(uids[i]), Stop: goimap.UID(uids[j])})
		i = j + 1
	}
	return set
}

var everything = goimap.UIDSet{{Start: 1, Stop: 0}}

// there tells which of uids the folder still has. Some servers find nothing at all where one UID of a set is
// beyond them (Cyrus, above 2^31): so where nothing is found all are asked for.
func (s *session) there(uids []uint32) (map[uint32]bool, error) {
	found, err := s.among(uids)
	if err == nil && len(found) == 0 && len(uids) > 1 {
		err = s.present(uids, everything, "UID", func(a *answer) { found[a.uid] = true })
	}
	return found, err
}

// among asks which of uids the folder has.
func (s *session) among(uids []uint32) (map[uint32]bool, error) {
	found := map[uint32]bool{}
	return found, s.seek(uids, "UID", func(a *answer) { found[a.uid] = true })
}

// seek asks for items of those of uids that the folder has. Some servers show only after a NOOP what was stored since the folder
// was selected (Courier).
func (s *session) seek(uids []uint32, items string, each func(*answer)) error {
	if err := s.lib.Noop().Wait(); err != nil {
		return err
	}
	for _, part := range chunks(uids, 2000) {
		if err := s.present(uids, uidSet(part), items, each); err != nil {
			return err
		}
	}
	return nil
}

// present hands over the answers about those of uids that are in set and in the folder.
func (s *session) present(uids []uint32, set goimap.UIDSet, items string, each func(*answer)) error {
	return s.fetch(theUID, set, items, func(a *answer) verdict {
		if _, asked := slices.BinarySearch(uids, a.uid); asked {
			each(a)
		}
		return more
	})
}
