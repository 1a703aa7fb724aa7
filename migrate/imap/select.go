package imap

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	goimap "github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapclient"

	"mailmv/formats/mail"
)

// mode says what a folder is selected for.
type mode uint8

const (
	forReading mode = iota // EXAMINE: nothing changes, not even \Recent
	forWriting
)

// selectBox selects a folder (RFC 9051 §6.3.2). A folder that is open for writing stays so.
func (s *session) selectBox(ctx context.Context, op string, p mail.Path, raw string, m mode) error {
	return s.selectAnd(ctx, op, p, raw, m, func() error { return nil })
}

// selectAnd is selectBox, and sends another command without waiting for the folder, whose answer the caller reads.
func (s *session) selectAnd(ctx context.Context, op string, p mail.Path, raw string, m mode, send func() error) error {
	readOnly := m == forReading && (s.box == nil || s.box.raw != raw || s.box.readOnly)
	s.box = nil
	s.gate.forget()
	selected := s.lib.Select(libName(raw), &goimap.SelectOptions{ReadOnly: readOnly})
	if err := send(); err != nil {
		return s.lost(ctx, op, err)
	}
	data, err := selected.Wait()
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
	n, err := st.naming(ctx)
	if err != nil {
		return mail.Folder{}, at(err, p)
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
	if err = s.openOrMake(ctx, n, p, raw); err != nil {
		return mail.Folder{}, at(err, p)
	}
	return s.box.folder, nil
}

// openOrMake selects the folder, and makes it where it is absent.
func (s *session) openOrMake(ctx context.Context, n *names, p mail.Path, raw string) error {
	if n.isAbsent(p, raw) {
		return s.make(ctx, n, p, raw)
	}
	listed, err := s.selectListing(ctx, n, p, raw)
	if err == nil {
		n.settle(p, raw)
		_, err := listed()
		return s.fail(ctx, "open", mail.ScopeFolder, unlessRefusal(err))
	}
	if errors.Is(s.absent(ctx, "open", raw, err, listed), mail.ErrNoFolder) {
		n.missed.Add(1)
		return s.make(ctx, n, p, raw)
	}
	return err
}

// fewMissed folders that were absent make it likely that more of them are: then all that there are get listed, once.
const fewMissed = 2

// selectListing selects a folder for storing and, together with that, asks whether it is there, which would cost a round trip else.
func (s *session) selectListing(ctx context.Context, n *names, p mail.Path, raw string) (listed lister, err error) {
	if n.missed.Load() < fewMissed || n.surveyed.Load() || !s.caps.uidPlus() {
		listed = s.lookFor(raw)
		return listed, s.selectBox(ctx, "open", p, raw, forWriting)
	}
	var all lister
	err = s.selectAnd(ctx, "open", p, raw, forWriting, func() error {
		all = s.listing(nil) // behind SELECT: the library reads no further while many folders wait
		return nil
	})
	return func() ([]*goimap.ListData, error) {
		list, err := s.listed(n, all)
		return slices.DeleteFunc(list, func(l *goimap.ListData) bool { return rawName(l.Mailbox) != raw }), err
	}, err
}

// lookFor asks whether a folder is there; the answer is waited for when it is called for.
func (s *session) lookFor(raw string) lister {
	ask := func() *imapclient.ListCommand { return s.lib.List("", libName(raw), nil) }
	if strings.ContainsAny(raw, "*%") { // a pattern, which fits others too: the library reads no further while many wait
		return func() ([]*goimap.ListData, error) { return ask().Collect() }
	}
	return ask().Collect
}

// make makes the folder p under the first of its names, from raw on, that the server takes.
func (s *session) make(ctx context.Context, n *names, p mail.Path, raw string) error {
	all, err := n.candidates(p)
	if err != nil {
		return err
	}
	var refusal error
	for _, name := range all[max(slices.Index(all, raw), 0):] {
		if n.belongsToAnother(name, p) {
			continue
		}
		err := s.create(ctx, n, p, name)
		if err == nil {
			n.settle(p, name)
			return nil
		}
		if refusal == nil {
			refusal = err
		}
		if s.dead.Load() || mail.ScopeOf(err) != mail.ScopeFolder || !blamesName(err) {
			break
		}
	}
	if e := (*mail.Error)(nil); errors.As(refusal, &e) && e.Hint == "" && blamesName(refusal) {
		e.Hint = "--map OLD=NEW gives a folder another name"
	}
	return refusal
}

// blamesName tells whether CREATE may have been refused for the name's sake.
func blamesName(err error) bool {
	e := (*mail.Error)(nil)
	ok := errors.As(err, &e)
	return !errors.Is(err, mail.ErrQuota) && !errors.Is(err, mail.ErrLimit) && mail.ScopeOf(err) == mail.ScopeFolder && (!ok || e.Hint == "")
}

// createAtOnce makes, subscribes and selects a folder at the cost of one round trip. done is false where the server refuses
// to make it and it is not there, with the refusal.
func (s *session) createAtOnce(ctx context.Context, p mail.Path, raw string) (err error, done bool) {
	made, subscribed := s.lib.Create(libName(raw), nil), s.lib.Subscribe(libName(raw))
	selected := s.selectBox(ctx, "open", p, raw, forWriting)
	refusal := made.Wait()
	unsubscribed := subscribed.Wait() // a folder that no program shows is still a folder
	switch {
	case refusal == nil || selected == nil || s.dead.Load():
		return selected, true
	case unsubscribed == nil:
		s.lib.Unsubscribe(libName(raw)).Wait()
	}
	return refusal, false
}

// create makes a folder and selects it. What counts is whether it is there in the end: another program may
// have been quicker ([ALREADYEXISTS]). Servers should make the parents (RFC 9051 §6.3.4), and not all do.
func (s *session) create(ctx context.Context, n *names, p mail.Path, raw string) error {
	refusal, done := s.createAtOnce(ctx, p, raw)
	if done {
		return refusal
	}
	if no := (*goimap.Error)(nil); errors.As(refusal, &no) {
		parents := 0
		for i := range raw {
			if n.delim != "" && i > len(n.prefix) && raw[i:i+1] == n.delim {
				s.lib.Create(libName(raw[:i]), nil).Wait()
				parents++
			}
		}
		if parents > 0 {
			refusal = s.lib.Create(libName(raw), nil).Wait()
		}
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
