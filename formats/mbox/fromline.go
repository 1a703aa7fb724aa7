package mbox

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"mailmv/formats/header"
)

// From is a From_ line: the only place where an mbox keeps envelope sender and received date.
type From struct {
	// Raw is the line without its line end.
	Raw string
	// Sender is what stands before the date, often an address, "-" or "MAILER-DAEMON"; maybe empty.
	Sender string
	// Date is zero where none could be read. A line without zone is read as UTC, which RFC 4155 demands
	// and local programs do not heed: Zoned tells.
	Date  time.Time
	Zoned bool

	shape  shape
	coarse bool // without seconds
	vague  bool // its zone is a name, and names mean several
}

// shape is the kind of a From_ line. The lines of one file mostly have one shape, and a sentence that
// begins with "From" has none.
type shape uint8

const (
	noShape      shape = iota
	datedAsctime       // From x Www Mmm dd hh:mm:ss yyyy
	datedRFC           // From x Www, dd Mmm yyyy hh:mm:ss +zzzz
	datedISO           // From x yyyy-mm-dd hh:mm:ss
	dashOnly           // From -            (Mozilla)
	eudoraOnly         // From ???@???      (Eudora)
	numberOnly         // From 1495@xxx     (Google Takeout)
	senderOnly         // From user@host
	bareFrom           // From              (Mozilla of 2005)
	oddlyDated         // a date in another language: there is a time of day, and a year
)

// ParseFrom reads a From_ line: asctime dates with and without weekday, seconds, zone before or after the
// year, "remote from host", dates as RFC 5322 or ISO 8601 has them, senders with blanks in them (the
// date is looked for from the end, as c-client does).
func ParseFrom(line string) From {
	if f, ok := parseANSIC(line); ok {
		return f
	}
	f := From{Raw: line}
	words := strings.Fields(strings.TrimPrefix(line, "From"))
	first := len(words)
	for i := len(words) - 1; i >= 0; i-- {
		if d, ok := dateAround(words, i); ok {
			f.Date, f.Zoned, f.shape, first = d.t, d.zoned, d.shape, d.first
			f.coarse, f.vague = d.coarse, d.vague
			break
		}
	}
	f.Sender = strings.Join(words[:first], " ")
	if f.shape == noShape {
		if f.shape = undatedShape(words); f.shape == noShape || f.shape == oddlyDated {
			f.Sender = "" // it cannot be told from the date
		}
	}
	return f
}

// parseANSIC reads the commonest form without taking it apart.
func parseANSIC(line string) (f From, ok bool) {
	at := len(line) - len(time.ANSIC)
	if at < len("From ") || line[at-1] != ' ' {
		return f, false
	}
	t, err := time.Parse(time.ANSIC, line[at:])
	if err != nil {
		return f, false
	}
	return From{Raw: line, Sender: strings.Trim(line[len("From "):max(at-1, len("From "))], " \t"), Date: t, shape: datedAsctime}, true
}

// undatedShape knows the From_ lines that are written without any date.
func undatedShape(words []string) shape {
	if len(words) == 0 {
		return bareFrom
	}
	if len(words) > 1 {
		if slices.ContainsFunc(words, isClock) && slices.ContainsFunc(words, func(w string) bool { return len(w) == 4 && isYear(w) }) {
			return oddlyDated
		}
		return noShape
	}
	local, domain, at := strings.Cut(words[0], "@")
	_, err := strconv.ParseUint(local, 10, 64)
	switch {
	case words[0] == "-":
		return dashOnly
	case words[0] == "???@???":
		return eudoraOnly
	case at && err == nil && domain == "xxx":
		return numberOnly
	case at && domain != "", words[0] == "MAILER-DAEMON":
		return senderOnly
	default:
		return noShape
	}
}

type fromDate struct {
	t     time.Time
	zoned bool
	shape shape
	first int // the word that the date begins with

	coarse, vague bool
}

