package main

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"time"

	"mailmv/formats/mail"
	"mailmv/migrate"
)

// folderFacts are what list tells of a folder. What is nil is not known.
type folderFacts struct {
	Kind     string     `json:"kind"`
	Folder   string     `json:"folder"`
	Messages int        `json:"messages"`
	Unread   *int       `json:"unread"`
	Octets   *int64     `json:"octets"`
	Oldest   *time.Time `json:"oldest"`
	Newest   *time.Time `json:"newest"`
	Role     mail.Role  `json:"role"`
}

// lister sums up the folders of a place.
type lister struct {
	place
	src   migrate.Source
	quick bool // no file is read for its octets
	bar   *progress
	warn  func(format string, args ...any)
}

// folders goes over the folders. One that cannot be listed does not keep the others from their turn.
func (l *lister) folders(ctx context.Context) ([]folderFacts, error) {
	folders, err := l.src.Folders(ctx)
	if err != nil {
		return nil, err
	}
	var all []folderFacts
	var spoilt error
	seen := false
	wants := func(f mail.Folder) bool {
		_, ok := below(f.Path, l.Folder)
		return ok
	}
	for _, f := range folders {
		if !wants(f) {
			continue
		}
		seen = true
		facts, err := l.folder(ctx, f)
		switch {
		case err == nil:
			all = append(all, facts)
		case mail.ScopeOf(err) == mail.ScopeStore:
			return all, errors.Join(err, spoilt)
		default:
			spoilt = errors.Join(spoilt, err)
		}
	}
	if f, ok := unreadIn(l.src, wants); ok && spoilt == nil {
		return all, fmt.Errorf("%s: %w, such as %q", l.place, errUnread, f)
	}
	if !seen && l.Folder != "" {
		return nil, fmt.Errorf("%s: folder %q: %w", l.place, l.Folder, mail.ErrNoFolder)
	}
	if spoilt != nil {
		spoilt = fmt.Errorf("%w: %w", migrate.ErrFolders, spoilt)
	}
	return all, spoilt
}

// folder sums up one folder. Only of files is read what their names do not tell.
func (l *lister) folder(ctx context.Context, f mail.Folder) (folderFacts, error) {
	facts := folderFacts{Kind: "folder", Folder: string(f.Path), Role: f.Role, Octets: new(int64)}
	if l.Proto != "pop3" && l.Proto != "eml" { // those have no flags
		facts.Unread = new(int)
	}
	var unmeasured, undated []mail.Ref
	for m, err := range l.src.List(ctx, f) {
		if err != nil {
			return facts, err
		}
		measured := l.inFiles() && !l.quick && m.Octets < 0
		switch {
		case measured:
			unmeasured = append(unmeasured, m.Ref)
		case l.inFiles() && m.InternalDate.IsZero():
			undated = append(undated, m.Ref)
		}
		facts.add(m)
		if m.Octets < 0 && !measured {
			facts.Octets = nil
		}
	}
	if err := l.measure(ctx, f, unmeasured, &facts); err != nil {
		return facts, err
	}
	for m, err := range l.dates(ctx, f, undated) {
		if err != nil && mail.ScopeOf(err) != mail.ScopeMessage {
			return facts, err
		}
		facts.date(m.InternalDate)
	}
	return facts, nil
}

// measure adds the octets of messages that have to be read for that. One that is gone by now has none any more, though it was counted
// when the folder was listed; one that cannot be read leaves those of the folder unknown.
func (l *lister) measure(ctx context.Context, f mail.Folder, refs []mail.Ref, facts *folderFacts) error {
	if len(refs) == 0 {
		return nil
	}
	l.bar.event(migrate.FolderStarted{Folder: f.Path, Messages: facts.Messages, ToFetch: len(refs)})
	unread := 0
	var first error
	for m, err := range l.src.Describe(ctx, f, refs) {
		switch {
		case err != nil && mail.ScopeOf(err) != mail.ScopeMessage:
			return err
		case err != nil:
			if unread++; unread == 1 {
				first = err
			}
			facts.Octets = nil
		case facts.Octets != nil:
			*facts.Octets += m.Octets
		}
		facts.date(m.InternalDate)
		l.bar.event(migrate.MessagesRead{Folder: f.Path, Messages: 1, Octets: max(m.Octets, 0)})
	}
	if unread > 0 {
		l.warn("%s: %s, and the octets of the folder are not known: %v", f.Path, mail.Count(unread, "message cannot be read", "messages cannot be read"), first)
	}
	return nil
}

// dates tells of messages when they were received. With quick it is for a store to say how that is done without reading more.
func (l *lister) dates(ctx context.Context, f mail.Folder, refs []mail.Ref) iter.Seq2[mail.Message, error] {
	if s, ok := l.src.(dater); ok {
		return s.Dates(ctx, f, refs)
	}
	return l.src.Describe(ctx, f, refs)
}

// dater is a Source that tells InternalDate and Envelope without Octets, where those would have a file read to its end.
type dater interface {
	Dates(ctx context.Context, f mail.Folder, refs []mail.Ref) iter.Seq2[mail.Message, error]
}

func (f *folderFacts) add(m mail.Message) {
	f.Messages++
	if f.Unread != nil && m.Flags&mail.Seen == 0 {
		*f.Unread++
	}
	if f.Octets != nil && m.Octets > 0 {
		*f.Octets += m.Octets
	}
	f.date(m.InternalDate)
}

func (f *folderFacts) date(t time.Time) {
	if t.IsZero() {
		return
	}
	t = t.UTC()
	if f.Oldest == nil || t.Before(*f.Oldest) {
		f.Oldest = &t
	}
	if f.Newest == nil || t.After(*f.Newest) {
		f.Newest = &t
	}
}
