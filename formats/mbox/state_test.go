package mbox_test

import (
	"bytes"
	"io"
	"reflect"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"mailmv/formats/mail"
	"mailmv/formats/mbox"
)

func TestState(t *testing.T) {
	for _, c := range []struct {
		name   string
		first  string // header fields of the file's first message
		header string
		want   mbox.State
	}{
		{name: "none", want: mbox.State{}},
		{name: "read", header: "Status: RO\n", want: mbox.State{Told: true, Flags: mail.Seen}},
		{name: "old, not read", header: "Status: O\n", want: mbox.State{Told: true}},
		{name: "all of X-Status", header: "X-Status: AFTD\n", want: mbox.State{Told: true, Flags: mail.Answered | mail.Flagged | mail.Draft | mail.Deleted}},
		{name: "at the end of the header, any case", header: "A: b\nSTATUS:R\nx-status:  F  \n", want: mbox.State{Told: true, Flags: mail.Seen | mail.Flagged}},
		{name: "keywords that are declared", first: "X-IMAPbase: 1234567890 0000000012 work $Forwarded a,b\n", header: "X-Keywords: work, $Forwarded  other\n",
			want: mbox.State{Told: true, Keywords: []string{"work", "$Forwarded"}, Undeclared: []string{"other"}}},
		{name: "keywords that are not", header: "X-Keywords: work\n", want: mbox.State{Told: true, Undeclared: []string{"work"}}},
		{name: "Mozilla, read and starred", header: "X-Mozilla-Status: 0005\nX-Mozilla-Status2: 00000000\n", want: mbox.State{Told: true, Flags: mail.Seen | mail.Flagged}},
		{name: "Mozilla, replied and forwarded", header: "X-Mozilla-Status: 1003\n", want: mbox.State{Told: true, Flags: mail.Seen | mail.Answered, Keywords: []string{"$Forwarded"}}},
		{name: "Mozilla, a ghost", header: "X-Mozilla-Status: 0009\n", want: mbox.State{Told: true, Flags: mail.Seen, Expunged: true}},
		{name: "Mozilla, a stub", header: "X-Mozilla-Status: 0400\n", want: mbox.State{Told: true, Partial: true}},
		{name: "Mozilla, high half", header: "X-Mozilla-Status: 8001\nX-Mozilla-Status2: 04a00000\n", want: mbox.State{Told: true, Flags: mail.Seen | mail.Deleted, Keywords: []string{"$MDNSent", "$label2"}}},
		{name: "Mozilla, keys", header: "X-Mozilla-Status2: 02000000\nX-Mozilla-Keys: $label1 NonJunk    \n", want: mbox.State{Told: true, Keywords: []string{"$label1", "NonJunk"}}},
		{name: "Mozilla, two blocks", header: "X-Mozilla-Status: 0001\nA: b\nX-Mozilla-Status: 0008\n", want: mbox.State{Told: true, Flags: mail.Seen}},
		{name: "Mozilla, damaged", header: "X-Mozilla-Status: zzzz\n", want: mbox.State{}},
		{name: "Gmail", header: "X-Gmail-Labels: Inbox,Opened,\"a, b\",Starred\n", want: mbox.State{Told: true, Flags: mail.Seen | mail.Flagged, Keywords: []string{"a__b"}, Labels: []string{"Inbox", "Opened", "a, b", "Starred"}}},
		{name: "Gmail, unread", header: "X-Gmail-Labels: Inbox,Unread\n", want: mbox.State{Told: true, Labels: []string{"Inbox", "Unread"}}},
		{name: "Gmail, read as it was told of old", header: "X-Gmail-Labels: Archived,Important\n", want: mbox.State{Told: true, Flags: mail.Seen, Presumed: mail.Seen, Labels: []string{"Archived", "Important"}}},
		{name: "Gmail, encoded", header: "X-Gmail-Labels: =?UTF-8?Q?Posteingang,Ge=C3=B6ffnet?=\n", want: mbox.State{Keywords: []string{"Posteingang", "Ge&APY-ffnet"}, Labels: []string{"Posteingang", "Geöffnet"}}},
		{name: "Gmail, read into an archive of ours, where a keyword and a flag were taken away since", header: "Status: O \nX-Status:     \nX-Mozilla-Keys: b\nX-Gmail-Labels: a,b,Starred,Opened\n",
			want: mbox.State{Told: true, Keywords: []string{"b"}}},
		{name: "Gmail, read as another program told", header: "X-Gmail-Labels: Inbox\nStatus: RO\n", want: mbox.State{Told: true, Flags: mail.Seen, Labels: []string{"Inbox"}}},
		{name: "Gmail, imported by Thunderbird", header: "X-Mozilla-Status: 0001\nX-Mozilla-Status2: 00000000\nX-Mozilla-Keys: a\nX-Gmail-Labels: a,b\n",
			want: mbox.State{Told: true, Flags: mail.Seen, Keywords: []string{"a", "b"}, Labels: []string{"a", "b"}}},
		{name: "in the body", header: "\nStatus: RO\n", want: mbox.State{}},
	} {
		t.Run(c.name, func(t *testing.T) {
			first := from1 + c.first + one + "x\n\n"
			message := from2 + c.header + "Subject: two\nDate: x\n\ntext\n"
			if strings.HasPrefix(c.header, "\n") {
				message = from2 + "Subject: two\nDate: x\n" + c.header
			}
			all, _ := readAll(t, first+message, mbox.Options{})
			if len(all) != 2 {
				t.Fatalf("%d messages", len(all))
			}
			if !reflect.DeepEqual(all[1].State, c.want) {
				t.Errorf("got  %+v\nwant %+v", all[1].State, c.want)
			}
			if want := crlf(strings.TrimPrefix(message, from2)); all[1].text != want {
				t.Errorf("octets were touched: %q, want %q", all[1].text, want)
			}
		})
	}
}

