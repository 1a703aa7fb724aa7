package imap

import (
	"context"
	"errors"
	"slices"
	"strings"

	goimap "github.com/emersion/go-imap/v2"

	"mailmv/formats/mail"
)

// rawName gives the server's name of p; it connects if it must, for the namespace is the server's to say.
func (st *Store) rawName(ctx context.Context, op string, p mail.Path) (string, error) {
	n, err := st.naming(ctx)
	if err != nil {
		return "", at(err, p)
	}
	p = p.Clean()
	if raw, ok := n.claim(p); ok {
		return raw, nil
	}
	if err := st.survey(ctx, n, p); err != nil {
		return "", at(err, p)
	}
	if raw, ok := n.claim(p); ok {
		return raw, nil
	}
	raw, there, err := n.choose(p)
	if err == nil {
		_, err = quoted(raw)
	}
	if err != nil {
		return "", &mail.Error{Op: op, Ref: mail.Ref{Folder: p}, Scope: mail.ScopeFolder, Err: err}
	}
	if there {
		n.settle(p, raw)
	}
	return raw, nil
}

// survey lists what is there, once, where p may be there under another name than its own.
func (st *Store) survey(ctx context.Context, n *names, p mail.Path) error {
	if all, err := n.candidates(p); err != nil || len(all) <= 2 || n.surveyed.Load() { // its own, and that with a tag
		return nil
	}
	s, err := st.reader(ctx)
	if err != nil {
		return err
	}
	defer s.giveTurn()
	defer s.watch(ctx)()
	if _, err := s.listed(n, s.listing(nil)); err != nil {
		return s.fail(ctx, "list", mail.ScopeStore, err)
	}
	return nil
}

// listed takes of a list the folders of the personal namespace, unselectable ones too, and gives each its path.
func (s *session) listed(n *names, list lister) ([]*goimap.ListData, error) {
	all, err := list()
	if err != nil {
		return nil, err
	}
	others := len(all)
	all = slices.DeleteFunc(all, func(l *goimap.ListData) bool { return n.foreign(rawName(l.Mailbox)) })
	if others > len(all) {
		s.words.notes("folders of other users and shared folders are left out")
	}
	for _, l := range all {
		n.path(rawName(l.Mailbox))
		if !selectable(l) {
			n.close(rawName(l.Mailbox))
		}
	}
	n.surveyed.Store(true)
	return all, nil
}

// naming gives the names, which the first connection brings.
func (st *Store) naming(ctx context.Context) (*names, error) {
	st.dialing.Lock()
	n := st.names
	st.dialing.Unlock()
	if n != nil {
		return n, nil
	}
	if _, err := st.open(ctx); err != nil {
		return nil, err
	}
	return st.naming(ctx)
}

// Folders lists what can be read: the personal namespace, with the roles that the server tells (RFC 6154).
func (st *Store) Folders(ctx context.Context) ([]mail.Folder, error) {
	folders, err := st.folders(ctx)
	if err == nil {
		st.mu.Lock()
		defer st.mu.Unlock()
		st.known = make(map[mail.Path]mail.Folder, len(folders))
		for _, f := range folders {
			st.known[f.Path] = f
		}
	}
	return folders, err
}

// Known tells of a folder what Folders has told of it, if it was asked: over a distance a question for each of many folders takes
// minutes.
func (st *Store) Known(p mail.Path) (mail.Folder, bool) {
	st.mu.Lock()
	defer st.mu.Unlock()
	f, ok := st.known[p.Clean()]
	f.Messages = -1
	return f, ok && f.Validity != 0
}

// Learn asks for all folders where the server tells of them by one question (RFC 5819).
func (st *Store) Learn(ctx context.Context) error {
	s, err := st.reader(ctx)
	if err != nil {
		return err
	}
	able := s.caps["LIST-STATUS"] && s.caps["LIST-EXTENDED"]
	if s.giveTurn(); !able {
		return nil
	}
	_, err = st.Folders(ctx)
	return err
}

func (st *Store) folders(ctx context.Context) ([]mail.Folder, error) {
	if folders, ok := st.listedAhead(); ok {
		return folders, nil
	}
	n, err := st.naming(ctx)
	if err != nil {
		return nil, err
	}
	s, err := st.reader(ctx)
	if err != nil {
		return nil, err
	}
	defer s.giveTurn()
	defer s.watch(ctx)()
	return s.folders(ctx, n, s.listing(s.statusItems()))
}

// folders are those that a LIST told of and that can be read.
func (s *session) folders(ctx context.Context, n *names, list lister) ([]mail.Folder, error) {
	listed, err := s.listed(n, list)
	if err != nil {
		return nil, s.fail(ctx, "list", mail.ScopeStore, err)
	}
	var folders []mail.Folder
	told := map[mail.Path]bool{}
	seen := map[mail.Path]bool{}
	for _, l := range listed {
		p := n.path(rawName(l.Mailbox))
		if !selectable(l) || seen[p] {
			continue
		}
		seen[p] = true
		f := mail.Folder{Path: p, Role: role(l), Messages: -1}
		told[p] = l.Status != nil && takeStatus(&f, l.Status)
		folders = append(folders, f)
	}
	if err := s.fillStatus(n, folders, told); err != nil {
		return nil, s.fail(ctx, "status", mail.ScopeStore, err)
	}
	return folders, nil
}