// dateAround reads a date whose time of day is words[i].
func dateAround(words []string, i int) (d fromDate, ok bool) {
	if day, clock, iso := strings.Cut(words[i], "T"); iso && isoDay(day) { // 2004-05-06T07:08:09Z
		zone := strings.TrimLeft(clock, "0123456789:")
		return finish(datedISO, i, day, strings.TrimSuffix(clock, zone), append([]string{zone}, words[i+1:]...))
	}
	if !isClock(words[i]) || i == 0 {
		return d, false
	}
	if isoDay(words[i-1]) {
		return finish(datedISO, i-1, words[i-1], words[i], words[i+1:])
	}
	if i >= 2 {
		if n, ok := dayMonth(words[i-2], words[i-1]); ok { // the year follows
			before, year, after := yearAfter(words[i+1:])
			first := i - 2
			if first > 0 && isWeekday(words[first-1]) {
				first--
			}
			if year != "" {
				return finish(datedAsctime, first, n+" "+year, words[i], append(before, after...))
			}
		}
	}
	if i >= 3 && isYear(words[i-1]) {
		if n, ok := dayMonth(words[i-3], words[i-2]); ok {
			first := i - 3
			if first > 0 && isWeekday(strings.TrimSuffix(words[first-1], ",")) {
				first--
			}
			return finish(datedRFC, first, n+" "+words[i-1], words[i], words[i+1:])
		}
	}
	return d, false
}

// finish makes the date of its parts. zone holds all words that are left: nothing but zones and UUCP's
// "remote from host" may be there.
func finish(s shape, first int, day, clock string, zone []string) (fromDate, bool) {
	if n := len(zone); n >= 3 && zone[n-3] == "remote" && zone[n-2] == "from" {
		zone = zone[:n-3]
	}
	if len(zone) > 0 && zone[0] == "" {
		zone = zone[1:]
	}
	if len(zone) > 3 {
		return fromDate{}, false
	}
	for _, z := range zone {
		if !isZone(z) {
			return fromDate{}, false
		}
	}
	t, ok := header.ParseDate(fmt.Sprintf("%s %s %s", day, clock, strings.Join(zone, " ")))
	if !ok && len(zone) == 0 { // years that no mail's Date can have
		var err error
		t, err = time.Parse("2 Jan 2006 15:04:05", day+" "+clock)
		ok = err == nil
	}
	return fromDate{t: t, zoned: len(zone) > 0, shape: s, first: first, coarse: strings.Count(clock, ":") == 1, vague: vague(zone)}, ok
}

// vague tells that a zone is given by names alone, and not by that of UTC.
func vague(zone []string) bool {
	return len(zone) > 0 && !slices.ContainsFunc(zone, func(z string) bool {
		z = strings.Trim(z, "()")
		return z[0] == '+' || z[0] == '-' || z == "UTC" || z == "UT" || z == "GMT" || z == "Z"
	})
}

// yearAfter finds the year behind the time of day, with at most two words of zone before it.
func yearAfter(words []string) (before []string, year string, after []string) {
	for i, w := range words {
		if isYear(w) {
			return words[:i:i], w, words[i+1:]
		}
		if i == 2 || !isZone(w) {
			break
		}
	}
	return nil, "", nil
}

// dayMonth takes day and month in either order and gives them as "2 Jan".
func dayMonth(a, b string) (string, bool) {
	if isMonth(b) {
		a, b = b, a
	}
	n, err := strconv.Atoi(strings.TrimSuffix(b, ","))
	if !isMonth(a) || err != nil || n < 1 || n > 31 {
		return "", false
	}
	return strconv.Itoa(n) + " " + a, true
}

func isMonth(w string) bool {
	return len(w) == 3 && strings.Contains("jan feb mar apr may jun jul aug sep oct nov dec", strings.ToLower(w))
}

func isWeekday(w string) bool {
	return len(w) == 3 && strings.Contains("sun mon tue wed thu fri sat", strings.ToLower(w))
}

func isYear(w string) bool {
	_, err := strconv.ParseUint(w, 10, 16)
	return err == nil && (len(w) == 4 || len(w) == 2)
}

func isoDay(w string) bool {
	_, err := time.Parse(time.DateOnly, w)
	return err == nil
}

// isClock takes hh:mm and hh:mm:ss, the hour with one digit or two.
func isClock(w string) bool {
	parts := strings.Split(w, ":")
	if len(parts) < 2 || len(parts) > 3 {
		return false
	}
	for i, p := range parts {
		n, err := strconv.ParseUint(p, 10, 8)
		if err != nil || n > 60 || i == 0 && n > 23 || i == 1 && n > 59 || len(p) > 2 || i > 0 && len(p) != 2 {
			return false
		}
	}
	return true
}

// isZone takes +hhmm, +hh:mm, (CET) and names of up to five letters; AM and PM are none.
func isZone(w string) bool {
	w = strings.Trim(w, "()")
	if w == "AM" || w == "PM" || w == "" {
		return false
	}
	if w[0] == '+' || w[0] == '-' {
		digits := strings.Replace(w[1:], ":", "", 1)
		_, err := strconv.ParseUint(digits, 10, 16)
		return err == nil && len(digits) == 4
	}
	return len(w) <= 5 && strings.Trim(w, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") == ""
}
