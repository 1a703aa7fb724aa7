package main

import (
	"bytes"
	"errors"
	"os"
	"regexp"
	"strings"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

// appendTo writes a file behind another, as a program that delivers mail does: append FILE TO.
func appendTo(ts *testscript.TestScript, neg bool, args []string) {
	f, err := os.OpenFile(ts.MkAbs(args[1]), os.O_WRONLY|os.O_APPEND, 0)
	must(ts, err)
	_, err = f.WriteString(ts.ReadFile(args[0]))
	must(ts, errors.Join(err, f.Close()))
}

// alterWord changes one letter behind the first place of a word, and nothing else of the file: alter FILE WORD.
func alterWord(ts *testscript.TestScript, neg bool, args []string) {
	name := ts.MkAbs(args[0])
	octets, err := os.ReadFile(name)
	must(ts, err)
	i, err := os.Stat(name)
	must(ts, err)
	octets[bytes.Index(octets, []byte(args[1]))+len(args[1])+2] ^= 1
	must(ts, os.WriteFile(name, octets, 0o600))
	must(ts, os.Chtimes(name, i.ModTime(), i.ModTime()))
}

// sameStart checks that a file begins with another: cmpstart FILE LONGER.
func sameStart(ts *testscript.TestScript, neg bool, args []string) {
	if !strings.HasPrefix(ts.ReadFile(args[1]), ts.ReadFile(args[0])) {
		ts.Fatalf("%s does not begin with %s", args[1], args[0])
	}
}

// asctime is a From_ line with such a date.
var asctime = regexp.MustCompile(`(?m)^(From \S+ )(\w{3} \w{3} [ \d]\d \d\d:\d\d:\d\d \d{4})$`)

// eachDate writes another date into each From_ line of an mbox file.
func eachDate(ts *testscript.TestScript, name string, another func(time.Time) string) {
	text := ts.ReadFile(name)
	must(ts, os.WriteFile(ts.MkAbs(name), []byte(asctime.ReplaceAllStringFunc(text, func(line string) string {
		parts := asctime.FindStringSubmatch(line)
		date, err := time.Parse(time.ANSIC, parts[2])
		must(ts, err)
		return parts[1] + another(date)
	})), 0o600))
}

// setZone writes the dates of an mbox file's From_ lines in another zone, as a mail's Date has it: zoned FILE.
func setZone(ts *testscript.TestScript, neg bool, args []string) {
	eachDate(ts, args[0], func(date time.Time) string { return date.In(time.FixedZone("", 2*60*60)).Format(time.RFC1123Z) })
}
