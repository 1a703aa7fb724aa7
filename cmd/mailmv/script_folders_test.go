package main

import (
	"bytes"
	"fmt"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"mailmv/archive"
	"mailmv/archive/serve"
)

// putMail puts samples into a folder as another program would have, the flags on the first of them, each with a date of
// its own: putmail IMAP FOLDER N SEED FLAG...
func putMail(ts *testscript.TestScript, neg bool, args []string) {
	for i, m := range serve.Samples(number(ts, args[2]), uint64(number(ts, args[3]))) {
		flags := args[4:]
		if i > 0 {
			flags = nil
		}
		date := time.Date(2001, 2, 3, 4, 5, 6+i, 0, time.UTC)
		must(ts, running(ts).imaps[args[0]].imap.Put("me", args[1], m, date, flags...))
	}
}

// sameMail checks that two folders hold the same messages: octets, dates and flags. samemail IMAP FOLDER IMAP FOLDER
func sameMail(ts *testscript.TestScript, neg bool, args []string) {
	list := func(server, folder string) []string {
		kept, err := running(ts).imaps[server].imap.Messages("me", folder)
		must(ts, err)
		var all []string
		for _, k := range kept {
			slices.Sort(k.Flags)
			all = append(all, fmt.Sprintf("%s %s %x", k.InternalDate.UTC().Format(time.RFC3339), strings.ToLower(strings.Join(k.Flags, ",")), bytes.TrimSpace(k.Octets)))
		}
		slices.Sort(all)
		return all
	}
	a, b := list(args[0], args[1]), list(args[2], args[3])
	if len(a) == 0 || slices.Equal(a, b) == neg {
		ts.Fatalf("samemail %v: %d and %d messages, first %.120s and %.120s", args, len(a), len(b), first(a), first(b))
	}
}

func first(s []string) string { return strings.Join(s[:min(1, len(s))], "") }

// plainMaildir makes a plain Maildir with samples in it: maildir DIR N SEED.
func plainMaildir(ts *testscript.TestScript, neg bool, args []string) {
	for _, sub := range []string{"cur", "new", "tmp"} {
		must(ts, os.MkdirAll(ts.MkAbs(args[0]+"/"+sub), 0o700))
	}
	for i, m := range serve.Samples(number(ts, args[1]), uint64(number(ts, args[2]))) {
		name := fmt.Sprintf("%s/cur/%d.M%sP1.host:2,S", args[0], 1_000_000_000+i, args[2])
		must(ts, os.WriteFile(ts.MkAbs(name), m, 0o600))
	}
}

// lockArchive takes the lock of an archive: lockarchive DIR.
func lockArchive(ts *testscript.TestScript, neg bool, args []string) {
	p, err := filePlace("", ts.MkAbs(args[0]))
	must(ts, err)
	a, err := createArchive(p, archive.Options{})
	must(ts, err)
	ts.Defer(func() { a.Close() })
}

// rotOne changes the last octet but two of the first file in the cur or new of a Maildir: rot DIR.
func rotOne(ts *testscript.TestScript, neg bool, args []string) {
	for _, sub := range []string{"cur", "new"} {
		entries, err := os.ReadDir(ts.MkAbs(args[0] + "/" + sub))
		must(ts, err)
		if len(entries) == 0 {
			continue
		}
		name := ts.MkAbs(args[0] + "/" + sub + "/" + entries[0].Name())
		octets, err := os.ReadFile(name)
		must(ts, err)
		octets[len(octets)-3] ^= 1
		must(ts, os.WriteFile(name, octets, 0o600))
		return
	}
	ts.Fatalf("rot %v: no message there", args)
}

// loseOne removes the first message of a Maildir or of an mbox file, as a mail program would: lose PLACE.
func loseOne(ts *testscript.TestScript, neg bool, args []string) {
	name := ts.MkAbs(args[0])
	i, err := os.Stat(name)
	must(ts, err)
	if i.IsDir() {
		entries, err := os.ReadDir(name + "/cur")
		must(ts, err)
		must(ts, os.Remove(name+"/cur/"+entries[0].Name()))
		return
	}
	octets, err := os.ReadFile(name)
	must(ts, err)
	must(ts, os.WriteFile(name, octets[bytes.Index(octets, []byte("\n\nFrom "))+2:], 0o600))
}

// badCopy copies a folder as a careless program would, with one fault at its first message: nothing, removed, octet, flag,
// keyword or date. badcopy FAULT IMAP FOLDER IMAP FOLDER
func badCopy(ts *testscript.TestScript, neg bool, args []string) {
	kept, err := running(ts).imaps[args[1]].imap.Messages("me", args[2])
	must(ts, err)
	for i, k := range kept {
		switch at := i == 0; {
		case !at || args[0] == "nothing":
		case args[0] == "removed":
			continue
		case args[0] == "octet":
			k.Octets[len(k.Octets)-5] ^= 1
		case args[0] == "flag":
			k.Flags = slices.DeleteFunc(k.Flags, func(f string) bool { return strings.EqualFold(f, `\Flagged`) })
		case args[0] == "keyword":
			k.Flags = slices.DeleteFunc(k.Flags, func(f string) bool { return !strings.HasPrefix(f, `\`) })
		case args[0] == "date":
			k.InternalDate = k.InternalDate.Add(time.Second)
		default:
			ts.Fatalf("badcopy: no fault %q", args[0])
		}
		must(ts, running(ts).imaps[args[3]].imap.Put("me", args[4], k.Octets, k.InternalDate, k.Flags...))
	}
}

// flip changes one octet of a file, at this share of its length: flip FILE PERCENT
func flip(ts *testscript.TestScript, neg bool, args []string) {
	octets, err := os.ReadFile(ts.MkAbs(args[0]))
	must(ts, err)
	octets[len(octets)*number(ts, args[1])/100] ^= 4
	must(ts, os.WriteFile(ts.MkAbs(args[0]), octets, 0o600))
}
