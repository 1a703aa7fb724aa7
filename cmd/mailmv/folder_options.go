package main

import (
	"errors"
	"regexp"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"mailmv/formats/mail"
)

// folderOptions are the options about folders of every command that may move several: first as words, then checked.
type folderOptions struct {
	folders, exclude []string
	intoWord         string
	maps, regexps    []string
	flagsWord        string

	only, not []glob
	into      mail.Path
	renames   []rename
	rewrites  []rewrite
	keepFlags bool
}

// glob is a pattern of folder names, and whether any folder had such a name.
type glob struct {
	word string
	re   *regexp.Regexp
	hit  bool
}

// rename is --map: a folder, and what is below it, gets another name. hit: there was such a folder.
type rename struct {
	old, new mail.Path
	hit      bool
	meant    mail.Path // what a folder that is called so at the source is called by the time names are changed
}

// rewrite is --map-regexp. hit: it fitted the name of a folder.
type rewrite struct {
	re    *regexp.Regexp
	with  string
	hit   bool
	meant mail.Path // as of a rename; one of those that it would have fitted
}

const foldersHelp = `

Folders are named as "mailmv list" shows them, with "/" between their levels. In a GLOB "*" and "?" stay within a level,
"**" crosses levels: "Work/**" is all below Work, "**/Old" is Old at any level. [abc] is one of these signs, [!abc] none of
them, and both stand for themselves too: "[Gmail]/**" is what it says. INBOX is INBOX in any case.

A source named with FOLDER is that folder and what is below it; so is a maildrop or a single Maildir, which is INBOX. It
goes onto the destination's FOLDER, or onto a folder of its own name. Any other source is all its folders, by name: they go
below the destination's FOLDER, or name onto name, where Sent, Trash, Drafts, Junk and Archive are found by what servers and
archives say they are for; where mail of one went by name before that was said, it goes on so. --into puts all of that below
a folder; then --map and --map-regexp rename what --dry-run would show without them: --map the folder and what is below it,
the longest OLD first; --map-regexp, one after another, what no --map renamed. Several folders may go onto one. A name that
the server cannot hold is written with signs that look alike ("․" for "."), which is said; no two folders become one by
that, and a later run finds each again. Mail that comes back from there keeps these signs, for a folder may be called so in
truth: --map-regexp '․=.' makes a dot of each.`

func (o *folderOptions) flags(cmd *cobra.Command) {
	f := cmd.Flags()
	o.nameFlags(f)
	f.StringVar(&o.flagsWord, "flags", "follow", "flags of what is there already: `HOW` is follow (changes of the source's) or keep")
	completeWords(cmd, "flags", "follow", "keep")
}

// nameFlags are those that say which folders, and where they go.
func (o *folderOptions) nameFlags(f *pflag.FlagSet) {
	f.StringArrayVar(&o.folders, "folders", nil, "only folders whose names match `GLOB`; may be repeated")
	f.StringArrayVar(&o.exclude, "exclude", nil, "no folders whose names match `GLOB`; may be repeated")
	f.StringVar(&o.intoWord, "into", "", "put everything below `FOLDER`")
	f.StringArrayVar(&o.maps, "map", nil, "rename a folder and what is below it, as `OLD=NEW`; may be repeated")
	f.StringArrayVar(&o.regexps, "map-regexp", nil, "rename the other folders, as `RE=REPL` with $1 for a group; may be repeated")
}

// check turns the words into values.
func (o *folderOptions) check() error {
	var err error
	if o.only, err = globs("folders", o.folders); err != nil {
		return err
	}
	if o.not, err = globs("exclude", o.exclude); err != nil {
		return err
	}
	if o.into = mail.Path(o.intoWord).Clean(); o.intoWord != "" {
		if err := folderName("into", o.intoWord); err != nil {
			return err
		}
	}
	switch o.flagsWord {
	case "follow", "keep", "":
		o.keepFlags = o.flagsWord == "keep"
	default:
		return usagef("write --flags follow or --flags keep", "--flags %q is not known", o.flagsWord)
	}
	return o.checkMaps()
}

