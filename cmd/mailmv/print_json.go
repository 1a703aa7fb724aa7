package main

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"
	"unicode/utf16"

	"mailmv/migrate"
)

// jsonPrinter prints an object a line; the report is the last. Fields are added, never renamed.
type jsonPrinter struct {
	a    *app
	sink string
}

// messageJSON is the object of one message.
type messageJSON struct {
	Kind      string `json:"kind"`
	From      string `json:"from"`
	To        string `json:"to"`
	MessageID string `json:"message_id"`
	Outcome   string `json:"outcome"`
	Reason    string `json:"reason"`
	Octets    int64  `json:"octets"`
	Subject   string `json:"subject,omitempty"`
	Sender    string `json:"sender,omitempty"` // of verify, as is the date
	Date      string `json:"date,omitempty"`
}

// noteJSON is the object of a note ("note") or of a lost connection ("retry").
type noteJSON struct {
	Kind string `json:"kind"`
	Text string `json:"text"`
}

type countsJSON struct {
	Seen      int   `json:"seen"`
	Copied    int   `json:"copied"`
	Present   int   `json:"present"`
	Duplicate int   `json:"duplicate"`
	Skipped   int   `json:"skipped"`
	Failed    int   `json:"failed"`
	Removed   int   `json:"removed"`
	Altered   int   `json:"altered"`
	Octets    int64 `json:"octets"`
	Unsized   int   `json:"unsized,omitempty"` // copied messages whose octets are not known, and not in the sum
}

// size writes how many octets were copied: "-" where none are known, "at least" where some are not.
func (c countsJSON) size(text func(int64) string) string {
	switch {
	case c.Unsized == 0:
		return text(c.Octets)
	case c.Unsized == c.Copied:
		return "-"
	}
	return "at least " + text(c.Octets)
}

type folderJSON struct {
	Folder string `json:"folder"`
	Source string `json:"source"`
	To     string `json:"to"`
	countsJSON
}

type reportJSON struct {
	Kind    string `json:"kind"`
	Command string `json:"command"`
	countsJSON
	Seconds  float64      `json:"seconds"`
	Complete bool         `json:"complete"`
	DryRun   bool         `json:"dry_run"`
	Exit     int          `json:"exit"`
	Error    string       `json:"error,omitempty"`
	Folders  []folderJSON `json:"folders"`
}

// keptJSON is a message that was to be removed and stays.
type keptJSON struct {
	Kind   string `json:"kind"`
	From   string `json:"from"`
	Reason string `json:"reason"`
}

func (p *jsonPrinter) event(e migrate.Event) error {
	switch e := e.(type) {
	case migrate.MessageDone:
		if e.Outcome == migrate.Failed || p.a.opts.verbose {
			return p.object(p.a.messageJSON(e, p.sink))
		}
	case migrate.Verified:
		if e.Finding != migrate.Proven || p.a.opts.verbose {
			return p.object(p.a.findingJSON(e, p.sink))
		}
	case migrate.FolderAbsent:
		return p.object(p.a.absentJSON(e))
	case migrate.Kept:
		if p.a.opts.verbose {
			return p.object(keptJSON{"kept", p.a.redact.clean(messageURL(e.Source, e.Ref)), p.a.redact.clean(e.Reason)})
		}
	case migrate.Note:
		return p.object(noteJSON{"note", p.a.redact.clean(e.Text)})
	case migrate.Retrying:
		return p.object(noteJSON{"retry", p.a.redact.clean(retryText(e))})
	}
	return nil
}

func (p *jsonPrinter) report(r result) error { return p.object(p.a.reportJSON(r)) }

func (p *jsonPrinter) object(v any) error { return p.a.object(v) }

// object prints one line of --json.
func (a *app) object(v any) error {
	text, err := jsonText(v)
	if err != nil {
		return err
	}
	return a.screen.line(a.stdout, text)
}

// jsonText writes v as JSON in which no terminal finds anything to obey: what safe would escape is escaped
// here too, in JSON's own way, so that a program reads the text as it was.
func jsonText(v any) (string, error) {
	text, err := json.Marshal(v)
	if err != nil {
		return "", err
	}
	var b strings.Builder
	for _, r := range string(text) { // outside strings JSON is ASCII
		switch {
		case misleading(r) && r > 0xffff:
			hi, lo := utf16.EncodeRune(r)
			fmt.Fprintf(&b, `\u%04x\u%04x`, hi, lo)
		case misleading(r):
			fmt.Fprintf(&b, `\u%04x`, r)
		default:
			b.WriteRune(r)
		}
	}
	return b.String(), nil
}

func (a *app) messageJSON(e migrate.MessageDone, sink string) messageJSON {
	m := messageJSON{Kind: "message", Outcome: e.Outcome.String(), Reason: a.redact.clean(reasonOf(e)), Octets: e.Message.Octets,
		From:      a.redact.clean(messageURL(e.Source, e.Message.Ref)),
		MessageID: a.redact.clean(e.Message.Envelope.MessageID), Subject: a.redact.clean(subject(e.Message.Envelope.Subject))}
	if e.To.Folder != "" {
		m.To = a.redact.clean(messageURL(sink, e.To))
	}
	return m
}

func (a *app) reportJSON(r result) reportJSON {
	j := reportJSON{Kind: "report", Command: r.Command, countsJSON: countsOf(r.Counts), Seconds: r.Elapsed.Round(time.Millisecond).Seconds(),
		Complete: r.Complete, DryRun: r.DryRun, Exit: exitCode(r.Err), Folders: []folderJSON{}}
	if r.Err != nil {
		j.Error = a.redact.clean(oneLine(r.Err.Error()))
	}
	for _, f := range r.Folders {
		j.Folders = append(j.Folders, folderJSON{Folder: a.redact.clean(string(f.Folder)), Source: a.redact.clean(f.Source),
			To: a.redact.clean(string(f.To)), countsJSON: countsOf(f.Counts)})
	}
	return j
}

func countsOf(c migrate.Counts) countsJSON {
	return countsJSON{c.Seen, c.Copied, c.Present, c.Duplicate, c.Skipped, c.Failed, c.Removed, c.Altered, c.Octets, c.Unsized}
}
