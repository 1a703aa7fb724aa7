package mbox

import (
	"bytes"
	"time"
)

// Redated is a From_ line, given with its line end, that says the date in UTC and the same sender; what it said beside these two is left off.
// A line that a Writer wrote keeps its length, so that it can be changed in place.
func Redated(line []byte, received time.Time) []byte {
	text := bytes.TrimRight(line, "\r\n")
	sender := ParseFrom(string(text)).Sender
	if sender == "" {
		sender = "MAILER-DAEMON"
	}
	m := letter{from: sender, received: received}
	return append(bytes.TrimSuffix([]byte(m.fromLine()), []byte("\n")), line[len(text):]...)
}
