package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

// judge measures how long dedupe takes to find the second copies in a Maildir, beside reading and summing it.
func (b *bed) judge(ctx context.Context, o options, t *table) error {
	dir, err := os.MkdirTemp(b.dir, "judge-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	b.state = filepath.Join(dir, "state") // nothing is known from a run before
	box := filepath.Join(dir, "Maildir")
	if err := writeTwins(box, o.judge.messages, o.judge.octets); err != nil {
		return err
	}
	files, err := mailFiles(box)
	if err != nil {
		return err
	}
	return errors.Join(
		t.measure("judge limit", func() (figure, error) { return limitJudge(files) }),
		t.twice("judge mailmv", func() (figure, error) { return b.program(ctx, o.mailmv, len(files), "dedupe", "maildir:"+box) }))
}

// writeTwins makes a Maildir with every message twice: as it came, and as a program that fetched it keeps it.
func writeTwins(box string, messages int, octets int64) error {
	for _, sub := range []string{"cur", "new", "tmp"} {
		if err := os.MkdirAll(filepath.Join(box, sub), 0o700); err != nil {
			return err
		}
	}
	for i := range messages {
		var m bytes.Buffer
		if err := writeMail(&m, i, octets); err != nil {
			return err
		}
		own := fmt.Sprintf("X-UIDL: %08x\nStatus: RO\n", i)
		err := errors.Join(
			os.WriteFile(fmt.Sprintf("%s/cur/1.%07d.a:2,", box, i), m.Bytes(), 0o600),
			os.WriteFile(fmt.Sprintf("%s/cur/2.%07d.b:2,S", box, i), append([]byte(own), m.Bytes()...), 0o600))
		if err != nil {
			return err
		}
	}
	return nil
}
