package header

import (
	"strings"
	"testing"
	"time"
)

func TestParseDate(t *testing.T) {
	for _, c := range []struct{ name, in, want string }{
		{"rfc 5322", "Thu, 22 Aug 2002 18:26:25 +0700", "2002-08-22T18:26:25+07:00"},
		{"no weekday", "2 Aug 2002 18:26:25 -0330", "2002-08-02T18:26:25-03:30"},
		{"no seconds", "Thu, 22 Aug 2002 18:26 +0700", "2002-08-22T18:26:00+07:00"},
		{"two-digit year", "22 Aug 02 18:26:25 GMT", "2002-08-22T18:26:25Z"},
		{"two-digit year of the last century", "22 Aug 97 18:26:25 GMT", "1997-08-22T18:26:25Z"},
		{"three-digit year", "Sat, 22 Jan 100 18:26:25 GMT", "2000-01-22T18:26:25Z"},
		{"american zone", "Thu, 22 Aug 2002 18:26:25 PDT", "2002-08-22T18:26:25-07:00"},
		{"german zone", "Thu, 22 Aug 2002 18:26:25 MET", "2002-08-22T18:26:25+01:00"},
		{"military zone", "Thu, 22 Aug 2002 18:26:25 A", "2002-08-22T18:26:25Z"},
		{"zone in a comment", "Thu, 22 Aug 2002 18:26:25 -0700 (PDT)", "2002-08-22T18:26:25-07:00"},
		{"zone after its name", "Thu, 22 Aug 2002 18:26:25 GMT+0200", "2002-08-22T18:26:25+02:00"},
		{"zone and its name apart", "Thu, 22 Aug 2002 18:26:25 UTC +0200", "2002-08-22T18:26:25+02:00"},
		{"zone with a colon", "Thu, 22 Aug 2002 18:26:25 +02:00", "2002-08-22T18:26:25+02:00"},
		{"zone of hours", "Thu, 22 Aug 2002 18:26:25 +2", "2002-08-22T18:26:25+02:00"},
		{"zone glued on", "Thu, 22 Aug 2002 18:26:25+0200", "2002-08-22T18:26:25+02:00"},
		{"zone unknown", "Thu, 22 Aug 2002 18:26:25 -0000", "2002-08-22T18:26:25Z"},
		{"zone beyond belief", "Thu, 22 Aug 2002 18:26:25 +7200", "2002-08-22T18:26:25Z"},
		{"zone that nobody has", "Thu, 22 Aug 2002 18:26:25 -1900", "2002-08-23T13:26:25Z"},
		{"zone without a sign", "Thu, 22 Aug 2002 18:26:25 01800", "2002-08-22T18:26:25Z"},
		{"zone missing", "Thu, 22 Aug 2002 18:26:25", "2002-08-22T18:26:25Z"},
		{"zone of words", "Thu, 22 Aug 2002 18:26:25 Westeuropäische Sommerzeit", "2002-08-22T18:26:25Z"},
		{"comments", "Thu (day (nested \\) )), 22 (d) Aug(m)2002 18:26:25 (x) +0100", "2002-08-22T18:26:25+01:00"},
		{"doubled blanks", "Thu,  22   Aug\t2002  18:26:25   +0700", "2002-08-22T18:26:25+07:00"},
		{"no blank behind the comma", "Thu,22 Aug 2002 18:26:25 +0700", "2002-08-22T18:26:25+07:00"},
		{"asctime", "Thu Aug  2 18:26:25 2002", "2002-08-02T18:26:25Z"},
		{"asctime with zone", "Thu Aug 22 18:26:25 EST 2002", "2002-08-22T18:26:25-05:00"},
		{"asctime with zone behind", "Thu Aug 22 18:26:25 2002 +0100", "2002-08-22T18:26:25+01:00"},
		{"afternoon", "Aug, 26 2002 1:35:40 PM -0000", "2002-08-26T13:35:40Z"},
		{"noon", "26 Aug 2002 12:35:40 PM", "2002-08-26T12:35:40Z"},
		{"midnight", "26 Aug 2002 12:35:40AM", "2002-08-26T00:35:40Z"},
		{"24 hours and PM", "26 Aug 2002 13:35:40 PM", "2002-08-26T13:35:40Z"},
		{"long names", "Monday, August 26, 2002 13:35:40 +0100", "2002-08-26T13:35:40+01:00"},
		{"sept", "Mon, 2 Sept 2002 13:35:40 +0100", "2002-09-02T13:35:40+01:00"},
		{"foreign weekday", "Mo, 26 Aug 2002 13:35:40 +0100", "2002-08-26T13:35:40+01:00"},
		{"dots in the time", "Mon, 26 Aug 2002 13.35.40 +0100", "2002-08-26T13:35:40+01:00"},
		{"fraction", "Mon, 26 Aug 2002 13:35:40.123 +0100", "2002-08-26T13:35:40+01:00"},
		{"leap second", "31 Dec 2005 23:59:60 +0000", "2006-01-01T00:00:00Z"},
		{"internal date", "26-Aug-2002 13:35:40 +0100", "2002-08-26T13:35:40+01:00"},
		{"short internal date", "26-Aug-02 13:35:40 +0100", "2002-08-26T13:35:40+01:00"},
		{"iso 8601", "2002-08-26T13:35:40+01:00", "2002-08-26T13:35:40+01:00"},
		{"iso with blank", "2002-08-26 13:35:40", "2002-08-26T13:35:40Z"},
		{"slashes", "2002/08/26 13:35:40", "2002-08-26T13:35:40Z"},
		{"day only", "26 Aug 2002", "2002-08-26T00:00:00Z"},
		{"29 February", "29 Feb 2004 01:02:03 +0000", "2004-02-29T01:02:03Z"},

		{"empty", "", ""},
		{"only a comment", "(never)", ""},
		{"ambiguous", "3/4/2002 13:35:40", ""},
		{"31 February", "31 Feb 2002 13:35:40", ""},
		{"no year", "26 Aug 13:35:40 +0100", ""},
		{"no month", "26 2002 13:35:40 +0100", ""},
		{"hour 25", "26 Aug 2002 25:35:40 +0100", ""},
		{"two times", "26 Aug 2002 13:35:40 13:35:40", ""},
		{"two years", "26 Aug 2002 2003 13:35:40", ""},
		{"words", "yesterday evening", ""},
		{"comment never closed", "(26 Aug 2002 13:35:40", ""},
		{"many digits", "99999999999999999999", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, ok := ParseDate(c.in)
			if c.want == "" {
				if ok {
					t.Errorf("ParseDate(%q) = %v, want none", c.in, got)
				}
				return
			}
			if !ok || got.Format(time.RFC3339) != c.want {
				t.Errorf("ParseDate(%q) = %v, %v, want %v", c.in, got.Format(time.RFC3339), ok, c.want)
			}
		})
	}
}

