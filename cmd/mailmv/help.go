package main

import (
	"fmt"
	"os"
	"strings"

	"github.com/rivo/uniseg"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
	"golang.org/x/term"
)

// helpWidth is how wide help is at most: longer lines are hard to read, however wide the terminal.
const helpWidth = 100

// widthOfHelp is that of stdout where it is a narrower terminal.
func (a *app) widthOfHelp() int {
	f, ok := a.stdout.(*os.File)
	if !ok || !term.IsTerminal(int(f.Fd())) {
		return helpWidth
	}
	if w, _, err := term.GetSize(int(f.Fd())); err == nil && w > 0 {
		return min(w, helpWidth)
	}
	return helpWidth
}

// help prints what cobra prints, in lines that fit. Pages of man are filled by man.
func (a *app) help(cmd *cobra.Command, _ []string) {
	width := a.widthOfHelp()
	long := cmd.Long
	if long == "" {
		long = cmd.Short
	}
	usage := cmd.UsageString()
	for _, flags := range []*pflag.FlagSet{cmd.LocalFlags(), cmd.InheritedFlags()} {
		usage = strings.Replace(usage, strings.TrimRight(flags.FlagUsages(), " \n"), strings.TrimRight(flags.FlagUsagesWrapped(width), " \n"), 1)
	}
	fmt.Fprint(cmd.OutOrStdout(), wrapped(strings.TrimRight(long, " \n"), width)+"\n\n"+usage)
}

// wrapped fills paragraphs of which a line is too long. Indented lines are tables, whose last column is wrapped, or examples, which stay.
func wrapped(text string, width int) string {
	var out, paragraph []string
	flush := func() {
		out = append(out, fill(paragraph, width)...)
		paragraph = nil
	}
	for line := range strings.SplitSeq(text, "\n") {
		if line != "" && line[0] != ' ' {
			paragraph = append(paragraph, line)
			continue
		}
		flush()
		out = append(out, hang(line, width)...)
	}
	flush()
	return strings.Join(out, "\n")
}

// fill makes lines of a paragraph that are no wider than width, where one is.
func fill(lines []string, width int) []string {
	for _, line := range lines {
		if uniseg.StringWidth(line) > width {
			return linesOf(strings.Fields(strings.Join(lines, " ")), width)
		}
	}
	return lines
}

// hang wraps the last column of a line of a table, and leaves a line without columns as it is.
func hang(line string, width int) []string {
	at := strings.LastIndex(line, "  ") + 2
	if uniseg.StringWidth(line) <= width || at < 2 || strings.TrimSpace(line[:at]) == "" {
		return []string{line}
	}
	column := uniseg.StringWidth(line[:at])
	if column > width/2 {
		return []string{line}
	}
	lines := linesOf(strings.Fields(line[at:]), width-column)
	for i := range lines {
		if lines[i] = strings.Repeat(" ", column) + lines[i]; i == 0 {
			lines[0] = line[:at] + strings.TrimLeft(lines[0], " ")
		}
	}
	return lines
}

// linesOf makes lines of words; one that is wider than width has a line of its own.
func linesOf(all []string, width int) (lines []string) {
	line := ""
	for _, w := range all {
		if line != "" && uniseg.StringWidth(line)+1+uniseg.StringWidth(w) > width {
			lines = append(lines, line)
			line = ""
		}
		if line != "" {
			line += " "
		}
		line += w
	}
	return append(lines, line)
}
