package migrate

import (
	"context"
	"time"

	"mailmv/formats/mail"
)

// Patience tries again what a lost connection has ended. Its zero value does so five times in a row, by the clock.
type Patience struct {
	// Retries is how often in a row, without progress between; 0 stands for 5, negative for never.
	Retries int
	// Pause waits; nil: by the clock.
	Pause func(ctx context.Context, d time.Duration) error
	// Observe is told of each Retrying; nil: nobody is.
	Observe func(Event)
}

// Do calls do until it ends in another way than by a lost connection, or was cut off too often without progress.
func (p Patience) Do(ctx context.Context, do func() (progress bool, err error)) error {
	if p.Retries == 0 {
		p.Retries = 5
	}
	if p.Pause == nil {
		p.Pause = pauseByClock
	}
	for attempt := 1; ; attempt++ {
		progress, err := do()
		if progress {
			attempt = 1
		}
		if !mail.Retryable(err) || attempt > p.Retries || ctx.Err() != nil {
			return err
		}
		wait := pauseBefore(attempt, err)
		if p.Observe != nil {
			p.Observe(Retrying{Err: err, Attempt: attempt, Wait: int(wait / time.Second)})
		}
		if err := p.Pause(ctx, wait); err != nil {
			return err
		}
	}
}
