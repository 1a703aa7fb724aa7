package imap

import (
	"fmt"
	"io"
)

// untagged is a response that is no status: "* 5 EXISTS", or "* LIST ..." with what follows the word in rest.
type untagged struct {
	number   uint64
	numbered bool
	kind     string
	rest     scan
}

// known are the responses that a server may send at any time.
var known = map[string]bool{"CAPABILITY": true, "ENABLED": true, "FLAGS": true, "RECENT": true, "EXISTS": true, "EXPUNGE": true,
	"FETCH": true, "SEARCH": true, "ESEARCH": true, "VANISHED": true, "LIST": true, "LSUB": true, "XLIST": true, "STATUS": true, "ID": true,
	"NAMESPACE": true, "QUOTA": true, "QUOTAROOT": true, "METADATA": true, "ACL": true, "MYRIGHTS": true, "LISTRIGHTS": true}

// untagged reads the rest of a response, r being its first line. FETCH and what cannot be understood is passed over; of the
// latter it is told.
func (w *words) untagged(c lines, r reply) (untagged, error) {
	s := scan{r.text}
	u := untagged{}
	u.number, u.numbered = s.number(32)
	if !u.numbered && len(s.b) != len(r.text) {
		w.notes("the server counts beyond 32 bits: ignored")
		return untagged{}, drop(c, r.text)
	}
	s.blanks()
	u.kind = s.name()
	if u.kind == "FETCH" {
		return u, drop(c, r.text) // the news that another client changed a flag
	}
	from := len(r.text) - len(s.b)
	if err := r.complete(c); err != nil {
		return u, err
	}
	u.rest = scan{r.text[from:]}
	if !known[u.kind] {
		w.notes(fmt.Sprintf("the server sends %q unasked: ignored", w.clean(u.kind)))
	}
	return u, nil
}

// stray deals with an answer to a command that is not open.
func (w *words) stray(tag string) {
	if tag == "+" {
		w.notes("the server asks to go on though nothing waits for that: ignored")
		return
	}
	w.notes("the server answers a command that was not given: ignored")
}

// drop passes over the literals of a response that is not wanted, text being its first line.
func drop(c lines, text []byte) error {
	for {
		n, ok := literalAtEnd(text)
		if !ok {
			return nil
		}
		if _, err := io.CopyN(io.Discard, c, n); err != nil {
			return cut(err)
		}
		next, err := c.ReadLine(maxLine)
		if err != nil {
			return cut(err)
		}
		text = next
	}
}
