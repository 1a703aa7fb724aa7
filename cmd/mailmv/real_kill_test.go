//go:build linux

package main_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"
)

// dated makes n messages of about 3 KB. Each has a Received date that is neither its Date nor that of another, but every
// fiftieth is the same message as the one before.
func dated(n int) (messages [][]byte, received map[[32]byte]time.Time) {
	received = map[[32]byte]time.Time{}
	filler := strings.Repeat("nothing twice, nothing missing, and the dates as they were\r\n", 50)
	for i := range n {
		if i%50 == 49 {
			messages = append(messages, messages[i-1])
			continue
		}
		at := time.Date(2001, 1, 1, 0, 0, 0, 0, time.UTC).Add(time.Duration(i) * 11 * time.Minute)
		m := fmt.Appendf(nil, "Received: from a.example (a.example [192.0.2.1])\r\n\tby b.example with ESMTP id %x; %s\r\n"+
			"From: a@a.example\r\nDate: %s\r\nSubject: %d\r\n\r\n%s", i, at.Format(time.RFC1123Z),
			at.Add(-90*time.Minute).Format(time.RFC1123Z), i, filler)
		messages = append(messages, m)
		received[sum(m)] = at
	}
	return messages, received
}

// killed: ten runs are killed at random instants and an eleventh is left to end: everything is there once, with its date.
func (r real) killed(t *testing.T) {
	messages, received := dated(3000)
	from, to := r.server.Account(t), r.server.Account(t)
	r.server.Fill(t, from, messages)
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	random := rand.New(rand.NewPCG(seed, 0))
	// About two seconds of copying, so that ten runs of a third of a second each, logins and all, are cut in the midst of it.
	args := []string{"pop2imap", "--state", t.TempDir(), "--rate", "4MB", r.pop(from), r.imap(to)}
	killed := 0
	for range 10 {
		ctx, cancel := context.WithTimeout(t.Context(), time.Duration(random.Int64N(int64(700*time.Millisecond))))
		cmd := r.command(ctx, t, from.Password, args...) // its end is SIGKILL
		if err := cmd.Run(); err != nil {
			killed++
		}
		cancel()
		t.Logf("%d messages there", len(r.read(t, to)))
	}
	if killed == 0 {
		t.Error("no run was killed")
	}
	last := r.run(t, from.Password, args...)
	if last.code != 0 || !strings.Contains(last.stdout, fmt.Sprintf("%d seen = ", len(messages))) {
		t.Fatalf("last run: exit %d\nstdout: %s\nstderr: %s", last.code, last.stdout, last.stderr)
	}
	var arrived [][]byte
	for _, m := range r.read(t, to) {
		body := m.FindBodySection(wholeBody)
		arrived = append(arrived, body)
		if want := received[sum(body)]; !m.InternalDate.Equal(want) {
			t.Errorf("UID %d has internal date %v, want %v", m.UID, m.InternalDate, want)
		}
	}
	compare(t, arrived, messages)
	if again := r.run(t, from.Password, args...); !strings.Contains(again.stdout, " 0 copied") {
		t.Errorf("one more run: %s", again.stdout)
	}
}
