package migrate

import (
	"context"
	"slices"
	"time"

	"mailmv/dedupe"
	"mailmv/formats/mail"
)

// stock is what all folders of the sink hold, for a run that drops twins: what was there when it was taken, and what this run
// has stored since. A message takes some tens of octets, and as many again once its content was looked at. One
// goroutine uses it at a time.
type stock struct {
	rules   *dedupe.Rules
	folders []stocked
	copies  []stockCopy
	newest  map[uint64]int32 // by hint: index of a copy, which leads to the others
	listed  []listed         // of each copy
	briefs  []dedupe.Brief
	aloft   map[int32]key       // copies that were sent, and it is not known yet what became of them
	states  map[int32]copyState // where they are compared: of copies that were looked at
}

// stocked is a folder of the sink.
type stocked struct {
	mail.Folder
	filing
}

// stockCopy is a message of the sink.
type stockCopy struct {
	uid    uint32 // 0: not known
	next   int32  // a copy of the same hint; -1: none
	brief  int32  // index in briefs; notLooked, noCopy
	folder uint16
}

// listed is what a listing told of a copy.
type listed struct{ octets, date int64 }

// copyState is what Verify wants to know of a copy.
type copyState struct {
	facts
	sums dedupe.Sums
}

const (
	notLooked = -1
	noCopy    = -2 // it cannot be read, or came to nothing
)

// twinsMax is how many copies of one hint are looked at for one message.
const twinsMax = 200

// lister is a Sink that can tell its folders.
type lister interface {
	Folders(ctx context.Context) ([]mail.Folder, error)
}

// takeStock looks at all folders of the sink once, without any body. What is marked \Deleted is no copy.
func (x *runner) takeStock(ctx context.Context) (*stock, error) {
	s := &stock{rules: dedupe.Standard(), newest: map[uint64]int32{}, aloft: map[int32]key{}, states: map[int32]copyState{}}
	l, ok := x.Sink.(lister)
	if !ok {
		return s, nil
	}
	folders, err := l.Folders(ctx)
	if err != nil {
		return nil, err
	}
	for _, f := range folders {
		if x.movesFrom(f.Path) {
			continue
		}
		if err := x.stockFolder(ctx, s, f); err != nil && mail.ScopeOf(err) == mail.ScopeFolder {
			x.note("%s is not looked at for copies: %v", f.Path, err)
		} else if err != nil {
			return nil, err
		}
	}
	return s, nil
}

// movesFrom tells whether a folder of the sink is a source too. What lies there is on its way itself, and stands for nothing.
func (x *runner) movesFrom(p mail.Path) bool {
	return slices.ContainsFunc(x.moves, func(m *move) bool { return m.src.ID == x.Journal.sink && m.folder.Path == p })
}

func (x *runner) stockFolder(ctx context.Context, s *stock, f mail.Folder) error {
	n := s.number(f)
	if f.Messages == 0 || n < 0 {
		return nil
	}
	var refs []mail.Ref
	told := map[uint32]listed{}
	for msg, err := range x.Sink.List(ctx, f) {
		if err != nil {
			return err
		}
		if uidOf(msg.Ref) != 0 && msg.Flags&mail.Deleted == 0 {
			refs = append(refs, msg.Ref)
			told[uidOf(msg.Ref)] = listed{msg.Octets, msg.InternalDate.Unix()}
		}
	}
	for part := range slices.Chunk(refs, 10_000) {
		for d, err := range x.Sink.Describe(ctx, f, part) {
			if err != nil && mail.ScopeOf(err) == mail.ScopeMessage {
				continue
			}
			if err != nil {
				return err
			}
			s.put(s.rules.Hint(d.Envelope), stockCopy{uid: uidOf(d.Ref), brief: notLooked, folder: uint16(n)}, told[uidOf(d.Ref)])
		}
	}
	return nil
}

