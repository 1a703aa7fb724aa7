package header

import (
	"slices"
	"strings"
	"time"
)

// ParseDate reads a date as mail has it: RFC 5322 §3.3 and §4.3, asctime, ISO 8601, and what broken
// programs write (no weekday, no seconds, two- and three-digit years, AM and PM, month before day,
// zones by name, "GMT+0200", no zone at all, words of any language around it). The zone is kept, but of
// one beyond 14 hours (spam has -1900) only the instant; an unknown or missing one is UTC, as is -0000. ok is false where no day, month and year can be told
// beyond doubt: 3/4/2002 is refused.
func ParseDate(s string) (t time.Time, ok bool) {
	t, _, ok = parseDate(s)
	return t, ok
}

// StrictDate reads a date that is written as RFC 5322 §3.3 or §4.3 demands, such that two of its
// spellings are surely one instant; of zones known by name only UT, GMT and the American ones are taken.
func StrictDate(s string) (t time.Time, ok bool) {
	t, strict, ok := parseDate(s)
	return t, ok && strict
}

// date is one under way: what has been read of it so far.
type date struct {
	year, day      int
	month          time.Month
	hour, min, sec int
	offset         int // seconds east
	hasYear        bool
	hasTime        bool
	hasZone        bool
	half           string // "am", "pm" or neither
	bent           bool   // something RFC 5322 does not allow was let pass
}

func parseDate(s string) (t time.Time, strict, ok bool) {
	var d date
	for word := range words(s) {
		if word[0] == '(' {
			continue
		}
		for part := range strings.SplitSeq(word, ",") {
			if part != "" && !d.take(part) {
				return time.Time{}, false, false
			}
		}
	}
	return d.time()
}

// take reads one word; false where it makes the date unbelievable.
func (d *date) take(w string) bool {
	switch c := w[0]; {
	case (c == '+' || c == '-') && d.hasTime:
		d.zone(w)
		return true
	case c >= '0' && c <= '9':
		return d.takeNumber(w)
	default:
		d.takeName(strings.ToLower(w))
		return true
	}
}

// takeNumber reads a word that begins with a digit.
func (d *date) takeNumber(w string) bool {
	if strings.Contains(w, ":") {
		return d.takeTime(w)
	}
	n, rest := number(w)
	switch {
	case rest == "":
		return d.takePlain(n, len(w))
	case rest[0] == '.' && strings.Count(w, ".") == 2 && !d.hasTime: // 12.34.56
		d.bent = true
		return d.clock(strings.ReplaceAll(w, ".", ":"))
	case rest[0] == '-' || rest[0] == '/':
		d.bent = true
		return d.takeDashed(w, rest[:1])
	}
	d.bent = true
	return true // "1st", "3G4": not ours
}

// takePlain reads a number of the given count of digits: a day first, then a year.
func (d *date) takePlain(n, digits int) bool {
	switch {
	case digits <= 2 && d.day == 0 && n >= 1 && n <= 31:
		d.day = n
		d.bent = d.bent || d.month != 0 || d.hasTime
	case digits <= 4 && !d.hasYear:
		d.setYear(n, digits)
		d.bent = d.bent || d.day == 0 || d.month == 0 || d.hasTime
	default:
		d.bent = true // behind a whole date: a broken zone, as in "14:51:02 2000" and "19:21:44 01800"
		return d.hasTime && d.hasYear && d.day != 0
	}
	return true
}

// setYear widens years of two and three digits (RFC 5322 §4.3).
func (d *date) setYear(n, digits int) {
	switch {
	case digits <= 2 && n < 50:
		n += 2000
	case digits <= 3:
		n += 1900
	}
	d.year, d.hasYear = n, true
}

// takeDashed reads 22-Aug-2002, 22-Aug-02, 2002-08-22 and 2002/08/22, with a time glued on perhaps.
func (d *date) takeDashed(w, dash string) bool {
	parts := strings.Split(w, dash)
	if len(parts) != 3 || d.day != 0 || d.hasYear {
		return false
	}
	first, rest := number(parts[0])
	last, tail := number(parts[2])
	if rest != "" || tail != "" {
		return false
	}
	if d.month = monthNamed(strings.ToLower(parts[1])); d.month != 0 {
		d.day = first
		d.setYear(last, len(parts[2]))
		return true
	}
	middle, rest := number(parts[1])
	d.month, d.day = time.Month(middle), last
	d.setYear(first, len(parts[0]))
	return rest == "" && len(parts[0]) == 4
}

