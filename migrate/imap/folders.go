package imap

import (
	"context"
	"errors"
	"fmt"
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
	raw, err := n.raw(p)
	if err == nil {
		_, err = quoted(raw)
	}
	if err != nil {
		return "", &mail.Error{Op: op, Ref: mail.Ref{Folder: p}, Scope: mail.ScopeFolder, Err: err}
	}
	return raw, nil
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
	listed, err := s.list()
	if err != nil {
		return nil, s.fail(ctx, "list", mail.ScopeStore, err)
	}
	var folders []mail.Folder
	seen := map[mail.Path]bool{}
	for _, l := range listed {
		raw := rawName(l.Mailbox)
		if n.foreign(raw) {
			st.note("folders of other users and shared folders are left out")
			continue
		}
		p := n.path(raw)
		if !selectable(l) || seen[p] {
			continue
		}
		seen[p] = true
		folders = append(folders, mail.Folder{Path: p, Role: role(l), Messages: -1})
	}
	if err := s.fillStatus(n, folders); err != nil {
		return nil, s.fail(ctx, "status", mail.ScopeStore, err)
	}
	return folders, nil
}

// list sends LIST, and asks for special uses where the server offers to tell them. Some offer and then refuse.
func (s *session) list() ([]*goimap.ListData, error) {
	if s.caps["SPECIAL-USE"] && s.caps["LIST-EXTENDED"] {
		l, err := s.lib.List("", "*", &goimap.ListOptions{ReturnSpecialUse: true}).Collect()
		if no := (*goimap.Error)(nil); !errors.As(err, &no) {
			return l, err
		}
	}
	return s.lib.List("", "*", nil).Collect()
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

// fillStatus asks for the state of all folders, many commands at once. What the server does not tell stays unknown.
func (s *session) fillStatus(n *names, folders []mail.Folder) error {
	const together = 50
	for ; len(folders) > 0; folders = folders[min(together, len(folders)):] {
		part := folders[:min(together, len(folders))]
		waits := make([]func() (*goimap.StatusData, error), len(part))
		for i, f := range part {
			raw, err := n.raw(f.Path)
			if err != nil {
				return err
			}
			waits[i] = s.lib.Status(libName(raw), statusItems).Wait
		}
		for i, wait := range waits {
			data, err := wait()
			if no := (*goimap.Error)(nil); err != nil && !errors.As(err, &no) {
				return err
			}
			if err == nil {
				takeStatus(&part[i], data)
			}
		}
	}
	return nil
}

// takeStatus reports whether the server told all of it.
func takeStatus(f *mail.Folder, d *goimap.StatusData) bool {
	f.Validity, f.Next = d.UIDValidity, uint32(d.UIDNext)
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
			return f, at(s.absent(ctx, "look", raw, s.fail(ctx, "look", mail.ScopeFolder, err)), p)
		}
		if takeStatus(&f, data) {
			return f, nil
		}
	}
	if err := s.selectBox(ctx, "look", p, raw, forReading); err != nil {
		return f, at(s.absent(ctx, "look", raw, err), p)
	}
	return s.box.folder, nil
}

// absent turns the refusal of a folder into mail.ErrNoFolder where LIST says that there is none.
func (s *session) absent(ctx context.Context, op, raw string, refusal error) error {
	if s.dead.Load() || mail.ScopeOf(refusal) != mail.ScopeFolder {
		return refusal
	}
	listed, err := s.lib.List("", libName(raw), nil).Collect()
	if err != nil {
		return s.fail(ctx, op, mail.ScopeFolder, err)
	}
	for _, l := range listed {
		if selectable(l) {
			return refusal
		}
	}
	return &mail.Error{Op: op, Place: s.server.Host, Scope: mail.ScopeFolder, Err: mail.ErrNoFolder}
}

// mode says what a folder is selected for.
type mode uint8

const (
	forReading mode = iota // EXAMINE: nothing changes, not even \Recent
	forWriting
)

