package main

import (
	"strings"

	"github.com/spf13/cobra"

	"mailmv/dedupe"
)

// ruleOptions are those about when two messages are the same.
type ruleOptions struct {
	ignore []string
	merge  string

	rules *dedupe.Rules
}

func (o *ruleOptions) flags(cmd *cobra.Command) {
	f := cmd.Flags()
	f.StringArrayVar(&o.ignore, "ignore-header", nil, "a header field `NAME` makes no difference; \"*\" at its end for any rest; may be repeated")
	f.StringVar(&o.merge, "merge", "", "count as same also `WHAT`: aliases (deliveries of one message to several addresses), lists (by way of a mailing list that added nothing to the text), or both with a comma")
	completeWords(cmd, "merge", "aliases", "lists", "aliases,lists")
}

func (o *ruleOptions) check() error {
	var merge dedupe.Merge
	for word := range strings.SplitSeq(o.merge, ",") {
		switch word {
		case "":
		case "aliases":
			merge |= dedupe.MergeAliases
		case "lists":
			merge |= dedupe.MergeLists
		default:
			return usagef("write aliases, lists, or aliases,lists", "--merge %q is not known", word)
		}
	}
	var err error
	if o.rules, err = dedupe.NewRules(o.ignore, merge); err != nil {
		return usagef("name a field that makes no difference, such as X-Company-Archive", "--ignore-header: %v", err)
	}
	return nil
}
