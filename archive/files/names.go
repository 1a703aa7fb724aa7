package files

import (
	"strings"

	"mailmv/formats/mail"
	"mailmv/formats/maildir"
	"mailmv/formats/mbox"
)

// boxLevels are the levels of an mbox file in a tree of them.
func boxLevels(name string, utf7 bool) []string {
	levels := mbox.Levels(name)
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
