package mboxes

import (
	"bytes"
	"hash/crc32"
	"io"
	"slices"

	"mailmv/formats/maildir"
	"mailmv/formats/mbox"
)

// mendTail cuts off what a run that was cut short left behind the last message that it told of. The file is locked.
func (a *Archive) mendTail(s *shelf, f maildir.File) error {
	w := s.writing
	i, err := f.Stat()
	if err != nil {
		return err
	}
	from := w.offset + w.done
	if i.Size() <= from {
		return nil // nothing of it is there: what is, is read through
	}
	ours := i.Size() <= w.end()
	if ours {
		if ours, err = w.accountsFor(f, i.Size()); err != nil {
			return err
		}
	}
	if !ours {
		a.tell("%s: %s: a run was cut short, and others have written since: half a message may be at octet %d", a.at, s.path, from)
		return nil
	}
	if err := f.Truncate(from); err != nil {
		return err
	}
	if err := f.Sync(); err != nil {
		return err
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	s.stamp, s.writing = unstamped, nil // the rest is read through: who knows what was done to it since
	a.manifest.noteStamp(s)
	return a.manifest.Flush()
}

// accountsFor tells whether the file holds, from the batch's beginning to its own end, nothing but what was to be written: every whole
// piece has its sum or is a hole that a crash left, and in the last one that is not whole no message begins of which we do not know.
func (w *writing) accountsFor(f io.ReaderAt, size int64) (bool, error) {
	buf := make([]byte, w.piece)
	for n, at := 0, w.offset; at < size; n++ {
		end := min(at-at%w.piece+w.piece, w.end())
		part := buf[:min(end, size)-at]
		if _, err := f.ReadAt(part, at); err != nil && err != io.EOF {
			return false, err
		}
		whole := at+int64(len(part)) == end
		switch {
		case n >= len(w.sums):
			return false, nil
		case whole && crc32.ChecksumIEEE(part) == w.sums[n], len(bytes.Trim(part, "\x00")) == 0:
		case whole, w.strange(part, at):
			return false, nil
		}
		at += int64(len(part))
	}
	return true, nil
}

// strange tells whether part, which lies at an offset, says "From " with a date where nothing of ours does: a message that another program
// wrote behind half of one.
func (w *writing) strange(part []byte, at int64) bool {
	for i := 0; ; i++ {
		n := bytes.Index(part[i:], []byte("From "))
		if n < 0 {
			return false
		}
		i += n
		line, _, _ := bytes.Cut(part[i:], []byte("\n"))
		if _, known := slices.BinarySearch(w.froms, at+int64(i)); !known && !mbox.ParseFrom(string(line)).Date.IsZero() {
			return true
		}
	}
}
