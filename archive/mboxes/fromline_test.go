package mboxes

import (
	"fmt"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"mailmv/archive"
	"mailmv/formats/mail"
	"mailmv/formats/mbox"
)

// dates are those of all messages as List, Fetch and Describe tell them, which have to agree.
func dates(t *testing.T, a *Archive, p mail.Path) []time.Time {
	t.Helper()
	var all []time.Time
	var refs []mail.Ref
	for _, m := range messages(t, a, p) {
		all, refs = append(all, m.InternalDate), append(refs, m.Ref)
	}
	i := 0
	for m, err := range a.Fetch(t.Context(), look(t, a, p), refs) {
		if err != nil || !m.InternalDate.Equal(all[i]) {
			t.Errorf("message %d is fetched with %v, %v, and listed with %v", i, m.InternalDate, err, all[i])
		}
		i++
	}
	i = 0
	for m, err := range a.Describe(t.Context(), look(t, a, p), refs) {
		if err != nil || !m.InternalDate.Equal(all[i]) {
			t.Errorf("message %d is described with %v, %v, and listed with %v", i, m.InternalDate, err, all[i])
		}
		i++
	}
	return all
}

// proving opens an archive as verify does, with the zone of the programs around it.
func proving(t *testing.T, root string, zone *time.Location) *Archive {
	t.Helper()
	a, err := OpenSource(root, Options{FileDates: true, zone: zone})
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// repaired is what Repair does.
func repaired(t *testing.T, root string, zone *time.Location) []archive.Finding {
	t.Helper()
	a, err := Open(root, Options{wrap: lazily, patience: time.Millisecond, zone: zone})
	if err != nil {
		t.Fatal(err)
	}
	var all []archive.Finding
	for f, err := range a.Repair(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, f)
	}
	shut(t, a)
	return all
}

// redatings are the findings of Check about dates, and the number of others.
func redatings(t *testing.T, root string, zone *time.Location) (all []archive.Finding, others int) {
	t.Helper()
	a, err := Open(root, Options{wrap: lazily, patience: time.Millisecond, zone: zone})
	if err != nil {
		t.Fatal(err)
	}
	for f, err := range a.Check(t.Context()) {
		switch {
		case err != nil:
			t.Fatal(err)
		case f.Trouble == archive.Redated:
			all = append(all, f)
		default:
			others++
		}
	}
	shut(t, a)
	return all, others
}

var fromDay = "Tue May  6 06:08:09 2003" // as a From_ line has it

