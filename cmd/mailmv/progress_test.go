package main

import (
	"strings"
	"testing"
	"time"

	"mailmv/formats/mail"
	"mailmv/migrate"
)

func TestPaceTellsTheTimeLeft(t *testing.T) {
	at := time.Date(2026, 11, 23, 0, 0, 0, 0, time.UTC)
	for _, row := range []struct {
		name                 string
		octetsASec, msgsASec int
		restOctets           int64
		restMessages         int
		want                 time.Duration
		known                bool
	}{
		{"even", 1000, 10, 60_000, 600, time.Minute, true},
		{"no sizes", 1000, 10, 0, 300, 30 * time.Second, true},
		{"half of each", 1000, 10, 100_000, 200, time.Minute, true},
		{"standing still", 0, 0, 1000, 10, 0, false},
		{"for ever", 1, 0, 1 << 40, 0, 0, false},
	} {
		t.Run(row.name, func(t *testing.T) {
			var p pace
			for s := range 120 {
				p.note(at.Add(time.Duration(s)*time.Second), int64(s*row.octetsASec), s*row.msgsASec)
			}
			got, ok := p.left(at.Add(120*time.Second), int64(120*row.octetsASec), 120*row.msgsASec, row.restOctets, row.restMessages)
			if ok != row.known || got.Round(time.Second) != row.want {
				t.Errorf("left = %v, %v, want %v, %v", got, ok, row.want, row.known)
			}
			if n := len(p.samples); n > 40 {
				t.Errorf("%d samples are kept", n)
			}
		})
	}
}

func TestPaceFollowsAChange(t *testing.T) {
	var p pace
	at, octets := time.Now(), int64(0)
	for s := range 100 {
		at = at.Add(time.Second)
		if s < 60 {
			octets += 10_000
		} else {
			octets += 1000 // ten times slower from here on
		}
		p.note(at, octets, 0)
	}
	if got, ok := p.left(at, octets, 0, 100_000, 0); !ok || got < 95*time.Second || got > 105*time.Second {
		t.Errorf("left = %v, %v, want about 100 s: what was long ago counts no more", got, ok)
	}
}

func testProgress() (*progress, *int64, *time.Time) {
	live, now := new(int64), new(time.Time)
	*now = time.Date(2026, 11, 23, 0, 0, 0, 0, time.UTC)
	return &progress{folders: map[folderKey]*folderProgress{}, live: func() int64 { return *live }, now: func() time.Time { return *now }}, live, now
}

func TestProgressFollowsARun(t *testing.T) {
	p, live, now := testProgress()
	if _, ok := p.status(); ok {
		t.Error("there is a status before anything began")
	}
	*live = 700 // login and lists
	done := func(o migrate.Outcome) migrate.MessageDone {
		return migrate.MessageDone{Source: "a", Message: mail.Message{Ref: mail.Ref{Folder: "INBOX"}, Octets: 1000}, Outcome: o}
	}
	p.event(done(migrate.Present)) // the plan knew
	p.event(migrate.FolderStarted{Source: "a", Folder: "INBOX", Messages: 5, ToFetch: 4, Octets: 4000})
	*live, *now = 700+1500, now.Add(10*time.Second)
	p.event(done(migrate.Copied))
	p.event(done(migrate.Removed)) // no message of its own
	s, ok := p.status()
	if !ok || s.done != 1 || s.total != 4 || s.fetched != 1500 || s.octets != 4000 || s.octetRate != 150 {
		t.Errorf("status = %+v, %v", s, ok)
	}
	// The connection is lost; the rest is listed again.
	p.event(migrate.FolderStarted{Source: "a", Folder: "INBOX", Messages: 5, ToFetch: 3, Octets: 3000})
	if s, _ = p.status(); s.total != 4 || s.octets != 4000 {
		t.Errorf("after a new list: %+v", s)
	}
	for range 3 {
		p.event(done(migrate.Failed))
	}
	*live = 99_999
	if s, _ = p.status(); s.share() != 1 || s.done != 4 {
		t.Errorf("at the end: %+v, share %v", s, s.share())
	}
}

func TestProgressFollowsALook(t *testing.T) {
	p, _, _ := testProgress()
	p.event(migrate.FolderStarted{Source: "a", Folder: "INBOX", Messages: 120, ToFetch: 100})
	for range 2 { // more than were listed: some came meanwhile
		p.event(migrate.MessagesRead{Source: "a", Folder: "INBOX", Messages: 60, Octets: 6000})
	}
	if s, ok := p.status(); !ok || s.done != 100 || s.fetched != 12000 || s.share() != 1 {
		t.Errorf("status = %+v, %v", s, ok)
	}
}

func TestStatusText(t *testing.T) {
	s := status{total: 9000, done: 1204, octets: 3_400_000_000, fetched: 1_200_000_000, octetRate: 12e6, left: 200 * time.Second, leftKnown: true}
	for width, want := range map[int]string{
		100: "1,204/9,000 messages, 3m20s left, 1.2 GB of 3.4 GB, 12 MB/s",
		50:  "1,204/9,000 messages, 3m20s left, 1.2 GB of 3.4 GB",
		40:  "1,204/9,000 messages, 3m20s left",
		5:   "1,204/9,000 messages",
	} {
		if got := s.text(width); got != want {
			t.Errorf("text(%d) = %q, want %q", width, got, want)
		}
	}
	if got := (status{total: 1}).text(100); strings.Contains(got, "left") {
		t.Errorf("nothing is known, but it says %q", got)
	}
}

func TestLineDue(t *testing.T) {
	for _, row := range []struct {
		since time.Duration
		share float64
		want  bool
	}{{5 * time.Second, 0.5, false}, {10 * time.Second, 0.05, true}, {30 * time.Second, 0.01, false}, {time.Minute, 0, true}} {
		if got := lineDue(row.since, row.share); got != row.want {
			t.Errorf("lineDue(%v, %v) = %v", row.since, row.share, got)
		}
	}
}
