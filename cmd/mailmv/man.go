package main

import (
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/cobra/doc"
)

func newMan(a *app) *cobra.Command {
	var dir string
	cmd := &cobra.Command{
		Use:   "man [COMMAND]",
		Short: "Print a manual page, or write all of them",
		Long: "Print the manual page of mailmv or of one of its commands, in the form that man(1) reads; or write\n" +
			"the pages of all commands into a folder." + exitHelp(exitDone, exitFailed, exitUsage),
		Example: "  mailmv man pop2imap | man -l -\n  mailmv man --dir ~/.local/share/man/man1",
		Args:    cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			root := cmd.Root()
			root.DisableAutoGenTag = true
			if dir == "" {
				return a.printMan(root, args)
			}
			if len(args) > 0 {
				return usagef("leave one of them out", "--dir writes the pages of all commands, not of %q alone", args[0])
			}
			return writeMan(root, dir)
		},
	}
	cmd.Flags().StringVar(&dir, "dir", "", "write the pages of all commands into folder `DIR`")
	return cmd
}

// manHeader dates the pages by the commit where that is known, so that two builds of it are equal.
func manHeader(title string) *doc.GenManHeader {
	h := &doc.GenManHeader{Title: strings.ToUpper(title), Section: "1", Source: "mailmv " + buildInfo().Version, Manual: "mailmv"}
	if at, err := time.Parse(time.RFC3339, buildInfo().time); err == nil {
		h.Date = &at
	}
	return h
}

func (a *app) printMan(root *cobra.Command, args []string) error {
	page, rest, err := root.Find(args)
	if err != nil || len(rest) > 0 || page == root && len(args) > 0 {
		return usagef("see mailmv --help", "%q is not a command", args[0])
	}
	return outputError(genMan(page, strings.ReplaceAll(page.CommandPath(), " ", "-"), a.stdout))
}

// genMan writes one page.
func genMan(page *cobra.Command, name string, w io.Writer) error {
	plain := *page
	plain.Long = markdown(page.Long)
	return doc.GenMan(&plain, manHeader(name), w)
}

// markdown writes a help text so that the maker of pages, who reads that, leaves it as it is: the stars of "**/Old" would make all up to the
// next ones bold, and be gone; a table is kept from four blanks on, behind an empty line.
func markdown(text string) string {
	var lines []string
	table := false
	for l := range strings.SplitSeq(text, "\n") {
		if !strings.HasPrefix(l, "  ") {
			lines, table = append(lines, strings.ReplaceAll(l, "*", `\*`)), l == ""
			continue
		}
		if !table {
			lines, table = append(lines, ""), true
		}
		lines = append(lines, "  "+l)
	}
	return strings.Join(lines, "\n")
}

func writeMan(root *cobra.Command, dir string) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	for _, page := range append([]*cobra.Command{root}, root.Commands()...) {
		if !page.IsAvailableCommand() && page != root {
			continue
		}
		name := strings.ReplaceAll(page.CommandPath(), " ", "-")
		f, err := os.Create(filepath.Join(dir, name+".1"))
		if err != nil {
			return err
		}
		err = genMan(page, name, f)
		if cerr := f.Close(); err == nil {
			err = cerr
		}
		if err != nil {
			return err
		}
	}
	return nil
}
