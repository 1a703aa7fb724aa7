package maildir

import (
	"sync"
)

// parallel calls do for from <= i < to on so many goroutines at most, and returns the first error; after one it begins no more.
func parallel(side, from, to int, do func(int) error) error {
	var wg sync.WaitGroup
	var mu sync.Mutex
	var first error
	next := from
	take := func() (int, bool) {
		mu.Lock()
		defer mu.Unlock()
		if first != nil || next == to {
			return 0, false
		}
		next++
		return next - 1, true
	}
	for range min(side, to-from) {
		wg.Go(func() {
			for i, ok := take(); ok; i, ok = take() {
				if err := do(i); err != nil {
					mu.Lock()
					if first == nil {
						first = err
					}
					mu.Unlock()
				}
			}
		})
	}
	wg.Wait()
	return first
}
