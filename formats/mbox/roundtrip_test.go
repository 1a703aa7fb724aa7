package mbox_test

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"

	"mailmv/formats/mbox"
)

// fromInHeader are messages with lines in their headers that look like the beginning of another message.
var fromInHeader = []string{
	"Return-Path: <a@example.org>\r\nFrom a@b Fri Jan  2 03:04:05 2004\r\nSubject: one\r\n\r\nbody\r\n",
	"From a@b Fri Jan  2 03:04:05 2004\r\nFrom a@b Fri Jan  2 03:04:05 2004\r\nSubject: two\r\nFrom a@b Fri Jan  2 03:04:05 2004\r\nTo: c\r\nFrom a@b Fri Jan  2 03:04:05 2004\r\n\r\nbody\r\n",
	"Subject: bare\nFrom a@b Fri Jan  2 03:04:05 2004\nTo: c\r\n\r\nbody\r\n",
	"Subject: quoted\r\n>From a@b Fri Jan  2 03:04:05 2004\r\n>>From a@b Fri Jan  2 03:04:05 2004\r\n\r\nbody\r\n",
	"Subject: no end\r\nFrom a@b Fri Jan  2 03:04:05 2004\r\nTo: c",
	"Subject: odd line\r\n\r\r\nFrom a@b Fri Jan  2 03:04:05 2004\r\n\r\nbody\r\n",
}

// nasty holds messages that mbox programs are known to damage.
var nasty = []string{
	"",
	"\r\n",
	"\r\n\r\n",
	"\n",
	"\r",
	"x",
	"Subject: header only\r\n",
	"Subject: header only\r\n\r\n",
	"Subject: no final line end\r\n\r\ntext",
	"Subject: a\r\n\r\ntwo empty lines at the end\r\n\r\n\r\n",
	"Subject: a\r\n\r\nFrom here\r\n>From there\r\n>>From everywhere\r\n>>>From\r\n> From\r\nFrom\r\n From x\r\n",
	"From someone Mon Jan  1 00:00:00 2001\r\nSubject: a\r\n\r\nits own From_ line\r\n",
	">From someone Mon Jan  1 00:00:00 2001\r\nSubject: a\r\n\r\nx\r\n",
	"Subject: a\r\n\r\nhole\r\n\r\nFrom b@c Mon Jan  1 00:00:00 2001\r\nSubject: inner\r\nDate: x\r\n\r\ninner\r\n",
	"Subject: a\r\n\r\nFrom",
	"Subject: a\r\n\r\nFrom ",
	"Subject: a\r\n\r\n>From ",
	"Subject: a\r\n\r\nFrom \r",
	"Subject: a\n\nbare\nlines\n",
	"Subject: a\r\n\r\none bare\nand one not\r\n\nFrom x\n>From y\r\n",
	"Subject: a\r\n\r\nlone\rCR, CR CR LF\r\r\nand more\r\r\r\n\r\r\nend\r",
	"Subject: a\r\n\r\nbare\nthen\r\r\nend\r",
	"Subject: a\r\n\r\nbare\nend",
	"Subject: a\r\n\r\nNUL \x00 and 8 bit \xff\xfe\r\n\x00\x00\x00\x00\x00\x00\x00\x00\x00From x Mon Jan  1 00:00:00 2001\r\nA: b\r\nC: d\r\n",
	"Content-Length: 3\r\nSubject: a lie\r\nContent-Length: 99999\r\n\r\nmore than three\r\nFrom x\r\n",
	"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nnever closed\r\n",
	"no header at all, just text\r\nand more of it\r\n",
	"Return-Path: <???@???>\r\nSubject: a\r\n\r\nx\r\n",
	"Return-Path: <a b>\r\nSubject: a\r\n\r\nx\r\n",
	"Status: RO\r\nX-Status: F\r\nX-Mozilla-Status: 0009\r\n\r\nstate\r\n",
	strings.Repeat(">", 70000) + "From x\r\n",
	strings.Repeat("long ", 300000),
	"Subject: a\r\n\r\n" + strings.Repeat("\r\n", 100000),
	"\x01\x01\x01\x01\r\n\r\n",
	" begins with a blank\r\nA: b\r\n\r\nx\r\n",
	"\xef\xbb\xbfSubject: mark\r\n\r\nx\r\n",
}