func TestFoldersOwnData(t *testing.T) {
	pseudo := "Date: x\nFrom: Mail System Internal Data <MAILER-DAEMON@host>\nSubject: DON'T DELETE THIS MESSAGE -- FOLDER INTERNAL DATA\nX-IMAP: 1234567890 0000000012 work\nStatus: RO\n\nThis text is part of the internal format of your mail folder.\n"
	all, _ := readAll(t, from1+pseudo+"\n"+from2+"X-Keywords: work\n"+two+"\n"+from2+pseudo, mbox.Options{})
	if len(all) != 3 {
		t.Fatalf("%d messages", len(all))
	}
	if !all[0].State.Internal || all[1].State.Internal || all[2].State.Internal {
		t.Errorf("internal: %v %v %v, want the first alone", all[0].State.Internal, all[1].State.Internal, all[2].State.Internal)
	}
	if got := all[1].State.Keywords; len(got) != 1 || got[0] != "work" {
		t.Errorf("keywords %q", got)
	}
}

func TestWithoutState(t *testing.T) {
	message := "Status: RO\r\nSubject: a\r\n folded\r\nX-Keywords: work\r\n and more\r\nStatus-Not: x\r\nX-Mozilla-Status : 0001\r\nBad line\r\n" +
		"Long: " + strings.Repeat("x", 200000) + "\r\nX-UID: 1\r\nA: b\nX-Gmail-Labels: a\n\r\nStatus: body\r\n\r\nX-Status: body"
	want := "Subject: a\r\n folded\r\nStatus-Not: x\r\nBad line\r\nLong: " + strings.Repeat("x", 200000) + "\r\nA: b\n\r\nStatus: body\r\n\r\nX-Status: body"
	for name, r := range map[string]io.Reader{"whole": strings.NewReader(message), "octet by octet": iotest.OneByteReader(strings.NewReader(message))} {
		got, err := io.ReadAll(mbox.WithoutState(r))
		if err != nil || string(got) != want {
			t.Errorf("%s: %v\n got %.200q\nwant %.200q", name, err, got, want)
		}
	}
}

// TestKeywordOf: each label that is not Gmail's own has a keyword that IMAP can write, and its own.
func TestKeywordOf(t *testing.T) {
	long := strings.Repeat("very ", 20)
	tests := []struct{ name, label, want string }{
		{"as it stands", "work", "work"},
		{"capitals stay", "Work/Clients", "Work/Clients"},
		{"what IMAP can write stays", "R&D+[x", "R&D+[x"},
		{"blank and comma", "Work, old", "Work__old"},
		{"what ends a command", "a)\r\nx DELETE", "a___x_DELETE"},
		{"no system flag", `\Deleted`, "_Deleted"},
		{"not ASCII", "Büro Süd", "B&APw-ro_S&APw-d"},
		{"another script", "Семья", "&BCEENQQ8BEwETw-"},
		{"beyond 16 bits", "😀", "&2D3eAA-"},
		{"no UTF-8", "a\xff", "a&,,0-"},
		{"longer than Dovecot takes", long + "one", "very_very_very_very_very_very_very_very_v~1b8ad00d"},
		{"as long, and another", long + "two", "very_very_very_very_very_very_very_very_v~702cdc9a"},
		{"Gmail's own", "Inbox", ""},
		{"a category of Gmail's", "Category Updates", ""},
		{"not Gmail's own", "inbox", "inbox"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if got := mbox.KeywordOf(test.label); got != test.want {
				t.Errorf("KeywordOf(%q) = %q, want %q", test.label, got, test.want)
			}
		})
	}
}

// TestStateBeforeQuotedFrom: state stands right behind the From_ line, also of a message that begins with such a line itself: Thunderbird
// reads no further than a ">From " in that place.
func TestStateBeforeQuotedFrom(t *testing.T) {
	for _, d := range []mbox.Dialect{mbox.MboxO, mbox.MboxRD} {
		var b bytes.Buffer
		w, err := mbox.NewWriter(&b, 0, d)
		if err != nil {
			t.Fatal(err)
		}
		text := "From me Fri Jan  2 03:04:05 2004\r\nSubject: x\r\n\r\nbody\r\n"
		if _, err := w.Append(time.Unix(1e9, 0), mbox.Shown{Flags: mail.Seen}, strings.NewReader(text)); err != nil {
			t.Fatal(err)
		}
		if err := w.Flush(); err != nil {
			t.Fatal(err)
		}
		lines := strings.SplitAfter(b.String(), "\n")
		if lines[1] != "Status: RO\n" || lines[3] != ">"+strings.ReplaceAll(text[:strings.Index(text, "\n")+1], "\r", "") {
			t.Errorf("%v: %q", d, b.String())
		}
	}
}
