package main

import (
	"cmp"
	"fmt"
	"strings"

	"mailmv/dedupe"
	"mailmv/migrate"
)

// formJSON is the object of one message that is explained.
type formJSON struct {
	Kind    string     `json:"kind"`
	Message string     `json:"message"`
	Octets  int64      `json:"octets"`
	Flags   []string   `json:"flags"`
	Lines   []lineJSON `json:"lines"`
	History []string   `json:"history"`
}

type lineJSON struct {
	Group  string `json:"group"`
	Name   string `json:"name"`
	Value  string `json:"value"`
	Counts bool   `json:"counts"`
}

// differenceJSON is the object of a line that two messages do not share.
type differenceJSON struct {
	Kind   string `json:"kind"`
	Group  string `json:"group"`
	Name   string `json:"name"`
	A      string `json:"a"`
	B      string `json:"b"`
	Counts bool   `json:"counts"`
}

// explainJSON is the last object.
type explainJSON struct {
	Kind     string   `json:"kind"`
	Command  string   `json:"command"`
	Messages int      `json:"messages"`
	Verdict  string   `json:"verdict,omitempty"`
	Reason   string   `json:"reason,omitempty"`
	Differs  []string `json:"differs,omitempty"`
}

// printExplained prints one form, or two side by side.
func (a *app) printExplained(all []*explained) error {
	if a.opts.json {
		return a.explainedJSON(all)
	}
	var b strings.Builder
	for n, e := range all {
		head := ""
		if len(all) > 1 {
			head = fmt.Sprintf("%d  ", n+1)
		}
		fmt.Fprintf(&b, "%s%s\n   %s", head, a.foreign(e.name()), sizeText(e.Octets))
		if !e.InternalDate.IsZero() {
			fmt.Fprintf(&b, ", received %s", day(e.InternalDate))
		}
		if words := append(e.Flags.Names(), e.Keywords...); len(words) > 0 {
			fmt.Fprintf(&b, ", %s", a.foreign(strings.Join(words, " ")))
		}
		b.WriteString("\n")
		for _, h := range e.history() {
			fmt.Fprintf(&b, "   %s\n", a.foreign(h))
		}
	}
	if len(all) == 1 {
		a.writeForm(&b, all[0].form)
	} else {
		a.writeDifferences(&b, all[0].form, all[1].form)
	}
	return a.screen.line(a.stdout, strings.TrimSuffix(b.String(), "\n"))
}

// writeForm writes a canonical form, what counts apart from what does not.
func (a *app) writeForm(b *strings.Builder, c *dedupe.Canonical) {
	last := ""
	for _, l := range c.Lines() {
		if l.Group != last {
			fmt.Fprintf(b, "%s\n", groupTitle(l.Group))
		}
		last = l.Group
		fmt.Fprintf(b, "  %s%s: %s\n", strings.Repeat("  ", l.Depth), a.foreign(l.Name), a.foreign(l.Value))
	}
}

var groupTitles = map[string]string{
	"kept":      "the message: header fields that count",
	"received":  "the message: the trace of the server, newest first",
	"delivered": "delivered to, as the server says: two copies that say otherwise are two deliveries",
	"part":      "the message: its parts",
	"sum":       "sums: of the message as it is compared, and of its octets with LF line ends",
}

func groupTitle(group string) string {
	return cmp.Or(groupTitles[group], "left out: "+group+" fields, which programs on the way add")
}

