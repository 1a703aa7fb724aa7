package migrate

import (
	"context"
	"errors"
	"fmt"
	"time"

	"mailmv/dedupe"
	"mailmv/formats/mail"
	"mailmv/formats/receipt"
)

// Finding is what Verify says of one message.
type Finding uint8

const (
	Proven  Finding = iota + 1 // it is there: the same octets, date, flags and keywords
	Differs                    // it is there, and not as it should be
	Missing
)

// String gives the word that reports use.
func (f Finding) String() string {
	switch f {
	case Proven:
		return "present"
	case Differs:
		return "differs"
	case Missing:
		return "missing"
	}
	return "unknown"
}

// Aspects are what Verify compares beside octets.
type Aspects uint8

const (
	Dates Aspects = 1 << iota
	SystemFlags
	Keywords
	Content    // the octets: never left out, and only told of
	laterDates // where the copy's is earlier: it may be that of a twin
)

// Verified tells what was found of one message.
type Verified struct {
	Source  string
	Message mail.Message // as the source has it
	To      mail.Ref     // zero Ref.ID where it is missing
	Finding Finding
	Reason  string
	Apart   Aspects // where it Differs: in what
	// Where it is Proven: its sums, those of the copy, which is another where the destination alters mail, and the
	// copy's date.
	Sums     dedupe.Sums
	Kept     dedupe.Sum
	KeptDate time.Time
}

// FolderAbsent tells that a folder is not at the destination. What it should hold is told as Missing, too.
type FolderAbsent struct {
	Source   string
	Folder   mail.Path
	To       mail.Path
	Messages int
}

func (Verified) event()     {}
func (FolderAbsent) event() {}

// ProofCounts are the numbers of a proof: Seen = Present + Missing + Differs + Skipped + Unread.
type ProofCounts struct {
	Seen, Present, Missing, Differs int
	// Skipped were left out by the selection; Unread could not be read from the source, or the proof broke off before it came to them.
	Skipped, Unread int
	// Altered counts those of Present that have other octets there: changed as servers do, but for the Alike, which have the same
	// content, and fields that programs and servers on the way add or leave out.
	Altered, Alike int
	// Extra counts messages in the folders that were compared which are no message of the sources. Where several
	// folders go onto one, the first has them all.
	Extra int
	// Octets of those that are Present, as the source has them.
	Octets int64
}

func (c *ProofCounts) plus(d ProofCounts) {
	c.Seen += d.Seen
	c.Present += d.Present
	c.Missing += d.Missing
	c.Differs += d.Differs
	c.Skipped += d.Skipped
	c.Unread += d.Unread
	c.Altered += d.Altered
	c.Alike += d.Alike
	c.Extra += d.Extra
	c.Octets += d.Octets
}

// Balanced tells whether every message that was seen is accounted for.
func (c ProofCounts) Balanced() bool { return c.untold() == 0 }

// untold is how many of those that were seen are not accounted for.
func (c ProofCounts) untold() int {
	return c.Seen - c.Present - c.Missing - c.Differs - c.Skipped - c.Unread
}

// Holds tells whether nothing is missing, different or unread.
func (c ProofCounts) Holds() bool { return c.Missing+c.Differs+c.Unread == 0 }

// FolderProof is a folder of a source, and what was found of it.
type FolderProof struct {
	Source string
	Folder mail.Path
	To     mail.Path
	Absent bool // there is no folder To
	ProofCounts
}

// Proof is what Verify found.
type Proof struct {
	ProofCounts
	Folders []FolderProof
	Apart   Aspects // of all that differ: in what
	Elapsed time.Duration
}

// Holds tells whether nothing is missing, different or unread, and no folder is absent.
func (p Proof) Holds() bool { return p.ProofCounts.Holds() && p.Absent() == 0 }

// Absent is how many folders of the destination are not there.
func (p Proof) Absent() int {
	absent := map[mail.Path]bool{}
	for _, f := range p.Folders {
		if f.Absent {
			absent[f.To] = true
		}
	}
	return len(absent)
}

// Verify proves that every message of the sources is in the sink. It reads both sides, believes no journal, and
// changes nothing. Two messages that are alike need two copies, but with DropTwins one in any folder will do. Of r it uses what a dry run uses, and Ignore.
func (r Run) Verify(ctx context.Context) (Proof, error) {
	j := newJournal()
	j.file = readOnly{}
	j.sink = r.SinkID
	r.DryRun, r.Journal = true, j
	if r.Twins == DropTwins {
		r.Ignore |= laterDates
	}
	x := newRunner(r)
	x.verify = &verification{known: map[key]bool{}, keeps: map[mail.Path]map[string]bool{}, shared: map[string][]string{}}
	err := x.untilDone(ctx)
	if err == nil || mail.ScopeOf(err) == mail.ScopeFolder {
		x.verify.close(ctx, x)
	}
	var p Proof
	extra, untried := x.extras(), 0
	for _, m := range x.moves {
		f := x.folderProof(m)
		if n := f.untold(); err != nil && n > 0 {
			f.Unread += n
			untried += n
		}
		f.Extra = extra[f.To]
		delete(extra, f.To)
		p.Folders = append(p.Folders, f)
		p.plus(f.ProofCounts)
	}
	if untried > 0 {
		x.noteUntried(untried)
	}
	p.Apart = x.verify.apart
	p.Elapsed = x.Now().Sub(x.start)
	if err == nil && !p.Balanced() {
		err = ErrBalance
	}
	return p, err
}

