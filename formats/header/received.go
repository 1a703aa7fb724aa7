package header

import (
	"bytes"
	"iter"
	"strings"
	"time"
)

// Where a received date was found.
const (
	FromReceived = "Received"
	FromDate     = "Date"
	FromNow      = "now"
)

// Received is the best guess at when the message came to the server it was taken from: the topmost
// Received line of the server's own stack (see Cut) that has a date one can believe, else the Date
// field, else now. source says which (FromReceived, FromDate, FromNow). The zone is kept as written.
func Received(head []byte, now time.Time) (t time.Time, source string) {
	for f := range Fields(head[Cut(head):]) {
		if !f.Is("Received") {
			continue
		}
		if t, ok := believed(dateClause(f.Value)); ok {
			return t, FromReceived
		}
	}
	for f := range Fields(head) {
		if !f.Is("Date") {
			continue
		}
		if t, ok := believed(f.Text()); ok {
			return t, FromDate
		}
	}
	return now, FromNow
}

// dateClause is what follows the last semicolon of a Received field (RFC 5321 §4.4).
func dateClause(value []byte) string {
	i := bytes.LastIndexByte(value, ';')
	if i < 0 {
		return ""
	}
	return string(unfold(value[i+1:]))
}

// believed parses a date and refuses those that only a wrong clock or a forger writes.
func believed(s string) (time.Time, bool) {
	t, ok := ParseDate(s)
	return t, ok && t.Unix() >= 24*60*60 && t.UTC().Year() <= 2037
}

// Cut is the offset in head behind the trace that was added on this side of the server: the Received
// lines of fetchmail, getmail, mpop and their like, and the local hops above them. Received and
// Delivered-To fields from there on were written by the server or before it. Without a fetch line it
// is 0. A fetch line below hops that are not local is genuine history, of a message that someone
// fetched and then sent on: nothing is cut for it.
func Cut(head []byte) int {
	cut, at := 0, 0
	var room [16][]byte
	above := room[:0] // parsed only if a fetch line follows, which is so of little mail
	for f := range Fields(head) {
		at += len(f.Raw)
		if !f.Is("Received") {
			continue
		}
		var h hop
		if namesFetching(f.Value) {
			h = parseHop(f.Value)
		}
		if !h.fetch {
			above = append(above, f.Value)
			continue
		}
		for _, a := range above {
			if !parseHop(a).localTo(h) {
				return cut
			}
		}
		cut, above = at, above[:0]
	}
	return cut
}

// namesFetching tells whether any of the marks of a fetch line is in the value of a Received field at all, of which most
// have none: pop3, imap, mpop, getmail, fetchmail. They are looked for by their last letters.
func namesFetching(value []byte) bool {
	for i := 3; i < len(value); i++ {
		before := value[i-1] | 0x20
		switch value[i] | 0x20 {
		case '3': // and 0x13
			if before == 'p' && endsIn(value[:i+1], "pop3") {
				return true
			}
		case 'p':
			if before == 'a' && endsIn(value[:i+1], "imap") || before == 'o' && endsIn(value[:i+1], "mpop") {
				return true
			}
		case 'l':
			if before == 'i' && (endsIn(value[:i+1], "getmail") || endsIn(value[:i+1], "fetchmail")) {
				return true
			}
		}
	}
	return false
}

func endsIn(b []byte, word string) bool {
	return len(b) >= len(word) && bytes.EqualFold(b[len(b)-len(word):], []byte(word))
}

// hop is what one Received line tells (RFC 5321 §4.4).
type hop struct {
	from, by string // hosts, lower case; empty: not named
	loopback bool   // the address behind the from host is this machine's own
	fetch    bool   // written by an agent that fetches mail
}