// writeDifferences writes what two forms do not share, and the verdict.
func (a *app) writeDifferences(b *strings.Builder, x, y *dedupe.Canonical) {
	v := x.Against(y)
	pairs := x.Differences(y)
	first := true
	for _, counts := range []bool{true, false} {
		for _, p := range pairs {
			l := oneOf(p)
			if l.Group == "sum" || l.Counts() != counts {
				continue
			}
			if first {
				fmt.Fprintf(b, "first difference%s: %s %s\n", map[bool]string{true: " that counts"}[counts], l.Group, a.foreign(l.Name))
				first = false
			}
			mark := "-"
			if counts {
				mark = "*"
			}
			fmt.Fprintf(b, "%s %s %s\n    1  %s\n    2  %s\n", mark, l.Group, a.foreign(l.Name), a.foreign(cmp.Or(p[0].Value, "(none)")), a.foreign(cmp.Or(p[1].Value, "(none)")))
		}
	}
	fmt.Fprintf(b, "%s: %s\n", v.Kind, a.foreign(v.Reason))
	switch {
	case v.Merges():
		b.WriteString("dedupe --apply may set one of them aside\n")
	case v.Kind == dedupe.Near:
		b.WriteString("dedupe lists them as near and leaves both alone\n")
	}
}

// oneOf is the one of a pair that is there.
func oneOf(p [2]dedupe.Line) dedupe.Line {
	if p[0].Group == "" {
		return p[1]
	}
	return p[0]
}

func (a *app) explainedJSON(all []*explained) error {
	for _, e := range all {
		j := formJSON{Kind: "form", Message: a.redact.clean(e.name()), Octets: e.Octets, Flags: nonNil(append(e.Flags.Names(), e.Keywords...)), History: []string{}}
		for _, l := range e.form.Lines() {
			j.Lines = append(j.Lines, lineJSON{l.Group, a.redact.clean(l.Name), a.redact.clean(l.Value), l.Counts()})
		}
		for _, h := range e.history() {
			j.History = append(j.History, a.redact.clean(h))
		}
		if err := a.object(j); err != nil {
			return err
		}
	}
	r := explainJSON{Kind: "report", Command: "explain", Messages: len(all)}
	if len(all) == 2 {
		x, y := all[0].form, all[1].form
		for _, p := range x.Differences(y) {
			l := oneOf(p)
			if err := a.object(differenceJSON{"difference", l.Group, a.redact.clean(l.Name), a.redact.clean(p[0].Value), a.redact.clean(p[1].Value), l.Counts()}); err != nil {
				return err
			}
		}
		v := x.Against(y)
		r.Verdict, r.Reason, r.Differs = v.Kind.String(), a.redact.clean(v.Reason), v.Differs
	}
	return a.object(r)
}

// history is what happened to a message, a sentence each.
func (e *explained) history() (all []string) {
	for _, t := range e.trips {
		from := messageURL(t.Source, t.From)
		to := t.Journal
		if to == "archive" {
			to = "the archive"
		}
		if t.To.Folder != "" {
			to += ", " + string(t.To.Folder)
			if t.To.ID != "" {
				to += " " + t.To.ID
			}
		}
		text := fmt.Sprintf("%s: a copy of %s went to %s", day(t.First), from, to)
		switch {
		case t.Doubtful:
			text = fmt.Sprintf("%s: %s was sent to %s, and nobody knows whether it arrived: the next run finds out", day(t.First), from, to)
		case t.Outcome == migrate.Failed:
			text = fmt.Sprintf("%s: %s was refused by %s", day(t.First), from, to)
		case t.Outcome == migrate.Duplicate:
			text = fmt.Sprintf("%s: %s was not copied: it is the same as what was in %s already", day(t.First), from, to)
		case t.Outcome == migrate.Present:
			text = fmt.Sprintf("%s: %s was in %s already", day(t.First), from, to)
		}
		if t.Altered {
			text += ", which keeps it with other octets"
		}
		if t.Removed {
			text += "; then it was removed from where it came"
		}
		all = append(all, text)
	}
	for _, s := range e.aside {
		all = append(all, fmt.Sprintf("%s: further copy %s: %s, for %s stays (%s)", day(s.Started), messageURL(s.Place, s.From), s.Fate,
			messageURL(s.KeptIn, s.Kept), s.Manifest))
	}
	return all
}
