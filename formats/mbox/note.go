package mbox

import (
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
)

// Note says how a message that was written differs, when it is read, from the octets that were given. With
// it File.Message gives those octets exactly. The zero value: no difference. All places count octets of the
// message as it is read without the note.
type Note struct {
	// Bare says that from place BareAt on the file has the line ends as they were given, so that each LF
	// is to be read as it stands. The message held a bare LF there.
	Bare   bool
	BareAt int64
	// Edits lead back from what is read to what was given, in order of place.
	Edits []Edit
	// Stateless says that the fields in which programs keep state (Status, X-Mozilla-Keys ...) are not the message's own,
	// whoever wrote them: they are taken away as the message is read. Places do not count them. Own gives those that the message
	// brought along their names again (they are kept as X-Mailmv-Status ...), or puts them back; its places count what Edits give.
	Stateless bool
	Own       []Edit
}

// Edit takes away or puts back octets at one place.
type Edit struct {
	At   int64
	Drop int64  // this many were added: a final line end, the ">" of mboxcl2 before "From " in a header
	Put  string // these were lost: a ">" that mboxo cannot tell from its own
}

// String gives "300-2" (Drop) or "41+3e" (Put, in hex).
func (e Edit) String() string {
	if e.Put != "" {
		return fmt.Sprintf("%d+%x", e.At, e.Put)
	}
	return fmt.Sprintf("%d-%d", e.At, e.Drop)
}

// maxEdits bounds what a hostile message can make of its note.
const maxEdits = 4096

// IsZero says that the message is read as it was given.
func (n Note) IsZero() bool { return !n.Bare && !n.Stateless && len(n.Edits) == 0 }

// String gives one word, parts joined with commas: "s" (Stateless), "own120-9" (Own), "lf=120" (BareAt), "300-2"
// (Edits). Empty: no difference. ParseNote reads it.
func (n Note) String() string {
	var parts []string
	if n.Stateless {
		parts = append(parts, "s")
		for _, e := range n.Own {
			parts = append(parts, "own"+e.String())
		}
	}
	if n.Bare {
		parts = append(parts, fmt.Sprintf("lf=%d", n.BareAt))
	}
	for _, e := range n.Edits {
		parts = append(parts, e.String())
	}
	return strings.Join(parts, ",")
}

// ParseNote reads what String gives.
func ParseNote(s string) (Note, error) {
	var n Note
	if s == "" {
		return n, nil
	}
	last := int64(-1)
	for part := range strings.SplitSeq(s, ",") {
		if own, ok := strings.CutPrefix(part, "own"); ok && n.Stateless && !n.Bare && len(n.Edits) == 0 {
			e, err := parseEdit(own)
			if err != nil || len(n.Own) > 0 && e.At <= n.Own[len(n.Own)-1].At {
				return Note{}, fmt.Errorf("note %q: %w", part, errors.Join(err, errNote))
			}
			n.Own = append(n.Own, e)
			continue
		}
		if part == "s" && n.IsZero() {
			n.Stateless = true
			continue
		}
		if at, ok := strings.CutPrefix(part, "lf="); ok && !n.Bare && len(n.Edits) == 0 {
			v, err := strconv.ParseUint(at, 10, 63)
			if err != nil {
				return Note{}, fmt.Errorf("note %q: %w", part, err)
			}
			n.Bare, n.BareAt = true, int64(v)
			continue
		}
		e, err := parseEdit(part)
		if err != nil || e.At < last {
			return Note{}, fmt.Errorf("note %q: %w", part, errors.Join(err, errNote))
		}
		last = e.At
		n.Edits = append(n.Edits, e)
	}
	return n, nil
}

var errNote = errors.New("not a note on an mbox message")

func parseEdit(part string) (e Edit, err error) {
	i := strings.IndexAny(part, "+-")
	if i < 0 {
		return e, errNote
	}
	at, err := strconv.ParseUint(part[:i], 10, 63)
	if err != nil {
		return e, err
	}
	e.At = int64(at)
	if part[i] == '+' {
		put, err := hex.DecodeString(part[i+1:])
		if err != nil || len(put) == 0 {
			return e, errors.Join(err, errNote)
		}
		e.Put = string(put)
		return e, nil
	}
	drop, err := strconv.ParseUint(part[i+1:], 10, 63)
	if err != nil || drop == 0 {
		return e, errors.Join(err, errNote)
	}
	e.Drop = int64(drop)
	return e, nil
}

// editReader applies edits to what it reads.
type editReader struct {
	r     io.Reader
	edits []Edit
	at    int64
	put   string
}

func (e *editReader) Read(p []byte) (int, error) {
	for e.put == "" && len(e.edits) > 0 && e.edits[0].At == e.at {
		first := e.edits[0]
		e.edits = e.edits[1:]
		n, err := io.CopyN(io.Discard, e.r, first.Drop)
		e.at += n
		if err != nil {
			return 0, fmt.Errorf("octet %d: the message is not the one that was noted: %w", e.at, io.ErrUnexpectedEOF)
		}
		e.put = first.Put
	}
	if e.put != "" {
		n := copy(p, e.put)
		e.put = e.put[n:]
		return n, nil
	}
	if len(e.edits) > 0 {
		p = p[:min(int64(len(p)), e.edits[0].At-e.at)]
	}
	n, err := e.r.Read(p)
	e.at += int64(n)
	if err == io.EOF && len(e.edits) > 0 {
		if e.edits[0].At == e.at && n > 0 {
			return n, nil // the next Read settles what stands at the end
		}
		if e.edits[0].At > e.at {
			err = fmt.Errorf("octet %d: the message is not the one that was noted: %w", e.at, io.ErrUnexpectedEOF)
		}
	}
	return n, err
}
