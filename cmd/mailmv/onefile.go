package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"mailmv/formats/mail"
)

// oneFile tells that a destination is, or becomes, a single mbox file: one folder.
func (p place) oneFile() bool {
	if p.Proto != "mbox" {
		return false
	}
	i, err := os.Stat(p.Path)
	if err != nil {
		return strings.EqualFold(filepath.Ext(p.Path), ".mbox")
	}
	return i.Mode().IsRegular()
}

// checkOneFile refuses folders for which there is no place in a single file, before anything is written. A source that cannot tell its
// folders says so in the run, which may try again.
func (e *ends) checkOneFile(ctx context.Context, t *trip, o *moveOptions) error {
	if o.proves || !t.to.oneFile() {
		return nil
	}
	var outside []string
	for i, p := range t.from {
		folders := []mail.Folder{{Path: mail.Inbox}}
		if p.Proto != "pop3" {
			var err error
			if folders, err = e.sources[i].Folders(ctx); err != nil {
				return nil
			}
		}
		r := &route{OneFolder: true, Root: rootOf(p), To: t.to.Folder, folderOptions: &o.folderOptions}
		r.setRootOf(p, e.sources[i])
		for _, f := range folders {
			if r.wants(f) && r.target(f) != mail.Inbox {
				outside = append(outside, fmt.Sprintf("%q", f.Path))
			}
		}
	}
	if len(outside) == 0 {
		return nil
	}
	tree := strings.TrimSuffix(t.to.Path, filepath.Ext(t.to.Path))
	hint := fmt.Sprintf("name a directory, such as mbox:%s, which gets a file for each; or choose one with --folders, and write --map NAME=INBOX for what is to go into the file", tree)
	return usagef(hint, "%s is one file, and so one folder, INBOX: there is no place in it for %s", safe(t.to.Path), safe(some(outside)))
}

// some names the first few, and how many there are beside.
func some(names []string) string {
	const few = 3
	if len(names) <= few {
		return strings.Join(names, ", ")
	}
	return fmt.Sprintf("%s and %s more", strings.Join(names[:few], ", "), mail.Count(len(names)-few, "folder", "folders"))
}
