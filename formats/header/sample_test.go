package header

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

const samples = "../../testdata/mail"

// Every sample has its line in the README, and every line its sample.
func TestSamplesAreExplained(t *testing.T) {
	readme, err := os.ReadFile(filepath.Join(samples, "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob(filepath.Join(samples, "*.eml"))
	if err != nil || len(files) != strings.Count(string(readme), ".eml`") {
		t.Errorf("%d samples, %d lines in the README (%v)", len(files), strings.Count(string(readme), ".eml`"), err)
	}
	for _, f := range files {
		if !strings.Contains(string(readme), "| `"+filepath.Base(f)+"` |") {
			t.Errorf("%s has no line in the README", f)
		}
	}
}

func TestReceivedOfSamples(t *testing.T) {
	for name, want := range map[string]string{
		"plain":               "Received 2002-08-22T12:34:53+01:00",
		"fetched":             "Received 2002-08-22T12:34:53+01:00",
		"bare-lf":             "Received 2002-08-22T12:34:53+01:00",
		"from-line-first":     "Received 2002-08-22T12:34:53+01:00",
		"bad-lines":           "Received 2002-08-22T12:34:53+01:00",
		"header-only":         "Received 2002-08-22T12:34:53+01:00",
		"date-two-digit-year": "Date 2002-08-22T18:26:25+07:00",
		"date-no-seconds":     "Date 2002-08-22T18:26:00+07:00",
		"date-named-zone":     "Date 2002-08-22T18:26:25-07:00",
		"date-no-zone":        "Date 2002-08-22T18:26:25Z",
		"date-gmt-offset":     "Date 2002-08-22T18:26:25+02:00",
		"date-asctime":        "Date 2002-08-22T18:26:25Z",
		"date-comments":       "Date 2002-08-22T18:26:25Z",
		"date-1904":           "now 2026-01-02T03:04:05Z",
		"date-2099":           "now 2026-01-02T03:04:05Z",
		"date-words":          "now 2026-01-02T03:04:05Z",
		"date-missing":        "now 2026-01-02T03:04:05Z",
		"only-crlf":           "now 2026-01-02T03:04:05Z",
	} {
		msg, err := os.ReadFile(filepath.Join(samples, name+".eml"))
		if err != nil {
			t.Fatal(err)
		}
		got, source := Received(msg, time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC))
		if s := source + " " + got.Format(time.RFC3339); s != want {
			t.Errorf("%s: %s, want %s", name, s, want)
		}
	}
}

func TestEnvelopeOfSamples(t *testing.T) {
	msg, err := os.ReadFile(filepath.Join(samples, "odd-folding.eml"))
	if err != nil {
		t.Fatal(err)
	}
	if e := Envelope(msg); e.Subject != "folded at odd places" || e.MessageID != "<odd-folding@example.org>" {
		t.Errorf("Envelope = %+v", e)
	}
}
