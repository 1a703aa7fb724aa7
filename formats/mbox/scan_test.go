package mbox_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"

	"mailmv/formats/mail"
	"mailmv/formats/mbox"
)

const (
	from1 = "From a@b Thu Jan  1 00:00:01 1998\n"
	from2 = "From c@d Fri Jan  2 00:00:01 1998\n"
	one   = "Subject: one\nDate: x\n\n"
	two   = "Subject: two\nDate: x\n\n"
)

// TestFiles holds files in every state that they are found in.
func TestFiles(t *testing.T) {
	hole := strings.Repeat("\x00", 4096)
	for _, c := range []struct {
		name    string
		content string
		as      mbox.Dialect
		want    []string // with LF
		dialect mbox.Dialect
		doubts  []string // "<octet> <accepted>"
	}{
		{name: "empty"},
		{name: "empty lines only", content: "\n\r\n\n"},
		{name: "two", content: from1 + one + "x\n\n" + from2 + two + "y\n\n", want: []string{one + "x\n", two + "y\n"}},
		{name: "no separator line at the end", content: from1 + one + "x\n\n" + from2 + two + "y\n", want: []string{one + "x\n", two + "y\n"}},
		{name: "empty lines at the end of a message stay", content: from1 + one + "x\n\n\n\n" + from2 + two + "y\n\n\n", want: []string{one + "x\n\n\n", two + "y\n\n"}},
		{name: "empty lines first", content: "\n\r\n" + from1 + one + "x\n", want: []string{one + "x\n"}},
		{name: "byte order mark", content: "\xef\xbb\xbf" + from1 + one + "x\n", want: []string{one + "x\n"}},
		{name: "mixed line ends", content: from1 + crlf(one) + "x\ny\r\n\n" + crlf(from2) + two + "\r\n", want: []string{one + "x\ny\n", two}},
		{name: "empty messages", content: from1 + "\n" + from2 + "\n" + from1 + one, want: []string{"", "", strings.TrimSuffix(one, "\n")}},
		{name: "From_ lines in a row", content: from1 + from2 + from1 + one + "x\n", want: []string{"", "", one + "x\n"}},
		{name: "cut in the body", content: from1 + one + "x\n\n" + from2 + two + "y", want: []string{one + "x\n", two + "y"}},
		{name: "cut in the header", content: from1 + one + "x\n\n" + from2 + "Subj", want: []string{one + "x\n", "Subj"}},
		{name: "cut in a From_ line", content: from1 + one + "x\n\n" + strings.TrimSuffix(from2, "\n"), want: []string{one + "x\n"}, doubts: []string{"59 false"}},
		{name: "cut in a From_ line before its date", content: from1 + one + "x\n\nFrom c@d", want: []string{one + "x\n\nFrom c@d"}, doubts: []string{"59 false"}},
		{name: "a hole first", content: hole + from1 + one + "x\n", want: []string{one + "x\n"}, doubts: []string{"0 true"}},
		{name: "a hole before a separator", content: from1 + one + "x\n" + hole + from2 + two + "y\n", want: []string{one + "x\n" + hole, two + "y\n"}, doubts: []string{"4154 true"}},
		{name: "nothing but a hole", content: hole, doubts: []string{"0 false"}},
		{name: "a sentence with a date", content: from1 + one + "\nFrom x Fri Jan  2 00:00:01 1998\nis text\n", want: []string{one + "\nFrom x Fri Jan  2 00:00:01 1998\nis text\n"}, doubts: []string{"57 false"}},
		{name: "fields behind a sentence", content: from1 + one + "\nFrom the docs:\nNote: x\nSee: y\n", want: []string{one, "Note: x\nSee: y\n"}, doubts: []string{"57 true"}},
		{name: "an mbox in an open MIME part", content: from1 + "Content-Type: multipart/mixed; boundary=\"q\"\nDate: x\n\n--q\n\nFrom the docs:\nNote: x\nSee: y\n--q--\n", want: []string{"Content-Type: multipart/mixed; boundary=\"q\"\nDate: x\n\n--q\n\nFrom the docs:\nNote: x\nSee: y\n--q--\n"}, doubts: []string{"92 false"}},
		{name: "the part is closed", content: from1 + "Content-Type: multipart/mixed; boundary=\"q\"\nDate: x\n\n--q\n\n--q--\n\nFrom -\nNote: x\nSee: y\n", want: []string{"Content-Type: multipart/mixed; boundary=\"q\"\nDate: x\n\n--q\n\n--q--\n", "Note: x\nSee: y\n"}, doubts: []string{"99 true"}},

		// Old Macs.
		{name: "CR only", content: strings.ReplaceAll(from1+one+"x\n\n"+from2+two+"y\n", "\n", "\r"), want: []string{one + "x\n", two + "y\n"}},

		// Quoting.
		{name: "no proof of a dialect", content: from1 + one + ">From x\n", want: []string{one + ">From x\n"}},
		{name: "mboxrd shows", content: from1 + one + ">From x\n>>From y\n", want: []string{one + "From x\n>From y\n"}, dialect: mbox.MboxRD},
		{name: "mboxrd, told", content: from1 + one + ">From x\n", as: mbox.MboxRD, want: []string{one + "From x\n"}, dialect: mbox.MboxRD},
		{name: "mboxo, told", content: from1 + one + ">From x\n>>From y\n", as: mbox.MboxO, want: []string{one + "From x\n>>From y\n"}, dialect: mbox.MboxO},
		{name: "plain From is no mboxrd", content: from1 + one + ">>From x\nFrom y\n", want: []string{one + ">>From x\nFrom y\n"}},
		{name: "mboxrd, text at first", content: from1 + "text\n\n" + from2 + "no header\n\n", as: mbox.MboxRD, want: []string{"text\n", "no header\n"}, dialect: mbox.MboxRD},

		// Content-Length.
		{name: "mboxcl2", content: from1 + "Content-Length: 71\n" + one + from2 + two + "an mbox within\n\n" + from2 + two + "y\n", want: []string{"Content-Length: 71\n" + one + from2 + two + "an mbox within\n", two + "y\n"}, dialect: mbox.MboxCL2},
		{name: "mboxcl2, the last", content: from1 + "Content-Length: 57\n" + one + from2 + two + "\n\n", want: []string{"Content-Length: 57\n" + one + from2 + two + "\n"}, dialect: mbox.MboxCL2},
		{name: "mboxcl2 that counts the separator", content: from1 + "Content-Length: 3\n" + one + "x\n\n" + from2 + two + "y\n", want: []string{"Content-Length: 3\n" + one + "x\n\n", two + "y\n"}, dialect: mbox.MboxCL2},
		{name: "a length too short", content: from1 + "Content-Length: 1\n" + one + "x\n\n" + from2 + two + "y\n", want: []string{"Content-Length: 1\n" + one + "x\n", two + "y\n"}},
		{name: "a length too long", content: from1 + "Content-Length: 9\n" + one + "x\n\n" + from2 + two + "y\n", want: []string{"Content-Length: 9\n" + one + "x\n", two + "y\n"}},
		{name: "a length beyond the file", content: from1 + "Content-Length: 9223372036854775807\n" + one + "x\n\n" + from2 + two + "y\n", want: []string{"Content-Length: 9223372036854775807\n" + one + "x\n", two + "y\n"}},
		{name: "two lengths", content: from1 + "Content-Length: 9\nContent-Length: 2\n" + one + "x\n\n" + from2 + two + "y\n", want: []string{"Content-Length: 9\nContent-Length: 2\n" + one + "x\n", two + "y\n"}},
		{name: "no length is believed where the file quotes", content: from1 + "Content-Length: 57\n" + one + "x\n\n" + from2 + two + "\n\n", as: mbox.MboxRD, want: []string{"Content-Length: 57\n" + one + "x\n", two + "\n"}, dialect: mbox.MboxRD},

		// MMDF.
		{name: "MMDF", content: frame + one + "From x\n>From y\n" + frame + frame + from1 + two + frame, want: []string{one + "From x\n>From y\n", two}, dialect: mbox.MMDF},
		{name: "MMDF, an empty message", content: frame + frame + frame + two + frame, want: []string{"", two}, dialect: mbox.MMDF},
		{name: "MMDF, its own From", content: frame + "From x\n" + frame, want: []string{"From x\n"}, dialect: mbox.MMDF},
		{name: "MMDF, not closed", content: frame + one + "x\n" + frame + frame + two + "y", want: []string{one + "x\n", two + "y"}, dialect: mbox.MMDF, doubts: []string{"34 true"}},
		{name: "MMDF, text between", content: frame + one + frame + "lost\n" + frame + two + frame, want: []string{one, two}, dialect: mbox.MMDF, doubts: []string{"32 false"}},
		{name: "MMDF, a last frame", content: frame + one + frame + frame, want: []string{one}, dialect: mbox.MMDF},
	} {
		t.Run(c.name, func(t *testing.T) {
			var doubts []string
			told := func(d mbox.Doubt) { doubts = append(doubts, fmt.Sprint(d.Offset, d.Accepted)) }
			all, d := readAll(t, c.content, mbox.Options{Dialect: c.as, Doubt: told})
			var want []string
			for _, w := range c.want {
				want = append(want, crlf(w))
			}
			if !slices.Equal(texts(all), want) {
				t.Errorf("got  %.300q\nwant %.300q", texts(all), want)
			}
			if d != c.dialect {
				t.Errorf("dialect %v, want %v", d, c.dialect)
			}
			for i := range doubts {
				doubts[i] = strings.TrimSpace(doubts[i])
			}
			if !slices.Equal(doubts, c.doubts) {
				t.Errorf("doubts %q, want %q", doubts, c.doubts)
			}
		})
	}
}

