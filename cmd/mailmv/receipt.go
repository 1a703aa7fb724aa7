package main

import (
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"mailmv/formats/receipt"
	"mailmv/migrate"
)

// receiptFile is the file of verify --receipt: written beside its name, and put there when all is proven.
type receiptFile struct {
	name   string
	tmp    *os.File
	w      *receipt.Writer
	from   []place
	ignore migrate.Aspects
	err    error
}

// openReceipt begins a receipt, where one is asked for.
func (a *app) openReceipt(t *trip, o *verifyOptions) (*receiptFile, error) {
	if o.receipt == "" {
		return nil, nil
	}
	if _, err := os.Lstat(o.receipt); err == nil {
		return nil, usagef("name a new file: a receipt is never written over another", "--receipt: %s is there already", o.receipt)
	}
	tmp, err := os.CreateTemp(filepath.Dir(o.receipt), ".mailmv-receipt-*")
	if err != nil {
		return nil, usagef("give a file in a folder that can be written", "--receipt: %v", err)
	}
	h := receipt.Head{Written: time.Now(), Program: buildInfo().String(), To: receipt.Place{Name: t.to.String(), Root: t.to.Folder}}
	for _, p := range t.from {
		h.From = append(h.From, receipt.Place{Name: p.String(), Root: p.Folder})
	}
	for _, l := range o.limits {
		h.Options = append(h.Options, receipt.Option{Name: l[0], Value: l[1]})
	}
	return &receiptFile{name: o.receipt, tmp: tmp, w: receipt.NewWriter(tmp, h), from: t.from, ignore: o.ignore}, nil
}

// event states what is proven.
func (r *receiptFile) event(e migrate.Event) error {
	v, ok := e.(migrate.Verified)
	if r == nil || r.err != nil || !ok || v.Finding != migrate.Proven {
		return nil
	}
	if r.err = r.w.Add(v.Stated(sourceNumber(r.from, v.Source), r.ignore)); r.err != nil {
		return fmt.Errorf("receipt: %w", r.err)
	}
	return nil
}

// end makes the receipt durable and puts it in its place, unless something has come there meanwhile. It gives its sum.
func (r *receiptFile) end() (sum string, err error) {
	if r == nil {
		return "", nil
	}
	total, err := r.w.End()
	if err == nil {
		err = r.tmp.Sync()
	}
	if err == nil {
		err = r.tmp.Close()
	}
	if err == nil {
		err = putInPlace(r.tmp.Name(), r.name)
	}
	if err != nil {
		return "", fmt.Errorf("receipt: %w", err)
	}
	r.tmp = nil
	return hex.EncodeToString(total.Sum[:]), nil
}

// putInPlace gives a file its name, durably, but never that of another. Where the file system knows no links the name is
// taken first.
func putInPlace(tmp, name string) error {
	err := os.Link(tmp, name)
	switch {
	case err == nil:
		err = os.Remove(tmp)
	case errors.Is(err, fs.ErrExist):
	default:
		f, taken := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
		if taken != nil {
			return taken
		}
		err = errors.Join(f.Close(), os.Rename(tmp, name))
	}
	if err != nil {
		return err
	}
	d, err := os.Open(filepath.Dir(name))
	if err != nil {
		return err
	}
	defer d.Close()
	if err := d.Sync(); err != nil && !errors.Is(err, fs.ErrInvalid) && !errors.Is(err, errors.ErrUnsupported) {
		return err // systems that cannot sync a folder do it by themselves
	}
	return nil
}

// drop takes away what was begun of a receipt.
func (r *receiptFile) drop() error {
	if r == nil || r.tmp == nil {
		return nil
	}
	r.tmp.Close()
	return os.Remove(r.tmp.Name())
}
