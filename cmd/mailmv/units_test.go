package main

import (
	"testing"
	"time"
)

func TestParseSize(t *testing.T) {
	for _, row := range []struct {
		in   string
		want int64
	}{
		{"0", 0}, {"500", 500}, {"10k", 10_000}, {"10K", 10_000}, {"10kB", 10_000}, {"25M", 25_000_000}, {"1G", 1_000_000_000},
		{"10KiB", 10 << 10}, {"25Mi", 25 << 20}, {"2.5GiB", 5 << 29}, {"1.5k", 1500}, {"1 GB", 1_000_000_000}, {"2T", 2e12}, {"7B", 7},
	} {
		if got, err := parseSize(row.in); err != nil || got != row.want {
			t.Errorf("parseSize(%q) = %d, %v, want %d", row.in, got, err, row.want)
		}
	}
	for _, in := range []string{"", "k", "-1", "10x", "1e3", "1.2.3", "10 k k", "99999999999T", "inf", "0x10", "1_000"} {
		if got, err := parseSize(in); err == nil {
			t.Errorf("parseSize(%q) = %d, want an error", in, got)
		}
	}
}

func TestParseAge(t *testing.T) {
	const day = 24 * time.Hour
	for _, row := range []struct {
		in   string
		want time.Duration
	}{{"12h", 12 * time.Hour}, {"90d", 90 * day}, {"2w", 14 * day}, {"6mo", 180 * day}, {"1y", 365 * day}, {"1.5d", 36 * time.Hour}, {"0d", 0}} {
		if got, err := parseAge(row.in); err != nil || got != row.want {
			t.Errorf("parseAge(%q) = %v, %v, want %v", row.in, got, err, row.want)
		}
	}
	for _, in := range []string{"", "90", "5m", "d", "-1d", "1d2h", "9999999y"} {
		if got, err := parseAge(in); err == nil {
			t.Errorf("parseAge(%q) = %v, want an error", in, got)
		}
	}
}

func TestParseDate(t *testing.T) {
	zone := time.FixedZone("here", 2*3600)
	now := time.Date(2026, 11, 23, 12, 0, 0, 0, zone)
	for _, row := range []struct {
		in   string
		want time.Time
	}{
		{"2004-01-31", time.Date(2004, 1, 31, 0, 0, 0, 0, zone)},
		{"2004-01-31T12:30:00Z", time.Date(2004, 1, 31, 12, 30, 0, 0, time.UTC)},
		{"90d", now.Add(-90 * 24 * time.Hour)},
		{"12h", now.Add(-12 * time.Hour)},
	} {
		if got, err := parseDate(row.in, now); err != nil || !got.Equal(row.want) {
			t.Errorf("parseDate(%q) = %v, %v, want %v", row.in, got, err, row.want)
		}
	}
	for _, in := range []string{"", "2004", "31.1.2004", "2004-02-30", "yesterday", "5m"} {
		if got, err := parseDate(in, now); err == nil {
			t.Errorf("parseDate(%q) = %v, want an error", in, got)
		}
	}
}

func TestParseTimeout(t *testing.T) {
	for in, want := range map[string]time.Duration{"30s": 30 * time.Second, "2m": 2 * time.Minute, "45": 45 * time.Second} {
		if got, err := parseTimeout(in); err != nil || got != want {
			t.Errorf("parseTimeout(%q) = %v, %v, want %v", in, got, err, want)
		}
	}
	for _, in := range []string{"", "0", "-5s", "soon"} {
		if got, err := parseTimeout(in); err == nil {
			t.Errorf("parseTimeout(%q) = %v, want an error", in, got)
		}
	}
}

func TestParsePercent(t *testing.T) {
	for in, want := range map[string]float64{"10%": 10, "0": 0, "100%": 100, "2.5%": 2.5} {
		if got, err := parsePercent(in); err != nil || got != want {
			t.Errorf("parsePercent(%q) = %v, %v, want %v", in, got, err, want)
		}
	}
	for _, in := range []string{"", "%", "101%", "-1%", "NaN", "ten"} {
		if got, err := parsePercent(in); err == nil {
			t.Errorf("parsePercent(%q) = %v, want an error", in, got)
		}
	}
}

func TestTexts(t *testing.T) {
	for n, want := range map[int64]string{0: "0 B", 999: "999 B", 1000: "1.0 kB", 9940: "9.9 kB", 9960: "10 kB", 999_400: "999 kB", 999_600: "1.0 MB", 12_345_678: "12 MB", 3e15: "3 PB"} {
		if got := sizeText(n); got != want {
			t.Errorf("sizeText(%d) = %q, want %q", n, got, want)
		}
	}
	for d, want := range map[time.Duration]string{0: "0s", 48 * time.Second: "48s", 59600 * time.Millisecond: "1m00s", 200 * time.Second: "3m20s", 125 * time.Minute: "2h05m"} {
		if got := spanText(d); got != want {
			t.Errorf("spanText(%v) = %q, want %q", d, got, want)
		}
	}
	for n, want := range map[int]string{0: "0", 999: "999", 1000: "1,000", 1234567: "1,234,567", -1000: "-1,000"} {
		if got := countText(n); got != want {
			t.Errorf("countText(%d) = %q, want %q", n, got, want)
		}
	}
}
