package mbox_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"os/exec"
	"slices"
	"strings"
	"testing"

	gombox "github.com/emersion/go-mbox"

	"mailmv/formats/mbox"
)

// pythonReads prints what Python's mailbox module finds in an mbox: From_ line and octets of each message.
const pythonReads = `
import json, mailbox, sys
box = mailbox.mbox(sys.argv[1], create=False)
for key in sorted(box.keys()):
    m = box.get_bytes(key, from_=True)
    line, _, text = m.partition(b"\n")
    print(json.dumps([line.decode("latin-1"), text.decode("latin-1")]))
`

// pythonWrites makes an mbox of messages, which stand in the folder given.
const pythonWrites = `
import json, mailbox, sys
box = mailbox.mbox(sys.argv[1])
for line in sys.stdin:
    m = mailbox.mboxMessage(json.loads(line).encode("latin-1"))
    m.set_from("joe@example.org", (2004, 2, 29, 23, 59, 58, 6, 60, 0))
    m.set_flags("RF")
    box.add(m)
box.flush()
`

func python(t *testing.T, script, stdin string, args ...string) []byte {
	t.Helper()
	path, err := exec.LookPath("python3")
	if err != nil {
		t.Skip("no python3 to ask for a second opinion: apt-get install python3")
	}
	cmd := exec.CommandContext(t.Context(), path, append([]string{"-c", script}, args...)...)
	cmd.Stdin = strings.NewReader(stdin)
	out, err := cmd.Output()
	if exit := (*exec.ExitError)(nil); errors.As(err, &exit) {
		t.Fatalf("python3: %v\n%s", err, exit.Stderr)
	} else if err != nil {
		t.Fatal(err)
	}
	return out
}

// latin1 makes each octet one character, as Python's latin-1 does.
func latin1(s string) string {
	r := make([]rune, len(s))
	for i := range len(s) {
		r[i] = rune(s[i])
	}
	return string(r)
}

func lf(s string) string { return strings.ReplaceAll(s, "\r\n", "\n") }

// Python counts as many messages as were written, whatever their headers hold, in every dialect.
func TestPythonCountsWhatWeWrite(t *testing.T) {
	for _, d := range written {
		content, _ := write(t, d, 100, fromInHeader...)
		out := python(t, pythonReads, "", open(t, content).Name())
		if n := bytes.Count(out, []byte("\n")); n != len(fromInHeader) {
			t.Errorf("%v: %d messages, want %d", d, n, len(fromInHeader))
		}
	}
}

// Python splits at every line "From " and undoes no quoting: in the dialects that quote it must find our very messages.
func TestPythonReadsWhatWeWrite(t *testing.T) {
	for _, d := range []mbox.Dialect{mbox.MboxRD, mbox.MboxO} {
		content, _ := write(t, d, 100, nasty...)
		f := open(t, content)
		all, _ := list(t, f, mbox.Options{Dialect: d})
		dec := json.NewDecoder(bytes.NewReader(python(t, pythonReads, "", f.Name())))
		n := 0
		for ; ; n++ {
			var m [2]string
			if err := dec.Decode(&m); errors.Is(err, io.EOF) {
				break
			} else if err != nil {
				t.Fatal(err)
			}
			if n >= len(all) {
				continue
			}
			if m[0] != latin1(all[n].From.Raw) {
				t.Errorf("%v: message %d: From_ line %q, want %q", d, n, m[0], all[n].From.Raw)
			}
			text := read(t, f, all[n].Extent, mbox.Unknown, mbox.Note{})
			if got, want := lf(m[1]), latin1(lf(text)); got != want {
				t.Errorf("%v: message %d: python has %.200q, want %.200q", d, n, got, want)
			}
		}
		if n != len(nasty) {
			t.Errorf("%v: python finds %d messages, want %d", d, n, len(nasty))
		}
	}
}

func TestWeReadWhatPythonWrites(t *testing.T) {
	messages := []string{
		"Subject: a\nDate: x\n\nFrom here\n>From there\n\n",
		"Subject: b\nDate: x\n\n\n\n",
		"Subject: c\nDate: x\n\nno end",
	}
	var in strings.Builder
	for _, m := range messages {
		b, err := json.Marshal(m)
		if err != nil {
			t.Fatal(err)
		}
		in.Write(append(b, '\n'))
	}
	path := t.TempDir() + "/python.mbox"
	python(t, pythonWrites, in.String(), path)
	f, err := mbox.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	all, _ := list(t, f, mbox.Options{Dialect: mbox.MboxO})
	if len(all) != len(messages) {
		t.Fatalf("%d messages, want %d", len(all), len(messages))
	}
	for i, m := range all {
		if m.From.Sender != "joe@example.org" || !m.From.Date.Equal(received) {
			t.Errorf("message %d: %+v", i, m.From)
		}
		if got := m.State.Flags.String(); got != `\Seen \Flagged` {
			t.Errorf("message %d: flags %s", i, got)
		}
		got, err := io.ReadAll(mbox.WithoutState(strings.NewReader(read(t, f, m.Extent, mbox.MboxO, mbox.Note{}))))
		want := strings.ReplaceAll(messages[i], "\n>From", "\nFrom") // what mboxo cannot tell
		if !strings.HasSuffix(want, "\n") {
			want += "\n"
		}
		if err != nil || string(got) != crlf(want) {
			t.Errorf("message %d: %v, %q, want %q", i, err, got, crlf(want))
		}
	}
}

// go-mbox reads as many messages as we wrote, with the same header.
func TestGoMboxReadsWhatWeWrite(t *testing.T) {
	messages := slices.DeleteFunc(slices.Clone(nasty), func(m string) bool { return !strings.HasPrefix(m, "Subject") && !strings.HasPrefix(m, "Return") })
	top := "Status: RO\nX-Status: F   \nX-Mozilla-Keys: $label1\n"
	for _, d := range []mbox.Dialect{mbox.MboxRD, mbox.MboxO} {
		content, _ := write(t, d, 100, messages...)
		r := gombox.NewReader(strings.NewReader(content))
		for i, m := range messages {
			text, err := r.NextMessage()
			if err != nil {
				t.Fatalf("%v: message %d: %v", d, i, err)
			}
			b, err := io.ReadAll(text)
			if err != nil {
				t.Fatal(err)
			}
			head, _, _ := strings.Cut(lf(m), "\n\n")
			if got, _, _ := strings.Cut(strings.TrimPrefix(lf(string(b)), top), "\n\n"); strings.TrimSpace(got) != strings.TrimSpace(head) {
				t.Errorf("%v: message %d: header %q, want %q", d, i, got, head)
			}
		}
		if _, err := r.NextMessage(); !errors.Is(err, io.EOF) {
			t.Errorf("%v: go-mbox finds more than %d messages", d, len(messages))
		}
	}
}
