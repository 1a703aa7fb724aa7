package main

import (
	"bytes"
	"cmp"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"mailmv/formats/mail"
	"mailmv/migrate"
	"mailmv/migrate/census"
)

// overlapPlaceJSON is the object of one place.
type overlapPlaceJSON struct {
	Kind  string `json:"kind"`
	Place string `json:"place"`
	// Messages are all that were listed, Different the different ones, Only those that no other place has.
	Messages  int                 `json:"messages"`
	Different int                 `json:"different"`
	Only      int                 `json:"only"`
	Skipped   int                 `json:"skipped"`
	Failed    int                 `json:"failed"`
	Also      []alsoJSON          `json:"also"`
	Folders   []overlapFolderJSON `json:"folders"`
	Years     []overlapYearJSON   `json:"years"`
}

type alsoJSON struct {
	Place    string `json:"place"`
	Messages int    `json:"messages"`
}

type overlapFolderJSON struct {
	Folder   string `json:"folder"`
	Messages int    `json:"messages"`
	Only     int    `json:"only"`
}

type overlapYearJSON struct {
	Year     int `json:"year"` // 0: not known
	Messages int `json:"messages"`
	Only     int `json:"only"`
}

// overlapReportJSON is the last object.
type overlapReportJSON struct {
	Kind     string `json:"kind"`
	Command  string `json:"command"`
	Places   int    `json:"places"`
	Messages int    `json:"messages"`
	Failed   int    `json:"failed"`
	Complete bool   `json:"complete"`
}

// overlapJSON is the whole of it.
type overlapJSON struct {
	Kind   string             `json:"kind"`
	Places []overlapPlaceJSON `json:"places"`
	Report overlapReportJSON  `json:"report"`
}

// overlapJSON gives names to what was counted. Nothing in it is secret or misleads.
func (a *app) overlapJSON(l *look, o *census.Overlap) overlapJSON {
	all := overlapJSON{Kind: "overlap-file", Report: overlapReportJSON{Kind: "report", Command: "overlap", Places: len(o.Places)}}
	names := make([]string, len(o.Places))
	for n := range o.Places {
		names[n] = a.redact.clean(l.from[n].String())
		if f := l.from[n].Folder; f != "" {
			names[n] += "/" + a.redact.clean(string(f))
		}
	}
	for n, p := range o.Places {
		j := overlapPlaceJSON{Kind: "overlap", Place: names[n], Messages: p.Copies, Different: p.Messages, Only: p.Only, Skipped: p.Skipped, Failed: p.Unknown,
			Also: []alsoJSON{}, Folders: []overlapFolderJSON{}, Years: []overlapYearJSON{}}
		for m := range o.Places {
			if m != n {
				j.Also = append(j.Also, alsoJSON{names[m], o.Also[n][m]})
			}
		}
		for _, f := range p.Folders {
			j.Folders = append(j.Folders, overlapFolderJSON{a.redact.clean(string(l.census.Folders[f.Number].Path)), f.Messages, f.Only})
		}
		for _, y := range p.Years {
			j.Years = append(j.Years, overlapYearJSON{y.Year, y.Messages, y.Only})
		}
		all.Places = append(all.Places, j)
		all.Report.Messages += p.Copies
		all.Report.Failed += p.Unknown
	}
	all.Report.Complete = all.Report.Failed == 0
	return all
}

func (o overlapJSON) unread() error {
	if o.Report.Failed == 0 {
		return nil
	}
	return fmt.Errorf("%w: %d could not be read", migrate.ErrMessages, o.Report.Failed)
}

// printOverlap tells it as objects or as tables; as nothing where the user wants quiet.
func (a *app) printOverlap(o overlapJSON) error {
	switch {
	case !a.opts.json && a.opts.quiet:
		return nil
	case !a.opts.json:
		return a.screen.line(a.stdout, strings.TrimSuffix(overlapText(o), "\n"))
	}
	for _, p := range o.Places {
		if err := a.object(p); err != nil {
			return err
		}
	}
	return a.object(o.Report)
}

