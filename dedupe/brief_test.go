package dedupe

import (
	"fmt"
	"strings"
	"testing"
)

// checkBrief: a Brief merges what the whole Canonical merges, and nothing else.
func checkBrief(t testing.TB, a, b string) {
	t.Helper()
	c, d := canonBy(t, Standard(), a), canonBy(t, Standard(), b)
	want := Different
	if v := c.Against(d); v.Merges() {
		want = v.Kind
	}
	if got := c.Brief().Against(d.Brief()); got != want {
		t.Errorf("%q and %q: in brief %v, in full %v", a, b, got, want)
	}
	if got := d.Brief().Against(c.Brief()); got != want {
		t.Errorf("%q and %q: the other way round in brief %v, in full %v", a, b, got, want)
	}
}

func TestBriefOfPairs(t *testing.T) {
	for _, p := range pairs {
		t.Run(fmt.Sprintf("%d %s", p.n, p.name), func(t *testing.T) {
			checkBrief(t, p.a, p.b)
			checkBrief(t, p.a, p.a)
		})
	}
}

// Of real messages with what mail programs add to them, and with another letter in them.
func TestBriefOfCorpus(t *testing.T) {
	var all []string
	for _, m := range corpus(t) {
		if all = append(all, m); len(all) == 100 {
			break
		}
	}
	for i, m := range all {
		checkBrief(t, m, "X-Mozilla-Status: 0001\r\nX-UIDL: 7\r\n"+m)
		checkBrief(t, m, strings.ReplaceAll(m, "\n", "\r\n"))
		checkBrief(t, m, m+"x")
		checkBrief(t, "Delivered-To: a@example.org\r\n"+m, "Delivered-To: b@example.org\r\n"+m)
		checkBrief(t, m, all[(i+1)%len(all)])
	}
}
