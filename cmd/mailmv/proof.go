package main

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"mailmv/formats/mail"
	"mailmv/migrate"
)

func proofText(p migrate.ProofCounts) string {
	return fmt.Sprintf("%d seen = %d present + %d missing + %d differs + %d skipped + %d failed",
		p.Seen, p.Present, p.Missing, p.Differs, p.Skipped, p.Unread)
}

type proofCountsJSON struct {
	Seen    int   `json:"seen"`
	Present int   `json:"present"`
	Missing int   `json:"missing"`
	Differs int   `json:"differs"`
	Extra   int   `json:"extra"`
	Skipped int   `json:"skipped"`
	Failed  int   `json:"failed"`
	Altered int   `json:"altered"`
	Alike   int   `json:"alike"` // of the altered
	Octets  int64 `json:"octets"`
}

type proofFolderJSON struct {
	Folder string `json:"folder"`
	Source string `json:"source"`
	To     string `json:"to"`
	Absent bool   `json:"absent"`
	proofCountsJSON
}

type proofJSON struct {
	Kind    string `json:"kind"`
	Command string `json:"command"`
	proofCountsJSON
	Seconds  float64           `json:"seconds"`
	Complete bool              `json:"complete"`
	Exit     int               `json:"exit"`
	Error    string            `json:"error,omitempty"`
	Receipt  string            `json:"receipt,omitempty"` // the sum in its last line
	Folders  []proofFolderJSON `json:"folders"`
}

// absentJSON is a folder that is not at the destination.
type absentJSON struct {
	Kind     string `json:"kind"`
	Outcome  string `json:"outcome"`
	Source   string `json:"source"`
	Folder   string `json:"folder"`
	To       string `json:"to"`
	Messages int    `json:"messages"`
}

// proofReport prints the last line, and where not all is well, or with -v, a table before it. All is well is said too,
// but for -q.
func (a *app) proofReport(to place, p migrate.Proof, receipt string, err error) error {
	if a.opts.json {
		return outputError(a.object(a.proofJSON(p, receipt, err)))
	}
	if a.opts.quiet {
		return nil
	}
	var b strings.Builder
	if len(p.Folders) > 0 && (a.opts.verbose || !p.Holds()) {
		writeTable(&b, a.proofRows(p), 7)
	}
	if n := p.Altered - p.Alike; n > 0 {
		how := " as servers do"
		if to.inFiles() {
			how = ": line ends, or NUL"
		}
		fmt.Fprintf(&b, "%d altered by the destination%s\n", n, how)
	}
	if p.Alike > 0 {
		fmt.Fprintf(&b, "%d with the same content but other octets, as fields that programs and servers on the way add\n", p.Alike)
	}
	if p.Extra > 0 {
		fmt.Fprintf(&b, "%d more at the destination\n", p.Extra)
	}
	if receipt != "" {
		fmt.Fprintf(&b, "the receipt's sum is %s\n", receipt)
	}
	b.WriteString(proofText(p.ProofCounts))
	return outputError(a.screen.line(a.stdout, b.String()))
}

func (a *app) proofRows(p migrate.Proof) [][]string {
	several, renamed := false, false
	for _, f := range p.Folders {
		several = several || f.Source != p.Folders[0].Source
		renamed = renamed || f.To != f.Folder
	}
	row := func(source, folder, to string, numbers ...string) []string {
		var cells []string
		if several {
			cells = append(cells, source)
		}
		cells = append(cells, folder)
		if renamed {
			cells = append(cells, to)
		}
		return append(cells, numbers...)
	}
	rows := [][]string{row("from", "folder", "to", "seen", "present", "missing", "differs", "skipped", "failed", "extra")}
	for _, f := range p.Folders {
		n := strconv.Itoa
		extra := n(f.Extra)
		if f.Absent {
			extra = "not there"
		}
		rows = append(rows, row(a.foreign(f.Source), a.foreign(string(f.Folder)), a.foreign(string(f.To)),
			n(f.Seen), n(f.Present), n(f.Missing), n(f.Differs), n(f.Skipped), n(f.Unread), extra))
	}
	return rows
}

func (a *app) proofJSON(p migrate.Proof, receipt string, err error) proofJSON {
	j := proofJSON{Kind: "report", Command: "verify", proofCountsJSON: proofCountsOf(p.ProofCounts), Seconds: p.Elapsed.Round(time.Millisecond).Seconds(),
		Complete: err == nil || errors.Is(err, errNotProven), Exit: exitCode(err), Receipt: receipt, Folders: []proofFolderJSON{}}
	if err != nil {
		j.Error = a.redact.clean(oneLine(err.Error()))
	}
	for _, f := range p.Folders {
		j.Folders = append(j.Folders, proofFolderJSON{a.redact.clean(string(f.Folder)), a.redact.clean(f.Source), a.redact.clean(string(f.To)),
			f.Absent, proofCountsOf(f.ProofCounts)})
	}
	return j
}

func proofCountsOf(p migrate.ProofCounts) proofCountsJSON {
	return proofCountsJSON{p.Seen, p.Present, p.Missing, p.Differs, p.Extra, p.Skipped, p.Unread, p.Altered, p.Alike, p.Octets}
}

// finding is the line of one message that verify tells of.
func (a *app) finding(e migrate.Verified) string {
	m := e.Message
	date := "-"
	if !m.InternalDate.IsZero() {
		date = m.InternalDate.UTC().Format(time.DateOnly)
	}
	return fmt.Sprintf("%-8s %s  %s  %s  \"%s\"  (%s)", e.Finding, date, a.foreign(messageURL(e.Source, mail.Ref{Folder: m.Folder, ID: m.ID})),
		a.foreign(subject(m.Envelope.From)), a.foreign(subject(m.Envelope.Subject)), a.foreign(e.Reason))
}

// absent is the line of a folder that is not at the destination.
func (a *app) absent(e migrate.FolderAbsent) string {
	text := fmt.Sprintf("missing  folder %q is not there", a.foreign(string(e.To)))
	if e.To != e.Folder {
		text += fmt.Sprintf(" for %q", a.foreign(string(e.Folder)))
	}
	if e.Messages == 0 {
		return text + ": no mail was to be in it"
	}
	return text + ": " + mail.Count(e.Messages, "message", "messages")
}

func (a *app) findingJSON(e migrate.Verified, sink string) messageJSON {
	m := messageJSON{Kind: "message", Outcome: e.Finding.String(), Reason: a.redact.clean(e.Reason), Octets: e.Message.Octets,
		From:      a.redact.clean(messageURL(e.Source, e.Message.Ref)),
		MessageID: a.redact.clean(e.Message.Envelope.MessageID), Subject: a.redact.clean(subject(e.Message.Envelope.Subject)),
		Sender: a.redact.clean(subject(e.Message.Envelope.From))}
	if !e.Message.InternalDate.IsZero() {
		m.Date = e.Message.InternalDate.UTC().Format(time.RFC3339)
	}
	if e.To.Folder != "" {
		m.To = a.redact.clean(messageURL(sink, e.To))
	}
	return m
}

func (a *app) absentJSON(e migrate.FolderAbsent) absentJSON {
	return absentJSON{"folder", "missing", a.redact.clean(e.Source), a.redact.clean(string(e.Folder)), a.redact.clean(string(e.To)), e.Messages}
}
