package mbox

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"mailmv/formats/mail"
)

// Shown is a message's state as other programs read it in the file: Status and X-Status (mutt, Pine, Dovecot, Thunderbird,
// Python), keywords in X-Mozilla-Keys (Thunderbird), the one field for them that is believed without a table elsewhere in the file.
type Shown struct {
	Flags    mail.Flags
	Keywords []string
}

// keysMax bounds the line of keywords; what goes beyond it is not shown.
const keysMax = 900

// lines are the fields at the top of a message's header. Both of the flags are always there and of one length, so that
// flags can change in place (Restate).
func (s Shown) lines() string {
	text := s.status()
	if keys := s.keys(); len(keys) > 0 {
		text += "X-Mozilla-Keys: " + strings.Join(keys, " ") + "\n"
	}
	return text
}

func (s Shown) status() string {
	status, letters := "  ", "" // no O for old: Thunderbird takes it for read
	if s.Flags&mail.Seen != 0 {
		status = "RO"
	}
	for _, l := range xStatus {
		if s.Flags&l.flag != 0 {
			letters += l.letter
		}
	}
	return "Status: " + status + "\nX-Status: " + letters + strings.Repeat(" ", len(xStatus)-len(letters)) + "\n"
}

var xStatus = [...]struct {
	flag   mail.Flags
	letter string
}{{mail.Answered, "A"}, {mail.Flagged, "F"}, {mail.Draft, "T"}, {mail.Deleted, "D"}}

// keys are the keywords that the field can hold: plain words, and not too many.
func (s Shown) keys() []string {
	var keys []string
	n := 0
	for _, k := range s.Keywords {
		odd := func(r rune) bool { return r <= ' ' || r > '~' }
		if n += len(k) + 1; k != "" && !strings.ContainsFunc(k, odd) && n <= keysMax {
			keys = append(keys, k)
		}
	}
	return keys
}

// Unshown are the keywords that the file does not show.
func (s Shown) Unshown() []string {
	shown := map[string]bool{}
	for _, k := range s.keys() {
		shown[k] = true
	}
	var rest []string
	for _, k := range s.Keywords {
		if !shown[k] {
			rest = append(rest, k)
		}
	}
	return rest
}

// Restate gives the octets that show s in place of what top shows, the octets behind a message's From_ line: as many as
// they replace. ok is false where they are not as a Writer wrote them, or keywords have to change too.
func (s Shown) Restate(top []byte) (lines string, ok bool) {
	lines = s.lines()
	status := s.status()
	if len(top) < len(lines) || !bytes.HasPrefix(top, []byte("Status: ")) || top[len("Status: RO")] != '\n' {
		return "", false
	}
	second := top[len("Status: RO\n"):len(status)]
	if !bytes.HasPrefix(second, []byte("X-Status: ")) || bytes.IndexByte(second, '\n') != len(second)-1 || string(top[len(status):len(lines)]) != lines[len(status):] {
		return "", false
	}
	after := top[len(lines):]
	more := bytes.HasPrefix(after, []byte("X-Mozilla-Keys:")) || len(after) > 0 && (after[0] == ' ' || after[0] == '\t')
	return status, !more
}

// topper writes lines before the first octet, unless that is a blank: the header's first line would go on with it. A From_ line
// that the message begins with, and that is not quoted, stays first: readers would take it for the next message's. One that go-mbox
// quotes follows: right behind the true From_ line Thunderbird takes ">From " for a fault, and reads no further.
type topper struct {
	w             io.Writer
	lines         string
	begun, hidden bool
	quoted        bool // a From_ line will be
	behindFrom    bool // the lines are to follow the next line end
}

func (t *topper) Write(p []byte) (int, error) {
	if !t.begun && len(p) > 0 {
		t.begun = true
		t.hidden = p[0] == ' ' || p[0] == '\t'
		t.behindFrom = !t.quoted && bytes.HasPrefix(p, fromWord)
		if !t.hidden && !t.behindFrom {
			if _, err := io.WriteString(t.w, t.lines); err != nil {
				return 0, err
			}
		}
	}
	if i := bytes.IndexByte(p, '\n'); t.behindFrom && i >= 0 {
		t.behindFrom = false
		if _, err := t.w.Write(append(p[:i+1:i+1], t.lines...)); err != nil {
			return 0, err
		}
		_, err := t.w.Write(p[i+1:])
		return len(p), err
	}
	return t.w.Write(p)
}

// close writes the lines of a message without octets.
func (t *topper) close() error {
	if t.begun {
		return nil
	}
	t.begun = true
	_, err := io.WriteString(t.w, t.lines)
	return err
}

// writerFields is what a Writer puts on top of a message: nobody else pads the second field so.
var writerFields = mail.Pattern(`^Status: (?:RO|O |  )\r?\nX-Status: [AFTD ]{4}\r?\n(?:X-Mozilla-Keys: [^\r\n]*\r?\n)?`)

// WriterFields is the length of the fields on top of a message, which begins with head, that a Writer put there; 0: there are none.
func WriterFields(head []byte) int {
	n := len(writerFields().Find(head))
	if n < len(head) && (head[n] == ' ' || head[n] == '\t') {
		return 0
	}
	return n
}

// OwnFields is the length of what Thunderbird (MozillaFields) or a Writer put on top of a message, which begins with head; 0: there is nothing
// of that.
func OwnFields(head []byte) int { return max(WriterFields(head), MozillaFields(head)) }

// replacedBy are the fields that Restated writes anew. Thunderbird's own would contradict them.
var replacedBy = []string{"status", "x-status", "x-mozilla-status", "x-mozilla-status2", "x-mozilla-keys"}

// onlyKept blanks out the words of a line of X-Keywords that are no keywords of s.
func (s Shown) onlyKept(line []byte) {
	between := func(c byte) bool { return c <= ' ' || c == ',' }
	start := 0
	if name, _, ok := bytes.Cut(line, []byte(":")); ok && bytes.EqualFold(bytes.TrimRight(name, " \t"), []byte("x-keywords")) {
		start = len(name) + 1
	}
	for at := start; at < len(line); {
		if between(line[at]) {
			at++
			continue
		}
		end := at
		for end < len(line) && !between(line[end]) {
			end++
		}
		word := string(line[at:end])
		if !slices.ContainsFunc(s.Keywords, func(k string) bool { return strings.EqualFold(k, word) }) {
			copy(line[at:end], strings.Repeat(" ", end-at))
		}
		at = end
	}
}

// Restated copies one message as it lies in a file, From_ line and all, with s shown in place of its state, and tells how many octets that
// are. X-Keywords, which another program wrote, stays, for that one reads no other field; but it loses what s does not have.
func Restated(w io.Writer, message io.Reader, s Shown) (int64, error) {
	count := &counter{w: w}
	in := bufio.NewReaderSize(message, 64<<10)
	for { // the From_ line
		line, err := in.ReadSlice('\n')
		if _, err := count.Write(line); err != nil {
			return count.n, err
		}
		if err == nil {
			break
		}
		if !errors.Is(err, bufio.ErrBufferFull) {
			return count.n, fmt.Errorf("its From_ line: %w", err)
		}
	}
	top := &topper{w: count, lines: s.lines()}
	if _, err := io.Copy(top, &stateStripper{br: in, start: true, fields: replacedBy, keywords: s.onlyKept}); err != nil {
		return count.n, err
	}
	return count.n, top.close()
}