// selectBox selects a folder (RFC 9051 §6.3.2). A folder that is open for writing stays so.
func (s *session) selectBox(ctx context.Context, op string, p mail.Path, raw string, m mode) error {
	readOnly := m == forReading && (s.box == nil || s.box.raw != raw || s.box.readOnly)
	s.box = nil
	s.gate.expect(nothing, 0)
	data, err := s.lib.Select(libName(raw), &goimap.SelectOptions{ReadOnly: readOnly}).Wait()
	if err != nil {
		return s.fail(ctx, op, mail.ScopeFolder, err)
	}
	code, sticky := s.gate.selected()
	b := &box{raw: raw, readOnly: readOnly, folder: mail.Folder{Path: p, Validity: data.UIDValidity, Next: uint32(data.UIDNext), Messages: int(data.NumMessages)}}
	if !sticky {
		b.folder.Validity, b.folder.Next = 0, 0
	}
	b.keywords = allowed(data.PermanentFlags)
	if code == "READ-ONLY" && m == forWriting {
		return &mail.Error{Op: op, Place: s.server.Host, Ref: mail.Ref{Folder: p}, Scope: mail.ScopeFolder,
			Err: errors.New("the folder can only be read"), Hint: "the account has no right to store here"}
	}
	if m == forWriting && !s.caps.uidPlus() {
		// Seen at GNU Mailutils 3.15: what is stored into a folder while it is selected for writing is overwritten at
		// LOGOUT with what the session knows of it, six messages by one. With UIDs untold there is no need for that.
		if _, err := s.lib.Select(libName(raw), &goimap.SelectOptions{ReadOnly: true}).Wait(); err != nil {
			return s.fail(ctx, op, mail.ScopeFolder, err)
		}
	}
	s.box = b
	return nil
}

// allowed lists the keywords of PERMANENTFLAGS; nil where new ones may be made, or nothing is told.
func allowed(flags []goimap.Flag) map[string]bool {
	if len(flags) == 0 {
		return nil
	}
	set := map[string]bool{}
	for _, f := range flags {
		if f == goimap.FlagWildcard {
			return nil
		}
		set[strings.ToLower(string(f))] = true
	}
	return set
}

// anotherGeneration is the error for UIDs that mean other messages by now (RFC 9051 §2.3.1.1).
func (s *session) anotherGeneration(op string, known uint32) error {
	return &mail.Error{Op: op, Place: s.server.Host, Ref: mail.Ref{Folder: s.box.folder.Path}, Scope: mail.ScopeFolder,
		Err: fmt.Errorf("%w: UIDVALIDITY was %d and is %d, so the folder was made anew", mail.ErrChanged, known, s.box.folder.Validity)}
}

// Open is Look, but makes and subscribes the folder if it is absent, and selects it for storing.
func (st *Store) Open(ctx context.Context, p mail.Path) (mail.Folder, error) {
	raw, err := st.rawName(ctx, "open", p)
	if err != nil {
		return mail.Folder{}, err
	}
	st.mu.Lock()
	slot := (st.batches + 1) % len(st.uplinks)
	st.mu.Unlock()
	s, err := st.storer(ctx, slot)
	if err != nil {
		return mail.Folder{}, at(err, p)
	}
	defer s.giveTurn()
	defer s.watch(ctx)()
	p = p.Clean()
	if err := s.uplink.settle(ctx); err != nil {
		return mail.Folder{}, err
	}
	err = s.selectBox(ctx, "open", p, raw, forWriting)
	if err != nil && errors.Is(s.absent(ctx, "open", raw, err), mail.ErrNoFolder) {
		n, nerr := st.naming(ctx)
		if nerr != nil {
			return mail.Folder{}, nerr
		}
		err = s.create(ctx, n, p, raw)
	}
	if err != nil {
		return mail.Folder{}, at(err, p)
	}
	return s.box.folder, nil
}

// create makes a folder and selects it. What counts is whether it is there in the end: another program may
// have been quicker ([ALREADYEXISTS]). Servers should make the parents (RFC 9051 §6.3.4), and not all do.
func (s *session) create(ctx context.Context, n *names, p mail.Path, raw string) error {
	refusal := s.lib.Create(libName(raw), nil).Wait()
	if no := (*goimap.Error)(nil); errors.As(refusal, &no) {
		for i, c := range p {
			if parent, err := n.raw(p[:i]); c == '/' && err == nil {
				s.lib.Create(libName(parent), nil).Wait()
			}
		}
		refusal = s.lib.Create(libName(raw), nil).Wait()
	}
	if refusal == nil {
		refusal = s.lib.Subscribe(libName(raw)).Wait()
		if no := (*goimap.Error)(nil); errors.As(refusal, &no) {
			refusal = nil // a folder that no program shows is still a folder
		}
	}
	if refusal != nil {
		refusal = s.fail(ctx, "create", mail.ScopeFolder, refusal)
	}
	if s.dead.Load() {
		return refusal
	}
	if err := s.selectBox(ctx, "open", p, raw, forWriting); err != nil {
		if refusal != nil {
			return refusal
		}
		return err
	}
	return nil
}
