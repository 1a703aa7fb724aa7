package dedupe

import (
	"strings"
	"testing"
	"time"
)

func TestEarlierDate(t *testing.T) {
	const (
		trace = "Received: from a by mx.example.org; Tue, 2 Mar 2004 10:00:00 +0000\r\nReceived: by b; Tue, 2 Mar 2004 09:00:00 +0000\r\nDate: Mon, 1 Mar 2004 10:00:00 +0000\r\n\r\nx\r\n"
		fetch = "Received: from mx by pc with POP3 (fetchmail-6.3.26); Fri, 5 Mar 2004 10:00:00 +0000\r\n" + trace
		date  = "Date: Tue, 2 Mar 2004 10:00:00 +0000\r\n\r\nx\r\n"
	)
	at := func(s string) time.Time {
		if s == "" {
			return time.Time{}
		}
		at, err := time.Parse("2006-01-02 15:04", s)
		if err != nil {
			t.Fatal(err)
		}
		return at
	}
	for _, c := range []struct{ name, mail, keep, other, want string }{
		{"earlier and true", trace, "2019-01-01 00:00", "2004-03-02 10:05", "2004-03-02 10:05"},
		{"later", trace, "2004-03-02 10:05", "2019-01-01 00:00", "2004-03-02 10:05"},
		{"a clock that is slow by less than an hour", trace, "2004-03-02 10:05", "2004-03-02 09:10", "2004-03-02 09:10"},
		{"before the server had it", trace, "2004-03-02 10:05", "2004-03-02 08:59", "2004-03-02 10:05"},
		{"before the server had it, fetched later", fetch, "2004-03-05 10:00", "2004-03-02 10:00", "2004-03-02 10:00"},
		{"no trace: not long before it was written", date, "2004-03-09 10:05", "2004-03-01 11:00", "2004-03-01 11:00"},
		{"no trace: long before it was written", date, "2004-03-09 10:05", "2004-03-01 09:00", "2004-03-09 10:05"},
		{"nothing told", "Subject: x\r\n\r\nx\r\n", "2004-03-09 10:05", "1999-03-01 09:00", "1999-03-01 09:00"},
		{"no header", "x", "2004-03-09 10:05", "1999-03-01 09:00", "1999-03-01 09:00"},
		{"the epoch is no date", date, "2004-03-09 10:05", "1970-01-01 00:00", "2004-03-09 10:05"},
		{"no date at all", date, "2004-03-09 10:05", "", "2004-03-09 10:05"},
		{"the epoch gives way", trace, "1970-01-01 00:00", "2004-03-02 10:05", "2004-03-02 10:05"},
		{"the far future gives way", trace, "2100-01-01 00:00", "2004-03-02 10:05", "2004-03-02 10:05"},
		{"none gives way", trace, "", "2004-03-02 10:05", "2004-03-02 10:05"},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := EarlierDate(at(c.keep), at(c.other), strings.NewReader(c.mail))
			if want := at(c.want); err != nil || !got.Equal(want) {
				t.Errorf("EarlierDate = %v, %v, want %v", got, err, want)
			}
		})
	}
}
