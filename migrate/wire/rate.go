package wire

import (
	"time"

	"golang.org/x/time/rate"
)

// Rate bounds octets read a second over all connections that share it.
type Rate struct {
	bucket *rate.Limiter
	chunk  int
}

// NewRate allows that many octets a second, in pieces of a quarter of a second at most.
func NewRate(octetsPerSecond int64) *Rate {
	chunk := int(min(max(octetsPerSecond/4, 256), 64<<10))
	return &Rate{bucket: rate.NewLimiter(rate.Limit(max(octetsPerSecond, 1)), chunk), chunk: chunk}
}

// most is how much of a buffer may be filled at once.
func (r *Rate) most(n int) int {
	if r == nil {
		return n
	}
	return min(n, r.chunk)
}

// wait pays for n octets that were read, and sleeps until they are affordable or done is closed.
func (r *Rate) wait(n int, done <-chan struct{}) {
	if r == nil || n == 0 {
		return
	}
	delay := r.bucket.ReserveN(time.Now(), n).Delay()
	if delay <= 0 {
		return
	}
	t := time.NewTimer(delay)
	defer t.Stop()
	select {
	case <-t.C:
	case <-done:
	}
}
