package imap

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"mailmv/formats/mail"
)

// Append sends parcels to f in their order: in one MULTIAPPEND (RFC 3502) where the server knows it, else one
// APPEND behind the other, and without waiting for leave where it allows that (RFC 7888). It returns once the
// octets are on their way, or an error if none of them is. The wait function returns when the server has
// answered and told its sizes; with an error the fate of what has neither Ref.ID nor Err is in doubt.
//
// Errors: mail.ErrQuota (nothing more fits), mail.ErrLimit (come back later), mail.ErrNoFolder. A message that
// the server refuses has its error in its Stored: mail.ErrTooBig, or the server's words.
func (st *Store) Append(ctx context.Context, f mail.Folder, parcels []mail.Parcel) (wait func() ([]mail.Stored, error), err error) {
	raw, err := st.rawName(ctx, "append", f.Path)
	if err != nil {
		return nil, err
	}
	s, err := st.storer(ctx, st.nextSlot())
	if err != nil {
		return nil, at(err, f.Path)
	}
	defer s.giveTurn()
	stop := s.watch(ctx)
	if err := s.readyToStore(ctx, f, raw); err != nil {
		stop()
		return nil, at(err, f.Path)
	}
	b := &batch{st: st, s: s, ctx: ctx, path: f.Path, raw: raw, parcels: parcels, out: make([]mail.Stored, len(parcels))}
	b.send(b.check())
	return func() ([]mail.Stored, error) {
		defer stop()
		return b.wait()
	}, nil
}

// readyToStore selects the folder unless it is, and waits for room for one more batch. The session's turn is ours.
func (s *session) readyToStore(ctx context.Context, f mail.Folder, raw string) error {
	if s.box == nil || s.box.raw != raw || s.box.readOnly {
		if err := s.uplink.settle(ctx); err != nil {
			return err
		}
		if err := s.selectBox(ctx, "append", f.Path, raw, forWriting); err != nil {
			return err
		}
	}
	if f.Validity != 0 && f.Validity != s.box.folder.Validity {
		return s.anotherGeneration("append", f.Validity)
	}
	return s.uplink.room(ctx)
}

// batch is what one Append was given, and what becomes of it.
type batch struct {
	st      *Store
	s       *session
	ctx     context.Context // of the Append
	path    mail.Path
	raw     string
	parcels []mail.Parcel
	out     []mail.Stored
	runs    []run
	created bool // TRYCREATE was obeyed: once
	unsent  bool // the connection ended before all of it was sent
	err     error
}

// run is one command of a batch and the parcels in it.
type run struct {
	index []int
	sent  *sent
	alone bool // nothing else was under way on the connection
}

// check refuses what need not be sent to be refused, and gives the rest.
func (b *batch) check() (good []int) {
	for i := range b.parcels {
		p := &b.parcels[i]
		b.out[i] = mail.Stored{Ref: mail.Ref{Folder: b.path, Validity: b.s.box.folder.Validity}, Octets: -1}
		var err error
		limit := b.st.limit.Load()
		switch y := p.InternalDate.Year(); {
		case p.Octets < 0:
			err = errors.New("its size is not known")
		case limit > 0 && p.Octets > limit:
			err = fmt.Errorf("%w: %d octets, and %d are allowed", mail.ErrTooBig, p.Octets, limit)
		case !p.InternalDate.IsZero() && (y < 1 || y > 9999):
			err = fmt.Errorf("the year %d cannot be written", y)
		default:
			err = b.st.suspects.verdict(p.Ref)
		}
		if err != nil {
			b.refuse(i, err)
			continue
		}
		good = append(good, i)
	}
	return good
}

// refuse notes that one parcel will not be stored.
func (b *batch) refuse(i int, err error) {
	e := &mail.Error{Op: "append", Err: err}
	if said := (*mail.Error)(nil); errors.As(err, &said) {
		e.Place, e.Hint, e.Err = said.Place, said.Hint, said.Err
	}
	e.Ref, e.Scope = b.parcels[i].Ref, mail.ScopeMessage
	b.out[i].Err = e
}

// send writes the parcels of index. Those that a connection broke over before go alone.
func (b *batch) send(index []int) {
	g := &group{}
	multi := b.s.caps["MULTIAPPEND"]
	for len(index) > 0 && !b.s.dead.Load() {
		n := 1
		alone := b.st.suspects.alone(b.parcels[index[0]].Ref)
		for multi && !alone && n < len(index) && !b.st.suspects.alone(b.parcels[index[n]].Ref) {
			n++
		}
		b.command(g, index[:n])
		last := &b.runs[len(b.runs)-1]
		last.alone = alone
		// A server that has to be asked for leave gets the next command after its answer: sent behind the literal it
		// would save a round trip, but "OK" and "+" in two segments cost 40 ms on each that uses Nagle's algorithm
		// (Courier: 12 messages a second in place of 250).
		if alone || !multi && !b.s.caps.unasked(b.parcels[index[0]].Octets) {
			b.flush()
			<-last.sent.done
		}
		index = index[n:]
	}
	b.unsent = b.unsent || len(index) > 0
	b.flush()
}

func (b *batch) flush() {
	if err := b.s.uplink.writer().Flush(); err != nil {
		b.s.close()
	}
}

// command writes one APPEND with the parcels of index. Everything in it is checked before its first octet
// leaves: what the server does not understand of it, it might take for commands.
func (b *batch) command(g *group, index []int) {
	u := &b.s.uplink
	w := u.writer()
	tag, c := u.issue(len(index), g)
	b.runs = append(b.runs, run{index: index, sent: c})
	mailbox, _ := quoted(b.raw) // rawName has refused what cannot be quoted
	w.WriteString(tag + " APPEND " + mailbox)
	for _, i := range index {
		p := b.parcels[i]
		w.WriteString(" " + b.s.attributes(p))
		if !b.announce(c, p.Octets) {
			return
		}
		source, conn := copyBody(w, p)
		if source != nil {
			b.refuse(i, source)
		}
		if source != nil || conn != nil {
			b.s.close()
			return
		}
	}
	w.WriteString("\r\n")
}

// announce writes the literal's length, and waits for leave to send it where the server wants that.
func (b *batch) announce(c *sent, n int64) bool {
	u := &b.s.uplink
	if b.s.caps.unasked(n) {
		u.w.WriteString("{" + strconv.FormatInt(n, 10) + "+}\r\n")
		return true
	}
	select {
	case <-u.plus: // one that nobody waited for
	default:
	}
	u.w.WriteString("{" + strconv.FormatInt(n, 10) + "}\r\n")
	if err := u.w.Flush(); err != nil {
		b.s.close()
		return false
	}
	return u.goOn(b.ctx, c)
}

// attributes writes flags, keywords and internal date, each with a blank behind it.
func (s *session) attributes(p mail.Parcel) string {
	flags := append(p.Flags.Names(), s.keywords(p.Keywords)...)
	text := ""
	if len(flags) > 0 {
		text = "(" + strings.Join(flags, " ") + ") "
	}
	if !p.InternalDate.IsZero() {
		text += internalDate(p.InternalDate) + " "
	}
	return text
}

// internalDate writes a date as APPEND wants it (RFC 9051 §9, date-time).
func internalDate(t time.Time) string { return `"` + t.Format(dateTime) + `"` }
