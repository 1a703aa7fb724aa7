package maildir

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// LeadsOut tells of a link in a tree what it leads to, if that is there and lies outside: what hangs in the air hides no mail, and
// what lies in the tree is found there. Nothing is opened.
func LeadsOut(root, name string) (to fs.FileInfo, out bool) {
	full := filepath.Join(root, filepath.FromSlash(name))
	target, err := filepath.EvalSymlinks(full)
	if err != nil {
		return nil, false
	}
	top, err := filepath.EvalSymlinks(root)
	if err != nil {
		return nil, false
	}
	top, err = filepath.Abs(top)
	abs, err2 := filepath.Abs(target)
	if rest, relErr := filepath.Rel(top, abs); err != nil || err2 != nil || relErr == nil && rest != ".." && !strings.HasPrefix(rest, ".."+string(filepath.Separator)) {
		return nil, false
	}
	to, err = os.Stat(target)
	return to, err == nil
}
