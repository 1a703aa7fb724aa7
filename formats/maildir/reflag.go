package maildir

import (
	"errors"
	"path"
	"runtime"
	"strings"
	"time"

	"mailmv/formats/mail"
)

// ErrInfo: the name's info is of a kind that holds no flags; it is kept as it is.
var ErrInfo = errors.New("its file name has an info of another kind")

// with is the name with letters added and taken away. Letters that mean nothing to us stay, in their order, and so does
// what follows a further comma.
func (n Name) with(add, remove string) (Name, error) {
	if n.Info == "" {
		n.Info = infoSeparator()
	}
	head, rest, ok := strings.Cut(n.Info, "2,")
	if !ok || len(head) > len("\uf03a") {
		return n, ErrInfo
	}
	letters, tail, more := strings.Cut(rest, ",")
	b := []byte(letters)
	for i := range len(remove) {
		b = []byte(strings.ReplaceAll(string(b), remove[i:i+1], ""))
	}
	for i := range len(add) {
		b = insert(b, add[i])
	}
	n.Info = head + "2," + string(b)
	if more {
		n.Info += "," + tail
	}
	return n, nil
}

// insert puts a letter before the first that is greater, unless it is there.
func insert(letters []byte, c byte) []byte {
	at := len(letters)
	for i, l := range letters {
		if l == c {
			return letters
		}
		if l > c && i < at {
			at = i
		}
	}
	return append(letters[:at:at], append([]byte{c}, letters[at:]...)...)
}

// Redate gives a message's file the time that stands for its internal date (Name.Date), and makes that durable. fs.ErrNotExist where the
// file is not by that name any more.
func (f *Folder) Redate(e Entry, t time.Time) error {
	file, err := f.OpenNow(e)
	if err != nil {
		return err
	}
	if err = file.SetTime(t); errors.Is(err, errors.ErrUnsupported) {
		err = f.disk.SetTime(path.Join(f.Dir, e.Sub, e.File), t)
	}
	if err == nil && runtime.GOOS != "windows" { // which syncs no file that is open to be read
		err = file.Sync()
	}
	return errors.Join(err, file.Close())
}

// Reflag gives a message flags and keywords and takes some away, in its file's name; what was in new goes to cur with them. The
// change is durable after Sync. fs.ErrNotExist where the file is not by that name any more.
func (f *Folder) Reflag(e Entry, k Keywords, c mail.Flagging) (Entry, error) {
	more, _ := k.Letters(c.Add, c.AddKeywords)
	fewer, _ := k.Letters(c.Remove, c.RemoveKeywords)
	name, err := ParseName(e.File).with(more, fewer)
	if err != nil {
		return e, err
	}
	to := Entry{"cur", name.String()}
	if to == e {
		return e, nil
	}
	return to, f.disk.Rename(path.Join(f.Dir, e.Sub, e.File), path.Join(f.Dir, to.Sub, to.File))
}
