package main

import (
	"context"
	"fmt"
	"io"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"mailmv/dedupe"
	"mailmv/formats/mail"
	"mailmv/formats/maildir"
	"mailmv/migrate"
	"mailmv/migrate/aside"
)

// teeTo reads r and shows what was read to d.
func teeTo(r io.Reader, d *dedupe.Digest) io.Reader { return io.TeeReader(r, d) }

// findMessage finds a message by any of the names that people have for it.
func findMessage(ctx context.Context, p place, src migrate.Source, word string) (mail.Ref, error) {
	folder, id := messageWord(p, word)
	folders, err := src.Folders(ctx)
	if err != nil {
		return mail.Ref{}, err
	}
	byID := strings.Contains(id, "@") && folder == ""
	for _, f := range folders {
		if _, ok := below(f.Path, rootOf(p)); !ok || folder != "" && f.Path != folder {
			continue
		}
		ref, err := findIn(ctx, src, f, id, byID)
		if err != nil {
			return mail.Ref{}, err
		}
		if ref.ID != "" {
			return ref, nil
		}
	}
	return mail.Ref{}, fmt.Errorf("%s: no message is called %q", p, word)
}

// findIn looks through one folder: by its name there, then, where it can be one, by Message-ID.
func findIn(ctx context.Context, src migrate.Source, f mail.Folder, id string, byID bool) (mail.Ref, error) {
	var refs []mail.Ref
	unique := maildir.ParseName(id).Unique
	for m, err := range src.List(ctx, f) {
		if err != nil {
			return mail.Ref{}, err
		}
		if m.ID == id || m.ID == unique {
			return m.Ref, nil
		}
		refs = append(refs, m.Ref)
	}
	if !byID {
		return mail.Ref{}, nil
	}
	for part := range slices.Chunk(refs, 500) {
		for m, err := range src.Describe(ctx, f, part) {
			if err != nil && mail.ScopeOf(err) != mail.ScopeMessage {
				return mail.Ref{}, err
			}
			if err == nil && sameID(m.Envelope.MessageID, id) {
				return m.Ref, nil
			}
		}
	}
	return mail.Ref{}, nil
}

func sameID(a, b string) bool {
	bare := func(s string) string { return strings.Trim(strings.Join(strings.Fields(s), ""), "<>") }
	return bare(a) != "" && bare(a) == bare(b)
}

// messageWord takes apart what names a message: as reports print it, FOLDER/ID, or the ID alone.
func messageWord(p place, word string) (mail.Path, string) {
	if strings.HasPrefix(word, "<") {
		return "", word
	}
	rest, printed := strings.CutPrefix(word, p.String()+"/")
	if i := strings.LastIndex(rest, "/;UID="); i >= 0 && printed {
		folder, _, _ := strings.Cut(rest[:i], ";UIDVALIDITY=")
		id := rest[i+len("/;UID="):]
		if f, err := url.PathUnescape(folder); err == nil {
			folder = f
		}
		if u, err := url.PathUnescape(id); err == nil {
			id = u
		}
		return mail.Path(folder), id
	}
	if i := strings.LastIndexByte(word, '/'); i > 0 {
		return mail.Path(word[:i]).Clean(), word[i+1:]
	}
	return "", word
}

// asideTrip is what a manifest of dedupe --apply says of a message.
type asideTrip struct {
	Manifest string
	Started  time.Time
	aside.Story
}

// asideTrips looks through the manifests.
func asideTrips(home string, e *explained) ([]asideTrip, error) {
	names, err := filepath.Glob(filepath.Join(home, "*", "manifest"))
	if err != nil {
		return nil, err
	}
	var all []asideTrip
	for _, name := range names {
		f, err := os.Open(name)
		if err != nil {
			continue
		}
		m, _, err := aside.ReadManifest(f, nil)
		_ = f.Close() // only read
		if err != nil {
			continue
		}
		for _, s := range m.Stories(e.sum) {
			all = append(all, asideTrip{name, m.Started, s})
		}
	}
	return all, nil
}
