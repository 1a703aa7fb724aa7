package main

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

// listTree writes what is in the files of a tree, but for .mailmv: names, modes, times of change, sums: tree DIR FILE.
func listTree(ts *testscript.TestScript, neg bool, args []string) {
	var b bytes.Buffer
	must(ts, filepath.WalkDir(ts.MkAbs(args[0]), func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.Name() == ".mailmv" {
			if err == nil {
				err = fs.SkipDir
			}
			return err
		}
		if d.IsDir() {
			return nil
		}
		i, err := d.Info()
		must(ts, err)
		octets, err := os.ReadFile(path)
		must(ts, err)
		fmt.Fprintf(&b, "%s %v %s %x\n", strings.TrimPrefix(path, ts.MkAbs(args[0])), i.Mode(), i.ModTime().UTC().Format(time.RFC3339Nano), sha256.Sum256(octets))
		return nil
	}))
	must(ts, os.WriteFile(ts.MkAbs(args[1]), b.Bytes(), 0o600))
}

// listMail writes what folders of an IMAP server hold, without UIDs: dates, flags, sums: listmail IMAP FILE FOLDER...
func listMail(ts *testscript.TestScript, neg bool, args []string) {
	var all []string
	for _, folder := range args[2:] {
		kept, err := running(ts).imaps[args[0]].imap.Messages("me", folder)
		must(ts, err)
		for _, k := range kept {
			slices.Sort(k.Flags)
			all = append(all, fmt.Sprintf("%s %s %s %x\n", folder, k.InternalDate.UTC().Format(time.RFC3339), strings.ToLower(strings.Join(k.Flags, ",")), sha256.Sum256(k.Octets)))
		}
	}
	slices.Sort(all)
	must(ts, os.WriteFile(ts.MkAbs(args[1]), []byte(strings.Join(all, "")), 0o600))
}

// setDate gives all files of a Maildir's cur, a date of their own, in 2004 unless told: dated DIR [YEAR];
// the From_ lines of an mbox file one in 2004: dated FILE.
func setDate(ts *testscript.TestScript, neg bool, args []string) {
	if i, err := os.Stat(ts.MkAbs(args[0])); err == nil && i.Mode().IsRegular() {
		n := 0
		eachDate(ts, args[0], func(time.Time) string {
			n++
			return time.Date(2004, 5, 6, 7, 8, n-1, 0, time.UTC).Format(time.ANSIC)
		})
		return
	}
	entries, err := os.ReadDir(ts.MkAbs(args[0] + "/cur"))
	must(ts, err)
	year := 2004
	if len(args) > 1 {
		year, err = strconv.Atoi(args[1])
		must(ts, err)
	}
	for i, e := range entries {
		at := time.Date(year, 5, 6, 7, 8, i, 123456, time.UTC)
		must(ts, os.Chtimes(ts.MkAbs(args[0]+"/cur/"+e.Name()), at, at))
	}
}

// undoLast runs dedupe --undo with the latest manifest: undo [OPTION...].
func undoLast(ts *testscript.TestScript, neg bool, args []string) {
	all, err := filepath.Glob(filepath.Join(ts.Getenv("WORK"), "state/mailmv/aside/*/manifest"))
	must(ts, err)
	slices.Sort(all)
	if len(all) == 0 {
		ts.Fatalf("no manifest")
	}
	err = ts.Exec("mailmv", append([]string{"dedupe", "--undo", all[len(all)-1]}, args...)...)
	if (err != nil) != neg {
		ts.Fatalf("undo: %v", err)
	}
}
