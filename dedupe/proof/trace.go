package proof

import (
	"regexp"
	"strings"
	"sync"
)

var (
	// fetches knows the lines of programs that fetch mail: fetchmail, getmail, mpop and what calls itself by protocol.
	fetches = pattern(`(?i)\((fetchmail|mpop)-|(^|[\s(])getmail|\bwith (pop3|imap)s?(\s|$)`)
	byHost  = pattern(`(?i)(?:^|\s)by \[?([^\s;()\]]+)`)
	isFrom  = pattern(`(?i)^from \[?([^\s;()\]]+)`)
	looped  = pattern(`(?i)^from \S+ (\[127\.|\[::1\]|\([^)]*(\[127\.|\[::1\]|\b127\.0\.0\.1\b))`)
	// dated is the clause behind which no host is named.
	dated = pattern(`;[^;]*$`)
)

// pattern compiles when it is first asked for.
func pattern(expr string) func() *regexp.Regexp {
	return sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(expr) })
}

// localEnd is the index of the first field that was not added on this side of the server: behind the last line of a
// program that fetches, if all above it are of the same machine.
func localEnd(h header) int {
	cut := 0
	var above []string
	for i, f := range h {
		if f.name != "received" {
			continue
		}
		line := dated().ReplaceAllString(f.text, "")
		if !fetches().MatchString(line) {
			above = append(above, line)
			continue
		}
		for _, a := range above {
			if !local(a, line) {
				return cut
			}
		}
		cut, above = i+1, nil
	}
	return cut
}

// local tells whether a line that stands above that of a fetching program is of its machine.
func local(line, fetch string) bool {
	by, from := host(byHost, line), host(isFrom, line)
	switch {
	case by == "" && from == "", loopback(by), loopback(from), looped().MatchString(line):
		return true
	}
	return by != "" && by == host(byHost, fetch)
}

func host(re func() *regexp.Regexp, line string) string {
	if m := re().FindStringSubmatch(line); m != nil {
		return lower(m[1])
	}
	return ""
}

func loopback(host string) bool {
	return host == "localhost" || strings.HasPrefix(host, "localhost.") || strings.HasPrefix(host, "127.") || host == "::1"
}