func TestStrictDate(t *testing.T) {
	for in, want := range map[string]bool{
		"Thu, 22 Aug 2002 18:26:25 +0700":       true,
		"22 Aug 2002 18:26 +0700":               true,
		"22 Aug 02 18:26 GMT":                   true,
		"Thu, 22 Aug 2002 18:26:25 -0700 (PDT)": true,
		"Thu, 22 Aug 2002 18:26:25":             false,
		"Thu, 22 Aug 2002 18:26:25 MET":         false,
		"Thu, 22 Aug 2002 18:26:25 GMT+0200":    false,
		"Thu, 22 Aug 2002 18:26:25 +02:00":      false,
		"Thu Aug 22 18:26:25 2002":              false,
		"Thu, 22 August 2002 18:26:25 +0700":    false,
		"Foo, 22 Aug 2002 18:26:25 +0700":       false,
		"22-Aug-2002 18:26:25 +0700":            false,
		"Thu, 22 Aug 2002 18:26:25 +0700 x":     false,
		"Thu, 22 Aug 2002 6:26:25 PM +0700":     false,
	} {
		if _, ok := StrictDate(in); ok != want {
			t.Errorf("StrictDate(%q) = %v, want %v", in, ok, want)
		}
	}
}

func FuzzParseDate(f *testing.F) {
	f.Add("Thu, 22 Aug 2002 18:26:25 +0700 (PDT)")
	f.Add("2002-08-26T13:35:40+01:00")
	f.Add("Aug, 26 2002 1:35:40 PM GMT+0200")
	f.Fuzz(func(t *testing.T, s string) {
		got, ok := ParseDate(s)
		if !ok {
			return
		}
		again, ok := StrictDate(got.Format("Mon, 02 Jan 2006 15:04:05 -0700"))
		if got.Year() >= 1000 && (!ok || !again.Equal(got)) {
			t.Errorf("ParseDate(%q) = %v, but its plain form gives %v, %v", s, got, again, ok)
		}
		if _, ok := ParseDate(s + strings.Repeat(" ", 3)); !ok {
			t.Errorf("ParseDate(%q) fails with blanks behind", s)
		}
	})
}