// TestDatesMoved: a date that was moved in a From_ line is what a proof is told, is found by Check, and set back by Repair; after which
// the file is what it was, to the octet. One that only looks otherwise is none that was moved.
func TestDatesMoved(t *testing.T) {
	west := time.FixedZone("", -7*3600)
	for _, c := range []struct {
		name  string
		line  string // in place of the date
		zone  *time.Location
		shown string // empty: the true date
	}{
		{name: "another year", line: "Tue May  6 06:08:09 2004", shown: "2004-05-06T06:08:09Z"},
		{name: "an hour", line: "Tue May  6 07:08:09 2003", shown: "2003-05-06T07:08:09Z"},
		{name: "an hour, elsewhere", line: "Tue May  6 07:08:09 2003", zone: west, shown: "2003-05-06T07:08:09Z"},
		{name: "a second", line: "Tue May  6 06:08:10 2003", shown: "2003-05-06T06:08:10Z"},
		{name: "another zone", line: "Tue May  6 06:08:09 2003 +0100", shown: "2003-05-06T05:08:09Z"},
		{name: "a longer line", line: "Sat, 1 Jan 2000 00:00:00 +0100", shown: "1999-12-31T23:00:00Z"},
		{name: "a shorter line", line: "Sat Jan 1 00:00 2000", shown: "2000-01-01T00:00:00Z"},
		{name: "no date known", line: "Thu Jan  1 00:00:00 1970", shown: "1970-01-01T00:00:00Z"},
		{name: "local time", line: "Mon May  5 23:08:09 2003", zone: west},
		{name: "local time of elsewhere", line: "Mon May  5 23:08:09 2003", shown: "2003-05-05T23:08:09Z"},
		{name: "numeric zone", line: "Mon May  5 23:08:09 2003 -0700"},
		{name: "zone before the year", line: "Mon May  5 23:08:09 -0700 2003"},
		{name: "named zone", line: "Tue May  6 08:08:09 CEST 2003"},
		{name: "of a mail's Date", line: "Tue, 6 May 2003 08:08:09 +0200"},
		{name: "remote from", line: fromDay + " remote from uunet"},
		{name: "no seconds", line: "Tue May  6 06:08 2003"},
		{name: "no date"},
	} {
		for _, d := range dialects {
			for _, name := range []string{"tree", "one.mbox"} {
				t.Run(fmt.Sprintf("%s/%v/%s", c.name, d, name), func(t *testing.T) {
					c := c
					if c.zone == nil {
						c.zone = time.UTC
					}
					root := filepath.Join(t.TempDir(), name)
					a := create(t, root, Options{Dialect: d, OneFile: name != "tree"})
					letters := append([][]byte{[]byte("Return-Path: <joe@example.org>\r\nSubject: 0\r\n\r\nFrom joe\r\n")}, lettersOf(1, 4)...)
					put(t, a, mail.Inbox, letters...)
					shut(t, a)
					file := filepath.Join(root, "INBOX")
					if name != "tree" {
						file = root
					}
					before := read(t, file)
					write(t, strings.ReplaceAll(before, fromDay, c.line), file)

					want := []time.Time{day, day, day, day}
					if c.shown != "" {
						shown, err := time.Parse(time.RFC3339, c.shown)
						if err != nil {
							t.Fatal(err)
						}
						want = []time.Time{shown, shown, shown, shown}
					}
					a = proving(t, root, c.zone)
					if got := dates(t, a, mail.Inbox); !slices.EqualFunc(got, want, time.Time.Equal) {
						t.Errorf("a proof is told %v, want %v", got, want)
					}
					shut(t, a)
					a = openSource(t, root)
					if got := dates(t, a, mail.Inbox); len(got) != 4 || !got[0].Equal(day) || !got[3].Equal(day) {
						t.Errorf("the archive tells %v", got)
					}
					shut(t, a)

					moved, others := redatings(t, root, c.zone)
					fixed := repaired(t, root, c.zone)
					if others != 0 || len(moved) != len(fixed) || (len(moved) == 4) != (c.shown != "") || len(moved)%4 != 0 {
						t.Fatalf("%d dates and %d others are found, %d repaired", len(moved), others, len(fixed))
					}
					for i, f := range moved {
						if want := "its From_ line shows " + c.shown + ", not 2003-05-06T06:08:09Z: "; !strings.HasPrefix(f.Detail, want) || f.From.ID == "" {
							t.Errorf("said: %+v", f)
						}
						if fixed[i].Trouble != archive.Redated || fixed[i].Hint != "set back" || fixed[i].Ref != f.Ref {
							t.Errorf("repaired: %+v", fixed[i])
						}
					}
					if now := read(t, file); c.shown != "" && now != before {
						t.Errorf("the file is\n%q\nand was\n%q", now, before)
					}
					if moved, others := redatings(t, root, c.zone); len(moved)+others > 0 {
						t.Errorf("at last %+v and %d others", moved, others)
					}
					a = openSource(t, root)
					if got := contents(t, a, mail.Inbox); !slices.Equal(got, sorted(letters)) {
						t.Errorf("contents: %q", got)
					}
				})
			}
		}
	}
}