const frame = "\x01\x01\x01\x01\n"

func TestNotMbox(t *testing.T) {
	for content, want := range map[string]error{
		"*mbx*\r\n4f1e2d3c00000001\r\n":                         mbox.ErrUnsupported,
		"BABYL OPTIONS:\nVersion: 5\n\x1f":                      mbox.ErrUnsupported,
		"Subject: a message alone\n\nx\n":                       mbox.ErrNotMbox,
		"From the beginning it was no mbox\nx\n":                mbox.ErrNotMbox,
		"\x00\x01binary":                                        mbox.ErrNotMbox,
		"From " + strings.Repeat("x", 3<<20) + "\nA: b\nC: d\n": mbox.ErrNotMbox,
		strings.Repeat("\n", 20000) + "Subject: x":              mbox.ErrNotMbox,
	} {
		var got error
		for _, err := range mbox.NewScanner(strings.NewReader(content), mbox.Options{}).Entries() {
			got = err
		}
		if !errors.Is(got, want) {
			t.Errorf("%.40q: %v, want %v", content, got, want)
		}
		if len(content) < 4096 && !errors.Is(mbox.Sniff([]byte(content)), want) {
			t.Errorf("Sniff(%.40q) = %v, want %v", content, mbox.Sniff([]byte(content)), want)
		}
	}
}

