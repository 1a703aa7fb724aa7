package main

import (
	"context"
	"errors"
	"sync"

	"mailmv/migrate"
)

// audience is all that hears of a run: progress, printer, log and report. Events come from the engine and
// from the ends, so they are put in line here.
type audience struct {
	mu      sync.Mutex
	bar     *progress
	out     printer
	log     *eventLog
	report  *reportFile
	receipt *receiptFile
	cancel  context.CancelCauseFunc // ends the run when stdout takes no more
}

func (w *audience) event(e migrate.Event) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.bar.event(e)
	if err := w.out.event(e); err != nil {
		w.cancel(outputError(err))
	}
	if err := w.receipt.event(e); err != nil {
		w.cancel(err)
	}
	w.log.event(e)
	w.report.event(e)
}

// note takes what an end has to say.
func (w *audience) note(text string) { w.event(migrate.Note{Text: text}) }

// end tells the report, once nothing happens any more.
func (w *audience) end(r result) error {
	w.log.line("report: %s", r.Counts)
	return errors.Join(outputError(w.out.report(r)), w.report.end(r))
}
