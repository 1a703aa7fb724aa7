package dedupe

import (
	"strings"
	"testing"

	"mailmv/dedupe/proof"
)

const listLines = "Received: from list.example by mail.isp.example with SMTP id 5000 for <me@isp.example>; Thu, 22 Aug 2002 12:40:00 +0100\r\n" +
	"List-Id: <dev.list.example>\r\nPrecedence: list\r\nSender: dev-bounces@list.example\r\n"

// What the user wants merged is, by the form, among many and by the second opinion alike, and nothing else with it.
func TestMerge(t *testing.T) {
	list := listLines + strings.Replace(swap("the weather", "[dev] the weather"), "id 4711", "id 4999", 1)
	me, office := "Delivered-To: me@isp.example\r\n"+base, "Delivered-To: office@isp.example\r\n"+base
	for _, c := range []struct {
		name  string
		a, b  string
		merge Merge
		want  Kind
	}{
		{"aliases", me, office, MergeAliases, Same},
		{"aliases, not asked for", me, office, MergeLists, Near},
		{"another delivery is no alias", base, swap("id 4711", "id 4712"), MergeAliases | MergeLists, Near},
		{"list", base, list, MergeLists, Same},
		{"list, not asked for", base, list, MergeAliases, Near},
		{"list with a footer", base, list + "-- \r\nlist footer\r\n", MergeLists, Near},
		{"list, other subject", base, strings.Replace(list, "weather", "wether", 1), MergeLists, Near},
		{"two tags", base, strings.Replace(list, "[dev]", "[dev] [urgent]", 1), MergeLists, Near},
		{"tag without a list", base, swap("the weather", "[dev] the weather"), MergeLists, Near},
		{"list without Message-ID", without(base, id), without(list, id), MergeLists, Different},
		{"sent and received", without(base, received), base, MergeLists, Near},
	} {
		t.Run(c.name, func(t *testing.T) {
			r, err := NewRules(nil, c.merge)
			if err != nil {
				t.Fatal(err)
			}
			checkMerge(t, r, c.a, c.b, c.want, proof.Options{Aliases: c.merge&MergeAliases != 0, Lists: c.merge&MergeLists != 0})
		})
	}
}

func checkMerge(t *testing.T, r *Rules, a, b string, want Kind, o proof.Options) {
	t.Helper()
	v, err := r.Compare(strings.NewReader(a), strings.NewReader(b))
	if err != nil {
		t.Fatal(err)
	}
	if v.Kind != want && !(want == Different && v.Kind == Near) {
		t.Errorf("Compare = %v: %s, want %v", v.Kind, v.Reason, want)
	}
	checkPrints(t, r, a, b)
	groups := len(judgeOf(t, []string{a, b}, func(j *Judge) { j.Rules = r }).Groups)
	if got := proofOf(t, a, b, o); got.OK != (want >= Same) || (groups == 1) != got.OK {
		t.Errorf("proof: %+v, %d groups, want %v", got, groups, want)
	}
}

func TestIgnore(t *testing.T) {
	archived := "X-Company-Archive: 17\r\nX-Company-Tag: a\r\n" + base
	for _, c := range []struct {
		ignore []string
		want   Kind
	}{
		{nil, Near}, {[]string{"X-Company-Archive"}, Near}, {[]string{"X-Company-Archive", "x-company-tag:"}, Same}, {[]string{"X-Company-*"}, Same},
	} {
		r, err := NewRules(c.ignore, 0)
		if err != nil {
			t.Fatal(err)
		}
		var names []string
		for _, n := range c.ignore {
			names = append(names, strings.TrimSuffix(n, ":"))
		}
		checkMerge(t, r, base, archived, c.want, proof.Options{Ignore: names})
	}
	for _, bad := range []string{"", "*", "x", "a b", "a:b", "a*b", "Message-ID", "received", "content-*", "Date", "über"} {
		if _, err := NewRules([]string{bad}, 0); err == nil {
			t.Errorf("%q can be ignored", bad)
		}
	}
}

// Rules that differ have other keys, and in whatever order names are given the key is one.
func TestKey(t *testing.T) {
	keys := map[string]bool{}
	for _, r := range []*Rules{Standard(), newRules(t, 0, "x-a"), newRules(t, 0, "x-b"), newRules(t, 0, "x-a", "x-b"), newRules(t, MergeAliases), newRules(t, MergeLists), newRules(t, MergeLists|MergeAliases)} {
		if keys[r.Key()] {
			t.Errorf("two have the key %q", r.Key())
		}
		keys[r.Key()] = true
	}
	if a, b := newRules(t, 0, "X-B", "x-a", "x-a").Key(), newRules(t, 0, "x-a", "x-b").Key(); a != b {
		t.Errorf("keys %q and %q", a, b)
	}
}

func newRules(t *testing.T, m Merge, ignore ...string) *Rules {
	t.Helper()
	r, err := NewRules(ignore, m)
	if err != nil {
		t.Fatal(err)
	}
	return r
}
