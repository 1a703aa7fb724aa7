package files

import (
	"io"
	"strings"
	"testing"

	"mailmv/formats/mail"
)

// The octets that List tells are those that are fetched; of what is not read to its end it tells none.
func TestLiteOctets(t *testing.T) {
	const text = "Subject: x\nFrom: a@example.org\n\nbody\n"
	long := text + strings.Repeat("line\n", ownFieldsMax+liteSummed)
	tree := map[string]string{
		"A/cur/1.eml": text, "A/cur/2.eml": liteOf("0001", "", text), "A/cur/3.eml": strings.ReplaceAll(liteOf("0001", "", text), "\n", "\r\n"),
		"A/cur/4.eml": "From - Fri Jan  2 03:04:05 2004\n" + liteOf("0001", "", text), "A/cur/5.eml": text + "bare\rCR", "A/cur/6.eml": "",
		"A/cur/7.eml": long, "A/cur/8.eml": liteOf("0000", "", long),
		"A/cur/9.eml": (text + strings.Repeat("x", ownFieldsMax+liteSummed))[:ownFieldsMax+liteSummed],
	}
	dir := t.TempDir()
	plant(t, dir, tree)
	s, _ := openStore(t, dir, Lite)
	all := list(t, s, "A")
	got := fetch(t, s, "A", all)
	told := 0
	for _, m := range all {
		switch n := int64(len(got[m.ID])); {
		case m.Octets == n:
			told++
		case m.Octets >= 0:
			t.Errorf("%s: told %d octets, has %d", m.ID, m.Octets, n)
		}
	}
	if len(all) != len(tree) || told != 6 {
		t.Errorf("%d messages, octets of %d are told; want %d and 6", len(all), told, len(tree))
	}
	// A listing between a message and its body changes no octet of it.
	for f, err := range s.Fetch(t.Context(), mail.Folder{Path: "A"}, refsOf(all)) {
		if err != nil {
			t.Fatal(err)
		}
		list(t, s, "A")
		if b, err := io.ReadAll(f.Body); err != nil || string(b) != got[f.ID] {
			t.Errorf("%s: %d octets, want %d; %v", f.ID, len(b), len(got[f.ID]), err)
		}
	}
}
