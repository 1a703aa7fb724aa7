package proof_test

import (
	"io"
	"os/exec"
	"strings"
	"testing"

	"mailmv/dedupe/proof"
)

func opener(msg string) proof.Opener {
	return func() (io.ReadCloser, error) { return io.NopCloser(strings.NewReader(msg)), nil }
}

func same(t testing.TB, a, b string, o proof.Options) proof.Answer {
	t.Helper()
	ans, err := proof.Same(opener(a), opener(b), o)
	if err != nil {
		t.Fatal(err)
	}
	back, err := proof.Same(opener(b), opener(a), o)
	if err != nil || back.OK != ans.OK || back.Exact != ans.Exact {
		t.Errorf("one way %+v, the other %+v, %v", ans, back, err)
	}
	if ans.OK == (ans.Why != "") {
		t.Errorf("answer %+v", ans)
	}
	return ans
}

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
