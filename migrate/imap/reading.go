package imap

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	goimap "github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapclient"

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
	if anew || s.box == nil || s.box.raw != raw || m == forWriting && s.box.readOnly {
		if err := s.selectBox(ctx, op, f.Path.Clean(), raw, m); err != nil {
			err = s.absent(ctx, op, raw, err)
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

// told is what a FETCH answer told beside the body.
type told struct {
	uid uint32
	mail.Message
}

// verdict says what becomes of a FETCH after one of its answers.
type verdict uint8

const (
	more    verdict = iota
	enough          // read what is left, and drop it
	abandon         // reading the body failed: the library must not be made to read it once more
)

var errAbandoned = errors.New("the answer ended early")

// fetch sends one UID FETCH and hands every answer to each. Only one runs at a time: two that are read one
// after the other can wait for each other for ever.
func (s *session) fetch(it item, set goimap.UIDSet, o *goimap.FetchOptions, each func(*imapclient.FetchMessageData) verdict) error {
	only := uint32(0)
	if len(set) == 1 && set[0].Start == set[0].Stop {
		only = uint32(set[0].Start)
	}
	s.gate.expect(it, only)
	cmd := s.lib.Fetch(set, o)
	for m := cmd.Next(); m != nil; m = cmd.Next() {
		switch each(m) {
		case enough:
			return cmd.Close()
		case abandon:
			return errAbandoned
		}
	}
	return cmd.Close()
}

// take adds one item of an answer. A body is not an item of this kind.
func (t *told) take(s *session, it imapclient.FetchItemData) {
	switch it := it.(type) {
	case imapclient.FetchItemDataUID:
		t.uid = uint32(it.UID)
		t.Ref = s.ref(t.uid)
		t.Fleeting = t.Validity == 0
	case imapclient.FetchItemDataRFC822Size:
		t.Octets = it.Size
	case imapclient.FetchItemDataInternalDate:
		t.InternalDate = it.Time
	case imapclient.FetchItemDataFlags:
		for _, f := range it.Flags {
			if flag := mail.FlagNamed(string(f)); flag != 0 {
				t.Flags |= flag
			} else if !strings.HasPrefix(string(f), `\`) {
				t.Keywords = append(t.Keywords, string(f))
			}
		}
	}
}

// there tells which of uids the folder still has. Some servers find nothing at all where one UID of a set is
// beyond them (Cyrus, above 2^31): so where nothing is found all are asked for.
func (s *session) there(uids []uint32) (map[uint32]bool, error) {
	found, err := s.among(uids)
	if err == nil && len(found) == 0 && len(uids) > 1 {
		err = s.present(uids, everything, found)
	}
	return found, err
}

// among asks which of uids the folder has. Some servers show only after a NOOP what was stored since the folder
// was selected (Courier).
func (s *session) among(uids []uint32) (map[uint32]bool, error) {
	found := map[uint32]bool{}
	if err := s.lib.Noop().Wait(); err != nil {
		return nil, err
	}
	for _, part := range chunks(uids, 2000) {
		if err := s.present(uids, uidSet(part), found); err != nil {
			return nil, err
		}
	}
	return found, nil
}

// present notes which of uids are in set and in the folder.
func (s *session) present(uids []uint32, set goimap.UIDSet, found map[uint32]bool) error {
	return s.fetch(theUID, set, &goimap.FetchOptions{UID: true}, func(m *imapclient.FetchMessageData) verdict {
		for it := m.Next(); it != nil; it = m.Next() {
			if u, ok := it.(imapclient.FetchItemDataUID); ok {
				if _, asked := slices.BinarySearch(uids, uint32(u.UID)); asked {
					found[uint32(u.UID)] = true
				}
			}
		}
		return more
	})
}