// folderProof sums up one folder. What an earlier pass proved and a later one did not find in the source was seen too.
func (x *runner) folderProof(m *move) FolderProof {
	f := FolderProof{Source: m.src.Name, Folder: m.folder.Path, To: x.target(m), Absent: m.proof.absent, ProofCounts: m.proof.ProofCounts}
	f.Seen = m.listed + m.proof.before - m.proof.again
	f.Skipped, f.Unread = m.counts.Skipped, m.counts.Failed
	return f
}

// extras counts by folder of the sink what no message of the sources has taken.
func (x *runner) extras() map[mail.Path]int {
	extra := map[mail.Path]int{}
	for _, m := range x.moves {
		path := x.target(m)
		if s, ok := x.snaps[path]; ok {
			extra[path] = s.left()
		} else if m.done {
			extra[path] = max(m.to.Messages, 0) // nothing was looked for there
		}
	}
	return extra
}

// moveProof is what Verify knows of a move. It outlives a pass that a lost connection has cut.
type moveProof struct {
	ProofCounts
	absent   bool // and told
	fleeting bool // messages without lasting names were proven
	validity uint32
	proven   int // messages that are settled, or put aside for the end
	before   int // of these: in earlier passes
	again    int // of these: listed again in this pass
}

// nextPass readies it for one more pass.
func (p moveProof) nextPass() moveProof {
	p.before, p.again = p.proven, 0
	return p
}

var errNoResuming = errors.New("the connection was lost, and what was compared before cannot be told from the rest")

// resume refuses to go on after a cut where messages have other names by now.
func (v *verification) resume(m *move) error {
	p := &m.proof
	if p.before > 0 && (p.fleeting || p.validity != m.folder.Validity) {
		return &mail.Error{Op: "verify", Place: m.src.Name, Ref: mail.Ref{Folder: m.folder.Path}, Err: errNoResuming, Hint: "run the same command again"}
	}
	p.validity = m.folder.Validity
	return nil
}

// verifyAbsent tells of a folder that is not there, and of each message in it.
func (x *runner) verifyAbsent(ctx context.Context, m *move, todo []mail.Ref) error {
	if !m.proof.absent {
		m.proof.absent = true
		x.observe(FolderAbsent{Source: m.src.Name, Folder: m.folder.Path, To: m.to.Path, Messages: m.listed - m.counts.Skipped})
	}
	left := make(map[mail.Ref]bool, len(todo))
	for _, ref := range todo {
		left[ref] = true
	}
	for msg, err := range x.source(m).Describe(ctx, m.folder, todo) {
		if err != nil && mail.ScopeOf(err) != mail.ScopeMessage {
			return err
		}
		if !left[msg.Ref] {
			continue
		}
		delete(left, msg.Ref)
		x.verify.settle(x, m, keyOf(m.from, m.to.Path, msg.ID), msg)
		x.verify.tell(x, m, Verified{Message: msg, Finding: Missing, Reason: fmt.Sprintf("folder %q is not there", m.to.Path)}, sameOctets)
	}
	for ref := range left {
		x.account(m, mail.Message{Ref: ref}, mail.Ref{}, Skipped, "no longer there", nil)
	}
	return nil
}

// Stated is what a receipt says of a message that is Proven: where it is, and what it is there. source is the
// number of its source, from 0; of what was ignored nothing is stated but the date that is there.
func (e Verified) Stated(source int, ignore Aspects) (receipt.Folder, receipt.Mail) {
	f := receipt.Folder{Source: source, Path: e.Message.Folder, To: e.To.Folder, Validity: e.To.Validity}
	m := receipt.Mail{Octets: e.Sums.Octets, Sum: e.Sums.Exact, Wire: e.Sums.Wire, Kept: e.Kept, Date: e.KeptDate,
		Flags: e.Message.Flags, Keywords: e.Message.Keywords, Envelope: e.Message.Envelope, At: e.To.ID}
	m.Envelope.Date = ""
	if ignore&SystemFlags != 0 {
		m.Flags = 0
	}
	if ignore&Keywords != 0 {
		m.Keywords = nil
	}
	return f, m
}
