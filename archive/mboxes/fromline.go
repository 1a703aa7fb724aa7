package mboxes

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"time"

	"mailmv/archive"
	"mailmv/formats/mail"
	"mailmv/formats/maildir"
	"mailmv/formats/mbox"
)

// fromLineMax bounds a From_ line.
const fromLineMax = 64 << 10

// fromLine reads the From_ line of a message, with its end.
func fromLine(file io.ReaderAt, e *entry) ([]byte, error) {
	line, err := bufio.NewReaderSize(io.NewSectionReader(file, e.offset, min(e.length, fromLineMax)), 512).ReadBytes('\n')
	if err != nil || !bytes.HasPrefix(line, []byte("From ")) {
		return nil, fmt.Errorf("%w: no From_ line at octet %d", mail.ErrChanged, e.offset)
	}
	return line, nil
}

// redated tells whether a From_ line says another date than mailmv wrote there. That of a message which another program put into the file, or
// which was in it before it became an archive, was never ours: its date may be in any zone, or there may be none, and the internal date was
// told by the header perhaps.
func (a *Archive) redated(e *entry, from mbox.From) bool {
	return e.bits&sent != 0 && !from.Tells(time.Unix(e.date, 0), a.zone)
}

// show gives a message the date that its From_ line shows, where that is asked for.
func (a *Archive) show(m *mail.Message, e *entry, from mbox.From) {
	if a.FileDates && a.redated(e, from) {
		m.InternalDate = from.Date.UTC()
	}
}

// lines are the From_ lines of a folder, as it is listed. nil: nobody asks for them.
type lines struct {
	a    *Archive
	file maildir.File
}

func (a *Archive) shownIn(s *shelf) (*lines, error) {
	if !a.FileDates {
		return nil, nil
	}
	f, err := a.disk.Open(s.file)
	if err != nil {
		return nil, err
	}
	return &lines{a, f}, nil
}

// show is Archive.show. Of a message that is not there any more Fetch tells.
func (l *lines) show(m *mail.Message, e *entry) {
	if l == nil || e.bits&sent == 0 {
		return
	}
	if line, err := fromLine(l.file, e); err == nil {
		l.a.show(m, e, mbox.ParseFrom(string(bytes.TrimRight(line, "\r\n"))))
	}
}

func (l *lines) close() error {
	if l == nil {
		return nil
	}
	return l.file.Close()
}

// inspectDate says what is wrong with the date that other programs see.
func inspectDate(f archive.Finding, e *entry, from mbox.From) archive.Finding {
	f.Trouble = archive.Redated
	f.Detail = fmt.Sprintf("its From_ line shows %s, not %s: other programs take that for its date", from.Date.UTC().Format(time.RFC3339), time.Unix(e.date, 0).UTC().Format(time.RFC3339))
	f.Hint = "check --repair sets the From_ line back"
	return f
}

// setBack writes the dates that the manifest has into From_ lines, and says so in what was found. dates go by folder.
func (a *Archive) setBack(ctx context.Context, found []archive.Finding, dates []mail.Dating) {
	fates := map[mail.Ref]error{}
	for i, n := 0, 0; i < len(dates); i = n {
		for n = i; n < len(dates) && dates[n].Ref.Folder == dates[i].Ref.Folder; n++ {
		}
		for ref, err := range a.SetDates(ctx, mail.Folder{Path: dates[i].Ref.Folder}, dates[i:n]) {
			if ref != (mail.Ref{}) {
				fates[ref] = err
				continue
			}
			for _, d := range dates[i:n] {
				fates[d.Ref] = err
			}
		}
	}
	for i := range found {
		f := &found[i]
		if f.Trouble != archive.Redated {
			continue
		}
		if f.Hint = "set back"; fates[f.Ref] != nil {
			f.Hint = "it could not be set back: " + fates[f.Ref].Error()
		}
	}
}
