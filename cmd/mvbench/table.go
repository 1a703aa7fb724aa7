package main

import (
	"fmt"
	"slices"
	"time"
)

// figure is what one run gave.
type figure struct {
	messages int
	took     time.Duration
	peakMB   float64 // of the program's memory; 0: not measured
}

func (f figure) perMessage() float64 { return f.took.Seconds() / float64(f.messages) }

// table collects the figures of each kind of run, in the order of the rounds.
type table struct {
	rounds int
	names  []string
	rows   map[string][]figure
}

func (t *table) measure(name string, run func() (figure, error)) error {
	f, err := run()
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	if t.rows == nil {
		t.rows = map[string][]figure{}
	}
	if len(t.rows[name]) == 0 {
		t.names = append(t.names, name)
	}
	t.rows[name] = append(t.rows[name], f)
	return nil
}

func (t *table) print() {
	fmt.Printf("\n%-24s %9s %9s %19s %10s %8s\n", "run", "messages", "seconds", "(least to most)", "messages/s", "peak MB")
	for _, name := range t.names {
		var seconds, peaks []float64
		for _, f := range t.rows[name] {
			seconds = append(seconds, f.took.Seconds())
			peaks = append(peaks, f.peakMB)
		}
		n := t.rows[name][0].messages
		peak := "-"
		if p := slices.Max(peaks); p > 0 {
			peak = fmt.Sprintf("%.1f", p)
		}
		s := median(seconds)
		fmt.Printf("%-24s %9d %9.2f %19s %10.0f %8s\n", name, n, s,
			fmt.Sprintf("(%.2f to %.2f)", slices.Min(seconds), slices.Max(seconds)), float64(n)/s, peak)
	}
	fmt.Println()
}

// ratio prints how many times as long as b a message takes in a, pair by pair of the same round.
func (t *table) ratio(a, b, what string) {
	var all []float64
	for i, f := range t.rows[a] {
		all = append(all, f.perMessage()/t.rows[b][i].perMessage())
	}
	fmt.Printf("%-18s %6.2f %s\n", a, median(all), what)
}

func median(v []float64) float64 {
	v = slices.Sorted(slices.Values(v))
	return (v[(len(v)-1)/2] + v[len(v)/2]) / 2
}