// localTo tells whether a, standing above the fetch line h, is of the machine that fetched: the same
// host wrote it, or localhost did, or it took the message from localhost. A line that names no host
// (qmail: "(qmail 123 invoked by uid 0)") says nothing against it. Seen where fetchmail hands over:
//
//	Received: from localhost (localhost [127.0.0.1]) by phobos.example (Postfix) ...
//	Received: from phobos [127.0.0.1] by localhost with IMAP (fetchmail-5.9.0) ...
func (a hop) localTo(h hop) bool {
	switch {
	case a.from == "" && a.by == "", a.loopback, isLocal(a.by):
		return true
	default:
		return a.by != "" && a.by == h.by
	}
}

func isLocal(host string) bool {
	return host == "localhost" || strings.HasPrefix(host, "localhost.") ||
		strings.HasPrefix(host, "127.") || host == "::1" || host == "ipv6:::1"
}

// parseHop reads the clauses of a Received line up to its date.
func parseHop(value []byte) hop {
	if i := bytes.LastIndexByte(value, ';'); i >= 0 {
		value = value[:i]
	}
	var h hop
	clause := "" // the keyword, or the host it named, that the next word belongs to
	for word := range words(strings.ToLower(string(value))) {
		switch {
		case word[0] == '(':
			h.fetch = h.fetch || isAgent(word)
			h.loopback = h.loopback || clause == "from host" && namesLoopback(word)
			continue
		case clause == "from":
			h.from = strings.Trim(word, "[]")
			h.loopback = isLocal(h.from)
			clause = "from host"
			continue
		case clause == "from host" && word[0] == '[': // fetchmail: "from phobos [127.0.0.1]"
			h.loopback = isLocal(strings.Trim(word, "[]"))
			continue
		case clause == "by":
			h.by = strings.Trim(word, "[]")
		case clause == "with":
			h.fetch = h.fetch || isFetching(word)
		case word == "from" && h.from == "", word == "by" && h.by == "", word == "with":
			clause = word
			continue
		}
		h.fetch = h.fetch || strings.HasPrefix(word, "getmail")
		clause = ""
	}
	return h
}

// isAgent knows the comments of programs that fetch mail.
func isAgent(comment string) bool {
	for _, mark := range []string{"(fetchmail-", "(mpop-", "(getmail"} {
		if strings.HasPrefix(comment, mark) {
			return true
		}
	}
	return false
}

// isFetching knows the protocols by which mail is fetched, not sent.
func isFetching(protocol string) bool {
	switch protocol {
	case "pop3", "pop3s", "imap", "imaps":
		return true
	}
	return false
}

// namesLoopback looks for the peer's address in the comment behind the from host, as MTAs write it:
// "(localhost [127.0.0.1])", "([127.0.0.1] helo=x)", "(127.0.0.1)".
func namesLoopback(comment string) bool {
	for w := range strings.FieldsSeq(comment) {
		if w = strings.Trim(w, "()"); w == "127.0.0.1" || len(w) > 2 && w[0] == '[' && isLocal(strings.Trim(w, "[]")) {
			return true
		}
	}
	return false
}

// words yields the words of s and each comment, nested ones included, as one word (RFC 5322 §3.2.2).
func words(s string) iter.Seq[string] {
	return func(yield func(string) bool) {
		for {
			s = strings.TrimLeft(s, " \t\r\n")
			if s == "" {
				return
			}
			n := wordEnd(s)
			if !yield(s[:n]) {
				return
			}
			s = s[n:]
		}
	}
}

func wordEnd(s string) int {
	if s[0] == '(' {
		return commentEnd(s)
	}
	if n := strings.IndexAny(s, " \t\r\n("); n > 0 {
		return n
	}
	return len(s)
}

// commentEnd is the length of the comment at the start of s; all of s if it is never closed.
func commentEnd(s string) int {
	depth := 0
	for i := 0; i < len(s); i++ {
		switch s[i] {
		case '\\':
			i++
		case '(':
			depth++
		case ')':
			if depth--; depth == 0 {
				return i + 1
			}
		}
	}
	return len(s)
}