// overlapText is three tables, places by places, folders, years, and the sentence that matters most.
func overlapText(o overlapJSON) string {
	var b strings.Builder
	writeTable(&b, placesTable(o), 3+len(o.Places))
	b.WriteString("\n")
	folders := [][]string{{"place", "folder", "messages", "nowhere else"}}
	for _, p := range o.Places {
		for _, f := range p.Folders {
			folders = append(folders, []string{safe(p.Place), safe(f.Folder), strconv.Itoa(f.Messages), strconv.Itoa(f.Only)})
		}
	}
	writeTable(&b, folders, 2)
	b.WriteString("\n")
	writeTable(&b, yearsTable(o), len(o.Places))
	b.WriteString("\n")
	for _, p := range o.Places {
		b.WriteString(onlySentence(p, len(o.Places)) + "\n")
	}
	return b.String()
}

// placesTable has a row and a column for each place, which are numbered.
func placesTable(o overlapJSON) [][]string {
	head := []string{"", "place", "messages", "different", "nowhere else"}
	for n := range o.Places {
		head = append(head, fmt.Sprintf("also in %d", n+1))
	}
	rows := [][]string{head}
	for n, p := range o.Places {
		row := []string{strconv.Itoa(n + 1), safe(p.Place), strconv.Itoa(p.Messages), strconv.Itoa(p.Different), strconv.Itoa(p.Only)}
		for m := range o.Places {
			row = append(row, also(p, n, m))
		}
		rows = append(rows, row)
	}
	return rows
}

// also is how many messages of place n are in place m too.
func also(p overlapPlaceJSON, n, m int) string {
	switch {
	case m == n:
		return "-"
	case m > n:
		m--
	}
	return strconv.Itoa(p.Also[m].Messages)
}

// yearsTable has a row for each year: the messages of each place, and of these those that are nowhere else.
func yearsTable(o overlapJSON) [][]string {
	head := []string{"year"}
	byYear := map[int][]string{}
	var years []int
	for n, p := range o.Places {
		head = append(head, fmt.Sprintf("in %d (only there)", n+1))
		for _, y := range p.Years {
			if byYear[y.Year] == nil {
				byYear[y.Year] = make([]string, len(o.Places))
				years = append(years, y.Year)
			}
			byYear[y.Year][n] = fmt.Sprintf("%d (%d)", y.Messages, y.Only)
		}
	}
	slices.Sort(years)
	rows := [][]string{head}
	for _, y := range years {
		row := []string{yearText(y)}
		for _, cell := range byYear[y] {
			row = append(row, cmp.Or(cell, "0 (0)"))
		}
		rows = append(rows, row)
	}
	return rows
}

func yearText(y int) string {
	if y == 0 {
		return "not known"
	}
	return strconv.Itoa(y)
}

// onlySentence says what would be lost with a place.
func onlySentence(p overlapPlaceJSON, places int) string {
	name := safe(p.Place)
	switch {
	case places == 1:
		return fmt.Sprintf("%s has %s", name, mail.Count(p.Different, "message", "different messages"))
	case p.Only == 0:
		return name + " has no message that is nowhere else"
	}
	return fmt.Sprintf("%s has %s nowhere else", name, mail.Count(p.Only, "message that is", "messages that are"))
}

// writeOverlap writes the file of --report: beside its name, and moved there when it is whole.
func (a *app) writeOverlap(name string, o overlapJSON) error {
	if name == "" {
		return nil
	}
	var page bytes.Buffer
	if strings.EqualFold(filepath.Ext(name), ".json") {
		text, err := jsonText(o)
		if err != nil {
			return err
		}
		page.WriteString(text + "\n")
	} else {
		overlapPage(&page, o)
	}
	tmp, err := os.CreateTemp(filepath.Dir(name), ".mailmv-report-*")
	if err != nil {
		return usagef("give a file in a folder that can be written", "--report: %v", err)
	}
	_, err = tmp.Write(page.Bytes())
	if cerr := tmp.Close(); err == nil {
		err = cerr
	}
	if err == nil {
		err = os.Rename(tmp.Name(), name)
	}
	if err != nil {
		os.Remove(tmp.Name())
		return fmt.Errorf("report: %w", err)
	}
	return nil
}
