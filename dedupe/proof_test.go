package dedupe

import (
	"fmt"
	"io"
	"strings"
	"testing"

	"mailmv/dedupe/proof"
)

// proven asks the second opinion.
func proven(t testing.TB, a, b string) proof.Answer {
	t.Helper()
	return proofOf(t, a, b, proof.Options{})
}

func proofOf(t testing.TB, a, b string, o proof.Options) proof.Answer {
	t.Helper()
	open := func(s string) proof.Opener {
		return func() (io.ReadCloser, error) { return io.NopCloser(strings.NewReader(s)), nil }
	}
	ans, err := proof.Same(open(a), open(b), o)
	if err != nil {
		t.Fatal(err)
	}
	return ans
}

// The second opinion agrees on every pair.
func TestProofOfPairs(t *testing.T) {
	for _, p := range pairs {
		t.Run(fmt.Sprintf("%d %s", p.n, p.name), func(t *testing.T) {
			got := proven(t, p.a, p.b)
			if want := p.want >= Same; got.OK != want || got.Exact != (p.want == Identical) {
				t.Errorf("proof: %+v, want %v", got, p.want)
			}
			if got := proven(t, p.b, p.a); got.OK != (p.want >= Same) {
				t.Errorf("proof the other way: %+v, want %v", got, p.want)
			}
		})
	}
}
