package main

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
	"unicode"
)

const sizeHint = "write 500, 10k, 25M, 1.5G (powers of 1000) or 10KiB, 25MiB, 1GiB (powers of 1024)"

// sizeUnits: k, M, G, T are the powers of 1000 as everywhere on the wire and in what we print; with an
// "i" they are the powers of 1024. Case does not matter, nor does a "B" behind.
var sizeUnits = map[string]float64{
	"": 1, "k": 1e3, "m": 1e6, "g": 1e9, "t": 1e12,
	"ki": 1 << 10, "mi": 1 << 20, "gi": 1 << 30, "ti": 1 << 40,
}

// parseSize reads a number of octets: "500", "10k", "2.5GiB".
func parseSize(s string) (int64, error) {
	num, unit := splitUnit(s)
	factor, ok := sizeUnits[strings.TrimSuffix(strings.ToLower(unit), "b")]
	n, err := strconv.ParseFloat(num, 64)
	if !ok || err != nil || n < 0 || n*factor > math.MaxInt64/2 {
		return 0, fmt.Errorf("%q is not a size", s)
	}
	return int64(math.Round(n * factor)), nil
}

// splitUnit parts digits (and a decimal point) from the letters behind them.
func splitUnit(s string) (number, unit string) {
	i := strings.IndexFunc(s, func(r rune) bool { return r != '.' && !unicode.IsDigit(r) })
	if i < 0 {
		return s, ""
	}
	return s[:i], strings.TrimLeft(s[i:], " ")
}

const ageHint = "write an age as 12h, 90d, 2w, 6mo or 1y"

// ageUnits: a month is 30 days and a year 365. "m" alone is none of them: minutes or months?
var ageUnits = map[string]time.Duration{
	"h": time.Hour, "d": 24 * time.Hour, "w": 7 * 24 * time.Hour, "mo": 30 * 24 * time.Hour, "y": 365 * 24 * time.Hour,
}

// parseAge reads a span of time as people count the age of mail: "90d", "1.5y".
func parseAge(s string) (time.Duration, error) {
	num, unit := splitUnit(s)
	factor, ok := ageUnits[unit]
	n, err := strconv.ParseFloat(num, 64)
	if !ok || err != nil || n*float64(factor) > math.MaxInt64/2 {
		return 0, fmt.Errorf("%q is not an age", s)
	}
	return time.Duration(n * float64(factor)), nil
}

const dateHint = "write a date as 2004-01-31, a time as 2004-01-31T12:00:00Z, or an age as 90d"

// parseDate reads a day (its beginning in local time), an RFC 3339 time, or an age before now.
func parseDate(s string, now time.Time) (time.Time, error) {
	if t, err := time.ParseInLocation(time.DateOnly, s, now.Location()); err == nil {
		return t, nil
	}
	if t, err := time.Parse(time.RFC3339, s); err == nil {
		return t, nil
	}
	if age, err := parseAge(s); err == nil {
		return now.Add(-age), nil
	}
	return time.Time{}, fmt.Errorf("%q is not a date", s)
}

// parseTimeout reads a duration as Go writes it, or a number of seconds.
func parseTimeout(s string) (time.Duration, error) {
	d, err := time.ParseDuration(s)
	if n, nerr := strconv.Atoi(s); nerr == nil {
		d, err = time.Duration(n)*time.Second, nil
	}
	if err != nil || d <= 0 {
		return 0, fmt.Errorf("%q is not a duration", s)
	}
	return d, nil
}

// parsePercent reads "10%"; the sign may be left out.
func parsePercent(s string) (float64, error) {
	n, err := strconv.ParseFloat(strings.TrimSuffix(s, "%"), 64)
	if err != nil || !(n >= 0 && n <= 100) {
		return 0, fmt.Errorf("%q is not a percentage from 0 to 100", s)
	}
	return n, nil
}

// sizeText writes octets for people: "12.3 MB", in powers of 1000.
func sizeText(n int64) string {
	if n < 1000 {
		return fmt.Sprintf("%d B", n)
	}
	f := float64(n)
	for _, unit := range []string{"kB", "MB", "GB", "TB"} {
		f /= 1000
		switch {
		case f < 9.95:
			return fmt.Sprintf("%.1f %s", f, unit)
		case f < 999.5:
			return fmt.Sprintf("%.0f %s", f, unit)
		}
	}
	return fmt.Sprintf("%.0f PB", f/1000)
}

// spanText writes a span of time for people: "48s", "3m20s", "2h05m".
func spanText(d time.Duration) string {
	d = d.Round(time.Second)
	switch {
	case d < time.Minute:
		return fmt.Sprintf("%ds", d/time.Second)
	case d < time.Hour:
		return fmt.Sprintf("%dm%02ds", d/time.Minute, d%time.Minute/time.Second)
	}
	return fmt.Sprintf("%dh%02dm", d/time.Hour, d%time.Hour/time.Minute)
}

// countText writes a number with commas: "1,204".
func countText(n int) string {
	s := strconv.Itoa(n)
	for i := len(s) - 3; i > 0 && s[i-1] != '-'; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}
