package files

import (
	"path"
	"strings"

	"mailmv/formats/mail"
	"mailmv/formats/maildir"
)

// packed and plain are the ends of names that say how a folder is kept, and are no part of what it is called.
var (
	packed = []string{".gz", ".zst", ".xz", ".bz2"}
	plain  = []string{".mbox", ".mbx", ".mmdf"}
	nested = []string{".sbd", ".mbox", ".directory"} // Thunderbird, Apple Mail, KMail
)

// levelOf is what a folder kept in a file of that name is called.
func levelOf(file string) string { return cutOne(cutOne(file, packed), plain) }

// cutOne cuts one of the ends, if something is left then.
func cutOne(name string, ends []string) string {
	for _, end := range ends {
		if n := len(name) - len(end); n > 0 && strings.EqualFold(name[n:], end) {
			return name[:n]
		}
	}
	return name
}

// dirLevel is what a directory is called. KMail has ".Foo.directory" beside Foo.
func dirLevel(dir string) string {
	level := cutOne(dir, nested)
	if level != dir && strings.HasSuffix(dir, ".directory") {
		level = strings.TrimPrefix(level, ".")
	}
	return level
}

// boxLevels are the levels of an mbox file in a tree of them.
func boxLevels(name string, utf7 bool) []string {
	dir, file := path.Split(name)
	var levels []string
	for d := range strings.SplitSeq(strings.TrimSuffix(dir, "/"), "/") {
		levels = append(levels, dirLevel(d))
	}
	if file != "mbox" || !strings.HasSuffix(dir, ".mbox/") { // Apple Mail's Foo.mbox/mbox is Foo
		levels = append(levels, levelOf(file))
	}
	if utf7 {
		for i, l := range levels {
			if s, ok := maildir.DecodeUTF7(l); ok && !strings.Contains(s, "/") {
				levels[i] = s
			}
		}
	}
	return levels
}

// pathOf joins levels; none is the root of the tree.
func pathOf(levels []string) mail.Path {
	p := mail.Path(strings.ToValidUTF8(strings.Join(levels, "/"), "\uFFFD")).Clean()
	if p == "" || p == "." {
		return mail.Inbox
	}
	return p
}
