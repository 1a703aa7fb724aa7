package archive

import (
	"errors"
	"path"
	"slices"

	"mailmv/formats/mail"
	"mailmv/formats/maildir"
)

// overOdd tells of an odd thing, or of one that cannot be read, and goes on; any other error stays one.
func (a *Archive) overOdd(err error) error {
	if u := (*maildir.UnreadError)(nil); errors.As(err, &u) {
		a.leaveOut(u.Path, u.Dir, u.Err)
		return nil
	}
	if err == nil {
		return nil
	}
	if odd := (*maildir.OddError)(nil); errors.As(err, &odd) {
		if odd.Link && a.leadsToMail(odd.Name) {
			a.leaveOut(odd.Path, odd.Name, errLink)
			return nil
		}
		a.tell("%s: %v", a.root, odd)
		return nil
	}
	return err
}

// leadsToMail tells of a link that there may be mail behind it, and nowhere else in the tree: where messages are a file, else a directory.
func (a *Archive) leadsToMail(name string) bool {
	to, out := maildir.LeadsOut(a.root, name)
	dir := path.Base(path.Dir(name))
	return out && to.IsDir() != (dir == "cur" || dir == "new")
}

// leaveOut tells of a folder that cannot be read. what is where it lies in the tree.
func (a *Archive) leaveOut(p mail.Path, what string, err error) {
	a.tell("%s: %s: left out, for it cannot be read: %v", a.root, what, err)
	if !slices.Contains(a.unread, p) {
		a.unread = append(a.unread, p)
	}
}

// Unread tells the folders that Folders had to leave out since a directory cannot be read.
func (a *Archive) Unread() []mail.Path { return a.unread }
