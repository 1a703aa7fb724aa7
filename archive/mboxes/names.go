package mboxes

import (
	"path"
	"strings"

	"mailmv/formats/mail"
	"mailmv/formats/mbox"
)

// dirOf gives the directory that folders below p lie in; empty: there is none yet.
func (a *Archive) dirOf(p mail.Path) string {
	for file := range a.manifest.byFile {
		for dir := path.Dir(file); dir != "."; dir = path.Dir(dir) {
			var levels []string
			for d := range strings.SplitSeq(dir, "/") {
				levels = append(levels, mbox.DirLevel(d))
			}
			if mail.Path(strings.Join(levels, "/")).Clean() == p {
				return dir
			}
		}
	}
	return ""
}

// taken tells of a name in the tree whether something is there, whatever the case of its letters.
func (a *Archive) taken() func(string) bool {
	used := map[string]bool{lower(a.state): true}
	for file := range a.manifest.byFile {
		for name := file; name != "."; name = path.Dir(name) {
			used[lower(name)] = true
		}
	}
	listed := map[string]bool{}
	return func(name string) bool {
		if dir := path.Dir(name); !listed[dir] {
			listed[dir] = true
			for e, err := range a.disk.ReadDir(dir) {
				if err == nil {
					used[lower(path.Join(dir, e.Name()))] = true
				}
			}
		}
		return used[name]
	}
}
