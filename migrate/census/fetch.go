package census

import (
	"context"
	"fmt"

	"mailmv/formats/mail"
)

// fetch hands each of some messages of a folder to do. One that cannot be read is noted, and so are all that are left of a folder that cannot
// be read any more; after a lost connection what is left is asked for again.
func (c *Census) fetch(ctx context.Context, p *Place, f *Folder, some []int32, do func(i int32, m mail.Fetched) error) error {
	err := c.Patience.Do(ctx, func() (bool, error) {
		rest, err := c.fetchOnce(ctx, p, f, some, do)
		progress := len(rest) < len(some)
		some = rest
		return progress, err
	})
	if err != nil && mail.ScopeOf(err) == mail.ScopeFolder {
		for _, i := range some {
			c.note(i, unknown, err.Error())
		}
		err = nil
	}
	if err != nil {
		return fmt.Errorf("%s: %w", p.Name, err)
	}
	return ctx.Err()
}

// fetchOnce gives those that neither came nor failed.
func (c *Census) fetchOnce(ctx context.Context, p *Place, f *Folder, some []int32, do func(i int32, m mail.Fetched) error) (rest []int32, err error) {
	a := c.ask(some)
	for m, ferr := range p.Source.Fetch(ctx, f.Folder, a.refs) {
		n, ok := a.answer(m.ID)
		if ferr == nil && !ok {
			continue
		}
		if err = ferr; err == nil {
			if f.glanced {
				c.Copies[some[n]].date = dateOf(m.Message)
			}
			err = do(some[n], m)
		}
		switch {
		case err == nil:
			continue
		case ok && mail.ScopeOf(err) == mail.ScopeMessage:
			c.note(some[n], unknown, err.Error())
			err = nil
			continue
		case ok:
			a.answered[n] = false
		}
		break
	}
	for n, done := range a.answered {
		if !done {
			rest = append(rest, some[n])
		}
	}
	if err == nil && ctx.Err() == nil {
		for _, i := range rest {
			c.note(i, unknown, mail.ErrGone.Error())
		}
		rest = nil
	}
	return rest, err
}

// asked are messages that a store was asked for.
type asked struct {
	refs     []mail.Ref
	answered []bool
	next     int            // the one that is most likely to come
	number   map[string]int // nil as long as all came in their order
}

func (c *Census) ask(some []int32) *asked {
	a := &asked{refs: make([]mail.Ref, len(some)), answered: make([]bool, len(some))}
	for n, i := range some {
		a.refs[n] = c.Ref(i)
	}
	return a
}

// answer gives the number of the message that came, once.
func (a *asked) answer(id string) (n int, ok bool) {
	if a.number == nil && a.next < len(a.refs) && a.refs[a.next].ID == id {
		n, ok = a.next, true
	} else {
		if a.number == nil {
			a.number = make(map[string]int, len(a.refs))
			for n, ref := range a.refs {
				a.number[ref.ID] = n
			}
		}
		n, ok = a.number[id]
	}
	if !ok || a.answered[n] {
		return 0, false
	}
	a.answered[n], a.next = true, n+1
	return n, true
}
