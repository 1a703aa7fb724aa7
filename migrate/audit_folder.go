package migrate

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"mailmv/dedupe"
	"mailmv/formats/mail"
	"mailmv/formats/receipt"
)

// held is a copy in the place that is still to be paired with a statement.
type held struct {
	ref    mail.Ref
	octets int64
	facts  facts
	sums   dedupe.Sums
	stated []int32 // statements with its octets
	why    string  // it could not be read
}

// audited is one folder under comparison.
type audited struct {
	*auditor
	to     mail.Path
	stated []int32
	loose  []held            // copies with the octets of several statements, or not all else that one states
	odd    map[string][]held // copies with octets that nothing states, by their envelope
	extra  int
}

// folder compares one folder of the place with what is stated of it.
func (x *auditor) folder(ctx context.Context, to mail.Path) error {
	a := &audited{auditor: x, to: to, stated: x.of(to), odd: map[string][]held{}}
	refs, folder, err := a.list(ctx)
	if errors.Is(err, mail.ErrNoFolder) {
		return x.absent(to, a.stated)
	}
	if err != nil {
		return err
	}
	if err := a.read(ctx, folder, refs); err != nil {
		return err
	}
	for least := fitsExactly; ; least-- {
		if err := a.pairOff(least); err != nil {
			return err
		}
		if least == fitsNot {
			break
		}
	}
	if err := a.rest(); err != nil {
		return err
	}
	first := slices.IndexFunc(x.proof, func(f FolderProof) bool { return f.To == to })
	x.proof[first].Extra = a.extra
	return nil
}

// list lists what is there.
func (a *audited) list(ctx context.Context) (refs []mail.Ref, f mail.Folder, err error) {
	f = mail.Folder{Path: a.to}
	var octets int64
	for m, err := range a.Place.List(ctx, f) {
		if err != nil {
			return nil, f, err
		}
		f.Validity = m.Validity
		octets += max(m.Octets, 0)
		refs = append(refs, m.Ref)
	}
	a.Observe(FolderStarted{Source: a.Name, Folder: a.to, To: a.to, Messages: len(refs), ToFetch: len(refs), Octets: octets})
	return refs, f, ctx.Err()
}

// read reads every message that is there.
func (a *audited) read(ctx context.Context, f mail.Folder, refs []mail.Ref) error {
	if len(refs) == 0 {
		return nil // archives and servers alike: nothing is nothing
	}
	unread := map[mail.Ref]string{}
	for got, err := range a.Place.Fetch(ctx, f, refs) {
		switch {
		case errors.Is(err, mail.ErrGone):
			continue
		case err != nil && mail.ScopeOf(err) == mail.ScopeMessage:
			unread[got.Ref] = err.Error()
			continue
		case err != nil:
			return err
		}
		p, err := a.spool.spool(ctx, got)
		if err != nil && mail.ScopeOf(err) == mail.ScopeMessage {
			unread[got.Ref] = err.Error()
			continue
		}
		if err != nil {
			return err
		}
		a.Observe(Progress{Octets: p.Octets})
		err = a.sort(p)
		p.release()
		if err != nil {
			return err
		}
	}
	if ctx.Err() != nil || len(unread) == 0 {
		return ctx.Err()
	}
	return a.readNot(ctx, f, unread)
}

// readNot finds out what messages are that cannot be read.
func (a *audited) readNot(ctx context.Context, f mail.Folder, unread map[mail.Ref]string) error {
	var refs []mail.Ref
	for ref := range unread {
		refs = append(refs, ref)
	}
	for m, err := range a.Place.Describe(ctx, f, refs) {
		if err != nil && mail.ScopeOf(err) != mail.ScopeMessage {
			return err
		}
		if why, ok := unread[m.Ref]; ok && err == nil {
			a.putOdd(m.Envelope, held{ref: m.Ref, octets: m.Octets, why: why})
		}
	}
	return nil
}