// takeTime reads a word with a colon: the time of day, with a date before it or a zone behind it perhaps.
func (d *date) takeTime(w string) bool {
	if day, clock, found := strings.Cut(w, "T"); found && strings.Count(day, "-") == 2 { // ISO 8601
		d.bent = true
		return d.takeDashed(day, "-") && d.takeTime(clock)
	}
	if d.hasTime {
		return false
	}
	end := strings.IndexFunc(w, func(r rune) bool { return (r < '0' || r > '9') && r != ':' && r != '.' })
	if end < 0 {
		return d.clock(w)
	}
	d.bent = true
	if !d.clock(w[:end]) {
		return false
	}
	return d.take(w[end:])
}

// clock reads h:m, h:m:s and h:m:s.f.
func (d *date) clock(w string) bool {
	w, fraction, _ := strings.Cut(w, ".")
	parts := strings.Split(w, ":")
	if len(parts) < 2 || len(parts) > 3 {
		return false
	}
	var read [3]int
	for i, p := range parts {
		n, rest := number(p)
		if p == "" || len(p) > 2 || rest != "" {
			return false
		}
		read[i] = n
		d.bent = d.bent || len(p) != 2 && i > 0
	}
	d.hour, d.min, d.sec, d.hasTime = read[0], read[1], read[2], true
	d.bent = d.bent || fraction != ""
	return d.hour < 24 && d.min < 60 && d.sec <= 60
}

// takeName reads a word that begins with neither digit nor sign.
func (d *date) takeName(w string) {
	w = strings.TrimSuffix(w, ".")
	if m := monthNamed(w); m != 0 && d.month == 0 {
		d.month = m
		d.bent = d.bent || d.day == 0 || d.hasTime || len(w) != 3
		return
	}
	if !d.hasTime {
		d.bent = d.bent || !isWeekday(w) || d.day != 0
		return
	}
	switch w {
	case "am", "pm", "a.m", "p.m":
		d.half, d.bent = w[:1], true
		return
	}
	if !d.hasZone {
		d.zoneNamed(w)
		return
	}
	d.bent = true
}

func isWeekday(w string) bool {
	return len(w) == 3 && strings.Contains("mon tue wed thu fri sat sun", w)
}

var months = []string{"january", "february", "march", "april", "may", "june", "july", "august",
	"september", "october", "november", "december"}

// monthNamed knows English months by three letters or more; 0: none.
func monthNamed(w string) time.Month {
	if len(w) < 3 {
		return 0
	}
	return 1 + time.Month(slices.IndexFunc(months, func(m string) bool { return strings.HasPrefix(m, w) }))
}

// number reads leading digits, at most nine of them.
func number(s string) (n int, rest string) {
	i := 0
	for i < len(s) && i < 9 && s[i] >= '0' && s[i] <= '9' {
		n = 10*n + int(s[i]-'0')
		i++
	}
	return n, s[i:]
}

// time puts it together, once all words are read.
func (d *date) time() (t time.Time, strict, ok bool) {
	if d.day == 0 || d.month < 1 || d.month > 12 || !d.hasYear {
		return time.Time{}, false, false
	}
	switch {
	case d.half != "" && (d.hour == 0 || d.hour > 12):
		d.half = "" // "13:05 PM" means what it says
	case d.half == "p" && d.hour < 12:
		d.hour += 12
	case d.half == "a" && d.hour == 12:
		d.hour = 0
	}
	t = time.Date(d.year, d.month, d.day, d.hour, d.min, d.sec, 0, time.UTC).Add(-time.Duration(d.offset) * time.Second)
	switch beyond := 14 * 60 * 60; {
	case d.offset > beyond || d.offset < -beyond:
		d.bent = true
	case d.offset != 0:
		t = t.In(time.FixedZone("", d.offset))
	}
	if t.Year() < 1 || t.Year() > 9999 || time.Date(d.year, d.month, d.day, 0, 0, 0, 0, time.UTC).Day() != d.day {
		return time.Time{}, false, false
	}
	return t, !d.bent && d.hasTime && d.hasZone, true
}
