package migrate

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"mailmv/dedupe"
	"mailmv/formats/header"
	"mailmv/formats/mail"
)

// verification is the part of a runner that only verifies.
type verification struct {
	known map[key]bool // settled, or put aside: not asked for again after a lost connection
	open  []unproven
	// keeps tells of folders of the sink which keywords they cannot hold.
	keeps map[mail.Path]map[string]bool
	// words are the keywords of the sink's folder that is being listed, by UID. Most messages share theirs.
	words  map[uint32][]string
	shared map[string][]string
	apart  Aspects
}

// hear notes the keywords of a message in the sink.
func (v *verification) hear(uid uint32, words []string) {
	if v == nil || len(words) == 0 {
		return
	}
	if v.words == nil {
		v.words = map[uint32][]string{}
	}
	all := strings.Join(words, "\x00")
	if v.shared[all] == nil {
		v.shared[all] = slices.Clone(words)
	}
	v.words[uid] = v.shared[all]
}

// unproven is a message that waits until all others have found theirs.
type unproven struct {
	move *move
	facts
	mail.Message
	// Its octets are those of these copies, none of which has all of its date, flags and keywords.
	copies []int32
	sums   dedupe.Sums
}

// noted is where a date was found that the store itself has kept.
const noted = "InternalDate"

// facts are what there is to compare beside octets.
type facts struct {
	date     time.Time
	dateFrom string // noted, or where in the header it was found
	flags    mail.Flags
	keywords []string
}

func (p *parcel) facts() facts { return facts{p.InternalDate, p.dateFrom, p.Flags, p.Keywords} }

func (s *snapshot) facts(c heldCopy) facts {
	return facts{time.Unix(c.date, 0), noted, c.flags, s.words[c.uid]}
}

// slack is how far apart a date of receipt that was only found in a header may be from the one that a server noted:
// it wrote the header first, and then stored. A wrong zone is a quarter of an hour at least.
const slack = 10 * time.Minute

// apart tells in what of all that is compared kept is not as f.
func (f facts) apart(kept facts, ignore Aspects) (apart Aspects) {
	if ignore&Dates == 0 && !f.sameDate(kept) && !(ignore&laterDates != 0 && kept.date.Before(f.date)) {
		apart |= Dates
	}
	if (f.flags&^kept.flags != 0 || f.dyingIn(kept)) && ignore&SystemFlags == 0 {
		apart |= SystemFlags
	}
	if len(f.lostKeywords(kept, ignore)) > 0 {
		apart |= Keywords
	}
	return apart
}

// lost says in words what of f is not in kept, but for keywords.
func (f facts) lost(kept facts, ignore Aspects) []string {
	var wrong []string
	apart := f.apart(kept, ignore|Keywords)
	if apart&Dates != 0 {
		wrong = append(wrong, fmt.Sprintf("its date is %s, not %s", utcText(kept.date), utcText(f.date)))
	}
	if gone := f.flags &^ kept.flags; apart&SystemFlags != 0 && gone != 0 {
		wrong = append(wrong, "without "+gone.String())
	}
	if apart&SystemFlags != 0 && f.dyingIn(kept) {
		wrong = append(wrong, "marked as deleted there, and the next expunge removes it (a mail program can undelete it)")
	}
	return wrong
}

// dyingIn tells that the copy is marked \Deleted, and the message is not.
func (f facts) dyingIn(kept facts) bool { return kept.flags&^f.flags&mail.Deleted != 0 }

func utcText(t time.Time) string {
	if t.Unix() == (time.Time{}).Unix() {
		return "not known"
	}
	return t.UTC().Format(time.RFC3339)
}

func (f facts) sameDate(kept facts) bool {
	apart := f.date.Sub(kept.date).Abs()
	switch {
	case f.dateFrom == header.FromNow, kept.dateFrom == header.FromNow: // nobody knows its date
		return true
	case f.dateFrom == noted && kept.dateFrom == noted:
		return f.date.Unix() == kept.date.Unix()
	}
	return apart <= slack
}

// lostKeywords are those of f that kept has not, in whatever case.
func (f facts) lostKeywords(kept facts, ignore Aspects) []string {
	var gone []string
	for _, k := range f.keywords {
		if ignore&Keywords == 0 && !slices.ContainsFunc(kept.keywords, func(w string) bool { return strings.EqualFold(w, k) }) {
			gone = append(gone, k)
		}
	}
	return gone
}

// fit tells how well a copy with the octets of a message has its other facts.
type fit uint8

const (
	fitsNot     fit = iota
	fitsDate        // not its flags
	fitsWhole       // all that is compared
	fitsExactly     // and it has no flags and keywords beside
)

func (f facts) fits(kept facts, ignore Aspects) fit {
	switch {
	case f.apart(kept, ignore) == 0:
		if f.flags == kept.flags && len(f.keywords) == len(kept.keywords) {
			return fitsExactly
		}
		return fitsWhole
	case f.sameDate(kept):
		return fitsDate
	}
	return fitsNot
}

// settle notes that a message needs no further look.
func (v *verification) settle(x *runner, m *move, k key, msg mail.Message) {
	x.progressed.Store(true)
	m.proof.proven++
	if msg.Fleeting {
		m.proof.fleeting = true
		return
	}
	v.known[k] = true
}

// found judges a message whose octets are there.
func (v *verification) found(ctx context.Context, x *runner, m *move, p *parcel, hit found) {
	v.settle(x, m, p.key, p.Message)
	v.judge(ctx, x, m, unproven{facts: p.facts(), Message: p.Message, sums: p.sums}, hit)
}