// number finds or adds a folder; -1 where there are too many.
func (s *stock) number(f mail.Folder) int {
	at := func(o stocked) bool { return o.Path == f.Path && o.Validity == f.Validity }
	if i := slices.IndexFunc(s.folders, at); i >= 0 {
		return i
	}
	if len(s.folders) >= nowhere {
		return -1
	}
	s.folders = append(s.folders, stocked{f, filingOf(f)})
	return len(s.folders) - 1
}

func (s *stock) put(hint uint64, c stockCopy, l listed) int32 {
	i := int32(len(s.copies))
	if next, ok := s.newest[hint]; ok {
		c.next = next
	} else {
		c.next = -1
	}
	s.copies, s.listed = append(s.copies, c), append(s.listed, l)
	s.newest[hint] = i
	return i
}

// like lists the copies that may be the same as a parcel which would go to a folder of that filing: by hint, and where they lie.
func (s *stock) like(p *parcel, to filing) (found []int32) {
	i, ok := s.newest[s.rules.Hint(p.Envelope)]
	for n := 0; ok && i >= 0 && n < twinsMax; n, i = n+1, s.copies[i].next {
		c := &s.copies[i]
		if c.brief != noCopy && s.folders[c.folder].standsFor(to) {
			found = append(found, i)
		}
	}
	return found
}

// brief gives the brief of a copy that was looked at.
func (s *stock) brief(i int32) dedupe.Brief { return s.briefs[s.copies[i].brief] }

func (s *stock) setBrief(i int32, b dedupe.Brief) {
	s.copies[i].brief = int32(len(s.briefs))
	s.briefs = append(s.briefs, b)
}

// date is the internal date of a copy.
func (s *stock) date(i int32) time.Time { return time.Unix(s.listed[i].date, 0) }

func (s *stock) setDate(i int32, date time.Time) { s.listed[i].date = date.Unix() }

// message is a copy as it was listed.
func (s *stock) message(i int32) mail.Message {
	return mail.Message{Ref: s.ref(i), Octets: s.listed[i].octets, InternalDate: s.date(i)}
}

// same finds, among copies that were looked at, or of which it is known what they are to the parcel, one that it is the same as: where it lies best,
// and then the one that was first. -1: none.
func (s *stock) same(p *parcel, among []int32) (best int32, kind dedupe.Kind) {
	best = -1
	for _, i := range among {
		k, known := p.known[i]
		switch {
		case known:
		case s.copies[i].brief < 0:
			continue
		default:
			k = p.brief.Against(s.brief(i))
		}
		if k < dedupe.Same {
			continue
		}
		if best < 0 || s.filing(i) < s.filing(best) || s.filing(i) == s.filing(best) && i < best {
			best, kind = i, k
		}
	}
	return best, kind
}

func (s *stock) filing(i int32) filing { return s.folders[s.copies[i].folder].filing }

// ref points at a copy.
func (s *stock) ref(i int32) mail.Ref {
	f := s.folders[s.copies[i].folder]
	m := move{to: f.Folder}
	return m.refOf(s.copies[i].uid)
}

// add notes a parcel that goes to a folder, unless it is marked \Deleted.
func (s *stock) add(p *parcel, to mail.Folder) (copy int32, ok bool) {
	n := s.number(to)
	if n < 0 || p.Flags&mail.Deleted != 0 {
		return -1, false
	}
	i := s.put(s.rules.Hint(p.Envelope), stockCopy{folder: uint16(n), brief: notLooked}, listed{p.Octets, p.InternalDate.Unix()})
	s.setBrief(i, p.brief)
	return i, true
}

// anyAloft tells whether it is not known of some copy whether it was stored.
func (s *stock) anyAloft(among []int32) bool {
	return slices.ContainsFunc(among, func(i int32) bool {
		_, ok := s.aloft[i]
		return ok
	})
}

// learn asks the journal what became of all that was sent to m. What it does not know came to nothing.
func (s *stock) learn(j *Journal, m *move) {
	for i, k := range s.aloft {
		if e, ok := j.find(k, m.toN); ok && e.state&(damaged|twin) == 0 {
			s.copies[i].uid = e.uid
		} else {
			s.copies[i].brief = noCopy
		}
	}
	clear(s.aloft)
}
