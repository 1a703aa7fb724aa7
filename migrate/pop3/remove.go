package pop3

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"strconv"

	"mailmv/formats/mail"
)

// Remove removes those of doomed whose octets, in this very session, have the SHA-256 and length that they should:
//
//  1. each Ref is looked up in what this session listed; numbers of other sessions are not used;
//  2. its octets are compared: as this session fetched them (Options.Remember), else fetched once more;
//  3. DELE is sent for what is equal, and for nothing else;
//  4. QUIT makes it final (RFC 1939 §6): only its good answer makes a fate nil.
//
// If the session breaks before QUIT nothing is removed. It ends the session if DELE was sent.
func (s *Store) Remove(ctx context.Context, f mail.Folder, doomed []mail.Doomed) iter.Seq2[mail.Ref, error] {
	return func(yield func(mail.Ref, error) bool) {
		if err := s.only(f); err != nil {
			yield(mail.Ref{}, err)
			return
		}
		if len(doomed) == 0 {
			return
		}
		ses, release, err := s.listed(ctx)
		if err != nil {
			yield(mail.Ref{}, err)
			return
		}
		defer release()
		fates, err := s.removeAll(ses, doomed)
		if err != nil {
			yield(mail.Ref{}, s.lost("remove", err))
			return
		}
		for k, d := range doomed {
			if !yield(d.Ref, fates[k]) {
				return
			}
		}
	}
}

// removal is one message that may go.
type removal struct {
	doomed int   // index in the caller's list
	at     int32 // index in the session's maildrop
}

// removeAll gives the fate of each of doomed. An error means that the session broke before QUIT was sent, and
// nothing is removed.
func (s *Store) removeAll(ses *session, doomed []mail.Doomed) ([]error, error) {
	fates := make([]error, len(doomed))
	wanted := s.locate(ses, doomed, fates)
	if err := s.compare(ses, doomed, wanted, fates); err != nil {
		return nil, err
	}
	wanted = without(wanted, fates)
	if len(wanted) == 0 {
		return fates, nil
	}
	if err := s.mark(ses, doomed, wanted, fates); err != nil {
		return nil, err
	}
	if cause := ses.ended(); cause != nil {
		return nil, cause
	}
	s.settleQuit(ses, doomed, without(wanted, fates), fates)
	return fates, nil
}

// locate finds the messages in this session.
func (s *Store) locate(ses *session, doomed []mail.Doomed, fates []error) []removal {
	var found []removal
	for k, d := range doomed {
		if i, ok := ses.drop.find(d.Ref); ok {
			found = append(found, removal{k, int32(i)})
		} else {
			fates[k] = s.ofMessage("remove", d.Ref, mail.ErrGone)
		}
	}
	return found
}

// compare makes sure that every message is what the caller thinks it is, and fetches those that this session
// has not seen.
func (s *Store) compare(ses *session, doomed []mail.Doomed, wanted []removal, fates []error) error {
	if ses.sums == nil {
		ses.sums = make([]remembered, len(ses.drop.entries))
	}
	var unseen []int32
	for _, w := range wanted {
		if !ses.sums[w.at].known {
			unseen = append(unseen, w.at)
		}
	}
	refusals := map[int32]error{}
	r := s.retrs(ses, unseen)
	k := 0
	r.each = func(_ mail.Message, _ *body, refused error) error {
		if refused != nil {
			refusals[unseen[k]] = refused
		}
		k++
		return nil // the body is read, and summed, to its end by whoever called
	}
	if err := r.run(); err != nil {
		return err
	}
	for _, w := range wanted {
		d, is := doomed[w.doomed], ses.sums[w.at]
		switch {
		case refusals[w.at] != nil:
			fates[w.doomed] = s.ofMessage("remove", d.Ref, refusals[w.at])
		case !is.known || is.octets != d.Octets || is.sum != d.Sum:
			fates[w.doomed] = s.ofMessage("remove", d.Ref, mail.ErrChanged)
		}
	}
	return nil
}

// without leaves those whose fate is open.
func without(wanted []removal, fates []error) []removal {
	var open []removal
	for _, w := range wanted {
		if fates[w.doomed] == nil {
			open = append(open, w)
		}
	}
	return open
}

// mark sends DELE for each.
func (s *Store) mark(ses *session, doomed []mail.Doomed, wanted []removal, fates []error) error {
	dele := series{
		ses: ses, count: len(wanted),
		command: func(k int) string { return "DELE " + strconv.Itoa(int(ses.drop.entries[wanted[k].at].number)) },
		octets:  func(int) int64 { return 0 },
		answer: func(k int, _ string, refused error) error {
			if w := wanted[k]; refused != nil {
				fates[w.doomed] = s.ofMessage("remove", doomed[w.doomed].Ref, refused)
			}
			return nil
		},
	}
	return dele.run()
}

// settleQuit ends the session and with it, if the server agrees, removes what is marked.
func (s *Store) settleQuit(ses *session, doomed []mail.Doomed, marked []removal, fates []error) {
	_, err := ses.ask("QUIT")
	s.forget()
	if err == nil {
		return
	}
	if r := refusal(""); errors.As(err, &r) {
		err = fmt.Errorf("%w: at QUIT %w: it may have removed this message or not", mail.ErrUnproven, s.quote(r))
	} else {
		err = fmt.Errorf("%w: no answer to QUIT: it may have removed this message or not: %w", mail.ErrUnproven, notEOF(err))
	}
	for _, w := range marked {
		fates[w.doomed] = s.ofMessage("remove", doomed[w.doomed].Ref, err)
	}
}
