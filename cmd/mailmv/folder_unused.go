package main

import (
	"fmt"
	"strings"

	"mailmv/formats/mail"
)

// unused tells of the patterns, and of the names to change, that fitted no folder: most likely misspelt, or not the name that a folder
// has by the time names are changed.
func (o *folderOptions) unused() (warnings []string) {
	none := func(word string) { warnings = append(warnings, fmt.Sprintf("no folder is called %q", word)) }
	for _, g := range append(append([]glob{}, o.only...), o.not...) {
		if !g.hit {
			none(g.word)
		}
	}
	for _, r := range o.renames {
		switch {
		case r.hit:
		case r.meant != "":
			warnings = append(warnings, r.tooLate())
		default:
			none(string(r.old))
		}
	}
	for _, r := range o.rewrites {
		switch {
		case r.hit:
		case r.meant != "":
			warnings = append(warnings, fmt.Sprintf("--map-regexp %q fits no folder: by then the one that it would have fitted is called %q", r.re, r.meant))
		default:
			none(r.re.String())
		}
	}
	return warnings
}

// tooLate says what to write in place of a --map that names a folder as it is called at the source.
func (r rename) tooLate() string {
	to := r.new
	if above, ok := strings.CutSuffix(string(r.meant), string(r.old)); ok {
		to = mail.Path(above) + r.new
	}
	return fmt.Sprintf("--map %s=%s renames nothing: by then the folder is called %q; write --map %q", r.old, r.new, r.meant, r.meant+"="+to)
}

// unknownFolders warns of what fitted no folder.
func (a *app) unknownFolders(o *folderOptions) {
	for _, w := range o.unused() {
		a.warn("%s", w)
	}
}
