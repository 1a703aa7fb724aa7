package emlx

import (
	"errors"
	"fmt"
	"io"
	"path"
	"reflect"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"mailmv/formats/mail"
)

const list = `<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">
<plist version="1.0">
<dict>
	<key>color</key>
	<string>000000</string>
	<key>inner</key>
	<dict><key>flags</key><integer>2</integer></dict>
	<key>conversation-id</key>
	<integer>12345</integer>
	<key>date-received</key>
	<integer>1078099198</integer>
	<key>flags</key>
	<integer>%s</integer>
	<key>subject</key>
	<string>a &amp; b</string>
</dict>
</plist>
`

func file(message, flags string) string {
	return fmt.Sprintf("%-10d\n%s", len(message), message) + fmt.Sprintf(list, flags)
}

func TestMessage(t *testing.T) {
	received := time.Date(2004, 2, 29, 23, 59, 58, 0, time.UTC)
	const message = "Subject: a\n\nb\n"
	for _, c := range []struct {
		name    string
		content string
		want    string
		state   State
		err     error
	}{
		{name: "read", content: file(message, "1"), want: message, state: State{Told: true, Flags: mail.Seen, Received: received}},
		{name: "nothing", content: file(message, "0"), want: message, state: State{Told: true, Received: received}},
		{name: "all", content: file(message, fmt.Sprint(1|1<<1|1<<2|1<<4|1<<6|1<<8|1<<24|1<<25)), want: message,
			state: State{Told: true, Flags: mail.Seen | mail.Deleted | mail.Answered | mail.Flagged | mail.Draft, Keywords: []string{"$Forwarded", "$Junk", "$NotJunk"}, Received: received}},
		{name: "more than 32 bits", content: file(message, "8590195713"), want: message, state: State{Told: true, Flags: mail.Seen, Received: received}},
		{name: "flags that are none", content: file(message, "x"), want: message, state: State{Received: received}},
		{name: "real date", content: strings.Replace(file(message, "1"), "<integer>1078099198</integer>", "<real>1078099198.5</real>", 1), want: message, state: State{Told: true, Flags: mail.Seen, Received: received}},
		{name: "empty lines first", content: file("\n\nbody\n", "1"), want: "\n\nbody\n", state: State{Told: true, Flags: mail.Seen, Received: received}},
		{name: "no octet", content: file("", "1"), state: State{Told: true, Flags: mail.Seen, Received: received}},
		{name: "no list", content: "14\n" + message, want: message},
		{name: "a list that breaks off", content: strings.Split(file(message, "1"), "<key>flags</key>\n")[0], want: message, state: State{Received: received}},
		{name: "a list that is none", content: "14 \n" + message + "\x00\xff<<>>", want: message},
		{name: "cut", content: "100\n" + message, want: message, err: mail.ErrCut},
		{name: "empty", err: ErrDamaged},
		{name: "no count", content: message, err: ErrDamaged},
		{name: "a count below zero", content: "-1\n" + message, err: ErrDamaged},
		{name: "a signed count", content: "+14\n" + message, err: ErrDamaged},
		{name: "a count of thirty digits", content: "100000000000000000000000000000\n" + message, err: ErrDamaged},
		{name: "a count alone", content: "14", err: ErrDamaged},
	} {
		t.Run(c.name, func(t *testing.T) {
			m, err := Open(fstest.MapFS{"1.emlx": {Data: []byte(c.content)}}, "1.emlx")
			if err != nil {
				if c.err == nil || !errors.Is(err, c.err) {
					t.Fatalf("got %v, want %v", err, c.err)
				}
				return
			}
			b, err := io.ReadAll(m)
			if !errors.Is(err, c.err) || c.err == nil && err != nil {
				t.Errorf("got %v, want %v", err, c.err)
			}
			if want := strings.ReplaceAll(c.want, "\n", "\r\n"); string(b) != want {
				t.Errorf("got %q, want %q", b, want)
			}
			if !reflect.DeepEqual(m.State, c.state) {
				t.Errorf("got %+v, want %+v", m.State, c.state)
			}
			if err := m.Close(); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestFolders(t *testing.T) {
	m := &fstest.MapFile{Data: []byte(file("A: b\n", "1"))}
	fsys := fstest.MapFS{
		"V2/me@host/Inbox.mbox/0A/Data/Messages/1.emlx":                m,
		"V2/me@host/Inbox.mbox/0A/Data/1/Messages/1001.emlx":           m,
		"V2/me@host/Inbox.mbox/0A/Data/1/Messages/1002.partial.emlx":   m,
		"V2/me@host/Inbox.mbox/0A/Data/1/Attachments/1002/2/image.jpg": m,
		"V2/me@host/Work.mbox/2004.mbox/0A/Data/Messages/7.emlx":       m,
		"V2/me@host/Empty.mbox/Info.plist":                             m,
	}
	var dirs []string
	for name := range fsys {
		if IsMessage(name) {
			dirs = append(dirs, path.Dir(name))
		}
	}
	slices.Sort(dirs)
	folders := Folders(slices.Compact(dirs))
	want := []Folder{
		{"V2/me@host/Inbox", []string{"V2/me@host/Inbox.mbox/0A/Data/1/Messages", "V2/me@host/Inbox.mbox/0A/Data/Messages"}},
		{"V2/me@host/Work/2004", []string{"V2/me@host/Work.mbox/2004.mbox/0A/Data/Messages"}},
	}
	if !reflect.DeepEqual(folders, want) {
		t.Fatalf("got %+v, want %+v", folders, want)
	}
	partial := 0
	for f, err := range Files(fsys, folders[0]) {
		if err != nil {
			t.Fatal(err)
		}
		m, err := Open(fsys, f.Name)
		if err != nil {
			t.Fatal(err)
		}
		if m.Partial {
			partial++
		}
		_ = m.Close()
	}
	if partial != 1 {
		t.Errorf("%d messages are partial, want 1", partial)
	}
}

func TestPath(t *testing.T) {
	for dir, want := range map[string]mail.Path{
		".":                          "",
		"Inbox.mbox/x/Data/Messages": "INBOX",
		"Messages":                   "",
		"Data/1/2/Messages":          "",
		"01234567-89AB-CDEF-0123-456789ABCDEF/Data/Messages": "",
		"saved/mail":                        "saved/mail",
		"IMAP-me@h/INBOX.imapmbox/Messages": "IMAP-me@h/INBOX",
		"Work/2004.imapmbox/Messages":       "Work/2004",
		"Work/Messages":                     "Work",
		"a/Messages/Sub.imapmbox/Messages":  "a/Messages/Sub",
		"Work/Messages/notes":               "Work/Messages/notes",
		"Work/01234567-89AB-CDEF-0123-456789ABCDEF/Data/1/Messages": "Work",
	} {
		if got := pathOf(dir); got != want {
			t.Errorf("pathOf(%q) = %q, want %q", dir, got, want)
		}
	}
}

func TestMailbox(t *testing.T) {
	for dir, want := range map[string]string{
		".": ".", "a/b": "a/b", "a/Work.mbox": "a/Work.mbox", "a/Work.mbox/2004.mbox/x/Data/1": "a/Work.mbox/2004.mbox",
		"01234567-89AB-CDEF-0123-456789ABCDEF/Data/1/Messages": ".", "Messages": ".", "Work/Messages/x": "Work", "a/Work/2004.imapmbox/Messages": "a/Work/2004.imapmbox",
	} {
		if got := Mailbox(dir); got != want {
			t.Errorf("Mailbox(%q) = %q, want %q", dir, got, want)
		}
	}
}

func TestIsOwn(t *testing.T) {
	for name, want := range map[string]bool{
		"A.mbox/Info.plist": true, "A.mbox/.DS_Store": true, "A.mbox/table_of_contents": true, "A.mbox/x/Data/Attachments/1/2/letter.eml": true,
		"A.mbox/Messages/7.2.emlxpart": true, "MailData/Envelope Index-1": true,
		"Old.mbox/mbox": false, "stray.eml": false, "Attachments": false, "A.mbox/notes.txt": false,
	} {
		if got := IsOwn(name); got != want {
			t.Errorf("IsOwn(%q) = %v, want %v", name, got, want)
		}
	}
}

// Whatever a file holds: no panic, and of a message that is whole exactly the octets counted.
func FuzzOpen(f *testing.F) {
	f.Add([]byte(file("A: b\r\n\r\nc\r\n", "8590195713")))
	f.Add([]byte("5\nA: b\n<plist><dict><key>flags</key><integer>1</integer>"))
	f.Add([]byte("9223372036854775807\nx"))
	f.Fuzz(func(t *testing.T, b []byte) {
		m, err := Open(fstest.MapFS{"1.emlx": {Data: b}}, "1.emlx")
		if err != nil {
			return
		}
		got, err := io.ReadAll(m)
		if _, count, _ := parseCount(b[:min(len(b), 32)]); err == nil && int64(len(got)) < count {
			t.Errorf("%d octets of %d, and no error", len(got), count)
		}
	})
}