func TestCutIsTold(t *testing.T) {
	for content, want := range map[string]bool{from1 + one + "x": true, from1 + one + "x\n": false, from1: false, from1 + "A": true} {
		all, _ := readAll(t, content, mbox.Options{})
		if len(all) != 1 || all[0].Cut != want {
			t.Errorf("%q: cut %v, want %v", content, all[0].Cut, want)
		}
	}
}

// A reader that fails is not a file that ends.
func TestReadFault(t *testing.T) {
	fault := errors.New("disk on fire")
	r := io.MultiReader(strings.NewReader(from1+one+"x\n\n"+from2+two), &failing{fault})
	var got error
	for _, err := range mbox.NewScanner(r, mbox.Options{}).Entries() {
		got = err
	}
	if !errors.Is(got, fault) {
		t.Errorf("got %v", got)
	}
}

type failing struct{ err error }

func (f *failing) Read([]byte) (int, error) { return 0, f.err }

func TestMessageThatMoved(t *testing.T) {
	f := open(t, from1+one+"x\n\n"+from2+two+"y\n\n")
	for _, x := range []mbox.Extent{{Offset: 1, Length: 20}, {Offset: 34, Length: 10}, {Offset: 5000, Length: 10}, {Offset: -1}} {
		if _, _, err := f.Message(x, mbox.MboxRD, mbox.Note{}); !errors.Is(err, mbox.ErrMoved) {
			t.Errorf("%v: %v, want ErrMoved", x, err)
		}
	}
	_, r, err := f.Message(mbox.Extent{Offset: 59, Length: 500}, mbox.MboxRD, mbox.Note{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.ReadAll(r); !errors.Is(err, mail.ErrCut) {
		t.Errorf("a message longer than the file: %v, want ErrCut", err)
	}
}

// endless gives a file of n octets without holding it: one message, then text, then a last message.
type endless struct {
	head, tail []byte
	text       []byte
	at, n      int64
}

func (e *endless) Read(p []byte) (int, error) {
	switch tail := e.n - int64(len(e.tail)); {
	case e.at < int64(len(e.head)):
		p = p[:copy(p, e.head[e.at:])]
	case e.at < tail:
		p = p[:copy(p[:min(int64(len(p)), tail-e.at)], e.text)]
	case e.at < e.n:
		p = p[:copy(p, e.tail[e.at-tail:])]
	default:
		return 0, io.EOF
	}
	e.at += int64(len(p))
	return len(p), nil
}

// Beyond 4 GiB offsets stay right, and no line is held in memory.
func TestFileOver4GiB(t *testing.T) {
	if testing.Short() {
		t.Skip("4 GB are read: not with -short")
	}
	const size = 4<<30 + 8<<20
	r := &endless{head: []byte(from1 + one), tail: []byte("\n\n" + from2 + two + "end\n"), text: bytes.Repeat([]byte("x"), 1<<20), n: size}
	var all []mbox.Extent
	for e, err := range mbox.NewScanner(r, mbox.Options{}).Entries() {
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, e.Extent)
	}
	last := int64(len(from2 + two + "end\n"))
	want := []mbox.Extent{{Offset: 0, Length: size - last - 1}, {Offset: size - last, Length: last}}
	if !slices.Equal(all, want) {
		t.Errorf("got %v, want %v", all, want)
	}
}

// A fault within what stands before the first message is a fault as well.
func TestReadFaultBeforeTheFirst(t *testing.T) {
	fault := errors.New("disk on fire")
	r := io.MultiReader(strings.NewReader(strings.Repeat("\n", 3<<20)), &failing{fault})
	var got error
	for _, err := range mbox.NewScanner(r, mbox.Options{}).Entries() {
		got = err
	}
	if !errors.Is(got, fault) {
		t.Errorf("got %v", got)
	}
}
