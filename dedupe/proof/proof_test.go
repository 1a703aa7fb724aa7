package proof_test

import (
	"os/exec"
	"strings"
	"testing"
)

// It must stay a second opinion: nothing of ours is in it.
func TestSharesNoCode(t *testing.T) {
	out, err := exec.Command("go", "list", "-deps", "mailmv/dedupe/proof").Output()
	if err != nil {
		t.Fatal(err)
	}
	for p := range strings.Lines(string(out)) {
		if p = strings.TrimSpace(p); strings.HasPrefix(p, "mailmv/") && p != "mailmv/dedupe/proof" || strings.HasPrefix(p, "crypto/sha") {
			t.Errorf("package proof needs %s", p)
		}
	}
}
