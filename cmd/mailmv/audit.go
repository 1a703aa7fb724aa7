package main

import (
	"context"
	"errors"
	"fmt"
	"os"

	"mailmv/archive/files"
	"mailmv/formats/mail"
	"mailmv/formats/receipt"
	"mailmv/migrate"
)

// runAudit holds a place against a receipt.
func (a *app) runAudit(ctx context.Context, word string, o *verifyOptions) error {
	tuneMemory()
	conf, err := loadConfig(a.opts.config)
	if err != nil {
		return err
	}
	p, err := parsePlace(word, conf)
	if err != nil {
		return err
	}
	t := &trip{from: []place{p}, to: p}
	if err := t.checkThere(); err != nil {
		return err
	}
	r, closeReceipt, err := readReceipt(o.against)
	if err != nil {
		return err
	}
	a.warnPlaintext(&trip{from: t.from})
	if err := a.openFiles(t, &o.moveOptions); err != nil {
		return errors.Join(err, t.close(), closeReceipt())
	}
	return errors.Join(a.audit(ctx, t, r, o), t.close(), closeReceipt())
}

// readReceipt opens a receipt and proves it.
func readReceipt(name string) (*receipt.Receipt, func() error, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, nil, usagef("name the file that verify --receipt wrote", "--against: %v", err)
	}
	info, err := f.Stat()
	if err == nil && !info.Mode().IsRegular() {
		err = receipt.ErrNone
	}
	var r *receipt.Receipt
	if err == nil {
		r, err = receipt.Open(f, info.Size())
	}
	if err != nil {
		return nil, nil, errors.Join(fmt.Errorf("%s: %w", name, err), f.Close())
	}
	return r, f.Close, nil
}

// audit runs the comparison of the place of t with a receipt.
func (a *app) audit(ctx context.Context, t *trip, r *receipt.Receipt, o *verifyOptions) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	tell := &audience{out: a.printer(t.to), log: t.log, cancel: cancel}
	op := a.newOpener(t.trace, o.silence, tell.note)
	op.rate, op.received, op.proves = t.rate, &t.received, true
	src, err := op.source(ctx, t.to)
	if err != nil {
		return err
	}
	if c, ok := src.(migrate.Connector); ok {
		if err := c.Connect(ctx); err != nil {
			return errors.Join(err, src.Close())
		}
	}
	a.aboutReceipt(r)
	tell.bar = a.newProgress(t.received.In.Load)
	to := auditRoute(t.to, src, r, o)
	proof, err := migrate.Audit{Receipt: r, Place: src, Name: t.to.String(), To: to, Ignore: o.ignore, Observe: tell.event}.Do(ctx)
	tell.bar.close()
	err = errors.Join(err, src.Close())
	if err == nil {
		a.unknownFolders(&o.folderOptions)
	}
	return a.proven(t, proof, errors.Join(err, unproven(proof, err, errNotStated)), nil)
}

// auditRoute says where in a place the folders of a receipt are: under their names, or below the folder that the place
// was named with, which stands for that of the destination of then.
func auditRoute(p place, src migrate.Source, r *receipt.Receipt, o *verifyOptions) func(mail.Path) mail.Path {
	old := r.To.Root
	single := false
	if tree, ok := src.(*files.Store); ok {
		_, single = tree.Root()
	}
	return func(f mail.Path) mail.Path {
		name := f
		if rest, ok := below(f, old); p.Folder != "" && ok {
			f = join(p.Folder, rest)
		}
		if single && len(r.Folders) == 1 {
			f = mail.Inbox // the one folder of a single file
		}
		return o.placed(name, join(o.into, f).Clean())
	}
}

// aboutReceipt says what the receipt is, and what it does not state.
func (a *app) aboutReceipt(r *receipt.Receipt) {
	a.note(fmt.Sprintf("the receipt of %s states %s in %s of %s", r.Written.Local().Format("2006-01-02 15:04"),
		mail.Count(r.Messages, "message", "messages"), mail.Count(len(r.Folders), "folder", "folders"), r.To.Name))
	for _, o := range r.Options {
		a.note(fmt.Sprintf("it was written with --%s %s: it does not state more", o.Name, o.Value))
	}
}
