package main

import (
	"fmt"
	"html"
	"io"
	"strconv"
	"strings"
)

// maxShown is how many messages an HTML report lists: those that failed or were left out. The others are in
// its numbers, and in a report as .csv or .json.
const maxShown = 1000

// htmlReport is a page without scripts that loads nothing.
type htmlReport struct {
	w     io.Writer
	shown []messageJSON
	more  int
}

func (h *htmlReport) message(m messageJSON) error {
	switch {
	case m.Outcome != "failed" && m.Outcome != "skipped":
	case len(h.shown) < maxShown:
		h.shown = append(h.shown, m)
	default:
		h.more++
	}
	return nil
}

const htmlHead = `<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>mailmv report</title>
<style>body{font-family:sans-serif;margin:2em}table{border-collapse:collapse;margin:1em 0}
td,th{border:1px solid #ccc;padding:.2em .6em;text-align:left}td.n{text-align:right}</style></head><body>
`

func (h *htmlReport) end(r reportJSON) error {
	var b strings.Builder
	b.WriteString(htmlHead)
	fmt.Fprintf(&b, "<h1>mailmv %s</h1>\n<p>%d seen = %d copied + %d present + %d duplicate + %d skipped + %d failed", text(r.Command),
		r.Seen, r.Copied, r.Present, r.Duplicate, r.Skipped, r.Failed)
	size := r.size(sizeText)
	if size == "-" {
		size = "size not known"
	}
	fmt.Fprintf(&b, "; %d removed; %s in %.1f s.</p>\n", r.Removed, size, r.Seconds)
	if r.DryRun {
		b.WriteString("<p>Dry run: nothing was changed.</p>\n")
	}
	if r.Error != "" {
		fmt.Fprintf(&b, "<p><strong>%s</strong></p>\n", text(r.Error))
	}
	folderTable(&b, r.Folders)
	h.messageTable(&b)
	b.WriteString("</body></html>\n")
	_, err := io.WriteString(h.w, b.String())
	return err
}

func folderTable(b *strings.Builder, folders []folderJSON) {
	b.WriteString("<table><tr><th>from</th><th>folder</th><th>to</th>")
	for _, name := range []string{"seen", "copied", "present", "duplicate", "skipped", "failed", "removed", "octets"} {
		fmt.Fprintf(b, "<th>%s</th>", name)
	}
	b.WriteString("</tr>\n")
	for _, f := range folders {
		fmt.Fprintf(b, "<tr><td>%s</td><td>%s</td><td>%s</td>", text(f.Source), text(f.Folder), text(f.To))
		for _, n := range []int{f.Seen, f.Copied, f.Present, f.Duplicate, f.Skipped, f.Failed, f.Removed} {
			fmt.Fprintf(b, `<td class="n">%d</td>`, n)
		}
		fmt.Fprintf(b, `<td class="n">%s</td>`, f.size(func(n int64) string { return strconv.FormatInt(n, 10) }))
		b.WriteString("</tr>\n")
	}
	b.WriteString("</table>\n")
}

func (h *htmlReport) messageTable(b *strings.Builder) {
	if len(h.shown) == 0 {
		return
	}
	b.WriteString("<h2>Messages that were not copied</h2>\n<table><tr><th>outcome</th><th>from</th><th>Message-ID</th><th>subject</th><th>reason</th></tr>\n")
	for _, m := range h.shown {
		b.WriteString("<tr>")
		for _, s := range []string{m.Outcome, m.From, m.MessageID, m.Subject, m.Reason} {
			fmt.Fprintf(b, "<td>%s</td>", text(s))
		}
		b.WriteString("</tr>\n")
	}
	b.WriteString("</table>\n")
	if h.more > 0 {
		fmt.Fprintf(b, "<p>And %d more: --report FILE.csv lists all.</p>\n", h.more)
	}
}

// text makes foreign text part of a page.
func text(s string) string { return html.EscapeString(safe(s)) }
