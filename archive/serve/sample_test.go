package serve_test

import (
	"bytes"
	"testing"

	"mailmv/archive/serve"
)

func TestSamples(t *testing.T) {
	samples := serve.Samples(300, 7)
	if again := serve.Samples(300, 7); !bytes.Equal(bytes.Join(samples, nil), bytes.Join(again, nil)) {
		t.Error("the same seed gives other messages")
	}
	if bytes.Equal(serve.Samples(1, 1)[0], serve.Samples(1, 2)[0]) {
		t.Error("another seed gives the same messages")
	}
	count := map[string]int{}
	seen := map[string]bool{}
	for i, m := range samples {
		if !bytes.HasSuffix(m, []byte("\r\n")) || bytes.IndexByte(m, 0) >= 0 ||
			bytes.Count(m, []byte("\n")) != bytes.Count(m, []byte("\r\n")) {
			t.Errorf("message %d: no final CRLF, a NUL or a bare LF", i)
		}
		note := func(what string, is bool) {
			if is {
				count[what]++
			}
		}
		note("twins", seen[string(m)])
		note("over 300,000 octets", len(m) > 300_000)
		note("over 320,000 octets", len(m) > 320_000)
		note("without Message-ID", !bytes.Contains(m, []byte("Message-ID:")))
		note("bare CR", bytes.Count(m, []byte("\r")) > bytes.Count(m, []byte("\n")))
		note("dots", bytes.Contains(m, []byte("\r\n.")))
		note("From_", bytes.Contains(m, []byte("\r\nFrom ")))
		note("8-bit", bytes.ContainsFunc(m, func(r rune) bool { return r > 127 }))
		seen[string(m)] = true
	}
	for _, what := range []string{"twins", "over 300,000 octets", "without Message-ID", "bare CR", "dots", "From_", "8-bit"} {
		if count[what] < 5 {
			t.Errorf("%d messages with %s, want 5 or more", count[what], what)
		}
	}
	if count["over 320,000 octets"] > 0 {
		t.Errorf("%d messages are too big", count["over 320,000 octets"])
	}
}
