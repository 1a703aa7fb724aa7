package pop3

import (
	"strconv"
	"strings"
	"time"
)

// capabilities are what CAPA answered (RFC 2449 §5): arguments by name. nil: the server knows no CAPA.
type capabilities map[string][]string

func (c capabilities) add(line string) {
	if words := strings.Fields(line); len(words) > 0 {
		name := strings.ToUpper(words[0])
		c[name] = append(c[name], words[1:]...)
	}
}

// may tells whether a command may be tried: it is announced, or nothing is.
func (c capabilities) may(name string) bool { return c == nil || c.has(name) }

func (c capabilities) has(name string) bool {
	_, ok := c[name]
	return ok
}

// loginDelay is the least time between two logins (RFC 2449 §6.5).
func (c capabilities) loginDelay() time.Duration {
	const usual = time.Minute
	if args := c["LOGIN-DELAY"]; len(args) > 0 {
		if n, err := strconv.Atoi(args[0]); err == nil && n > 0 && n <= 24*60*60 {
			return time.Duration(n) * time.Second
		}
	}
	return usual
}
