package dedupe

import (
	"strings"
	"testing"
)

func TestClassOf(t *testing.T) {
	for name, want := range map[string]Class{
		"subject": Kept, "x-company-archive": Kept, "": Kept, "x-": Kept, "x-statusx": Kept,
		"status": State, "x-mozilla-status2": State, "x-evolution": State, "x-evolution-source": State,
		"x-spam-flag": Scanner, "x-spam": Kept, "x-ms-exchange-organization-scl": Scanner, "x-ms-exchange-x": Kept,
		"received": Trace, "delivered-to": Trace, "content-type": Encoding, "content-language": Kept,
	} {
		if got := ClassOf(name); got != want {
			t.Errorf("ClassOf(%q) = %v, want %v", name, got, want)
		}
	}
}

// Each name has one rule, and each rule is within the bound of the look-up.
func TestTable(t *testing.T) {
	seen := map[string]bool{}
	for _, r := range Table() {
		name := strings.TrimSuffix(r.Pattern, "*")
		if seen[name] || len(name) > 100 && name != r.Pattern || r.Class == Kept || name != strings.ToLower(name) {
			t.Errorf("rule %+v is doubled, too long, idle or not in lower case", r)
		}
		seen[name] = true
		if got := ClassOf(name + strings.Repeat("y", len(r.Pattern)-len(name))); got != r.Class {
			t.Errorf("ClassOf of rule %q = %v, want %v", r.Pattern, got, r.Class)
		}
	}
}
