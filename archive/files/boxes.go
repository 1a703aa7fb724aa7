package files

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"mailmv/formats/eml"
	"mailmv/formats/mail"
	"mailmv/formats/mbox"
)

// findBoxes finds the mbox files of a place, told by their first octets.
func findBoxes(ctx context.Context, s *Store) ([]shelf, error) {
	if s.only != "" {
		return s.oneBox()
	}
	return s.findBoxes(ctx, namer{})
}

// findBoxes finds those of a directory. taken holds the paths that other folders have.
func (s *Store) findBoxes(ctx context.Context, taken namer) ([]shelf, error) {
	var all []*box
	parts := s.accounts()
	for _, dir := range []string{"Mail", "ImapMail"} {
		if i, err := s.tree.root.Lstat(dir); err == nil && i.Mode()&fs.ModeSymlink != 0 && parts[0].dir != "." {
			s.notes.links.add(dir) // else it is met on the way
			s.unreadIn(dir)
		}
	}
	if parts[0].dir != "." {
		s.noteElsewhere(parts)
	}
	for _, part := range parts {
		var names []string
		s.part = part
		err := s.walk(ctx, []string{part.dir}, func(name string, d fs.DirEntry) error {
			if notFolder(name) {
				return nil
			}
			why, err := s.sniff(name, d)
			switch {
			case err != nil:
				s.unreadable(name, name, err)
			case why != "":
				s.notes.odd(why, name)
			default:
				names = append(names, name)
			}
			return nil
		})
		if err != nil {
			return nil, err
		}
		if len(names) > 0 {
			s.noteIMAP(part)
		}
		paths := map[mail.Path]mail.Path{}
		for _, name := range names {
			levels := boxLevels(strings.TrimPrefix(name, part.dir+"/"), part.utf7)
			p := pathOf(levels)
			if paths[p] == "" {
				paths[p] = taken.path(levels)
			}
			all = append(all, newBox(s, paths[p], name))
		}
	}
	s.notes.flush(s.tree.at)
	return stacked(all), nil
}

// beside are files that Thunderbird keeps beside its folders, as it does an index (.msf), and that nobody takes for mail.
var beside = map[string]bool{"popstate.dat": true, "msgfilterrules.dat": true, "filterlog.html": true, "junklog.html": true}

// notFolder tells of those, and of the indexes.
func notFolder(name string) bool {
	return beside[strings.ToLower(path.Base(name))] || strings.EqualFold(path.Ext(name), ".msf")
}

// noteIMAP says what is not known of Thunderbird's copies of IMAP folders: 153 writes the same state into each message, and never again.
func (s *Store) noteIMAP(p part) {
	if p.utf7 {
		s.notes.say("%s: Thunderbird writes no state into its copies of IMAP folders: what was read or starred is not known, and most count as read; take them from the server where that is still there", path.Join(s.tree.at, p.dir))
	}
}

// oneBox takes the file that was given, which has to be an mbox.
func (s *Store) oneBox() ([]shelf, error) {
	head, packing, err := s.head(s.only)
	if err == nil {
		err = mbox.Sniff(head)
	}
	if packing != "" && errors.Is(err, mbox.ErrNotMbox) {
		return nil, &mail.Error{Op: "folders", Place: s.given, Err: fmt.Errorf("what %s has packed in it: %w", packing, err), Hint: insteadOfBox(head)}
	}
	if err != nil {
		return nil, err
	}
	return []shelf{newBox(s, mail.Inbox, s.only)}, nil
}

// insteadOfBox says what to do with a packed file that holds no mbox file.
func insteadOfBox(head []byte) string {
	if eml.Begins(head) {
		return "it looks like a single message: unpack it, and name the file as eml:PATH"
	}
	return "only mbox files are read packed: unpack it, and name the file or directory that comes out"
}

// part is a tree of mbox files within the place.
type part struct {
	dir  string
	utf7 bool // names are those that an IMAP server has
}

