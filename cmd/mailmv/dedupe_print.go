package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"mailmv/formats/header"
	"mailmv/formats/mail"
	"mailmv/migrate/census"
)

// nearShown is how many near pairs are listed without -v.
const nearShown = 20

// groupJSON is the object of the copies of one message.
type groupJSON struct {
	Kind string     `json:"kind"`
	Keep string     `json:"keep"`
	Why  string     `json:"why"`
	Drop []dropJSON `json:"drop"`
}

type dropJSON struct {
	Message string   `json:"message"`
	Verdict string   `json:"verdict"`
	Differs []string `json:"differs"`
	Stays   string   `json:"stays,omitempty"` // why nothing will be done with it
}

// nearJSON is the object of two messages that are akin and no more.
type nearJSON struct {
	Kind    string   `json:"kind"`
	A       string   `json:"a"`
	B       string   `json:"b"`
	Reason  string   `json:"reason"`
	Differs []string `json:"differs"`
	Subject string   `json:"subject,omitempty"`
}

// printFound tells of groups and of pairs that are near.
func (d *deduping) printFound(ctx context.Context) error {
	if d.a.opts.verbose {
		for _, g := range d.found.Groups {
			if err := d.printGroup(ctx, g); err != nil {
				return err
			}
		}
	}
	if d.a.opts.quiet {
		return nil
	}
	return errors.Join(d.printFailed(), d.printNear(ctx))
}

// printFailed lists the messages that could not be read; those that take no part only with -v.
func (d *deduping) printFailed() error {
	c := d.census
	for i := range int32(len(c.Copies)) {
		outcome := "skipped"
		switch {
		case c.Failed(i):
			outcome = "failed"
		case !c.Skipped(i) || !d.a.opts.verbose:
			continue
		}
		why := d.a.foreign(oneLine(c.Reasons[i]))
		var err error
		if d.a.opts.json {
			err = d.a.object(messageJSON{Kind: "message", From: d.a.redact.clean(d.messageName(i)), Outcome: outcome, Reason: why, Octets: c.Octets(i)})
		} else {
			err = d.a.screen.line(d.a.stdout, fmt.Sprintf("%-9s %8s  %s  (%s)", outcome, messageSize(c.Octets(i)), d.a.foreign(d.messageName(i)), why))
		}
		if err != nil {
			return outputError(err)
		}
	}
	return nil
}

func (d *deduping) printGroup(ctx context.Context, g census.Group) error {
	j := groupJSON{Kind: "group", Keep: d.a.redact.clean(d.messageName(g.Keep)), Why: g.Why, Drop: []dropJSON{}}
	for i := range g.Drop() {
		v, err := d.census.Compare(ctx, g.Keep, i)
		if ctx.Err() != nil {
			return err
		}
		drop := dropJSON{Message: d.a.redact.clean(d.messageName(i)), Verdict: v.Kind.String(), Differs: nonNil(v.Differs)}
		if err != nil {
			drop.Stays = oneLine(err.Error())
		} else if d.census.PlaceOf(i).Fixed {
			drop.Stays = "its place is only read"
		}
		j.Drop = append(j.Drop, drop)
	}
	if d.a.opts.json {
		return outputError(d.a.object(j))
	}
	var b strings.Builder
	fmt.Fprintf(&b, "keep  %s  (%s)", safe(j.Keep), safe(j.Why))
	for _, drop := range j.Drop {
		fmt.Fprintf(&b, "\n  copy  %s  (%s)", safe(drop.Message), safe(differsText(drop)))
	}
	return outputError(d.a.screen.line(d.a.stdout, b.String()))
}

// differsText says in what a copy differs from the one that stays.
func differsText(d dropJSON) string {
	text := "the same octets"
	switch {
	case len(d.Differs) > 0:
		text = "differs in " + strings.Join(d.Differs, ", ")
	case d.Verdict != "identical":
		text = "encoded or folded another way"
	}
	if d.Stays != "" {
		text += "; it stays: " + d.Stays
	}
	return text
}

