package imap

import (
	"context"
	"iter"
	"strings"

	"mailmv/formats/mail"
)

// below shows one folder of an account, and what is under it, as a whole account: tests on a real server
// then have an empty INBOX of their own.
type below struct {
	*Store
	root mail.Path
}

func (b *below) down(f mail.Folder) mail.Folder {
	f.Path = b.root + "/" + f.Path
	return f
}

func (b *below) up(p mail.Path) mail.Path {
	return mail.Path(strings.TrimPrefix(string(p), string(b.root)+"/"))
}

func (b *below) Folders(ctx context.Context) ([]mail.Folder, error) {
	all, err := b.Store.Folders(ctx)
	var mine []mail.Folder
	for _, f := range all {
		if strings.HasPrefix(string(f.Path), string(b.root)+"/") {
			f.Path = b.up(f.Path)
			mine = append(mine, f)
		}
	}
	return mine, err
}

func (b *below) Look(ctx context.Context, p mail.Path) (mail.Folder, error) {
	f, err := b.Store.Look(ctx, b.root+"/"+p)
	f.Path = b.up(f.Path)
	return f, err
}

func (b *below) Open(ctx context.Context, p mail.Path) (mail.Folder, error) {
	f, err := b.Store.Open(ctx, b.root+"/"+p)
	f.Path = b.up(f.Path)
	return f, err
}

func (b *below) Known(p mail.Path) (mail.Folder, bool) {
	f, ok := b.Store.Known(b.root + "/" + p)
	f.Path = b.up(f.Path)
	return f, ok
}

func (b *below) List(ctx context.Context, f mail.Folder) iter.Seq2[mail.Message, error] {
	return b.Store.List(ctx, b.down(f))
}

func (b *below) Describe(ctx context.Context, f mail.Folder, refs []mail.Ref) iter.Seq2[mail.Message, error] {
	return b.Store.Describe(ctx, b.down(f), refs)
}

func (b *below) Fetch(ctx context.Context, f mail.Folder, refs []mail.Ref) iter.Seq2[mail.Fetched, error] {
	return b.Store.Fetch(ctx, b.down(f), refs)
}

func (b *below) Sweep(ctx context.Context, f mail.Folder) iter.Seq2[mail.Fetched, error] {
	return b.Store.Sweep(ctx, b.down(f))
}

func (b *below) Append(ctx context.Context, f mail.Folder, batch []mail.Parcel) (func() ([]mail.Stored, error), error) {
	return b.Store.Append(ctx, b.down(f), batch)
}

func (b *below) Remove(ctx context.Context, f mail.Folder, doomed []mail.Doomed) iter.Seq2[mail.Ref, error] {
	return b.Store.Remove(ctx, b.down(f), doomed)
}

func (b *below) SetFlags(ctx context.Context, f mail.Folder, changes []mail.Flagging) iter.Seq2[mail.Message, error] {
	return b.Store.SetFlags(ctx, b.down(f), changes)
}
