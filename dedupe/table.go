package dedupe

import (
	"slices"
	"strings"
)

// Version is that of the canonical form: the table below and the rules of Canon. What was computed
// under another version says nothing.
const Version = 2

// Class says what a header field is to the identity of a message.
type Class uint8

const (
	// Kept fields are the message. A field that nobody has heard of is one.
	Kept Class = iota
	// State fields hold what a mail program knows of its copy.
	State
	// Scanner fields were added by a filter.
	Scanner
	// Trace fields were added on the way; they have rules of their own.
	Trace
	// Encoding fields are represented by the tree of parts.
	Encoding
	// List fields are written by mailing lists. They are kept, unless the user merges lists.
	List
	// Ignored fields are those that the user named.
	Ignored
)

func (c Class) String() string {
	return [...]string{"kept", "state", "scanner", "trace", "encoding", "list", "ignored"}[c]
}

// Rule gives all fields whose name matches Pattern a class. Pattern is in lower case; a "*" at its end
// stands for any rest.
type Rule struct {
	Pattern string
	Class   Class
}

// Table lists the rules, for a person to read. No two of them match one name.
func Table() []Rule {
	var all []Rule
	for _, group := range table {
		for p := range strings.FieldsSeq(group.patterns) {
			all = append(all, Rule{p, group.class})
		}
	}
	return all
}

// Table lists these rules, those of the user among them.
func (r *Rules) Table() []Rule {
	all := Table()
	for _, name := range r.ignore {
		all = append(all, Rule{name, Ignored})
	}
	return all
}

var table = []struct {
	class    Class
	patterns string
}{
	{State, `status x-status x-keywords x-uid x-imap x-imapbase x-mozilla-* x-account-key x-identity-key
		x-uidl x-evolution* x-kmail-* x-claws-* x-sylpheed-* x-label x-length x-persona x-eudora2unix
		x-gmail-labels x-gm-thrid x-gm-msgid x-message-flag x-yahoo-newman-property x-delivery-id
		content-length lines bytes`},
	{Scanner, `x-spam-* x-bogosity x-dspam-* x-crm114-* x-virus-* x-antivirus* x-avg-* x-kaspersky-*
		x-ms-exchange-organization-* x-microsoft-antispam* x-forefront-*`},
	{Trace, `received return-path delivered-to x-original-to envelope-to x-envelope-to delivery-date`},
	{Encoding, `mime-version content-type content-disposition content-transfer-encoding content-id`},
	{List, `list-* precedence mailing-list x-mailing-list x-beenthere x-mailman-* x-loop x-list-* x-listname errors-to sender`},
}

// classes is a table as it is looked up.
type classes struct {
	exact    map[string]Class
	prefixes []Rule // without the "*", in order
	// lengths are those of the exact names by their first letters, a bit each; most fields are in no table and need no more.
	lengths [256]uint64
}

func index(rules []Rule) *classes {
	c := &classes{exact: map[string]Class{}}
	for _, r := range rules {
		if p, ok := strings.CutSuffix(r.Pattern, "*"); ok {
			c.prefixes = append(c.prefixes, Rule{p, r.Class})
		} else {
			c.exact[r.Pattern] = r.Class
			c.lengths[r.Pattern[0]] |= 1 << min(len(r.Pattern), 63)
		}
	}
	slices.SortFunc(c.prefixes, func(a, b Rule) int { return strings.Compare(a.Pattern, b.Pattern) })
	return c
}

// of is the class of a field by its name in lower case.
func (c *classes) of(name []byte) Class {
	if len(name) > 0 && c.lengths[name[0]]&(1<<min(len(name), 63)) != 0 {
		if class, ok := c.exact[string(name)]; ok {
			return class
		}
	}
	for _, p := range c.prefixes {
		if strings.HasPrefix(string(name), p.Pattern) {
			return p.Class
		}
		if p.Pattern > string(name) {
			break
		}
	}
	return Kept
}

// ClassOf tells the class of a field by its name in lower case.
func ClassOf(name string) Class { return standard.classes.of([]byte(name)) }
