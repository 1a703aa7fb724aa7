package main

import (
	"fmt"
	"os"
	"sync"
	"time"

	"github.com/schollz/progressbar/v3"
	"golang.org/x/term"

	"mailmv/formats/mail"
	"mailmv/migrate"
)

const (
	barTick   = 200 * time.Millisecond
	lineEvery = 10 * time.Second
	lineShare = 0.05
)

// progress follows a run and shows how far it is: as a bar on a terminal, as a line now and then elsewhere.
type progress struct {
	a    *app
	live func() int64 // octets read from the sources, those of unfinished messages too
	now  func() time.Time

	mu      sync.Mutex
	folders map[folderKey]*folderProgress
	pace    pace
	base    int64 // of live, when the first folder began

	stop chan struct{}
	done sync.WaitGroup
}

type folderKey struct {
	source string
	folder mail.Path
}

// folderProgress is what is known of one folder. Total and octets grow when a lost connection made the run
// list it again.
type folderProgress struct {
	total, done     int // messages to fetch
	octets, fetched int64
	messages        int // all that were listed
}

// status is how far a run is at one moment.
type status struct {
	total, done     int
	octets, fetched int64
	octetRate       float64
	left            time.Duration
	leftKnown       bool
}

// newProgress starts to show; close ends it. nil where nothing is to be shown: its methods do nothing.
func (a *app) newProgress(live func() int64) *progress {
	if a.opts.quiet || a.opts.noProgress {
		return nil
	}
	p := &progress{a: a, live: live, now: time.Now, folders: map[folderKey]*folderProgress{}, stop: make(chan struct{})}
	if a.tty != nil && !a.opts.json && os.Getenv("TERM") != "dumb" {
		p.done.Go(p.drawBar)
	} else {
		p.done.Go(p.writeLines)
	}
	return p
}

// close takes the bar away.
func (p *progress) close() {
	if p == nil {
		return
	}
	close(p.stop)
	p.done.Wait()
}

