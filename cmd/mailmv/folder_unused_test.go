package main

import (
	"strings"
	"testing"

	"mailmv/formats/mail"
)

// TestUnused: of what fitted no folder is told what to write, where a folder is called so before --into or the destination's FOLDER
// gives it another name.
func TestUnused(t *testing.T) {
	for _, row := range []struct {
		name string
		o    folderOptions
		to   mail.Path
		want string // the warning, or its end; empty: none
	}{
		{"none is called so", folderOptions{maps: []string{"Nope=Job"}, intoWord: "Laptop"}, "", `no folder is called "Nope"`},
		{"no --into", folderOptions{maps: []string{"Work=Job"}}, "", ""},
		{"--into", folderOptions{maps: []string{"Work=Job"}, intoWord: "Laptop"}, "", `--map Work=Job renames nothing: by then the folder is called "Laptop/Work"; write --map "Laptop/Work=Laptop/Job"`},
		{"FOLDER", folderOptions{maps: []string{"Work=Job"}}, "Old", `write --map "Old/Work=Old/Job"`},
		{"the whole name", folderOptions{maps: []string{"Laptop/Work=Job"}, intoWord: "Laptop"}, "", ""},
		{"below it", folderOptions{maps: []string{"Work/2004=Work/4"}, intoWord: "Laptop"}, "", `write --map "Laptop/Work/2004=Laptop/Work/4"`},
		{"another role", folderOptions{maps: []string{"Gesendet=Out"}}, "", `by then the folder is called "Sent"; write --map "Sent=Out"`},
		{"an expression", folderOptions{regexps: []string{"^Work=Job"}, intoWord: "Laptop"}, "", `--map-regexp "^Work" fits no folder: by then the one that it would have fitted is called "Laptop/Work"`},
		{"an expression that fits none", folderOptions{regexps: []string{"^Nope=Job"}, intoWord: "Laptop"}, "", `no folder is called "^Nope"`},
		{"a pattern", folderOptions{exclude: []string{"Nope"}}, "", `no folder is called "Nope"`},
	} {
		t.Run(row.name, func(t *testing.T) {
			if err := row.o.check(); err != nil {
				t.Fatal(err)
			}
			r := &route{To: row.to, Roles: map[mail.Role]mail.Path{`\Sent`: "Sent"}, folderOptions: &row.o}
			for _, f := range []mail.Folder{{Path: "INBOX"}, {Path: "Gesendet", Role: `\Sent`}, {Path: "Work"}, {Path: "Work/2004"}} {
				if r.wants(f) {
					r.target(f)
				}
			}
			if got := strings.Join(row.o.unused(), "\n"); !strings.HasSuffix(got, row.want) || (got == "") != (row.want == "") {
				t.Errorf("warns %q, want %q", got, row.want)
			}
		})
	}
}
