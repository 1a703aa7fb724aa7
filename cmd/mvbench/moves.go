package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

// course is where a round of runs goes along.
type course struct {
	name  string
	wire  wire
	from  maildrop
	plain int
}

// goals are how many times as long as its limit each command may take.
var goals = []struct {
	name      string
	near, far float64
}{{"pop2imap", 1.6, 1.7}, {"imap-maildir", 1.5, 1.7}, {"pop-maildir", 1.5, 1.7}, {"push", 1.5, 1.7}, {"copy", 1.6, 1.7}}

// ratios prints how each command stands to its limit.
func (t *table) ratios(place string) {
	for _, g := range goals {
		goal := g.near
		if place == "far" {
			goal = g.far
		}
		t.ratio(place+" "+g.name, place+" "+g.name+" limit", fmt.Sprintf("times as long as the limit (goal: at most %.1f)", goal))
	}
	t.ratio(place+" plain", place+" pop2imap", "times the messages a second of a plain copy")
}

// round measures every command once, each right after its limit.
func (b *bed) round(ctx context.Context, mailmv string, t *table, c course) error {
	state, err := os.MkdirTemp(b.dir, "state-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(state)
	b.state = state
	archive := filepath.Join(state, "archive")
	pop, imap := place("pop3", c.from.user, c.wire.pop3), place("imap", c.from.user, c.wire.imap)
	n := c.from.messages
	return errors.Join(
		t.measure(c.name+" plain", func() (figure, error) { return b.plain(c.wire, c.from, c.plain) }),
		t.measure(c.name+" pop2imap limit", func() (figure, error) { return b.limitPop2imap(c.wire, c.from) }),
		t.measure(c.name+" pop2imap", func() (figure, error) { return b.pop2imap(ctx, mailmv, c.wire, c.from) }),
		t.measure(c.name+" imap-maildir limit", func() (figure, error) { return b.limitPull(c.wire, c.from) }),
		t.twice(c.name+" imap-maildir", func() (figure, error) { return b.program(ctx, mailmv, n, "pull", imap, archive) }),
		b.pushed(ctx, mailmv, t, c, archive),
		os.RemoveAll(archive),
		t.measure(c.name+" pop-maildir limit", func() (figure, error) { return b.limitPOP(c.wire, c.from) }),
		t.twice(c.name+" pop-maildir", func() (figure, error) { return b.program(ctx, mailmv, n, "pull", pop, archive) }),
		t.measure(c.name+" copy limit", func() (figure, error) { return b.limitCopy(c.wire, c.from) }),
		b.filling(n, func(to string) error {
			return t.twice(c.name+" copy", func() (figure, error) { return b.program(ctx, mailmv, n, "copy", imap, place("imap", to, c.wire.imap)) })
		}))
}

// pushed measures push from an archive.
func (b *bed) pushed(ctx context.Context, mailmv string, t *table, c course, archive string) error {
	files, err := mailFiles(archive)
	if err != nil {
		return err
	}
	return errors.Join(
		t.measure(c.name+" push limit", func() (figure, error) { return b.limitPush(c.wire, files) }),
		b.filling(len(files), func(to string) error {
			return t.twice(c.name+" push", func() (figure, error) {
				return b.program(ctx, mailmv, len(files), "push", archive, place("imap", to, c.wire.imap))
			})
		}))
}

// filling gives run an account that nobody has used yet, and looks how many messages arrived there.
func (b *bed) filling(messages int, run func(to string) error) error {
	to := b.target()
	return errors.Join(run(to), b.arrived(to, messages))
}

// twice measures a run, and the same once more.
func (t *table) twice(name string, run func() (figure, error)) error {
	return errors.Join(t.measure(name, run), t.measure(name+" again", run))
}