// accounts gives the parts of a Thunderbird profile: Mail and ImapMail, below which each account has a directory. Anything
// else is one tree.
func (s *Store) accounts() []part {
	var parts []part
	if i, err := s.tree.root.Lstat("prefs.js"); err == nil && i.Mode().IsRegular() {
		for _, dir := range []string{"Mail", "ImapMail"} {
			if i, err := s.tree.root.Lstat(dir); err == nil && i.IsDir() {
				parts = append(parts, part{dir, dir == "ImapMail"})
			}
		}
	}
	if len(parts) > 0 {
		s.notes.say("%s: a profile of Thunderbird: its mail is read from Mail and ImapMail", s.tree.at)
		return parts
	}
	full, err := filepath.Abs(s.tree.at)
	imap := err == nil && (filepath.Base(full) == "ImapMail" || filepath.Base(filepath.Dir(full)) == "ImapMail")
	return []part{{".", imap}}
}

// sniff tells why a file is no folder; empty: it is one.
func (s *Store) sniff(name string, d fs.DirEntry) (why string, err error) {
	if compacting(path.Base(name)) {
		return "copies left over by Thunderbird's compacting (to read one give its own name)", nil
	}
	i, err := d.Info()
	if err != nil {
		return "", err
	}
	if i.Size() == 0 && !s.boxName(name) {
		return "empty files", nil
	}
	head, _, err := s.head(name)
	if err != nil {
		return "", err
	}
	err = mbox.Sniff(head)
	switch {
	case errors.Is(err, mbox.ErrUnsupported):
		return "files of a kind that is not read (" + err.Error() + ")", nil
	case err != nil && eml.Begins(head):
		return "files that look like single messages (to read them give the place as eml:PATH)", nil
	case err != nil, blank(head) && i.Size() > 0 && !s.boxName(name):
		return unlikeMail(name, head), nil
	}
	return "", nil
}

// tempBox is what Thunderbird calls a folder's copy while it compacts: it numbers the name where one is left over.
var tempBox = regexp.MustCompile(`(?i)^nstmp(-?\d+)?$`)

// compacting tells of a copy of a folder, left over where Thunderbird was cut off while it compacted.
func compacting(base string) bool {
	return tempBox.MatchString(base) || strings.HasSuffix(base, ".compact-temp")
}

// blank tells of a file that mbox.Sniff takes only because nothing stands in it.
func blank(head []byte) bool { return len(strings.Trim(string(head), "\r\n\x00")) == 0 }

// boxName tells that an empty file is a folder all the same: its name or what stands beside it says so.
func (s *Store) boxName(name string) bool {
	if mbox.NamedBox(name) {
		return true
	}
	for _, end := range []string{".msf", ".sbd"} {
		if _, err := s.tree.root.Lstat(name + end); err == nil {
			return true
		}
	}
	return false
}

// head gives the first octets of a file, unpacked, and with what it is packed; empty: it is not.
func (s *Store) head(name string) (head []byte, packing string, err error) {
	f, err := s.tree.file(name)
	if err != nil {
		return nil, "", err
	}
	defer f.Close() // only read
	r, packing, err := mbox.Unpack(f)
	if err != nil {
		return nil, packing, err
	}
	if c, ok := r.(io.Closer); ok {
		defer c.Close()
	}
	head = make([]byte, 8<<10)
	n, err := io.ReadFull(r, head)
	if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) && !(n > 0 && errors.Is(err, mbox.ErrDamaged)) {
		return nil, packing, err
	}
	return head[:n], packing, nil
}

// hold keeps the file of one folder open and closes that of another. nil: none.
func (s *Store) hold(b *box) error {
	old := s.box
	s.box = b
	if old == nil || old == b || old.file == nil {
		return nil
	}
	err := old.file.Close()
	old.file = nil
	return err
}

// statesMax bounds how many sets of flags and keywords one folder may show.
const statesMax = 1 << 14

// states keeps each set of flags and keywords once.
type states struct {
	all []state
	at  map[string]uint32
}

type state struct {
	flags    mail.Flags
	keywords []string
}

// add gives the number of a set. Of a folder with more sets than any program makes, only the flags are kept.
func (s *states) add(flags mail.Flags, keywords []string) uint32 {
	if len(s.all) >= statesMax {
		keywords = nil
	}
	key := string(rune(flags)) + strings.Join(keywords, "\x00")
	if n, ok := s.at[key]; ok {
		return n
	}
	if s.at == nil {
		s.at = map[string]uint32{}
	}
	n := uint32(len(s.all))
	s.at[key] = n
	s.all = append(s.all, state{flags, slices.Clone(keywords)})
	return n
}
