package main

import (
	"strings"

	"mailmv/archive"
)

const newArchiveHint = "name a new or empty directory: it becomes an archive, and what lies here stays apart from it"

// refuseTarget is the error of a word for where mail goes, where other files are at that path; nil: it is something else, and another
// error may say more. How mail lies in these files, which is asked of a source, is no way out here.
func refuseTarget(word string) error {
	path := word
	if kind, rest, ok := strings.Cut(word, ":"); ok && !isBarePath(word) {
		if !fileSchemes[kind] || strings.HasPrefix(rest, "//") {
			return nil
		}
		path = rest
	}
	if path == "" {
		return nil
	}
	found, err := archive.Detect(homePath(path))
	if err != nil || found.Kind != archive.Unknown || found.Hint != "" {
		return nil
	}
	return usagef(newArchiveHint, "nothing is written into %s, which holds no mail that is known: %s", safe(path), found.Why)
}
