package mail

import (
	"regexp"
	"sync"
)

// Pattern gives a regular expression that is compiled when it is first asked for: most runs need none of ours, and a run
// with nothing to do should not wait for them.
func Pattern(expr string) func() *regexp.Regexp {
	return sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(expr) })
}
