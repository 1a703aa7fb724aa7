package migrate

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"mailmv/formats/mail"
	"mailmv/migrate/memstore"
)

// What a run did not come to is left out where somebody stopped it, and has failed where it broke off; it is told how much that is.
func TestWhatWasNotTried(t *testing.T) {
	refusing := func(err error) func(*bench) {
		return func(b *bench) {
			b.sink.Refuse = func(p mail.Parcel) error {
				if p.ID == "uidl-4" {
					return err
				}
				return nil
			}
			b.run.OnBad = StopBad
		}
	}
	full := errors.New("no space left on device")
	for _, test := range []struct {
		name   string
		do     func(*bench)
		err    error
		failed bool
	}{
		{"stopped at its limit", func(b *bench) { b.run.StopAfter = 1 }, ErrStopped, false},
		{"over quota", refusing(&mail.Error{Op: "append", Err: mail.ErrQuota}), mail.ErrQuota, false},
		{"disk full", refusing(&mail.Error{Op: "append", Err: full}), full, true},
		{"a message that is refused stops it", refusing(&mail.Error{Op: "append", Scope: mail.ScopeMessage, Err: mail.ErrTooBig}), mail.ErrTooBig, true},
	} {
		t.Run(test.name, func(t *testing.T) {
			b := newBench(t, samples(20)...)
			test.do(b)
			rep, err := b.do(nil)
			if !errors.Is(err, test.err) || !rep.Balanced() || rep.Seen != 20 || rep.Copied >= 20 {
				t.Fatalf("%v, %v", rep.Counts, err)
			}
			told := 0
			for _, e := range b.events {
				if n, ok := e.(Note); ok && strings.HasPrefix(n.Text, "the run broke off") {
					told++
				}
			}
			if (rep.Failed > 1) != test.failed || (rep.Skipped == 0) != test.failed || (told == 1) != test.failed {
				t.Errorf("%v, told %d times", rep.Counts, told)
			}
		})
	}
}

// A run that was called off has failed nothing.
func TestCalledOff(t *testing.T) {
	b := newBench(t, samples(20)...)
	ctx, cancel := context.WithCancelCause(t.Context())
	gone := errors.New("called off")
	b.sink.Refuse = func(mail.Parcel) error { cancel(gone); return nil }
	j := newJournal()
	j.file = memstore.NewFile(nil, nil)
	b.run.Sources, b.run.Sink, b.run.Journal = []From{{Source: b.source, Name: "memory", ID: "memory"}}, b.sink, j
	b.run.To = func(mail.Folder) mail.Path { return mail.Inbox }
	rep, err := b.run.Do(ctx)
	if !errors.Is(err, gone) || rep.Failed != 0 || !rep.Balanced() || rep.Seen != 20 {
		t.Errorf("%v, %v", fmt.Sprint(rep.Counts), err)
	}
}
