package dedupe

import (
	"fmt"
	"slices"
	"strings"
)

// Merge says which near copies are to count as the same message, because the user wants it so.
type Merge uint8

const (
	// MergeAliases: one delivery to several addresses of one person, which only Delivered-To tells apart.
	MergeAliases Merge = 1 << iota
	// MergeLists: a message that came directly and by way of a mailing list which added nothing to its text.
	MergeLists
)

// Rules is how messages are judged: the table of fields, and what the user added to it. It is not altered
// once made and serves any number of goroutines.
type Rules struct {
	ignore  []string
	merge   Merge
	classes *classes
	off     law // by tests: laws of the canonical form that do not hold
}

// Standard are the rules without any wish of a user.
func Standard() *Rules { return standard }

var standard = &Rules{classes: index(Table())}

// NewRules takes the names of further fields that make no difference, in any case, with "*" at the end for any
// rest. It fails for what is no name and for fields without which a message cannot be read or told from others.
func NewRules(ignore []string, merge Merge) (*Rules, error) {
	rules := Table()
	var names []string
	for _, name := range ignore {
		name = strings.ToLower(strings.TrimSuffix(strings.TrimSpace(name), ":"))
		if err := mayIgnore(name); err != nil {
			return nil, err
		}
		names = append(names, name)
		rules = append(rules, Rule{name, Ignored})
	}
	slices.Sort(names)
	return &Rules{ignore: slices.Compact(names), merge: merge, classes: index(rules)}, nil
}

func mayIgnore(name string) error {
	bare := strings.TrimSuffix(name, "*")
	for _, c := range []byte(bare) {
		if c <= ' ' || c >= 0x7f || c == ':' || c == '*' {
			return fmt.Errorf("%q is no name of a header field", name)
		}
	}
	if len(bare) < 2 {
		return fmt.Errorf("%q is too short for the name of a header field", name)
	}
	for _, needed := range strings.Fields("received message-id date from mime-version content-type content-transfer-encoding content-disposition") {
		if needed == name || bare != name && strings.HasPrefix(needed, bare) {
			return fmt.Errorf("%s cannot be ignored: without %s two messages cannot be told apart", name, needed)
		}
	}
	return nil
}

// Key names the rules with the version of the canonical form. What was computed under another key says nothing.
func (r *Rules) Key() string {
	key := fmt.Sprintf("%d", Version)
	if r.merge&MergeAliases != 0 {
		key += " aliases"
	}
	if r.merge&MergeLists != 0 {
		key += " lists"
	}
	for _, name := range r.ignore {
		key += " -" + name
	}
	return key
}

// law is one rule of the canonical form. All of them hold but where a test shows that it needs them.
type law uint64

const (
	lawAddresses   law = 1 << iota // address lists are compared mailbox by mailbox
	lawDomains                     // domains have no case, and A-labels are U-labels
	lawIDs                         // blanks within message ids are folding
	lawDates                       // dates are instants
	lawWords                       // encoded-words are what they say
	lawOrder                       // the order of fields is nothing
	lawTopFrom                     // an mbox line on top is no part of the message
	lawCut                         // what a program that fetches added is no part of the message
	lawStack                       // what the server added is
	lawDelivered                   // two addresses of delivery are two deliveries
	lawEvidence                    // without Message-ID and Received lines nothing proves one delivery
	lawBadLines                    // a line that is no field is one of the message
	lawPartFields                  // fields of a part are of the message
	lawParams                      // parameters are
	lawBoundary                    // the boundary is nothing
	lawCharset                     // text is Unicode, whatever charset it is written in
	lawTransfer                    // content is what the transfer encoding says
	lawStrict                      // what is not encoded by the rules is taken as it lies
	lawFromQuoting                 // a quoted From_ line is one that is not
	lawTail                        // empty lines at the end are nothing
	lawClosed                      // a missing closing boundary is something missing
	lawOuter                       // preamble and epilogue are of the message
	lawMessage                     // an attached message has its own fields, all of them
	lawPartial                     // a copy that its program calls partial is not the message
	lawGhost                       // a copy that its program calls expunged is none
	lawInternal                    // a message in which a program keeps its own data is none
	laws           = iota
)

func (r *Rules) holds(l law) bool { return r.off&l == 0 }
