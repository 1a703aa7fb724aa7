package migrate

import (
	"context"

	"golang.org/x/time/rate"
)

// pace keeps the reading of a source to so many messages and octets a second.
type pace struct{ messages, octets *rate.Limiter }

func newPace(messages float64, octets int64) pace {
	p := pace{rate.NewLimiter(rate.Inf, 1), rate.NewLimiter(rate.Inf, 1)}
	if messages > 0 {
		p.messages.SetLimit(rate.Limit(messages))
	}
	if octets > 0 {
		p.octets = rate.NewLimiter(rate.Limit(octets), int(max(octets/10, 1)))
	}
	return p
}

// message waits until one more may be read.
func (p pace) message(ctx context.Context) error { return p.messages.Wait(ctx) }

// spend waits as long as reading n octets may take.
func (p pace) spend(ctx context.Context, n int64) error {
	if p.octets.Limit() == rate.Inf {
		return nil
	}
	for most := int64(p.octets.Burst()); n > 0; n -= most {
		if err := p.octets.WaitN(ctx, int(min(n, most))); err != nil {
			return err
		}
	}
	return nil
}
