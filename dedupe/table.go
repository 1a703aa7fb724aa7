package dedupe

import "strings"

// Version is that of the canonical form: the table below and the rules of Canon. What was computed
// under another version says nothing.
const Version = 1

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
)

func (c Class) String() string {
	return [...]string{"kept", "state", "scanner", "trace", "encoding"}[c]
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
}

// exact and prefixes are the table as ClassOf wants it.
var exact, prefixes = index(Table())

func index(rules []Rule) (exact, prefixes map[string]Class) {
	exact, prefixes = map[string]Class{}, map[string]Class{}
	for _, r := range rules {
		if p, ok := strings.CutSuffix(r.Pattern, "*"); ok {
			prefixes[p] = r.Class
		} else {
			exact[r.Pattern] = r.Class
		}
	}
	return exact, prefixes
}

// ClassOf tells the class of a field by its name in lower case.
func ClassOf(name string) Class {
	if c, ok := exact[name]; ok {
		return c
	}
	for i := 1; i <= len(name) && i <= longestPrefix; i++ {
		if c, ok := prefixes[name[:i]]; ok {
			return c
		}
	}
	return Kept
}

// longestPrefix bounds the look-up for names made to be long.
const longestPrefix = len("x-ms-exchange-organization-")
