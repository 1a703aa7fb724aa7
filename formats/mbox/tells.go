package mbox

import "time"

// Tells reports whether the line, which whoever kept the file may have written in his own way, can mean the date that a Writer was given. It
// is not asked of a line that somebody else made in the first place.
//
// A line without a date tells of no other one. A zone that is a number is believed. One that is a name may be that of several, so the clock may
// be any zone's. Without a zone the line is in UTC, as it was written, or in local time: who reads such lines reads them in one or the
// other, and where one of them finds the date nothing of it is lost. A line without seconds means its minute.
func (f From) Tells(received time.Time, local *time.Location) bool {
	if f.Date.IsZero() {
		return true
	}
	want := fromTime(received)
	ahead := f.Date.Unix() - want.Unix() // in seconds
	if f.coarse {
		ahead += int64(want.Second())
	}
	switch {
	case ahead == 0:
		return true
	case f.vague:
		return ahead%zoneStep == 0 && -zoneMax <= ahead && ahead <= zoneMax
	case f.Zoned:
		return false
	}
	_, east := want.In(local).Zone()
	return ahead == int64(east)
}

// Zones are multiples of a quarter of an hour apart, and at most this far from each other: what a name is read as may be at one end of
// the world, and what it meant at the other.
const (
	zoneStep = 15 * 60
	zoneMax  = 26 * 60 * 60
)