var written = []mbox.Dialect{mbox.MboxRD, mbox.MboxO, mbox.MboxCL2}

// checkLaw is promise 3: what the dialect holds comes out as it went in, and the note restores the rest.
func checkLaw(t *testing.T, d mbox.Dialect, piece int, messages []string) {
	t.Helper()
	content, sent := write(t, d, piece, messages...)
	f := open(t, content)
	all, _ := list(t, f, mbox.Options{Dialect: d})
	if len(all) != len(messages) {
		t.Fatalf("%v: %d messages were written, %d are found in\n%.2000q", d, len(messages), len(all), content)
	}
	for i, m := range all {
		if m.Extent != sent[i].Extent {
			t.Errorf("%v: message %d lies at %v, told was %v", d, i, m.Extent, sent[i].Extent)
		}
		if !m.From.Date.Equal(received) {
			t.Errorf("%v: message %d was received %v", d, i, m.From.Date)
		}
		plain := read(t, f, m.Extent, d, mbox.Note{})
		if int64(len(plain)) != m.Octets(d) {
			t.Errorf("%v: message %d has %d octets, told were %d", d, i, len(plain), m.Octets(d))
		}
		if sent[i].Note.IsZero() && plain != messages[i] {
			t.Errorf("%v: message %d:\n got %.300q\nwant %.300q", d, i, plain, messages[i])
		}
		note, err := mbox.ParseNote(sent[i].Note.String())
		if err != nil {
			t.Fatal(err)
		}
		if restored := read(t, f, m.Extent, d, note); restored != messages[i] {
			t.Errorf("%v: message %d, note %q:\n got %.300q\nwant %.300q", d, i, note, restored, messages[i])
		}
	}
}

func TestRoundTripIsExact(t *testing.T) {
	for _, d := range written {
		for _, piece := range []int{1 << 20, 1, 7} {
			messages := slices.Concat(nasty, fromInHeader)
			if d == mbox.MboxCL2 {
				messages = slices.DeleteFunc(messages, notForCL2)
			}
			t.Run(fmt.Sprintf("%v in pieces of %d", d, piece), func(t *testing.T) { checkLaw(t, d, piece, messages) })
		}
	}
}

// notForCL2: mboxcl2 wants its header in sight, and a field before it.
func notForCL2(m string) bool {
	return len(m) > 240<<10 && !strings.Contains(m, "\r\n\r\n") || strings.HasPrefix(m, " ") || strings.HasPrefix(m, "\t")
}

func TestCannotHold(t *testing.T) {
	for name, c := range map[string]struct {
		d mbox.Dialect
		m string
	}{
		"mboxcl2, header of a megabyte": {mbox.MboxCL2, "A: " + strings.Repeat("x", 1<<20)},
		"mboxo, line of 20 MB":          {mbox.MboxO, "A: b\r\n\r\n" + strings.Repeat("x", 20<<20)},
		"mboxcl2, 5,000 in the header":  {mbox.MboxCL2, strings.Repeat("From x\r\n", 5000)},
		"mboxo, 5,000 quoted lines":     {mbox.MboxO, "A: b\r\n\r\n" + strings.Repeat(">From x\r\n", 5000)},
	} {
		w, err := mbox.NewWriter(io.Discard, 0, c.d)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.Append(received, mbox.Shown{}, octets{c.m, 32 << 10}); !errors.Is(err, mbox.ErrCannotHold) {
			t.Errorf("%s: %v, want ErrCannotHold", name, err)
		}
	}
}

// What an ordinary message needs is no note but that its state is not its own.
func TestNoteIsForTheOddOnes(t *testing.T) {
	ordinary := "Return-Path: <me@example.org>\r\nSubject: a\r\n\r\nFrom here\r\n>From there\r\n\r\n"
	for d, want := range map[mbox.Dialect]string{mbox.MboxRD: "s", mbox.MboxO: "s,56+3e", mbox.MboxCL2: "s"} {
		_, sent := write(t, d, 100, ordinary)
		if note := sent[0].Note.String(); note != want {
			t.Errorf("%v: note %q, want %q", d, note, want)
		}
	}
}