// event takes note of what happened.
func (p *progress) event(e migrate.Event) {
	if p == nil {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	switch e := e.(type) {
	case migrate.FolderStarted:
		if len(p.folders) == 0 {
			p.base = p.live()
			p.pace.note(p.now(), 0, 0)
		}
		key := folderKey{e.Source, e.Folder}
		f := p.folders[key]
		if f == nil {
			f = &folderProgress{}
			p.folders[key] = f
		}
		f.total, f.octets, f.messages = f.done+e.ToFetch, f.fetched+e.Octets, e.Messages
	case migrate.MessagesRead:
		if f := p.folders[folderKey{e.Source, e.Folder}]; f != nil {
			f.done = min(f.done+e.Messages, f.total)
			f.fetched += e.Octets
		}
	case migrate.MessageDone:
		// Those of which the plan knew already come before FolderStarted.
		if f := p.folders[folderKey{e.Source, e.Message.Folder}]; f != nil && e.Outcome != migrate.Removed && f.done < f.total {
			f.done++
			f.fetched += max(e.Message.Octets, 0)
		}
	}
}

// status sums up; ok is false where there is nothing to be fetched (yet).
func (p *progress) status() (s status, ok bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, f := range p.folders {
		s.total += f.total
		s.done += f.done
		s.octets += f.octets
		s.fetched += f.fetched
	}
	if s.total == 0 {
		return s, false
	}
	// What is on its way counts too, or a message of 300 MB would look like a standstill.
	s.fetched = min(max(s.fetched, p.live()-p.base), max(s.octets, s.fetched))
	now := p.now()
	s.octetRate, _ = p.pace.rates(now, s.fetched, s.done)
	s.left, s.leftKnown = p.pace.left(now, s.fetched, s.done, s.octets-s.fetched, s.total-s.done)
	p.pace.note(now, s.fetched, s.done)
	return s, true
}

// share is the part that is done, from 0 to 1: of octets and of messages in equal parts.
func (s status) share() float64 {
	byMessages := float64(s.done) / float64(s.total)
	if s.octets == 0 {
		return byMessages
	}
	return (byMessages + float64(s.fetched)/float64(s.octets)) / 2
}

// text says how far we are in at most width columns; what matters least is left out first.
func (s status) text(width int) string {
	parts := []string{fmt.Sprintf("%s/%s messages", countText(s.done), countText(s.total))}
	if s.leftKnown {
		parts = append(parts, spanText(s.left)+" left")
	}
	if s.octets > 0 {
		parts = append(parts, sizeText(s.fetched)+" of "+sizeText(s.octets))
	} else if s.fetched > 0 {
		parts = append(parts, sizeText(s.fetched))
	}
	if s.octetRate > 0 {
		parts = append(parts, sizeText(int64(s.octetRate))+"/s")
	}
	text := parts[0]
	for _, part := range parts[1:] {
		if len(text)+2+len(part) > width {
			break
		}
		text += ", " + part
	}
	return text
}

// lineDue tells whether another line is worth it: ten seconds and a twentieth of the work after the last, or
// a minute.
func lineDue(since time.Duration, share float64) bool {
	return since >= lineEvery && share >= lineShare || since >= 6*lineEvery
}

// writeLines writes a line now and then.
func (p *progress) writeLines() {
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	last, lastShare := p.now(), 0.0
	for {
		select {
		case <-p.stop:
			return
		case <-tick.C:
		}
		s, ok := p.status()
		since := p.now().Sub(last)
		if !ok || !lineDue(since, s.share()-lastShare) {
			continue
		}
		last, lastShare = p.now(), s.share()
		_ = p.a.screen.line(p.a.stderr, fmt.Sprintf("mailmv: %.0f%%, %s", 100*s.share(), s.text(200)))
	}
}

// barSteps is the length of the bar in its own counting. The bar library knows one unit, and guesses the
// time left from ten samples; so it draws, and we count.
const barSteps = 1000

// drawBar draws until the run ends.
func (p *progress) drawBar() {
	tick := time.NewTicker(barTick)
	defer tick.Stop()
	var bar *progressbar.ProgressBar
	defer func() {
		p.a.screen.bar(nil)
		if bar != nil {
			p.a.screen.draw(func() { clearBar(p.a.tty) })
		}
	}()
	for {
		select {
		case <-p.stop:
			return
		case <-tick.C:
		}
		s, ok := p.status()
		if !ok {
			continue
		}
		if bar == nil {
			bar = p.a.newBar()
			p.a.screen.bar(func() { clearBar(p.a.tty) })
		}
		p.a.screen.draw(func() {
			bar.Describe(s.text(max(p.a.columns()-16, 20)))
			_ = bar.Set(min(int(s.share()*barSteps), barSteps-1)) // at its end the library takes it away
		})
	}
}

// clearBar takes the bar off its line (ECMA-48 §8.3.41, erase in line).
func clearBar(tty *os.File) { fmt.Fprint(tty, "\r\x1b[K") }

func (a *app) newBar() *progressbar.ProgressBar {
	return progressbar.NewOptions(barSteps,
		progressbar.OptionSetWriter(a.tty),
		progressbar.OptionSetWidth(30),
		progressbar.OptionShowDescriptionAtLineEnd(),
		progressbar.OptionSetElapsedTime(false),
		progressbar.OptionSetPredictTime(false),
		progressbar.OptionUseANSICodes(true),
		progressbar.OptionThrottle(barTick/2),
		progressbar.OptionSetTheme(progressbar.Theme{Saucer: "=", SaucerHead: ">", SaucerPadding: " ", BarStart: "[", BarEnd: "]"}),
	)
}

// columns is how wide the terminal is now.
func (a *app) columns() int {
	if w, _, err := term.GetSize(int(a.tty.Fd())); err == nil && w > 0 {
		return w
	}
	return 80
}
