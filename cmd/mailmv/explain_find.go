package main

import (
	"context"
	"fmt"
	"io"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strconv"
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

// findMessage finds a message by any of the names that people have for it: of a message in an archive, the number under which it came
// there counts too.
func findMessage(ctx context.Context, p place, src migrate.Source, word string) (mail.Ref, error) {
	wanted := messageWord(p, word)
	folders, err := src.Folders(ctx)
	if err != nil {
		return mail.Ref{}, err
	}
	folders = slices.DeleteFunc(folders, func(f mail.Folder) bool {
		_, in := below(f.Path, rootOf(p))
		return !in || wanted.Folder != "" && f.Path != wanted.Folder
	})
	byID := strings.Contains(wanted.ID, "@") && wanted.Folder == ""
	for _, f := range folders {
		ref, err := findIn(ctx, src, f, wanted.ID, byID)
		if err != nil || ref.ID != "" {
			return ref, err
		}
	}
	if ref, ok := findNumber(ctx, src, folders, wanted); ok {
		return ref, nil
	}
	return mail.Ref{}, withHint(fmt.Errorf("%s: no message is called %q", p, word),
		"name it by its Message-ID, or as reports show it behind UID=: a number on a server and in an archive, else the name of its file")
}

// findNumber finds a message of an archive by the number that it has there.
func findNumber(ctx context.Context, src migrate.Source, folders []mail.Folder, wanted mail.Ref) (mail.Ref, bool) {
	box, ok := src.(interface {
		Numbered(ctx context.Context, ref mail.Ref) (mail.Ref, bool)
	})
	if !ok {
		return mail.Ref{}, false
	}
	for _, f := range folders {
		if ref, ok := box.Numbered(ctx, mail.Ref{Folder: f.Path, Validity: wanted.Validity, ID: wanted.ID}); ok {
			return ref, true
		}
	}
	return mail.Ref{}, false
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
func messageWord(p place, word string) mail.Ref {
	if strings.HasPrefix(word, "<") {
		return mail.Ref{ID: word}
	}
	rest, printed := strings.CutPrefix(word, p.String()+"/")
	if i := strings.LastIndex(rest, "/;UID="); i >= 0 && printed {
		folder, validity, _ := strings.Cut(rest[:i], ";UIDVALIDITY=")
		id := rest[i+len("/;UID="):]
		if f, err := url.PathUnescape(folder); err == nil {
			folder = f
		}
		if u, err := url.PathUnescape(id); err == nil {
			id = u
		}
		n, _ := strconv.ParseUint(validity, 10, 32) // 0 where it is not told
		return mail.Ref{Folder: mail.Path(folder), Validity: uint32(n), ID: id}
	}
	if i := strings.LastIndexByte(word, '/'); i > 0 {
		return mail.Ref{Folder: mail.Path(word[:i]).Clean(), ID: word[i+1:]}
	}
	return mail.Ref{ID: word}
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