// In mboxcl2 "From " is quoted within a header alone, and what was so is left.
func TestMboxCL2QuotesInHeaders(t *testing.T) {
	content, sent := write(t, mbox.MboxCL2, 100, "A: b\r\nFrom x\r\n>From y\r\n\r\nFrom z\r\n")
	if !strings.HasSuffix(content, "A: b\n>From x\n>From y\n\nFrom z\n\n") {
		t.Errorf("got %q", content)
	}
	if note := sent[0].Note.String(); note != "s,6-1" {
		t.Errorf("note %q", note)
	}
}

func TestWrittenForm(t *testing.T) {
	content, _ := write(t, mbox.MboxRD, 100, "Return-Path: <me@example.org>\r\n\r\nFrom a\r\n>From b\r\n", "Subject: x\r\n\r\nend")
	want := "From me@example.org Sun Feb 29 23:59:58 2004\nStatus: RO\nX-Status: F   \nX-Mozilla-Keys: $label1\nReturn-Path: <me@example.org>\n\n>From a\n>>From b\n\n" +
		"From MAILER-DAEMON Sun Feb 29 23:59:58 2004\nStatus: RO\nX-Status: F   \nX-Mozilla-Keys: $label1\nSubject: x\n\nend\n\n"
	if content != want {
		t.Errorf("got  %q\nwant %q", content, want)
	}
	for tail, want := range map[string]string{"": "", "a\n\n": "", "a\r\n\r\n": "", "a\n": "\n", "a": "\n\n"} {
		if got := mbox.Gap([]byte(tail)); got != want {
			t.Errorf("Gap(%q) = %q, want %q", tail, got, want)
		}
	}
}

func FuzzRoundTrip(f *testing.F) {
	for _, m := range slices.Concat(nasty, fromInHeader) {
		if len(m) < 10000 {
			f.Add([]byte(m+"|Subject: other\r\n\r\nx\r\n"), uint8(0), uint8(3))
		}
	}
	f.Add([]byte(strings.Join(nasty[:20], "|")), uint8(1), uint8(200))
	f.Fuzz(func(t *testing.T, b []byte, d, piece uint8) {
		messages := strings.Split(string(b), "|")
		if written[int(d)%len(written)] == mbox.MboxCL2 {
			messages = slices.DeleteFunc(messages, notForCL2)
		}
		checkLaw(t, written[int(d)%len(written)], int(piece)+1, messages[:min(len(messages), 50)])
	})
}

// Whatever a file holds: no panic, every octet count true, extents in order and apart.
func FuzzScan(f *testing.F) {
	for _, d := range written {
		content, _ := write(f, d, 100, slices.Concat(nasty[:20], nasty[20:30])...)
		f.Add([]byte(content[:min(len(content), 8000)]), uint8(0))
	}
	f.Add([]byte("\x01\x01\x01\x01\nFrom x Mon Jan  1 00:00:00 2001\nA: b\n\ntext\n\x01\x01\x01\x01\n\x01\x01\x01\x01\nC: d\n\x01\x01\x01\x01\n"), uint8(0))
	f.Add([]byte("From - Mon Jan  1 00:00:00 2001\rA: b\r\rtext\r\rFrom - Mon Jan  1 00:00:00 2001\rA: b\r\rtext\r"), uint8(2))
	f.Fuzz(func(t *testing.T, b []byte, d uint8) {
		file := open(t, string(b))
		s, err := file.Scan(mbox.Options{Dialect: mbox.Dialect(d % 6), Doubt: func(mbox.Doubt) {}})
		if err != nil {
			return // a damaged packed file
		}
		last := int64(0)
		var all []mbox.Entry
		for e, err := range s.Entries() {
			if err != nil {
				break
			}
			if e.Offset < last || e.Length < 0 {
				t.Fatalf("%v lies before octet %d", e.Extent, last)
			}
			last = e.Offset + e.Length
			all = append(all, *e)
		}
		for _, e := range all {
			text := read(t, file, e.Extent, s.Dialect(), mbox.Note{})
			if want := e.Octets(s.Dialect()); int64(len(text)) != want {
				t.Fatalf("message at %d, %v: %d octets, told were %d", e.Offset, s.Dialect(), len(text), want)
			}
		}
	})
}
