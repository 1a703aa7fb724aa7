package archive

import "mailmv/formats/mail"

// Lasting is the reference by which OpenSource knows a message that is there: its name, which outlives the manifest.
func (a *Archive) Lasting(ref mail.Ref) mail.Ref {
	s, err := a.find(ref.Folder)
	if err != nil {
		return ref
	}
	e, ok := a.lookup(s, ref)
	if !ok {
		return ref
	}
	return mail.Ref{Folder: s.path, ID: e.lasting()}
}