func nonNil(s []string) []string {
	if s == nil {
		return []string{}
	}
	return s
}

// printNear lists pairs that are akin: with -v or --match near all of them.
func (d *deduping) printNear(ctx context.Context) error {
	all := d.a.opts.verbose || d.o.match == "near"
	if d.a.opts.json && !all {
		return nil
	}
	for n, k := range d.found.Near {
		if n == nearShown && !all {
			return outputError(d.a.screen.line(d.a.stdout, "near  and "+mail.Count(len(d.found.Near)-n, "pair more", "pairs more")+": -v lists all"))
		}
		j := nearJSON{Kind: "near", A: d.a.redact.clean(d.messageName(k.A)), B: d.a.redact.clean(d.messageName(k.B)), Reason: d.a.redact.clean(k.Reason),
			Differs: nonNil(k.Differs), Subject: d.a.redact.clean(subject(d.subject(ctx, k.A)))}
		err := ctx.Err()
		if err == nil && d.a.opts.json {
			err = d.a.object(j)
		} else if err == nil {
			err = d.a.screen.line(d.a.stdout, fmt.Sprintf("near  %s  %q\n      %s  (%s)", safe(j.A), safe(j.Subject), safe(j.B), safe(j.Reason)))
		}
		if err != nil {
			return outputError(err)
		}
	}
	return nil
}

// subject reads that of a copy; empty where it cannot be read.
func (d *deduping) subject(ctx context.Context, i int32) string {
	r, err := d.census.Open(ctx, i)
	if err != nil {
		return ""
	}
	defer r.Close()
	head := make([]byte, 64<<10)
	n := 0
	for n < len(head) {
		got, err := r.Read(head[n:])
		if n += got; err != nil || header.End(head[:n]) >= 0 {
			break
		}
	}
	return header.Envelope(head[:n]).Subject
}

type dedupeFolderJSON struct {
	Place  string `json:"place"`
	Folder string `json:"folder"`
	dedupeCountsJSON
}

type dedupeCountsJSON struct {
	Seen        int   `json:"seen"`
	Kept        int   `json:"kept"`
	Duplicate   int   `json:"duplicate"`
	Skipped     int   `json:"skipped"`
	Failed      int   `json:"failed"`
	ReadOnly    int   `json:"read_only"` // of duplicate: where nothing can be removed
	Octets      int64 `json:"octets"`
	OctetsSaved int64 `json:"octets_saved"`
}

// dedupeJSON is the last object of dedupe.
type dedupeJSON struct {
	Kind    string `json:"kind"`
	Command string `json:"command"`
	dedupeCountsJSON
	Near       int                `json:"near"`
	Groups     int                `json:"groups"`
	SetAside   int                `json:"set_aside"`
	Stayed     int                `json:"stayed"` // could not be set aside
	DryRun     bool               `json:"dry_run"`
	Deleted    bool               `json:"deleted"`
	Manifest   string             `json:"manifest,omitempty"`
	Quarantine []string           `json:"quarantine,omitempty"`
	Renewed    int                `json:"renewed"` // of those that stay: stored again with an earlier date
	Seconds    float64            `json:"seconds"`
	Complete   bool               `json:"complete"`
	Exit       int                `json:"exit"`
	Error      string             `json:"error,omitempty"`
	Folders    []dedupeFolderJSON `json:"folders"`
}

func countsJSONOf(c census.Counts) dedupeCountsJSON {
	return dedupeCountsJSON{c.Seen, c.Kept, c.Duplicate, c.Skipped, c.Failed, c.Fixed, c.Octets, c.Saved}
}

// report prints the table and the line that balances.
func (d *deduping) report(err error) error {
	if d.found == nil && !d.a.opts.json {
		return nil
	}
	d.log.line("report: %s; %d set aside", countsText(d.all), d.applied.done)
	if d.a.opts.json {
		return d.a.object(d.reportJSON(err))
	}
	if d.a.opts.quiet {
		return nil
	}
	return d.a.screen.line(d.a.stdout, d.reportText())
}

