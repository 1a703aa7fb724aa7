package main

import (
	"crypto/tls"
	"slices"
	"strings"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapclient"
	"github.com/rogpeppe/go-internal/testscript"
)

// asUser opens a folder of an IMAP server as its user's mail program does.
func asUser(ts *testscript.TestScript, server, folder string) *imapclient.Client {
	c, err := imapclient.DialTLS(running(ts).imaps[server].addr, &imapclient.Options{TLSConfig: &tls.Config{InsecureSkipVerify: true}})
	must(ts, err)
	must(ts, c.Login("me", scriptPassword).Wait())
	_, err = c.Select(folder, nil).Wait()
	must(ts, err)
	return c
}

// reflag changes flags of a message as its user does: reflag IMAP FOLDER UID +FLAG -FLAG...
func reflag(ts *testscript.TestScript, neg bool, args []string) {
	c := asUser(ts, args[0], args[1])
	defer c.Close()
	for _, change := range args[3:] {
		store := &imap.StoreFlags{Op: imap.StoreFlagsAdd, Flags: []imap.Flag{imap.Flag(change[1:])}}
		if change[0] == '-' {
			store.Op = imap.StoreFlagsDel
		}
		must(ts, c.Store(imap.UIDSetNum(imap.UID(number(ts, args[2]))), store, nil).Close())
	}
}

// flagsAre checks the flags of a message, in the order of the alphabet: flags IMAP FOLDER UID FLAG...
func flagsAre(ts *testscript.TestScript, neg bool, args []string) {
	c := asUser(ts, args[0], args[1])
	defer c.Close()
	kept, err := c.Fetch(imap.UIDSetNum(imap.UID(number(ts, args[2]))), &imap.FetchOptions{Flags: true}).Collect()
	must(ts, err)
	var got []string
	for _, m := range kept {
		for _, f := range m.Flags {
			got = append(got, strings.ToLower(string(f)))
		}
	}
	slices.Sort(got)
	if want := args[3:]; !slices.Equal(got, want) {
		ts.Fatalf("flags %v: got %q", args, got)
	}
}
