package migrate

import (
	"context"
	"iter"

	"mailmv/formats/mail"
)

// sweep copies a folder of which the journal knows nothing without listing it before. done is false where that does not serve, or
// something is left to be looked at: the folder is to be listed then, and what was copied is in the journal.
func (x *runner) sweep(ctx context.Context, m *move) (done bool, err error) {
	s, ok := x.source(m).(Sweeper)
	if !ok || !x.maySweep(m) {
		return false, nil
	}
	m.listed = m.folder.Messages
	x.observe(FolderStarted{Source: m.src.Name, Folder: m.folder.Path, To: m.to.Path, Messages: m.listed, ToFetch: m.listed})
	if err := x.bring(ctx, m, func(ctx context.Context) iter.Seq2[mail.Fetched, error] { return s.Sweep(ctx, m.folder) }); err != nil {
		return false, err
	}
	if m.counts.Seen == m.listed && m.counts.Failed == 0 && m.counts.Skipped == 0 {
		return true, nil
	}
	x.again(m)
	return false, nil
}

// maySweep tells whether all of a folder is to be copied, and all of it for the first time.
func (x *runner) maySweep(m *move) bool {
	return x.pass == 1 && m.folder.Messages > 0 && m.folder.Validity != 0 && x.Journal.isNew(m.from) &&
		!x.DryRun && x.verify == nil && x.Select == (Selection{}) && m.src.Seen == nil && x.StopAfter == 0
}