func globs(option string, words []string) ([]glob, error) {
	var all []glob
	for _, w := range words {
		re, err := globRegexp(w)
		if errors.Is(err, errBracket) {
			return nil, usagef(`write [[] for a "[" in a folder's name, or [abc] for one of these`, "--%s %q is no pattern of folder names: %v", option, w, err)
		}
		if err != nil || mail.Path(w).Clean() == "" {
			return nil, usagef(`write a folder's name with *, ? or **, such as "Work/**"`, "--%s %q is no pattern of folder names", option, w)
		}
		all = append(all, glob{word: w, re: re})
	}
	return all, nil
}

func folderName(option, name string) error {
	if mail.Path(name).Clean() == "" {
		return usagef("write the name of a folder", "--%s: a folder's name is empty", option)
	}
	return plainText("--"+option+": the folder name", name)
}

func (o *folderOptions) checkMaps() error {
	o.renames, o.rewrites = nil, nil
	for _, w := range o.maps {
		old, name, ok := strings.Cut(w, "=")
		if !ok {
			return usagef("write --map OLD=NEW", `--map %q has no "="`, w)
		}
		if err := folderName("map", old); err != nil {
			return err
		}
		if err := folderName("map", name); err != nil {
			return err
		}
		r := rename{old: mail.Path(old).Clean(), new: mail.Path(name).Clean()}
		for _, other := range o.renames {
			if other.old == r.old {
				return usagef("leave one of them out", "--map names %q twice", old)
			}
		}
		o.renames = append(o.renames, r)
	}
	for _, w := range o.regexps {
		at := strings.LastIndexByte(w, '=')
		if at <= 0 {
			return usagef("write --map-regexp RE=REPL", "--map-regexp %q is not RE=REPL", w)
		}
		re, err := regexp.Compile(w[:at])
		if err != nil {
			return usagef("it is a regular expression as in RE2 and Go", "--map-regexp: %v", err)
		}
		if err := plainText("--map-regexp: the folder name", w[at+1:]); err != nil {
			return err
		}
		o.rewrites = append(o.rewrites, rewrite{re: re, with: w[at+1:]})
	}
	return nil
}

// chosen tells whether --folders and --exclude let a folder through.
func (o *folderOptions) chosen(p mail.Path) bool {
	only := matches(o.only, p)
	return !matches(o.not, p) && (only || len(o.only) == 0)
}

// matches notes each pattern that fits, for unused.
func matches(globs []glob, p mail.Path) bool {
	any := false
	for i := range globs {
		if globs[i].re.MatchString(string(p)) {
			globs[i].hit, any = true, true
		}
	}
	return any
}

// placed is renamed for a folder that is called name where it comes from, and goes to p unless it is renamed.
func (o *folderOptions) placed(name, p mail.Path) mail.Path {
	for i := range o.renames {
		r := &o.renames[i]
		rest, ok := below(name, r.old)
		if above, ends := strings.CutSuffix(string(p), string(rest)); ok && ends && r.meant == "" {
			r.meant = mail.Path(strings.TrimSuffix(above, "/"))
		}
	}
	for i := range o.rewrites {
		if r := &o.rewrites[i]; r.meant == "" && r.re.MatchString(string(name)) {
			r.meant = p
		}
	}
	return o.renamed(p)
}

// unheard is a copy that can be asked for names without a note of what fitted.
func (o *folderOptions) unheard() *folderOptions {
	c := *o
	c.renames, c.rewrites = slices.Clone(o.renames), slices.Clone(o.rewrites)
	return &c
}

// renamed gives a target folder the name that --map and --map-regexp have for it. What is left without a name is INBOX.
func (o *folderOptions) renamed(p mail.Path) mail.Path {
	best := rename{}
	for i := range o.renames {
		r := &o.renames[i]
		if _, ok := below(p, r.old); !ok {
			continue
		}
		r.hit = true
		if len(r.old) > len(best.old) {
			best = *r
		}
	}
	if best.old != "" {
		rest, _ := below(p, best.old)
		return join(best.new, rest).Clean()
	}
	for i := range o.rewrites {
		r := &o.rewrites[i]
		r.hit = r.hit || r.re.MatchString(string(p))
		p = mail.Path(r.re.ReplaceAllString(string(p), r.with)).Clean()
	}
	if p == "" {
		return mail.Inbox
	}
	return p
}
