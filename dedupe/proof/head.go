package proof

import (
	"slices"
	"strings"
)

// field is one field of a header: its name in lower case, its text unfolded, runs of blanks as one. A line that is no
// field has the name "".
type field struct{ name, text string }

type header []field

// fields reads the lines of a header.
func fields(lines []string) header {
	var h header
	for _, l := range lines {
		if l[0] == ' ' || l[0] == '\t' {
			if n := len(h); n > 0 {
				h[n-1].text += " " + l
			} else {
				h = append(h, field{"", l})
			}
			continue
		}
		name, text, ok := strings.Cut(l, ":")
		name = strings.TrimRight(name, " \t")
		if !ok || !isName(name) {
			h = append(h, field{"", l})
			continue
		}
		h = append(h, field{lower(name), text})
	}
	for i := range h {
		h[i].text = oneBlank(h[i].text)
	}
	return h
}

func isName(s string) bool {
	for i := 0; i < len(s); i++ {
		if s[i] <= ' ' || s[i] >= 0x7f {
			return false
		}
	}
	return s != ""
}

// lower is in lower case what is ASCII.
func lower(s string) string {
	return strings.Map(func(c rune) rune {
		if c >= 'A' && c <= 'Z' {
			return c + 'a' - 'A'
		}
		return c
	}, s)
}

func oneBlank(s string) string {
	return strings.Join(strings.FieldsFunc(s, func(c rune) bool { return c == ' ' || c == '\t' }), " ")
}

// what a field is to the message.
type part uint8

const (
	itself   part = iota // the message
	state                // what a program notes of its copy
	trace                // Received
	delivery             // the address of delivery
	passing              // other trace
	coding               // how the body is to be read
	list                 // of a mailing list
)

// known are the fields that are not the message itself.
var known = []struct {
	part  part
	names []string
}{
	{state, []string{
		"status", "x-status", "x-keywords", "x-uid", "x-imap", "x-imapbase", "content-length", "lines", "bytes", // UW-IMAP, mutt, Dovecot
		"x-mozilla-*", "x-account-key", "x-identity-key", "x-uidl", // Thunderbird
		"x-evolution*", "x-kmail-*", "x-length", "x-claws-*", "x-sylpheed-*", "x-label", // other programs
		"x-persona", "x-eudora2unix", "x-message-flag", "x-yahoo-newman-property", "x-delivery-id",
		"x-gmail-labels", "x-gm-thrid", "x-gm-msgid", // Takeout
		"x-spam-*", "x-bogosity", "x-dspam-*", "x-crm114-*", "x-virus-*", "x-antivirus*", "x-avg-*", "x-kaspersky-*", // scanners
		"x-ms-exchange-organization-*", "x-microsoft-antispam*", "x-forefront-*",
	}},
	{trace, []string{"received"}},
	{delivery, []string{"delivered-to", "x-original-to", "envelope-to"}},
	{passing, []string{"return-path", "x-envelope-to", "delivery-date"}},
	{coding, []string{"mime-version", "content-type", "content-disposition", "content-transfer-encoding", "content-id"}},
	{list, []string{"list-*", "precedence", "mailing-list", "x-mailing-list", "x-beenthere", "x-mailman-*", "x-loop", "x-list-*",
		"x-listname", "errors-to", "sender"}},
}

func partOf(name string) part {
	for _, k := range known {
		if slices.ContainsFunc(k.names, func(p string) bool { return matches(p, name) }) {
			return k.part
		}
	}
	return itself
}

// top is the header of a message, sorted out.
type top struct {
	itself header
	coding header
	stack  []string // Received of the server, in their order
	to     []string // addresses of delivery, each once
	listed bool
	fails  refusal
}

// sort sorts out the header of a message.
func (o Options) sort(h header) top {
	if len(h) > 0 && h[0].name == "" && strings.HasPrefix(h[0].text, "From ") {
		h = h[1:]
	}
	var t top
	cut := localEnd(h)
	for i, f := range h {
		if slices.ContainsFunc(o.Ignore, func(p string) bool { return f.name != "" && matches(lower(p), f.name) }) {
			continue
		}
		switch partOf(f.name) {
		case itself:
			t.itself = append(t.itself, f)
		case list:
			t.listed = t.listed || strings.HasPrefix(f.name, "list-") || strings.Contains(f.name, "mailing-list") || f.name == "x-beenthere"
			if !o.Lists {
				t.itself = append(t.itself, f)
			}
		case coding:
			t.coding = append(t.coding, f)
		case trace:
			if i >= cut {
				t.stack = append(t.stack, f.text)
			}
		case delivery:
			if i >= cut && !slices.Contains(t.to, f.text) {
				t.to = append(t.to, f.text)
			}
		case state:
			if why := stateRefuses(f); why != "" {
				t.fails = why
			}
		}
	}
	if slices.ContainsFunc(h, isInternal) && slices.ContainsFunc(h, func(f field) bool { return f.name == "x-imap" }) {
		t.fails = "one of them is no mail"
	}
	for i, f := range t.itself {
		if o.Lists && t.listed && f.name == "subject" && strings.HasPrefix(f.text, "[") && strings.Contains(f.text, "] ") {
			_, t.itself[i].text, _ = strings.Cut(f.text, "] ")
		}
	}
	slices.Sort(t.to)
	return t
}

// proves tells whether the header shows which delivery this is.
func (t top) proves(o Options) bool {
	if len(t.stack) > 0 && !o.Lists {
		return true
	}
	return slices.ContainsFunc(t.itself, func(f field) bool {
		return f.name == "message-id" && strings.Contains(f.text, "@") && len(f.text) > len("<@>")
	})
}

// isInternal knows the title of the message in which UW-IMAP keeps its own data.
func isInternal(f field) bool {
	return f.name == "subject" && f.text == "DON'T DELETE THIS MESSAGE -- FOLDER INTERNAL DATA"
}

// stateRefuses knows copies that are not the whole message, or none at all.
func stateRefuses(f field) refusal {
	if f.name == "x-mozilla-status" && len(f.text) == 4 {
		if strings.ContainsRune("89abcdefABCDEF", rune(f.text[3])) {
			return "one of them is deleted"
		}
		if strings.ContainsRune("4567cdefCDEF", rune(f.text[1])) {
			return "one of them is incomplete"
		}
	}
	return ""
}
