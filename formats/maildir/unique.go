package maildir

import (
	"crypto/rand"
	"encoding/hex"
	"os"
	"strconv"
	"strings"
	"sync/atomic"
	"time"
)

// Namer makes unique parts of file names. It is safe for use by many goroutines.
type Namer struct {
	host string
	pid  int
	n    atomic.Uint64
	now  func() time.Time
}

// NewNamer makes a Namer. now is the clock; uniqueness does not hang on it.
func NewNamer(now func() time.Time) *Namer {
	host, _ := os.Hostname()
	return &Namer{host: safeHost(host), pid: os.Getpid(), now: now}
}

// safeHost keeps of a host name what means nothing in a file name, here or on Windows.
func safeHost(host string) string {
	host = strings.Map(func(r rune) rune {
		if r == '.' || r == '-' || r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' {
			return r
		}
		return '-'
	}, host)
	if host = host[:min(len(host), 64)]; strings.Trim(host, ".-") == "" {
		return "localhost"
	}
	return host
}

// next makes one: nobody else ever made it, whatever the clock, the process number and the host's name say.
func (n *Namer) next() string {
	var random [8]byte
	rand.Read(random[:])
	t := n.now()
	b := strconv.AppendInt(make([]byte, 0, 128), max(t.Unix(), 0), 10)
	b = strconv.AppendInt(append(b, ".M"...), int64(t.Nanosecond()/1000), 10)
	b = strconv.AppendInt(append(b, 'P'), int64(n.pid), 10)
	b = strconv.AppendUint(append(b, 'Q'), n.n.Add(1), 10)
	b = hex.AppendEncode(append(b, 'R'), random[:])
	return string(append(append(b, '.'), n.host...))
}

// verbatim marks a unique part that next made.
func verbatim(unique string) string {
	time, rest, _ := strings.Cut(unique, ".")
	id, host, _ := strings.Cut(rest, ".")
	return time + "." + id + "E." + host
}

// OfThisHost tells whether a Namer on a host of this name made the unique part.
func (n *Namer) OfThisHost(unique string) bool {
	return Name{Unique: unique}.Ours() && strings.HasSuffix(unique, "."+n.host)
}
