package imap

import (
	"bytes"
	"fmt"
	"io"
	"runtime"
	"strings"
	"testing"

	"mailmv/formats/mail"
)

// zeros is a Body of so many octets.
type zeros int64

func (z zeros) WriteTo(w io.Writer) (int64, error) {
	chunk := bytes.Repeat([]byte("0"), 32<<10)
	for left := int64(z); left > 0; left -= int64(len(chunk)) {
		if _, err := w.Write(chunk[:min(left, int64(len(chunk)))]); err != nil {
			return 0, err
		}
	}
	return int64(z), nil
}

// allocated tells how many octets do allocates.
func allocated(do func()) uint64 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	do()
	runtime.ReadMemStats(&after)
	return after.TotalAlloc - before.TotalAlloc
}

// TestHugeMessage: a message of 300 MB passes through both ways in a few buffers.
func TestHugeMessage(t *testing.T) {
	const size = 300 << 20
	f, st := newFake(t)
	f.caps = "IMAP4rev1 UIDPLUS LITERAL+ MULTIAPPEND"
	received := int64(0)
	f.early = func(c *client, tag, line string) bool {
		received, _ = io.CopyN(io.Discard, c.r, size)
		c.r.ReadString('\n')
		c.send("%s OK [APPENDUID 7 1] stored\r\n", tag)
		return false
	}
	f.on = func(c *client, cmd command) bool {
		switch {
		case cmd.verb != "UID FETCH":
			return false
		case strings.Contains(cmd.args, "BODY"):
			c.send("* 1 FETCH (UID 1 BODY[] {%d}\r\n", size)
			zeros(size).WriteTo(c)
			c.send(")\r\n%s OK\r\n", cmd.tag)
		default:
			c.send("* 1 FETCH (UID 1 RFC822.SIZE %d)\r\n%s OK\r\n", size, cmd.tag)
		}
		return true
	}
	used := allocated(func() {
		m := parcel(0, "")
		m.Octets, m.Body = size, zeros(size)
		wait, err := st.Append(t.Context(), inbox, []mail.Parcel{m})
		if err != nil {
			t.Fatal(err)
		}
		if stored, err := wait(); err != nil || stored[0].Octets != size || received != size {
			t.Errorf("%+v, %v, received %d", stored, err, received)
		}
		for m, err := range st.Fetch(t.Context(), inbox, []mail.Ref{f.ref(1)}) {
			if err != nil {
				t.Fatal(err)
			}
			if n, err := io.Copy(io.Discard, m.Body); err != nil || n != size {
				t.Errorf("fetched %d, %v", n, err)
			}
		}
	})
	if used > 8<<20 {
		t.Errorf("allocated %d octets", used)
	}
}

// TestManyMessages: a big folder is listed as it comes in, whatever the number that the server claims.
func TestManyMessages(t *testing.T) {
	const number = 30_000
	f, st := newFake(t)
	f.on = func(c *client, cmd command) bool {
		switch cmd.verb {
		case "EXAMINE":
			c.send("* 4294967295 EXISTS\r\n* OK [UIDVALIDITY 7] v\r\n* OK [UIDNEXT 4294967295] n\r\n%s OK\r\n", cmd.tag)
			return true
		case "UID FETCH":
			var b bytes.Buffer
			for i := 1; i <= number; i++ {
				fmt.Fprintf(&b, "* %d FETCH (UID %d FLAGS (\\Seen) INTERNALDATE \" 1-Jul-2004 12:00:00 -0500\" RFC822.SIZE 1000)\r\n", i, 3*i)
			}
			c.Write(b.Bytes())
			c.send("%s OK\r\n", cmd.tag)
			return true
		}
		return false
	}
	n := 0
	for m, err := range st.List(t.Context(), inbox) {
		if err != nil {
			t.Fatal(err)
		}
		if n++; m.Octets != 1000 || m.ID != formatUID(uint32(3*n)) {
			t.Fatalf("message %d: %+v", n, m)
		}
	}
	if n != number {
		t.Errorf("listed %d", n)
	}
}
