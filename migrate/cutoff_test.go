package migrate

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"mailmv/formats/mail"
)

// A message at which the server hangs up each time fails, and the others come; one at which it did so twice comes too.
func TestMessageThatCutsTheConnection(t *testing.T) {
	b := newBench(t, samples(10)...)
	b.run.Retries = 5
	left := map[string]int{"uidl-4": 1000, "uidl-7": 2}
	tries := 0
	b.source.FetchErr = func(id string) error {
		if left[id] == 0 {
			return nil
		}
		left[id]--
		if id == "uidl-4" {
			tries++
		}
		return &mail.Error{Op: "fetch", Ref: mail.Ref{Folder: mail.Inbox, ID: id}, Retry: true, Err: mail.ErrCut}
	}
	rep, err := b.do(nil)
	if !errors.Is(err, ErrMessages) || rep.Counts.String() != "10 seen = 9 copied + 0 present + 0 duplicate + 0 skipped + 1 failed" {
		t.Fatalf("%v, %v", rep.Counts, err)
	}
	if tries != cutsMax {
		t.Errorf("it was fetched %d times, want %d", tries, cutsMax)
	}
	told := slices.IndexFunc(b.events, func(e Event) bool {
		m, ok := e.(MessageDone)
		return ok && m.Outcome == Failed && m.Message.ID == "uidl-4" && strings.Contains(m.Reason, errCutOff.Error())
	})
	if told < 0 {
		t.Error("its failure is not told")
	}
	left["uidl-4"] = 0 // the next run tries it again
	b.mustDo("10 seen = 1 copied + 9 present + 0 duplicate + 0 skipped + 0 failed")
}
