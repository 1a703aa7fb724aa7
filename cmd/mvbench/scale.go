package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
)

// scaled measures each command with few and with many messages: what one message costs should be the same.
func (b *bed) scaled(ctx context.Context, o options, via wire) error {
	few, err := b.scale(ctx, o.mailmv, via, 20000)
	if err != nil {
		return err
	}
	many, err := b.scale(ctx, o.mailmv, via, o.scale)
	if err != nil {
		return err
	}
	fmt.Printf("\n%-8s %21s %21s %8s\n", "command", fmt.Sprintf("µs each of %d", 20000), fmt.Sprintf("µs each of %d", o.scale), "peak MB")
	for i, f := range few {
		fmt.Printf("%-8s %21.0f %21.0f %8.1f\n", f.name, f.perMessage()*1e6, many[i].perMessage()*1e6, many[i].peakMB)
	}
	return nil
}

// step is one command of a scaled run.
type step struct {
	name string
	figure
}

// scale runs the commands of an archive over one folder of so many small messages.
func (b *bed) scale(ctx context.Context, mailmv string, via wire, messages int) (steps []step, err error) {
	from, err := b.fill(fmt.Sprintf("scale%d", messages), messages, 1<<10)
	if err != nil {
		return nil, err
	}
	state, err := os.MkdirTemp(b.dir, "state-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(state)
	b.state = state
	archive, source := filepath.Join(state, "archive"), place("imap", from.user, via.imap)
	to := b.target()
	target := place("imap", to, via.imap)
	for _, args := range [][]string{{"pull", source, archive}, {"pull", source, archive}, {"list", archive}, {"check", archive}, {"push", archive, target}, {"verify", archive, target}} {
		f, err := b.program(ctx, mailmv, messages, args...)
		if err != nil {
			return nil, err
		}
		name := args[0]
		if len(steps) == 1 {
			name = "again"
		}
		steps = append(steps, step{name, f})
	}
	return steps, b.arrived(to, messages)
}