// lister waits for the answer to a LIST.
type lister func() ([]*goimap.ListData, error)

// listing sends LIST, and asks for special uses and, with items, the state of each folder (RFC 5819) where the server offers to tell them.
// Some offer and then refuse.
func (s *session) listing(items *goimap.StatusOptions) lister {
	o := &goimap.ListOptions{ReturnSpecialUse: s.caps["SPECIAL-USE"]}
	if s.caps["LIST-STATUS"] {
		o.ReturnStatus = items
	}
	if !s.caps["LIST-EXTENDED"] || *o == (goimap.ListOptions{}) {
		return s.lib.List("", "*", nil).Collect
	}
	extended := s.lib.List("", "*", o)
	return func() ([]*goimap.ListData, error) {
		l, err := extended.Collect()
		if isRefusal(err) {
			return s.lib.List("", "*", nil).Collect()
		}
		return l, err
	}
}

func selectable(l *goimap.ListData) bool {
	for _, a := range l.Attrs {
		if a == goimap.MailboxAttrNoSelect || a == goimap.MailboxAttrNonExistent {
			return false
		}
	}
	return true
}

func role(l *goimap.ListData) mail.Role {
	for _, a := range l.Attrs {
		switch a {
		case goimap.MailboxAttrAll, goimap.MailboxAttrArchive, goimap.MailboxAttrDrafts, goimap.MailboxAttrFlagged,
			goimap.MailboxAttrJunk, goimap.MailboxAttrSent, goimap.MailboxAttrTrash, goimap.MailboxAttrImportant:
			return mail.Role(a)
		}
	}
	return ""
}

var statusItems = &goimap.StatusOptions{NumMessages: true, UIDNext: true, UIDValidity: true}

// statusItems are what is asked of every folder.
func (s *session) statusItems() *goimap.StatusOptions {
	items := *statusItems
	items.HighestModSeq = s.caps["CONDSTORE"] || s.caps["QRESYNC"]
	return &items
}

// fillStatus asks for the state of all folders but those of which it was told, many commands at once. What the server does
// not tell stays unknown.
func (s *session) fillStatus(n *names, folders []mail.Folder, told map[mail.Path]bool) error {
	const together = 200
	var left []*mail.Folder
	for i := range folders {
		if !told[folders[i].Path] {
			left = append(left, &folders[i])
		}
	}
	for part := range slices.Chunk(left, together) {
		waits := make([]func() (*goimap.StatusData, error), len(part))
		for i, f := range part {
			raw, err := n.raw(f.Path)
			if err != nil {
				return err
			}
			waits[i] = s.lib.Status(libName(raw), s.statusItems()).Wait
		}
		for i, wait := range waits {
			data, err := wait()
			if no := (*goimap.Error)(nil); err != nil && !errors.As(err, &no) {
				return err
			}
			if err == nil {
				takeStatus(part[i], data)
			}
		}
	}
	return nil
}

// takeStatus reports whether the server told all of it.
func takeStatus(f *mail.Folder, d *goimap.StatusData) bool {
	f.Validity, f.Next, f.ModSeq = d.UIDValidity, uint32(d.UIDNext), d.HighestModSeq
	if d.NumMessages != nil {
		f.Messages = int(*d.NumMessages)
	}
	return d.NumMessages != nil && d.UIDNext != 0 && d.UIDValidity != 0
}

// Look tells the state of a folder (RFC 9051 §6.3.11).
func (st *Store) Look(ctx context.Context, p mail.Path) (mail.Folder, error) {
	raw, err := st.rawName(ctx, "look", p)
	if err != nil {
		return mail.Folder{}, err
	}
	s, err := st.reader(ctx)
	if err != nil {
		return mail.Folder{}, at(err, p)
	}
	defer s.giveTurn()
	defer s.watch(ctx)()
	p = p.Clean()
	f := mail.Folder{Path: p, Messages: -1}
	if s.box == nil || s.box.raw != raw { // RFC 9051: not for the selected one
		data, err := s.lib.Status(libName(raw), statusItems).Wait()
		if err != nil {
			return f, at(s.absent(ctx, "look", raw, s.fail(ctx, "look", mail.ScopeFolder, err), nil), p)
		}
		if takeStatus(&f, data) {
			return f, nil
		}
	}
	if err := s.selectBox(ctx, "look", p, raw, forReading); err != nil {
		return f, at(s.absent(ctx, "look", raw, err, nil), p)
	}
	return s.box.folder, nil
}

// absent turns the refusal of a folder into mail.ErrNoFolder where LIST says that there is none; nil: it is still to be asked.
func (s *session) absent(ctx context.Context, op, raw string, refusal error, list lister) error {
	if s.dead.Load() || mail.ScopeOf(refusal) != mail.ScopeFolder {
		return refusal
	}
	if list == nil {
		list = s.lookFor(raw)
	}
	listed, err := list()
	if unlessRefusal(err) != nil { // Courier refuses even to look for a name that it cannot read
		return s.fail(ctx, op, mail.ScopeFolder, err)
	}
	wild := strings.ContainsAny(raw, "*%") // a pattern in LIST: it fits others too
	for _, l := range listed {
		if selectable(l) && (!wild || rawName(l.Mailbox) == raw) {
			return refusal
		}
	}
	return &mail.Error{Op: op, Place: s.server.Host, Scope: mail.ScopeFolder, Err: mail.ErrNoFolder}
}
