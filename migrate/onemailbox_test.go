package migrate

import (
	"context"
	"errors"
	"iter"
	"slices"
	"strings"
	"testing"

	"mailmv/formats/mail"
	"mailmv/migrate/memstore"
)

// maildrop shows the INBOX of a store as POP3 does: other names, no generation.
type maildrop struct{ *memstore.Store }

func (d maildrop) Folders(ctx context.Context) ([]mail.Folder, error) {
	return []mail.Folder{{Path: mail.Inbox, Messages: -1}}, nil
}

func outer(r mail.Ref) mail.Ref { return mail.Ref{Folder: r.Folder, ID: "uidl" + r.ID} }

func inner(refs []mail.Ref) (all []mail.Ref) {
	for _, r := range refs {
		all = append(all, mail.Ref{Folder: r.Folder, ID: strings.TrimPrefix(r.ID, "uidl")})
	}
	return all
}

func (d maildrop) List(ctx context.Context, f mail.Folder) iter.Seq2[mail.Message, error] {
	return func(yield func(mail.Message, error) bool) {
		for m, err := range d.Store.List(ctx, f) {
			m.Ref = outer(m.Ref)
			if !yield(m, err) {
				return
			}
		}
	}
}

func (d maildrop) Fetch(ctx context.Context, f mail.Folder, refs []mail.Ref) iter.Seq2[mail.Fetched, error] {
	return func(yield func(mail.Fetched, error) bool) {
		for m, err := range d.Store.Fetch(ctx, f, inner(refs)) {
			m.Ref = outer(m.Ref)
			if !yield(m, err) {
				return
			}
		}
	}
}

func (d maildrop) Remove(ctx context.Context, f mail.Folder, doomed []mail.Doomed) iter.Seq2[mail.Ref, error] {
	return func(yield func(mail.Ref, error) bool) {
		for _, one := range doomed {
			ref := one.Ref
			one.Ref = inner([]mail.Ref{ref})[0]
			for _, err := range d.Store.Remove(ctx, f, []mail.Doomed{one}) {
				if !yield(ref, err) {
					return
				}
			}
		}
	}
}

// A maildrop and an IMAP account that are one mailbox under two names: removing must not lose a message.
func TestOneMailboxUnderTwoNames(t *testing.T) {
	box := &memstore.Store{InFlight: 1}
	for _, o := range samples(6) {
		box.Put(mail.Inbox, memstore.Message{Octets: []byte(o), Flags: mail.Flagged})
	}
	before := contents(box)
	j := newJournal()
	j.file = memstore.NewFile(nil, nil)
	run := Run{Sources: []From{{Source: maildrop{box}, Name: "pop", ID: "pop3:me@pop"}}, Sink: box, Journal: j, Retries: -1,
		Remove: Removal{On: true, LimitPercent: -1}, To: func(mail.Folder) mail.Path { return mail.Inbox }}
	rep, err := run.Do(t.Context())
	if !errors.Is(err, errOneMailbox) || rep.Copied != 0 {
		t.Errorf("got %v and %v, want it noticed", rep.Counts, err)
	}
	if got := contents(box); !slices.Equal(got, before) {
		t.Errorf("the mailbox held %d messages and holds %d", len(before), len(got))
	}
	for _, m := range box.Messages(mail.Inbox) {
		if m.Flags != mail.Flagged {
			t.Errorf("%s came back with flags %v", m.ID, m.Flags)
		}
	}
}
