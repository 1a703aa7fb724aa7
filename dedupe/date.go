package dedupe

import (
	"io"
	"time"

	"mailmv/formats/header"
)

// How much earlier than its own header tells of its coming a message may have come: clocks are wrong, and a sender's more than a server's.
const (
	traceSlack = time.Hour
	dateSlack  = 24 * time.Hour
)

// EarlierDate is the internal date that the copy which stays is to have: its own, or the other copy's where that is earlier and can
// be true. Copies are dated anew when they are fetched, copied or restored, so the earliest date is the truest, wherever it was kept; but a
// message is not received before the server whose trace is on top of it passed it on (without one, before it was written): what is earlier than that
// comes of a wrong clock or of a file's time that was set by hand. What only a wrong clock gives (1970, after 2037) counts as no date. m is the
// message, read to the end of the header where that matters.
func EarlierDate(keep, other time.Time, m io.Reader) (time.Time, error) {
	if !plausible(other) || plausible(keep) && !other.Before(keep) {
		return keep, nil
	}
	start, whole, err := readHead(m, make([]byte, 16<<10))
	if err != nil {
		return keep, err
	}
	if end, ok := headEnd(start, whole); ok {
		start = start[:end]
	}
	came, from := header.Received(start, time.Time{})
	slack := dateSlack
	if from == header.FromReceived {
		slack = traceSlack
	}
	if !came.IsZero() && other.Before(came.Add(-slack)) {
		return keep, nil
	}
	return other, nil
}

// plausible leaves out what only a wrong clock gives.
func plausible(t time.Time) bool { return t.Unix() >= 24*60*60 && t.UTC().Year() <= 2037 }
