package migrate

import (
	"context"
	"fmt"
	"iter"
	"time"

	"mailmv/formats/mail"
)

// Step is what a plan says of one message of the source.
type Step struct {
	Message mail.Message
	// Outcome is Present or Skipped where the listing settles it; 0: it has to be fetched.
	Outcome Outcome
	Reason  string
	settled bool // Verify has settled it in an earlier pass
	to      mail.Ref
	key     key
	entry   entry
}

// plan goes over what the source lists and says what to do with each message, from what the
// journal and the selection tell without fetching anything (dates, where they are asked for, cost a header).
func (x *runner) plan(ctx context.Context, m *move) iter.Seq2[Step, error] {
	return func(yield func(Step, error) bool) {
		if err := x.search(ctx, m); err != nil {
			yield(Step{}, err)
			return
		}
		for msg, err := range x.listing(ctx, m) {
			if err != nil {
				yield(Step{}, err)
				return
			}
			if !yield(x.step(m, msg), nil) {
				return
			}
		}
	}
}

// step decides on one message.
func (x *runner) step(m *move, msg mail.Message) Step {
	s := Step{Message: msg}
	seenBy := ""
	if m.fleeting = m.fleeting || msg.Fleeting; !msg.Fleeting {
		// Also what is left out is still there: no other message of its octets is it under a new name.
		s.key = keyOf(m.from, m.to.Path, msg.ID)
		x.Journal.listed(s.key, x.pass)
		if m.src.Seen != nil {
			seenBy = m.src.Seen(msg)
		}
	}
	if why := x.leavesOut(m, msg); why != "" {
		return Step{Message: msg, Outcome: Skipped, Reason: why}
	}
	if msg.Fleeting {
		return s
	}
	if x.verify != nil {
		s.settled = x.verify.known[s.key]
		return s
	}
	e, ok := x.Journal.find(s.key, m.toN)
	if !ok {
		if seenBy != "" && !x.Journal.isLost(s.key, m.toN) {
			s.Outcome, s.Reason = Skipped, "seen by "+seenBy
		}
		return s
	}
	// A name is no proof: a server that was restored gives old UIDLs to other mail.
	if msg.Octets >= 0 && e.announced >= 0 && msg.Octets != e.announced {
		return s
	}
	s.entry, s.to = e, m.refOf(e.uid)
	s.Outcome, s.Reason = Present, "in the journal"
	if e.state&twin != 0 {
		if s.to, ok = x.twinNow(s.key); !ok {
			return Step{Message: msg, key: s.key}
		}
		s.Outcome, s.Reason = Duplicate, sameText(s.to)
	}
	if e.now != 0 {
		s.Outcome, s.Reason = e.now, ""
	}
	if e.state&damaged != 0 {
		s.Outcome, s.Reason = Failed, "the destination keeps other octets than it was given"
	}
	return s
}

// listing is the source's list, with dates where the selection needs them and the source does not list them.
func (x *runner) listing(ctx context.Context, m *move) iter.Seq2[mail.Message, error] {
	list := x.source(m).List(ctx, m.folder)
	if x.Select.Since.IsZero() && x.Select.Before.IsZero() {
		return list
	}
	return func(yield func(mail.Message, error) bool) {
		var all []mail.Message
		var undated []mail.Ref
		at := map[mail.Ref]int{}
		for msg, err := range list {
			if err != nil {
				yield(msg, err)
				return
			}
			if msg.InternalDate.IsZero() {
				undated = append(undated, msg.Ref)
				at[msg.Ref] = len(all)
			}
			all = append(all, msg)
		}
		for msg, err := range x.source(m).Describe(ctx, m.folder, undated) {
			if err != nil && mail.ScopeOf(err) != mail.ScopeMessage {
				yield(msg, err)
				return
			}
			if i, ok := at[msg.Ref]; ok && err == nil {
				all[i].InternalDate = msg.InternalDate
			}
		}
		for _, msg := range all {
			if !yield(msg, nil) {
				return
			}
		}
	}
}

// search lets the source's server say which messages are wanted, where that is asked for.
func (x *runner) search(ctx context.Context, m *move) error {
	if x.Select.Search == "" {
		return nil
	}
	s, ok := m.src.Source.(Searcher)
	if !ok {
		return &mail.Error{Op: "search", Place: m.src.Name, Err: fmt.Errorf("%w: it cannot search", mail.ErrSearch)}
	}
	var err error
	m.found, err = s.Search(ctx, m.folder, x.Select.Search)
	return err
}

// leavesOut tells why a message is not wanted; empty: it is.
func (x *runner) leavesOut(m *move, msg mail.Message) string {
	if m.found != nil && !m.found(msg.Ref) {
		return "not in the search"
	}
	return x.Select.leavesOut(msg)
}

func (x *runner) source(m *move) Reader { return m.src.Source }

// leavesOut tells why the selection does not want the message; empty: it does. What is not known
// does not leave a message out.
func (s Selection) leavesOut(m mail.Message) string {
	date := m.InternalDate
	switch {
	case !date.IsZero() && !s.Since.IsZero() && date.Before(s.Since):
		return "before " + s.Since.Format(time.DateOnly)
	case !date.IsZero() && !s.Before.IsZero() && !date.Before(s.Before):
		return "not before " + s.Before.Format(time.DateOnly)
	case m.Octets >= 0 && s.Larger > 0 && m.Octets <= s.Larger:
		return fmt.Sprintf("not larger than %s", mail.Count(s.Larger, "octet", "octets"))
	case m.Octets >= 0 && s.Smaller > 0 && m.Octets >= s.Smaller:
		return fmt.Sprintf("not smaller than %s", mail.Count(s.Smaller, "octet", "octets"))
	}
	return ""
}

// sort carries out the plan as far as it needs no octets, and returns what is to be fetched.
func (x *runner) sort(ctx context.Context, m *move) ([]mail.Ref, error) {
	var todo []mail.Ref
	var octets int64
	m.listed = 0
	for s, err := range x.plan(ctx, m) {
		if err != nil {
			return nil, err
		}
		m.listed++
		if s.settled {
			m.proof.again++
			continue
		}
		if s.Outcome == 0 && x.givesUp(m, s.Message) {
			continue
		}
		if s.Outcome == 0 {
			todo = append(todo, s.Message.Ref)
			octets += max(s.Message.Octets, 0)
			continue
		}
		x.accountPlanned(m, s)
		x.follow(m, s)
		if s.Outcome == Present || s.Outcome == Copied || s.Outcome == Duplicate {
			x.doom(m, s.Message, s.key)
		}
	}
	m.sorted = true
	x.observe(FolderStarted{Source: m.src.Name, Folder: m.folder.Path, To: m.to.Path,
		Messages: m.listed, ToFetch: len(todo), Octets: octets})
	return todo, nil
}

// accountPlanned gives a message the outcome that the plan has for it. What an earlier pass of this
// run has told is only counted.
func (x *runner) accountPlanned(m *move, s Step) {
	if s.entry.now == 0 && !(m.sorted && s.Outcome == Skipped) {
		x.account(m, s.Message, s.to, s.Outcome, s.Reason, damageError(s))
		x.Journal.told(s.key, s.Outcome)
		return
	}
	m.counts.add(s.Outcome, s.entry.octets)
	if s.Outcome == Copied && s.entry.state&altered != 0 {
		m.counts.Altered++
	}
}

func damageError(s Step) error {
	if s.Outcome != Failed {
		return nil
	}
	return &mail.Error{Op: "append", Ref: s.Message.Ref, Scope: mail.ScopeMessage, Err: errAltered}
}
