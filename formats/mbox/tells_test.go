package mbox_test

import (
	"testing"
	"time"

	"mailmv/formats/mbox"
)

// TestTells: a From_ line that was written anew is no other date for its shape, its zone, or the want of either; a date that was moved is.
func TestTells(t *testing.T) {
	date := time.Date(2004, 7, 5, 12, 34, 56, 0, time.UTC)
	west := time.FixedZone("", -7*3600)
	for _, c := range []struct {
		line  string
		date  time.Time // that, unless said
		local *time.Location
		want  bool
	}{
		{line: "From a@b Mon Jul  5 12:34:56 2004", want: true},
		{line: "From - Mon, 5 Jul 2004 14:34:56 +0200", want: true},
		{line: "From a@b Mon Jul  5 14:34:56 2004 +0200", want: true},
		{line: "From a@b Mon Jul  5 14:34:56 +0200 2004 remote from c", want: true},
		{line: "From a@b 2004-07-05T12:34:56Z", want: true},
		{line: "From a@b Mon Jul  5 12:34 2004", want: true},
		{line: "From a@b Mon Jul  5 14:34 +0200 2004", want: true},
		{line: "From a@b Mon Jul  5 12:34:56 04", want: true},
		{line: "From a@b Sun Jul  5 12:34:56 2004", want: true}, // no weekday is believed

		// In local time: here, and where nobody is.
		{line: "From a@b Mon Jul  5 05:34:56 2004", local: west, want: true},
		{line: "From a@b Mon Jul  5 05:34 2004", local: west, want: true},
		{line: "From a@b Mon Jul  5 12:34:56 2004", local: west, want: true},
		{line: "From a@b Mon Jul  5 05:34:56 2004", want: false},
		{line: "From a@b Mon Jul  5 19:34:56 2004", local: west, want: false},
		{line: "From a@b Mon Jul  5 05:34:56 2004 +0000", local: west, want: false},

		// A name may be read as another zone's than it meant: CST is Chicago's and China's.
		{line: "From a@b Mon Jul  5 07:34:56 CDT 2004", want: true},
		{line: "From a@b Mon Jul  5 20:34:56 CST 2004", want: true},
		{line: "From a@b Mon Jul  5 14:34:56 XYZ 2004", want: true},
		{line: "From a@b Mon Jul  5 14:34:57 XYZ 2004", want: false},
		{line: "From a@b Mon Jul  5 14:34:56 XYZ 2005", want: false},
		{line: "From a@b Mon Jul  5 13:34:56 GMT 2004", want: false},
		{line: "From a@b Mon Jul  5 13:34:56 2004 +0000 (CEST)", want: false},

		// Moved.
		{line: "From a@b Mon Jul  5 12:34:57 2004", want: false},
		{line: "From a@b Mon Jul  5 13:34:56 2004", want: false},
		{line: "From a@b Mon Jul  5 12:34:56 2005", want: false},
		{line: "From a@b Mon Jul  5 12:35 2004", want: false},
		{line: "From a@b Mon Jul  5 12:33 2004", want: false},
		{line: "From a@b Thu Jan  1 00:00:00 1970", want: false},

		// No date is no other.
		{line: "From -", want: true},
		{line: "From ", want: true},
		{line: "From a@b", want: true},
		{line: "From ???@???", want: true},
		{line: "From 1495@xxx", want: true},
		{line: "From a@b lun. 5 juil. 12:34:56 2004", want: true},

		// What no line can show is written as 1970.
		{line: "From a@b Thu Jan  1 00:00:00 1970", date: time.Time{}.Add(-time.Hour), want: true},
		{line: "From a@b Thu Jan  1 00:00:00 1970", date: time.Date(12004, 7, 5, 0, 0, 0, 0, time.UTC), want: true},
		{line: "From a@b Thu Jan  1 00:00:01 1970", date: time.Date(12004, 7, 5, 0, 0, 0, 0, time.UTC), want: false},
		{line: "From a@b Thu Jan  1 00:00:59 1903", date: time.Date(1903, 1, 1, 0, 0, 59, 0, time.UTC), want: true},
		{line: "From a@b Thu Jan  1 00:00 1903", date: time.Date(1903, 1, 1, 0, 0, 59, 0, time.UTC), want: true},
		{line: "From a@b Mon Jan  1 00:00:00 0001", date: time.Date(1, 1, 1, 0, 0, 1, 0, time.UTC), want: true},
	} {
		if c.local == nil {
			c.local = time.UTC
		}
		if c.date.IsZero() {
			c.date = date
		}
		if got := mbox.ParseFrom(c.line).Tells(c.date, c.local); got != c.want {
			t.Errorf("%q tells %v: %v, want %v", c.line, c.date, got, c.want)
		}
	}
	if !mbox.ParseFrom("From a@b Thu Jan  1 00:00:00 1970").Tells(time.Time{}, time.UTC) {
		t.Error("no date at all is not told by 1970")
	}
}
