package mbox_test

import (
	"strings"
	"testing"
	"time"

	"mailmv/formats/mbox"
)

const (
	headerBehind = "Subject: second\nDate: x\n\ntext\n"
	oneBehind    = "Subject: second\n\ntext\n"
	textBehind   = "and so the text goes on.\nMore of it.\n"
	foldedBehind = "Received: from a\n\tby b\n  for c;\n\tMon, 1 Jan 2001\nSubject: second\n\ntext\n"
	longBehind   = "Subject: second\nReferences: <"
)

// TestSeparator holds the decision on lines that begin with "From ". Each line stands in a file behind a
// message whose own From_ line is first, with an empty line before it unless tight.
func TestSeparator(t *testing.T) {
	const (
		dated = "From a@b Thu Jan  1 00:00:01 1998"
		takes = "From 1495@xxx"
	)
	date := func(s string) time.Time {
		d, err := time.Parse(time.RFC3339, s)
		if err != nil {
			t.Fatal(err)
		}
		return d
	}
	for _, c := range []struct {
		name   string
		line   string
		behind string
		first  string // dated, unless said
		tight  bool   // no empty line before it
		want   bool
		sender string
		date   time.Time
	}{
		// The forms that programs write.
		{name: "RFC 4155", line: "From joe@example.org Mon Jan  5 12:34:56 2004", want: true, sender: "joe@example.org", date: date("2004-01-05T12:34:56Z")},
		{name: "day of one digit", line: "From joe@example.org Mon Jan 5 12:34:56 2004", want: true, sender: "joe@example.org", date: date("2004-01-05T12:34:56Z")},
		{name: "no seconds", line: "From joe Mon Jan  5 12:34 2004", want: true, sender: "joe", date: date("2004-01-05T12:34:00Z")},
		{name: "named zone before the year", line: "From joe Mon Jan  5 12:34:56 EST 2004", want: true, sender: "joe", date: date("2004-01-05T17:34:56Z")},
		{name: "two words of zone", line: "From joe Mon Jan  5 12:34:56 MET DST 2004", want: true, sender: "joe", date: date("2004-01-05T11:34:56Z")},
		{name: "numeric zone before the year", line: "From joe Mon Jan  5 12:34:56 +0200 2004", want: true, sender: "joe", date: date("2004-01-05T10:34:56Z")},
		{name: "numeric zone after the year", line: "From joe Mon Jan  5 12:34:56 2004 -0700", want: true, sender: "joe", date: date("2004-01-05T19:34:56Z")},
		{name: "named zone after the year", line: "From joe Mon Jan  5 12:34 2004 PST", want: true, sender: "joe", date: date("2004-01-05T20:34:00Z")},
		{name: "zone with a comment", line: "From joe Mon Jan  5 12:34:56 2004 +0100 (CET)", want: true, sender: "joe", date: date("2004-01-05T11:34:56Z")},
		{name: "no seconds, zone, year", line: "From joe Mon Jan  5 12:34 PST 2004", want: true, sender: "joe", date: date("2004-01-05T20:34:00Z")},
		{name: "year of two digits", line: "From joe Mon Jan  5 12:34:56 98", want: true, sender: "joe", date: date("1998-01-05T12:34:56Z")},
		{name: "no weekday", line: "From joe Jan  5 12:34:56 2004", want: true, sender: "joe", date: date("2004-01-05T12:34:56Z")},
		{name: "day before month", line: "From joe Mon 5 Jan 12:34:56 2004", want: true, sender: "joe", date: date("2004-01-05T12:34:56Z")},
		{name: "hour of one digit", line: "From joe Mon Jan  5 2:34:56 2004", want: true, sender: "joe", date: date("2004-01-05T02:34:56Z")},
		{name: "leap second", line: "From joe Sat Dec 31 23:59:60 2016", want: true, sender: "joe", date: date("2017-01-01T00:00:00Z")},
		{name: "remote from", line: "From joe Mon Jan  5 12:34:56 2004 remote from uunet", want: true, sender: "joe", date: date("2004-01-05T12:34:56Z")},
		{name: "remote from, zone", line: "From joe Mon Jan  5 12:34 EST 2004 remote from uunet", want: true, sender: "joe", date: date("2004-01-05T17:34:00Z")},
		{name: "RFC 5322 date", line: "From joe@example.org Thu, 7 Nov 2002 22:33:52", want: true, sender: "joe@example.org", date: date("2002-11-07T22:33:52Z")},
		{name: "RFC 5322 date and zone", line: "From joe@example.org Thu, 7 Nov 2002 22:33:52 +0100", want: true, sender: "joe@example.org", date: date("2002-11-07T21:33:52Z")},
		{name: "RFC 5322 date without weekday", line: "From joe@example.org 7 Nov 2002 22:33:52 GMT", want: true, sender: "joe@example.org", date: date("2002-11-07T22:33:52Z")},
		{name: "ISO date", line: "From joe@example.org 2002-11-07 22:33:52", want: true, sender: "joe@example.org", date: date("2002-11-07T22:33:52Z")},
		{name: "ISO date in one word", line: "From joe@example.org 2002-11-07T22:33:52Z", want: true, sender: "joe@example.org", date: date("2002-11-07T22:33:52Z")},
		{name: "Takeout", line: "From 1495316312345678901@xxx Wed Dec 03 17:14:43 +0000 2014", want: true, sender: "1495316312345678901@xxx", date: date("2014-12-03T17:14:43Z")},
		{name: "Mozilla", line: "From - Mon Jan 05 12:34:56 2004", want: true, sender: "-", date: date("2004-01-05T12:34:56Z")},
		{name: "Eudora", line: "From ???@??? Mon Jan 05 12:34:56 2004", want: true, sender: "???@???", date: date("2004-01-05T12:34:56Z")},
		{name: "daemon", line: "From MAILER-DAEMON Mon Jan  5 12:34:56 2004", want: true, sender: "MAILER-DAEMON", date: date("2004-01-05T12:34:56Z")},
		{name: "more blanks", line: "From  joe@example.org   Mon Jan  5 12:34:56 2004  ", want: true, sender: "joe@example.org", date: date("2004-01-05T12:34:56Z")},
		{name: "tab", line: "From joe@example.org\tMon Jan  5 12:34:56 2004", want: true, sender: "joe@example.org", date: date("2004-01-05T12:34:56Z")},
		{name: "quoted local part", line: `From "joe smith"@example.org Mon Jan  5 12:34:56 2004`, want: true, sender: `"joe smith"@example.org`, date: date("2004-01-05T12:34:56Z")},
		{name: "sender with blanks", line: "From Joe The Smith Mon Jan  5 12:34:56 2004", want: true, sender: "Joe The Smith", date: date("2004-01-05T12:34:56Z")},
		{name: "pipermail", line: "From joe at example.org  Mon Jan  5 12:34:56 2004", want: true, sender: "joe at example.org", date: date("2004-01-05T12:34:56Z")},
		{name: "X.400", line: "From /G=Joe/S=Smith/O=x/C=de/@gw Mon Jan  5 12:34:56 2004", want: true, sender: "/G=Joe/S=Smith/O=x/C=de/@gw", date: date("2004-01-05T12:34:56Z")},
		{name: "bang path", line: "From a!b!c!joe Mon Jan  5 12:34:56 2004", want: true, sender: "a!b!c!joe", date: date("2004-01-05T12:34:56Z")},
		{name: "no sender", line: "From Mon Jan  5 12:34:56 2004", want: true, date: date("2004-01-05T12:34:56Z")},
		{name: "8-bit sender", line: "From j\xf6@example.org Mon Jan  5 12:34:56 2004", want: true, sender: "j\xf6@example.org", date: date("2004-01-05T12:34:56Z")},
		{name: "distant years", line: "From joe Mon Jan  5 12:34:56 1601", want: true, sender: "joe", date: date("1601-01-05T12:34:56Z")},

		// Undated ones.
		{name: "Mozilla, undated", line: "From -", first: "From -", want: true, sender: "-"},
		{name: "Mozilla, undated, blank behind", line: "From - ", first: "From - ", want: true, sender: "-"},
		{name: "Mozilla, undated, tight", line: "From -", first: "From -", tight: true, want: true, sender: "-"},
		{name: "Mozilla of 2005", line: "From ", first: "From ", want: true},
		{name: "Mozilla of 2005, tight", line: "From ", first: "From ", tight: true, want: true},
		{name: "Mozilla of 2005, one field", line: "From ", first: "From ", behind: oneBehind, want: true},
		{name: "undated in a dated file", line: "From ", want: true},
		{name: "Takeout, undated", line: "From 1495316312345678902@xxx", first: takes, want: true, sender: "1495316312345678902@xxx"},
		{name: "Takeout, undated, one field", line: "From 1495316312345678902@xxx", first: takes, behind: oneBehind, want: true, sender: "1495316312345678902@xxx"},
		{name: "Eudora, undated", line: "From ???@???", first: "From ???@???", tight: true, want: true, sender: "???@???"},
		{name: "address alone", line: "From joe@example.org", first: "From ann@example.org", want: true, sender: "joe@example.org"},
		{name: "date in German", line: "From joe@example.org Mo Mai 15 12:34:56 2004", want: true},
		{name: "date in German, tight", line: "From joe@example.org Mo Mai 15 12:34:56 2004", first: "From ann@example.org Di Okt 16 12:34:56 2004", tight: true, want: true},
		{name: "date in German, text behind", line: "From joe@example.org Mo Mai 15 12:34:56 2004", first: "From ann@example.org Di Okt 16 12:34:56 2004", behind: textBehind},
		{name: "date that is none", line: "From joe@example.org Mon Foo 99 99:99:99 2004", want: true},
		{name: "Takeout, odd order", line: "From 1495@xxx Wed +0000 Dec 03 17:14:43 2014", want: true, sender: "1495@xxx Wed +0000", date: date("2014-12-03T17:14:43Z")},

		// What follows decides.
		{name: "tight", line: "From joe Mon Jan  5 12:34:56 2004", tight: true, want: true, sender: "joe", date: date("2004-01-05T12:34:56Z")},
		{name: "tight, Eudora", line: "From ???@??? Mon Jan 05 12:34:56 2004", first: "From ???@??? Thu Jan 01 00:00:01 1998", tight: true, want: true, sender: "???@???", date: date("2004-01-05T12:34:56Z")},
		{name: "one field", line: "From joe Mon Jan  5 12:34:56 2004", behind: oneBehind, want: true, sender: "joe", date: date("2004-01-05T12:34:56Z")},
		{name: "folded fields", line: "From joe Mon Jan  5 12:34:56 2004", behind: foldedBehind, want: true, sender: "joe", date: date("2004-01-05T12:34:56Z")},
		{name: "a field beyond the look-ahead", line: "From joe Mon Jan  5 12:34:56 2004", behind: longBehind + strings.Repeat("x", 20000) + ">\n\ntext\n", want: true, sender: "joe", date: date("2004-01-05T12:34:56Z")},
		{name: "an older From_ line in the header", line: "From joe Mon Jan  5 12:34:56 2004", behind: ">From x Mon Jan  5 12:00:00 2004\n" + headerBehind, want: true, sender: "joe", date: date("2004-01-05T12:34:56Z")},
		{name: "an empty message", line: "From joe Mon Jan  5 12:34:56 2004", behind: "\n", want: true, sender: "joe", date: date("2004-01-05T12:34:56Z")},
		{name: "the file ends behind it", line: "From joe Mon Jan  5 12:34:56 2004", behind: "-", want: true, sender: "joe", date: date("2004-01-05T12:34:56Z")},

		// Text.
		{name: "a sentence", line: "From here on it is easy.", behind: textBehind},
		{name: "a sentence, tight", line: "From here on it is easy.", behind: textBehind, tight: true},
		{name: "a sentence with a date", line: "From the meeting of Mon Jan  5 12:34:56 2004", behind: textBehind},
		{name: "a sentence with a time", line: "From Monday 12:30 on", behind: textBehind},
		{name: "a sentence before a colon", line: "From the docs", behind: "Note: this is important.\nAnd it goes on.\n"},
		{name: "a sentence before one like a field", line: "From the docs", behind: "Note: this\n\nis important\n"},
		{name: "a sentence before links", line: "From the site", behind: "http://example.org/\nhttps://example.net/\n"},
		{name: "a sentence, empty line behind", line: "From Bob", behind: "\ntext\n"},
		{name: "a sentence at the end", line: "From Bob", behind: "-"},
		{name: "a quoted separator", line: ">From joe Mon Jan  5 12:34:56 2004"},
		{name: "a blank before it", line: " From joe Mon Jan  5 12:34:56 2004"},
		{name: "a field", line: "From: joe", behind: headerBehind},
		{name: "small letters", line: "from joe Mon Jan  5 12:34:56 2004"},
		{name: "a real separator, text behind", line: "From joe Mon Jan  5 12:34:56 2004", behind: textBehind},
		{name: "an undated one in an undated file, text behind", line: "From -", first: "From -", behind: textBehind},
		{name: "a line of 10,000 octets", line: "From " + strings.Repeat("x", 10000), tight: true},
	} {
		t.Run(c.name, func(t *testing.T) {
			if c.first == "" {
				c.first = dated
			}
			if c.behind == "" {
				c.behind = headerBehind
			}
			gap := "\n"
			if c.tight {
				gap = ""
			}
			head := c.first + "\nSubject: first\nDate: x\n\ntext\n"
			for _, ends := range []string{"\n", "\r\n"} {
				content := strings.ReplaceAll(head+gap+c.line+"\n"+strings.TrimPrefix(c.behind, "-"), "\n", ends)
				all, _ := readAll(t, content, mbox.Options{})
				if got := len(all) == 2; got != c.want {
					t.Fatalf("line ends %q: %d messages, want separator: %v", ends, len(all), c.want)
				}
				if !c.want {
					continue
				}
				if all[0].text != crlf("Subject: first\nDate: x\n\ntext\n") {
					t.Errorf("line ends %q: the first message is %q", ends, all[0].text)
				}
				from := all[1].From
				if from.Raw != c.line || from.Sender != c.sender || !from.Date.Equal(c.date) {
					t.Errorf("line ends %q: sender %q, date %v; want %q, %v", ends, from.Sender, from.Date, c.sender, c.date)
				}
				if int(all[1].Offset) != strings.LastIndex(content, c.line) {
					t.Errorf("line ends %q: found at octet %d", ends, all[1].Offset)
				}
			}
		})
	}
}