// judge compares what there is beside octets.
func (v *verification) judge(ctx context.Context, x *runner, m *move, u unproven, hit found) {
	c := m.snap.copies[hit.copy]
	kept := m.snap.facts(c)
	wrong := u.lost(kept, x.Ignore)
	if gone := u.lostKeywords(kept, x.Ignore); len(gone) > 0 {
		wrong = append(wrong, v.withoutKeywords(ctx, x, m, gone)...)
	}
	e := Verified{Message: u.Message, To: m.refOf(c.uid), Finding: Proven, Reason: hit.reason, Sums: u.sums, Kept: hit.kept, KeptDate: kept.date}
	if len(wrong) > 0 {
		e.Finding, e.Reason, e.Apart = Differs, strings.Join(wrong, ", "), u.apart(kept, x.Ignore)
	}
	v.tell(x, m, e, hit.octets)
}

// withoutKeywords says which keywords are lost, and which of them the destination cannot hold at all.
func (v *verification) withoutKeywords(ctx context.Context, x *runner, m *move, gone []string) []string {
	cannot := v.cannotHold(ctx, x, m, gone)
	var lost, unheld []string
	for _, k := range gone {
		if cannot[k] {
			unheld = append(unheld, k)
		} else {
			lost = append(lost, k)
		}
	}
	var words []string
	if len(lost) > 0 {
		words = append(words, keywordText(lost))
	}
	if len(unheld) > 0 {
		words = append(words, keywordText(unheld)+", which the destination cannot hold")
	}
	return words
}

// cannotHold asks the sink which of its keywords a folder cannot hold, once for each. Where it does not say, it can.
func (v *verification) cannotHold(ctx context.Context, x *runner, m *move, words []string) map[string]bool {
	cannot := v.keeps[m.to.Path]
	if cannot == nil {
		cannot = map[string]bool{}
		v.keeps[m.to.Path] = cannot
	}
	var unasked []string
	for _, k := range words {
		if _, known := cannot[k]; !known {
			unasked = append(unasked, k)
			cannot[k] = false
		}
	}
	keeper, ok := x.Sink.(KeywordKeeper)
	if !ok || len(unasked) == 0 {
		return cannot
	}
	unkept, _ := keeper.Unkept(ctx, m.to, unasked) // it only decides the words
	for _, k := range unkept {
		cannot[k] = true
	}
	if len(unkept) > 0 {
		x.noteOnce("unkept keywords "+string(m.to.Path), fmt.Sprintf("folder %q of the destination cannot hold the keyword %q: the server makes no new ones there", m.to.Path, unkept[0]))
	}
	return cannot
}

func keywordText(words []string) string {
	words = slices.Sorted(slices.Values(words)) // servers tell them in any order
	if len(words) == 1 {
		return fmt.Sprintf("without keyword %q", words[0])
	}
	return fmt.Sprintf("without keywords %q", words)
}

// notFound puts a message aside until all others have found theirs.
func (v *verification) notFound(x *runner, m *move, p *parcel) {
	v.settle(x, m, p.key, p.Message)
	v.open = append(v.open, unproven{move: m, facts: p.facts(), Message: p.Message, copies: p.unfit, sums: p.sums})
}

// close tells of each message that found nothing whether what is there of it differs, or nothing is there.
func (v *verification) close(ctx context.Context, x *runner) {
	for least := fitsExactly; ; least-- { // each copy goes where it fits best
		v.open = slices.DeleteFunc(v.open, func(u unproven) bool { return v.pairOff(ctx, x, u, least) })
		if least == fitsNot {
			break
		}
	}
	for _, u := range v.open {
		v.conclude(x, u)
	}
}

// pairOff gives a message a copy with its octets that fits so well.
func (v *verification) pairOff(ctx context.Context, x *runner, u unproven, least fit) bool {
	for _, i := range u.copies {
		c := &u.move.snap.copies[i]
		if c.taken || u.fits(u.move.snap.facts(*c), x.Ignore) < least {
			continue
		}
		c.taken = true
		hit := found{copy: i, reason: "same octets", kept: u.move.snap.sums[i]}
		if hit.kept != u.sums.Exact {
			hit.state, hit.octets = altered, wireOctets
		}
		v.judge(ctx, x, u.move, u, hit)
		return true
	}
	return false
}

// conclude tells of a message whose octets are not there.
func (v *verification) conclude(x *runner, u unproven) {
	m := u.move
	e := Verified{Message: u.Message, Finding: Missing, Reason: "nothing like it is there"}
	equal, other := m.snap.candidates(u.Envelope, u.Octets)
	if like := append(equal, other...); len(like) > 0 {
		c := &m.snap.copies[like[0]]
		c.taken = true
		e.To, e.Finding, e.Apart = m.refOf(c.uid), Differs, Content
		switch why := m.snap.unread[c.uid]; {
		case why != "":
			e.Reason = "what is there cannot be read: " + why
		case c.octets == u.Octets:
			e.Reason = fmt.Sprintf("its octets differ: as long, %d, but not the same", c.octets)
		default:
			e.Reason = fmt.Sprintf("its octets differ: %d there, %d here", c.octets, u.Octets)
		}
	}
	v.tell(x, m, e, sameOctets)
}

// countLike counts a copy whose octets are such.
func (c *ProofCounts) countLike(octets likeness) {
	if octets != sameOctets {
		c.Altered++
	}
	if octets == sameContent {
		c.Alike++
	}
}

func (v *verification) tell(x *runner, m *move, e Verified, octets likeness) {
	x.mu.Lock()
	defer x.mu.Unlock()
	e.Source = m.src.Name
	p := &m.proof
	switch e.Finding {
	case Proven:
		p.Present++
		p.Octets += e.Message.Octets
		p.countLike(octets)
	case Differs:
		p.Differs++
		v.apart |= e.Apart
	case Missing:
		p.Missing++
	}
	x.Observe(e)
}
