package dedupe

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

// without a law: rules in which it does not hold.
func lawless(l law) *Rules { return &Rules{classes: standard.classes, off: l} }

var lawNames = map[law]string{
	lawAddresses: "addresses", lawDomains: "domains", lawIDs: "ids", lawDates: "dates", lawWords: "words", lawOrder: "order",
	lawTopFrom: "top From_", lawCut: "cut", lawStack: "stack", lawDelivered: "delivered", lawEvidence: "evidence",
	lawBadLines: "bad lines", lawPartFields: "part fields", lawParams: "params", lawBoundary: "boundary", lawCharset: "charset",
	lawTransfer: "transfer", lawStrict: "strict", lawFromQuoting: "From_ quoting", lawTail: "tail", lawClosed: "closed",
	lawOuter: "outer", lawMessage: "message", lawPartial: "partial", lawGhost: "ghost", lawInternal: "internal",
}

// Each law of the canonical form is switched off once, and then a pair of the table gets another verdict: none is
// there without need, and none can go unseen.
func TestEachLawIsNeeded(t *testing.T) {
	if len(lawNames) != laws {
		t.Fatalf("%d of %d laws have a name", len(lawNames), laws)
	}
	for i := range laws {
		l := law(1) << i
		t.Run(lawNames[l], func(t *testing.T) {
			var wrong []string
			for _, p := range pairs {
				v, err := lawless(l).Compare(strings.NewReader(p.a), strings.NewReader(p.b))
				if err != nil {
					t.Fatal(err)
				}
				if v.Kind != p.want {
					wrong = append(wrong, fmt.Sprintf("%d %s: %v", p.n, p.name, v.Kind))
				}
			}
			if len(wrong) == 0 {
				t.Error("no pair of the table needs it")
			}
			t.Logf("without it %d pairs fail: %s", len(wrong), strings.Join(wrong, "; "))
		})
	}
}

// entrySamples are two messages for an entry of the table, and the verdict about them that needs it.
func entrySamples(r Rule) (a, b string, want Kind) {
	name := strings.TrimSuffix(r.Pattern, "*")
	switch r.Pattern {
	case "received":
		return base, base + "\r\n", Same // replaced below
	case "content-type":
		return base, "Content-Type: text/plain\r\n" + base, Same
	case "content-transfer-encoding":
		return base, "Content-Transfer-Encoding: 7bit\r\n" + base, Same
	case "content-disposition":
		return "Content-Disposition: inline\r\n" + base, "Content-Disposition: INLINE\r\n" + base, Same
	case "content-id":
		return "Content-ID: <a@b>\r\n" + base, "Content-ID: =?us-ascii?q?<a@b>?=\r\n" + base, Near
	case "sender":
		return base, "Sender: list@example.org\r\nList-Id: <a>\r\n" + base, Same
	}
	if strings.HasSuffix(r.Pattern, "*") {
		name += "made-up"
	}
	if r.Class == List {
		return base, "List-Id: <a>\r\n" + name + ": 1\r\n" + base, Same
	}
	return base, name + ": 1\r\n" + base, Same
}

// Each entry of the table is taken out once, and then two messages get another verdict.
func TestEachEntryIsNeeded(t *testing.T) {
	for _, entry := range Table() {
		t.Run(entry.Pattern, func(t *testing.T) {
			a, b, want := entrySamples(entry)
			if entry.Pattern == "received" {
				later := received[strings.Index(received, "Received: from pc"):]
				a, b, want = base, strings.Replace(base, received, later+strings.TrimSuffix(received, later), 1), Near
			}
			merge := Merge(0)
			if entry.Class == List {
				merge = MergeLists
			}
			judge := func(table []Rule) Kind {
				r := &Rules{classes: index(table), merge: merge}
				v, err := r.Compare(strings.NewReader(a), strings.NewReader(b))
				if err != nil {
					t.Fatal(err)
				}
				return v.Kind
			}
			if got := judge(Table()); got != want {
				t.Errorf("with it the verdict is %v, want %v", got, want)
			}
			rest := slices.DeleteFunc(Table(), func(r Rule) bool { return r == entry })
			if got := judge(rest); got == want {
				t.Errorf("without it the verdict is %v too", got)
			}
		})
	}
}