func countsText(c census.Counts) string {
	return fmt.Sprintf("%d seen = %d kept + %d duplicate + %d skipped + %d failed", c.Seen, c.Kept, c.Duplicate, c.Skipped, c.Failed)
}

func (d *deduping) reportJSON(err error) dedupeJSON {
	j := dedupeJSON{Kind: "report", Command: "dedupe", dedupeCountsJSON: countsJSONOf(d.all), SetAside: d.applied.done, Stayed: d.applied.failed, Renewed: d.applied.renewed,
		DryRun: !d.o.apply, Deleted: d.o.delete, Manifest: d.applied.manifest, Quarantine: d.applied.quarantine,
		Seconds: time.Since(d.start).Round(time.Millisecond).Seconds(), Complete: err == nil, Exit: exitCode(err), Folders: []dedupeFolderJSON{}}
	if err != nil {
		j.Error = d.a.redact.clean(oneLine(err.Error()))
	}
	if d.found == nil {
		return j
	}
	j.Near, j.Groups = len(d.found.Near), len(d.found.Groups)
	for n := range d.folders {
		f := &d.census.Folders[n]
		j.Folders = append(j.Folders, dedupeFolderJSON{d.a.redact.clean(d.from[f.Place].String()), d.a.redact.clean(string(f.Path)), countsJSONOf(d.folders[n])})
	}
	return j
}

func (d *deduping) reportText() string {
	var b strings.Builder
	if !d.o.apply {
		b.WriteString("nothing is touched; --apply sets the duplicates aside\n")
	}
	n := strconv.Itoa
	rows := [][]string{{"place", "folder", "seen", "kept", "duplicate", "skipped", "failed", "to gain"}}
	for i, c := range d.folders {
		f := &d.census.Folders[i]
		gain := sizeText(c.Saved)
		if c.Fixed > 0 && c.Fixed == c.Duplicate {
			gain = "read only"
		}
		rows = append(rows, []string{d.a.foreign(d.from[f.Place].String()), d.a.foreign(string(f.Path)), n(c.Seen), n(c.Kept), n(c.Duplicate), n(c.Skipped), n(c.Failed), gain})
	}
	if len(d.folders) > 0 {
		writeTable(&b, rows, 6)
	}
	if d.all.Fixed > 0 {
		fmt.Fprintf(&b, "%s\n", mail.Count(d.all.Fixed, "of the duplicates lies where mail is only read, and stays", "of the duplicates lie where mail is only read, and stay"))
	}
	if len(d.found.Near) > 0 {
		fmt.Fprintf(&b, "%s near: akin, not the same, and left alone\n", mail.Count(len(d.found.Near), "pair is", "pairs are"))
	}
	d.applied.text(&b, d.o)
	fmt.Fprintf(&b, "%s of copies, %s to gain\n", mail.Count(len(d.found.Groups), "group", "groups"), sizeText(d.all.Saved))
	b.WriteString(countsText(d.all))
	return b.String()
}

// applied is what --apply did.
type applied struct {
	begun        bool // it came to that
	done, failed int
	renewed      int // of those that stay: stored again with an earlier date
	octets       int64
	manifest     string
	quarantine   []string
}

func (p *applied) text(b *strings.Builder, o *dedupeOptions) {
	if !p.begun {
		return
	}
	word := "set aside"
	if o.delete {
		word = "removed"
	}
	fmt.Fprintf(b, "%d %s (%s), %d stayed\n", p.done, word, sizeText(p.octets), p.failed)
	if p.renewed > 0 {
		fmt.Fprintf(b, "%d that stay were stored again, with the earliest date of their copies\n", p.renewed)
	}
	if p.manifest != "" && !o.delete && p.done > 0 {
		fmt.Fprintf(b, "they are in %s\n", cmp.Or(safe(strings.Join(p.quarantine, " and ")), "the quarantine"))
		fmt.Fprintf(b, "mailmv dedupe --undo %s  puts them back\n", safe(p.manifest))
	}
}
