package main

import (
	"strings"
	"testing"
	"time"

	"github.com/spf13/cobra"

	"mailmv/migrate"
)

// parsed gives options as the command line makes them of words.
func parsed(t *testing.T, words ...string) (*moveOptions, error) {
	t.Helper()
	o := &moveOptions{}
	cmd := &cobra.Command{Use: "x"}
	o.flags(cmd)
	if err := cmd.ParseFlags(words); err != nil {
		return nil, err
	}
	return o, o.check(time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC))
}

func TestMoveOptions(t *testing.T) {
	o, err := parsed(t, "--since", "2004-01-31", "--before", "90d", "--larger", "10k", "--smaller", "1MiB", "--remove-after", "30d",
		"--remove-limit", "10%", "--accept-altered", "--rate", "1M", "--stop-after", "2G", "--on-bad", "repair", "--timeout", "5s")
	if err != nil {
		t.Fatal(err)
	}
	wantSelection := migrate.Selection{Since: time.Date(2004, 1, 31, 0, 0, 0, 0, time.UTC), Before: time.Date(2026, 8, 25, 12, 0, 0, 0, time.UTC), Larger: 10_000, Smaller: 1 << 20}
	if o.selection != wantSelection {
		t.Errorf("selection = %+v, want %+v", o.selection, wantSelection)
	}
	if want := (migrate.Removal{On: true, After: 30 * 24 * time.Hour, LimitPercent: 10, AcceptAltered: true}); o.removal != want {
		t.Errorf("removal = %+v, want %+v", o.removal, want)
	}
	if o.bad != migrate.RepairBad || o.octetRate != 1_000_000 || o.stopAt != 2_000_000_000 || o.silence != 5*time.Second {
		t.Errorf("options = %+v", o)
	}
}

func TestMoveOptionsDefaultsAreSafe(t *testing.T) {
	o, err := parsed(t)
	if err != nil {
		t.Fatal(err)
	}
	if o.removal.On || o.removal.AcceptAltered || o.bad != migrate.SkipBad || o.silence != time.Minute || o.selection != (migrate.Selection{}) {
		t.Errorf("defaults: %+v", o)
	}
}

func TestMoveOptionsRefuse(t *testing.T) {
	for _, row := range []struct{ name, words, want string }{
		{"since", "--since soon", "--since"},
		{"before", "--before 2004-13-01", "--before"},
		{"since after before", "--since 2005-01-01 --before 2004-01-01", "no message"},
		{"larger", "--larger big", "--larger"},
		{"smaller", "--smaller -1", "--smaller"},
		{"larger than smaller", "--larger 1M --smaller 1k", "no message"},
		{"smaller than nothing", "--smaller 0", "no message"},
		{"remove-after", "--remove-after 30", "--remove-after"},
		{"remove-limit", "--remove --remove-limit 200%", "--remove-limit"},
		{"limit without removal", "--remove-limit 10%", "for removing"},
		{"altered without removal", "--accept-altered", "for removing"},
		{"jobs", "--jobs -1", "--jobs"},
		{"too many jobs", "--jobs 1000", "--jobs"},
		{"rate", "--rate fast", "--rate"},
		{"no rate", "--rate 0", "--rate"},
		{"rate-messages", "--rate-messages -3", "--rate-messages"},
		{"stop-after", "--stop-after 1e9", "--stop-after"},
		{"on-bad", "--on-bad ignore", "--on-bad"},
		{"timeout", "--timeout never", "--timeout"},
		{"report", "--report r.pdf", "--report"},
		{"one file for two", "--log x --trace ./x", "share"},
	} {
		t.Run(row.name, func(t *testing.T) {
			_, err := parsed(t, strings.Fields(row.words)...)
			if !isUsage(err) || !strings.Contains(err.Error(), row.want) {
				t.Errorf("%s: %v, want a usage error with %q", row.words, err, row.want)
			}
		})
	}
}
