package main

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"mailmv/formats/mail"
)

const overlapHead = `<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>mailmv overlap</title>
<style>body{font-family:sans-serif;margin:2em;max-width:70em}table{border-collapse:collapse;margin:1em 0}
td,th{border:1px solid #ccc;padding:.2em .6em;text-align:left}td.n{text-align:right}svg{max-width:100%}
svg text{font-size:12px;fill:#222}.only{fill:#c2410c}.also{fill:#94a3b8}</style></head><body>
<h1>Who has what</h1>
`

// overlapPage draws the overlap as a page without scripts that loads nothing.
func overlapPage(w io.Writer, o overlapJSON) {
	var b strings.Builder
	b.WriteString(overlapHead)
	for _, p := range o.Places {
		fmt.Fprintf(&b, "<p>%s.</p>\n", text(onlySentence(p, len(o.Places))))
	}
	drawPlaces(&b, o)
	htmlTable(&b, "Places", placesTable(o), 2)
	b.WriteString("<h2>By year</h2>\n<p>" + legend + "</p>\n")
	for _, p := range o.Places {
		drawYears(&b, p)
	}
	folders := [][]string{{"place", "folder", "messages", "nowhere else"}}
	for _, p := range o.Places {
		for _, f := range p.Folders {
			folders = append(folders, []string{p.Place, f.Folder, fmt.Sprint(f.Messages), fmt.Sprint(f.Only)})
		}
	}
	htmlTable(&b, "Folders", folders, 2)
	b.WriteString("</body></html>\n")
	io.WriteString(w, b.String()) // into memory
}

const legend = `<svg width="12" height="12"><rect class="only" width="12" height="12"/></svg> nowhere else, <svg width="12" height="12"><rect class="also" width="12" height="12"/></svg> also in another place`

const (
	barWidth  = 600
	barHeight = 22
)

// drawPlaces is a bar for each place: what only it has, and what others have too.
func drawPlaces(b *strings.Builder, o overlapJSON) {
	most := 1
	for _, p := range o.Places {
		most = max(most, p.Different)
	}
	fmt.Fprintf(b, "<p>%s</p>\n<svg width=\"%d\" height=\"%d\" role=\"img\" aria-label=\"messages by place\">\n", legend, barWidth+220, len(o.Places)*2*barHeight+10)
	for n, p := range o.Places {
		y := n * 2 * barHeight
		only := barWidth * p.Only / most
		rest := barWidth * (p.Different - p.Only) / most
		fmt.Fprintf(b, `<text x="0" y="%d">%s</text>`, y+14, text(p.Place))
		fmt.Fprintf(b, `<rect class="only" x="0" y="%d" width="%d" height="%d"/>`, y+18, only, barHeight-4)
		fmt.Fprintf(b, `<rect class="also" x="%d" y="%d" width="%d" height="%d"/>`, only, y+18, rest, barHeight-4)
		fmt.Fprintf(b, `<text x="%d" y="%d">%d of %d nowhere else</text>`+"\n", only+rest+8, y+32, p.Only, p.Different)
	}
	b.WriteString("</svg>\n")
}

// drawYears is a column for each year of a place.
func drawYears(b *strings.Builder, p overlapPlaceJSON) {
	if len(p.Years) == 0 {
		return
	}
	const column, height = 36, 120
	most := 1
	for _, y := range p.Years {
		most = max(most, y.Messages)
	}
	fmt.Fprintf(b, "<h3>%s</h3>\n<svg width=\"%d\" height=\"%d\" role=\"img\" aria-label=\"messages by year\">\n", text(p.Place), len(p.Years)*column+80, height+40)
	for n, y := range slices.All(p.Years) {
		all, only := height*y.Messages/most, height*y.Only/most
		x := n * column
		fmt.Fprintf(b, `<g><title>%s: %s, %d nowhere else</title>`, yearText(y.Year), mail.Count(y.Messages, "message", "messages"), y.Only)
		fmt.Fprintf(b, `<rect class="also" x="%d" y="%d" width="%d" height="%d"/>`, x, height-all, column-4, all-only)
		fmt.Fprintf(b, `<rect class="only" x="%d" y="%d" width="%d" height="%d"/>`, x, height-only, column-4, only)
		label := yearText(y.Year)
		if y.Year == 0 {
			label = "?"
		}
		fmt.Fprintf(b, `<text x="%d" y="%d">%s</text></g>`+"\n", x, height+16, label)
	}
	b.WriteString("</svg>\n")
}

// htmlTable writes a table whose columns are numbers but for the first ones.
func htmlTable(b *strings.Builder, title string, rows [][]string, words int) {
	fmt.Fprintf(b, "<h2>%s</h2>\n<table>", title)
	for n, row := range rows {
		b.WriteString("<tr>")
		for i, cell := range row {
			switch {
			case n == 0:
				fmt.Fprintf(b, "<th>%s</th>", text(cell))
			case i >= words:
				fmt.Fprintf(b, `<td class="n">%s</td>`, text(cell))
			default:
				fmt.Fprintf(b, "<td>%s</td>", text(cell))
			}
		}
		b.WriteString("</tr>\n")
	}
	b.WriteString("</table>\n")
}