// TestDatesOfOthers: what From_ lines say that mailmv did not write is nobody's fault, whatever becomes of them.
func TestDatesOfOthers(t *testing.T) {
	const received = "Received: from a by b; Fri, 1 Jan 2010 12:00:00 +0100\n"
	lines := []string{"From a@b Fri Jan  1 00:00:00 2010", "From - Sat Jan  2 00:00:00 2010", "From ", "From ???@???", "From a@b",
		"From a@b Fri, 1 Jan 2010 00:00:00 -1900", "From a@b Thu Jan  1 00:00:00 1970", "From c Fri Jan  1 12:00 2010 remote from d"}
	for _, sums := range []bool{false, true} {
		for _, head := range []string{"", received, "Date: Mon, 4 Jan 2010 00:00:00 +0000\n"} {
			t.Run(fmt.Sprintf("%v/%.4s", sums, head), func(t *testing.T) {
				root := filepath.Join(t.TempDir(), "a.mbox")
				var b strings.Builder
				for i, l := range lines {
					fmt.Fprintf(&b, "%s\n%sSubject: %d\nFrom: a@b\n\ntext\n\n", l, head, i)
				}
				write(t, b.String(), root)
				shut(t, create(t, root, Options{}))
				if sums {
					repaired(t, root, time.UTC)
				}
				quiet := func(when string) []time.Time {
					a := proving(t, root, time.UTC)
					got := dates(t, a, mail.Inbox)
					shut(t, a)
					if moved, others := redatings(t, root, time.UTC); len(moved) > 0 || len(got) != len(lines) || others > 0 && sums {
						t.Errorf("%s: %+v and %d others of %d messages", when, moved, others, len(got))
					}
					return got
				}
				was := quiet("as it was")
				write(t, regexp.MustCompile(`(?m)^From .*20..`).ReplaceAllString(read(t, root), "From x Sun Feb  3 04:05:06 2002"), root)
				if got := quiet("moved"); sums && !slices.EqualFunc(got, was, time.Time.Equal) {
					t.Errorf("dates are %v, were %v", got, was)
				}
			})
		}
	}
}

// TestDatesThatNoLineShows: a line holds four digits of year. What is written in place of any other is no date that was moved.
func TestDatesThatNoLineShows(t *testing.T) {
	for _, date := range []time.Time{{}, time.Date(0, 5, 6, 7, 8, 9, 0, time.UTC), time.Unix(0, 0), time.Date(1, 1, 1, 0, 0, 1, 0, time.UTC), time.Date(9999, 12, 31, 23, 59, 59, 999, time.UTC)} {
		t.Run(date.String(), func(t *testing.T) {
			root := t.TempDir()
			a := create(t, root, Options{})
			parcels := parcelsOf(letter(1))
			parcels[0].InternalDate = date
			if err := deliver(t.Context(), a, mail.Inbox, parcels); err != nil {
				t.Fatal(err)
			}
			shut(t, a)
			quiet := func() {
				a := proving(t, root, time.UTC)
				if got := dates(t, a, mail.Inbox); len(got) != 1 || got[0].Unix() != date.Unix() {
					t.Errorf("a proof is told %v", got)
				}
				shut(t, a)
				clean(t, root)
			}
			quiet()
			file := filepath.Join(root, "INBOX")
			before := read(t, file)
			write(t, regexp.MustCompile(` \d{4}\n`).ReplaceAllString(before, " 2004\n"), file)
			if fixed := repaired(t, root, time.UTC); len(fixed) != 1 || fixed[0].Hint != "set back" {
				t.Errorf("repaired: %+v", fixed)
			}
			if now := read(t, file); now != before {
				t.Errorf("the file is %q, was %q", now, before)
			}
			quiet()
		})
	}
}

// TestDatesSetAnew: after SetDates the line and the manifest agree, of whoever wrote it first.
func TestDatesSetAnew(t *testing.T) {
	root := filepath.Join(t.TempDir(), "a.mbox")
	write(t, theirs("1", "")+theirs("2", ""), root)
	a := create(t, root, Options{Dialect: mbox.MboxRD})
	put(t, a, mail.Inbox, lettersOf(3, 5)...)
	shut(t, a)
	repaired(t, root, time.UTC)
	a = create(t, root, Options{})
	early := time.Date(2001, 2, 3, 4, 5, 6, 0, time.UTC)
	var changes []mail.Dating
	for _, m := range messages(t, a, mail.Inbox) {
		changes = append(changes, mail.Dating{Ref: m.Ref, Date: early})
	}
	for ref, err := range a.SetDates(t.Context(), mail.Folder{Path: mail.Inbox}, changes) {
		if err != nil {
			t.Fatal(ref, err)
		}
	}
	shut(t, a)
	a = proving(t, root, time.UTC)
	for i, got := range dates(t, a, mail.Inbox) {
		if !got.Equal(early) {
			t.Errorf("message %d has %v", i, got)
		}
	}
	shut(t, a)
	clean(t, root)
}
