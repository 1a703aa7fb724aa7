package ledger

import "mailmv/formats/mail"

// LineRole is the kind of a line that says what a folder is for: neither a tree of Maildirs nor one of mbox files has a place for that.
//
//	role  FOLDER  ROLE
const LineRole = "role"

// KeepRole notes, durably, the role of a folder, unless that is the one that it has.
func (l *Lines) KeepRole(folder uint32, has *mail.Role, role mail.Role) error {
	if *has == role {
		return nil
	}
	l.Add(LineRole, folder, string(role))
	if err := l.Flush(); err != nil {
		return err
	}
	*has = role
	return nil
}