func (a *audited) putOdd(e mail.Envelope, h held) {
	k := oddKey(e)
	a.odd[k] = append(a.odd[k], h)
	a.extra++
}

// oddKey is what of an envelope a receipt has.
func oddKey(e mail.Envelope) string {
	if e.MessageID != "" {
		return e.MessageID
	}
	return strings.Join([]string{e.From, e.Subject}, "\x00")
}

// sort pairs a copy with the one statement that it fits, or puts it aside.
func (a *audited) sort(p *parcel) error {
	h := held{ref: p.Ref, octets: p.Octets, facts: p.facts(), sums: p.sums, stated: a.statedAs(a.to, p.sums)}
	if len(h.stated) == 0 {
		a.putOdd(p.Envelope, held{ref: h.ref, octets: h.octets})
		return nil
	}
	if len(h.stated) > 1 {
		a.loose = append(a.loose, h)
		return nil
	}
	paired, err := a.pair(h, fitsNot)
	if !paired {
		a.extra++
	}
	return err
}

// pairOff pairs those put aside with statements that they fit so well.
func (a *audited) pairOff(least fit) error {
	var failure error
	a.loose = slices.DeleteFunc(a.loose, func(h held) bool {
		if failure != nil {
			return false
		}
		paired, err := a.pair(h, least)
		failure = err
		return paired
	})
	return failure
}

// pair looks for an open statement that a copy fits so well.
func (a *audited) pair(h held, least fit) (bool, error) {
	for _, n := range h.stated {
		if a.states[n].state != 0 {
			continue
		}
		m, err := a.Receipt.MailAt(a.states[n].offset)
		if err != nil {
			return false, err
		}
		stated := facts{m.Date, noted, m.Flags, m.Keywords}
		exact := h.sums.Exact == m.Kept || h.sums.Exact == m.Sum
		if !exact && h.sums.Wire != m.Wire || stated.fits(h.facts, a.Ignore) < least {
			continue
		}
		e := Verified{To: h.ref, Finding: Proven, Reason: "same octets", Sums: h.sums, Kept: h.sums.Exact, KeptDate: h.facts.date}
		if !exact {
			e.Reason = "same octets but for what servers alter"
		}
		wrong := stated.lost(h.facts, a.Ignore)
		if gone := stated.lostKeywords(h.facts, a.Ignore); len(gone) > 0 {
			wrong = append(wrong, keywordText(gone))
		}
		if len(wrong) > 0 {
			e.Finding, e.Reason = Differs, strings.Join(wrong, ", ")
		}
		a.tell(n, m, e)
		return true, nil
	}
	return false, nil
}

// rest tells of the statements that no copy has the octets of.
func (a *audited) rest() error {
	a.extra += len(a.loose)
	for _, n := range a.stated {
		if a.states[n].state != 0 {
			continue
		}
		m, err := a.Receipt.MailAt(a.states[n].offset)
		if err != nil {
			return err
		}
		a.tell(n, m, a.likest(m))
	}
	return nil
}

// likest finds what is left of a message whose octets are not there.
func (a *audited) likest(m receipt.Mail) Verified {
	k := oddKey(m.Envelope)
	like := a.odd[k]
	if len(like) == 0 {
		return Verified{Finding: Missing, Reason: "nothing like it is there"}
	}
	at := max(slices.IndexFunc(like, func(h held) bool { return h.octets == m.Octets }), 0)
	h := like[at]
	a.odd[k] = slices.Delete(like, at, at+1)
	a.extra--
	e := Verified{To: h.ref, Finding: Differs}
	switch {
	case h.why != "":
		e.Reason = "what is there cannot be read: " + h.why
	case h.octets == m.Octets:
		e.Reason = fmt.Sprintf("its octets differ: as long, %d, but not the same", m.Octets)
	default:
		e.Reason = fmt.Sprintf("its octets differ: %d there, %d in the receipt", h.octets, m.Octets)
	}
	return e
}
