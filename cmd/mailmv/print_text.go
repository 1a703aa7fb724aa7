package main

import (
	"cmp"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/rivo/uniseg"

	"mailmv/migrate"
)

// textPrinter prints for people: failures as they come, at the end a table by folder and the line that balances.
type textPrinter struct {
	a *app
}

func (p *textPrinter) event(e migrate.Event) error {
	switch e := e.(type) {
	case migrate.MessageDone:
		if e.Outcome == migrate.Failed || p.a.opts.verbose {
			return p.a.screen.line(p.a.stdout, p.message(e))
		}
	case migrate.Verified:
		if e.Finding != migrate.Proven || p.a.opts.verbose {
			return p.a.screen.line(p.a.stdout, p.a.finding(e))
		}
	case migrate.FolderAbsent:
		return p.a.screen.line(p.a.stdout, p.a.absent(e))
	case migrate.Kept:
		if p.a.opts.verbose {
			return p.a.screen.line(p.a.stdout, fmt.Sprintf("%-9s %8s  %s  (%s)", "kept", "", p.a.foreign(messageURL(e.Source, e.Ref)), p.a.foreign(e.Reason)))
		}
	case migrate.Note:
		p.a.note(e.Text)
	case migrate.Retrying:
		p.a.note(retryText(e))
	}
	return nil
}

func retryText(e migrate.Retrying) string {
	return fmt.Sprintf("trying again in %d s: %s", e.Wait, oneLine(e.Err.Error()))
}

// message is the line of one message: outcome, size, where it was, what it is, why.
func (p *textPrinter) message(e migrate.MessageDone) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%-9s %8s  %s", e.Outcome, messageSize(e.Message.Octets), p.a.foreign(messageURL(e.Source, e.Message.Ref)))
	if what := cmp.Or(subject(e.Message.Envelope.Subject), e.Message.Envelope.MessageID); what != "" {
		fmt.Fprintf(&b, `  "%s"`, p.a.foreign(what))
	}
	if why := p.a.foreign(reasonOf(e)); why != "" {
		fmt.Fprintf(&b, "  (%s)", why)
	}
	return b.String()
}

func messageSize(octets int64) string {
	if octets < 0 {
		return "?"
	}
	return sizeText(octets)
}

// report prints the table and the last line. With -q it says nothing of what went well.
func (p *textPrinter) report(r result) error {
	if p.a.opts.quiet || len(r.Folders) == 0 && r.Err != nil {
		return nil
	}
	var b strings.Builder
	if r.DryRun {
		b.WriteString("dry run: nothing is changed, this is what would be done\n")
	}
	writeTable(&b, p.rows(r), 8)
	if r.Removed > 0 {
		fmt.Fprintf(&b, "%d removed from the source\n", r.Removed)
	}
	if r.Altered > 0 {
		fmt.Fprintf(&b, "%d altered by the destination\n", r.Altered)
	}
	b.WriteString(r.Counts.String())
	return p.a.screen.line(p.a.stdout, b.String())
}

// rows makes the table: folders, with their source where there are several, and the numbers.
func (p *textPrinter) rows(r result) [][]string {
	several, renamed := false, false
	for _, f := range r.Folders {
		several = several || f.Source != r.Folders[0].Source
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
	rows := [][]string{row("from", "folder", "to", "seen", "copied", "present", "duplicate", "skipped", "failed", "removed", "size")}
	for _, f := range r.Folders {
		n := strconv.Itoa
		rows = append(rows, row(p.a.foreign(f.Source), p.a.foreign(string(f.Folder)), p.a.foreign(string(f.To)),
			n(f.Seen), n(f.Copied), n(f.Present), n(f.Duplicate), n(f.Skipped), n(f.Failed), n(f.Removed), countsOf(f.Counts).size(sizeText)))
	}
	return rows
}

// writeTable aligns columns: names to the left, the last ones, of numbers, to the right.
func writeTable(w io.Writer, rows [][]string, numbers int) {
	widths := make([]int, len(rows[0]))
	for _, row := range rows {
		for i, cell := range row {
			widths[i] = max(widths[i], uniseg.StringWidth(cell))
		}
	}
	for _, row := range rows {
		var line strings.Builder
		for i, cell := range row {
			pad := strings.Repeat(" ", widths[i]-uniseg.StringWidth(cell))
			if i >= len(row)-numbers {
				cell = pad + cell
			} else {
				cell += pad
			}
			if i > 0 {
				line.WriteString("  ")
			}
			line.WriteString(cell)
		}
		fmt.Fprintln(w, strings.TrimRight(line.String(), " "))
	}
}
