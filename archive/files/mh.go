package files

import (
	"context"
	"fmt"
	"io/fs"
	"iter"
	"path"
	"strconv"
	"strings"

	"mailmv/formats/eml"
	"mailmv/formats/mail"
	"mailmv/formats/mh"
)

// findMH finds MH folders.
func findMH(ctx context.Context, s *Store) ([]shelf, error) {
	if s.only != "" {
		return nil, fmt.Errorf("%s: a file is no MH folder", s.only)
	}
	unseen, err := mh.UnseenNames(s.tree, s.tree.at, s.home)
	if err != nil {
		s.notes.say("%s: what is unread is maybe not known, for a profile of MH cannot be read: %v", s.tree.at, err)
	}
	return s.findLetters(ctx, &mhKind{unseen: unseen}, s.isMH)
}

// SetHome names the home of the user, where a profile of MH may tell of the tree (~/.mh_profile).
func (s *Store) SetHome(dir string) { s.home = dir }

// marks are the files in which programs that keep MH folders have flags that they write nowhere else.
var marks = map[string]string{".claws_mark": "Claws Mail", ".sylpheed_mark": "Sylpheed"}

// marksText says so.
const marksText = "%s: %s keeps in files of its own (%s) what was read, answered or starred, and these are not read: nothing is known of it but what .mh_sequences tells, " +
	"and where there is none all mail counts as unread"

// isMH tells why a file is no message of an MH folder.
func (s *Store) isMH(name string, _ fs.DirEntry) (why string, err error) {
	base := path.Base(name)
	switch {
	case marks[base] != "":
		s.notes.say(marksText, s.tree.at, marks[base], base)
		return "", errNotMail
	case ownOfMH[base]:
		return "", errNotMail
	case strings.HasPrefix(base, ","), strings.HasPrefix(base, "#"):
		return "messages removed in MH", nil
	}
	if n, err := strconv.ParseUint(base, 10, 32); err != nil || n == 0 || base[0] < '1' {
		head, _ := s.rawHead(name) // one that cannot be read is no message either
		return unlikeMail(name, head), nil
	}
	return "", nil
}

// ownOfMH are files that MH and programs like it keep beside messages, and that nobody takes for mail.
var ownOfMH = map[string]bool{".mh_sequences": true, ".mh_profile": true, ".claws_cache": true, ".claws_tags": true, ".sylpheed_cache": true}

// mhKind reads MH folders.
type mhKind struct {
	emlKind
	unseen    []string // see mh.UnseenNames
	sequences mh.Sequences
}

func (k *mhKind) begin(l *letters) {
	var err error
	if k.sequences, err = mh.ReadSequences(l.store.tree, l.dirs[0]); err != nil {
		l.store.notes.say("%s: its state is not known, for .mh_sequences cannot be read: %v", l.at, err)
	}
	k.sequences.Unseen = k.unseen
}

func (k *mhKind) files(l *letters, dir string) iter.Seq2[eml.File, error] {
	return func(yield func(eml.File, error) bool) {
		for f, err := range mh.Files(&l.near, dir) {
			if !yield(f.File, err) {
				return
			}
		}
	}
}

func (k *mhKind) know(_ *letters, f eml.File) (mail.Message, error) {
	m := mail.Message{Ref: mail.Ref{ID: stamp(f)}, Octets: -1}
	var number uint32
	if _, err := fmt.Sscan(path.Base(f.Name), &number); err != nil {
		return m, mail.ErrGone
	}
	m.Flags, m.Keywords = k.sequences.State(number)
	return m, nil
}
