package mbox

import (
	"reflect"
	"strings"
	"testing"

	"mailmv/formats/header"
	"mailmv/formats/mail"
)

// many is a field of that many octets with keywords.
func many(octets int) string {
	const name = "X-Mozilla-Keys: "
	return name + strings.Repeat("k", octets-len(name)-1) + "\n"
}

// A ghost or a part of a message is one by Thunderbird's fields on top alone: a sender can write such a field too.
func TestGhostsByFieldsOnTop(t *testing.T) {
	for _, test := range []struct {
		name, head string
		want       State
	}{
		{"fetched", "X-Account-Key: account3\nX-UIDL: 1\nX-Mozilla-Status: 0009\nX-Mozilla-Status2: 00000000\nReceived: x\n", State{Expunged: true}},
		{"no UIDL", "X-Account-Key: account3\nX-Mozilla-Status: 0401\nFrom: a\n", State{Partial: true}},
		{"compacted", "X-Mozilla-Status: 0009\nX-Account-Key: account3\n", State{Expunged: true}},
		{"a draft", "X-Mozilla-Keys:   \nx-identity-key: id1\nX-MOZILLA-DRAFT-INFO: internal/draft\nx-mozilla-status: 0009\nFCC: x\n", State{Expunged: true}},
		{"a sender's ghost", "Return-Path: <a@example.org>\nReceived: x\nSubject: keep me\nX-Mozilla-Status: 0009\n", State{}},
		{"a sender's part", "Subject: keep me\nX-Mozilla-Status: 0401\n", State{}},
		{"below one field", "X-UIDL: 1\nX-Odd: x\nX-Mozilla-Status: 0009\n", State{}},
		{"below a line that is no field", "no field\nX-Mozilla-Status: 0009\n", State{}},
		{"below Thunderbird's own", "X-Mozilla-Status: 0001\nReceived: x\nX-Mozilla-Status: 0009\n", State{}},
	} {
		test.want.Told, test.want.Flags = true, mail.Seen
		s := &Scanner{}
		m := &found{}
		h := harvest{s: s, m: m}
		for f := range header.Fields([]byte(test.head + "\n")) {
			h.field(f)
		}
		if !reflect.DeepEqual(m.State, test.want) {
			t.Errorf("%s: %+v, want %+v", test.name, m.State, test.want)
		}
		if got := MozillaState([]byte(test.head + "\n")); !reflect.DeepEqual(got, test.want) {
			t.Errorf("%s, of a maildir: %+v, want %+v", test.name, got, test.want)
		}
	}
}

func TestMozillaFields(t *testing.T) {
	const pop = "X-Account-Key: account3\nX-UIDL: 0000001\n"
	const state = "X-Mozilla-Status: 0001\nX-Mozilla-Status2: 00000000\n"
	keys := "X-Mozilla-Keys: $label1" + strings.Repeat(" ", 73) + "\n"
	for _, test := range []struct{ name, block, message string }{
		{"fetched", pop + state + keys, "Return-Path: <a@example.org>\nX-Mozilla-Status: 0002\n\nx\n"},
		{"compacted", state + keys + pop, "Received: x\n\n"},
		{"copied from IMAP", state + keys, "X-UIDL: the server's\nFrom: a\n\n"},
		{"no keys", "X-Mozilla-Status: 0000\n", "From: a\n\n"},
		{"the server's UIDL below", pop + state, "X-UIDL: the server's\nFrom: a\n\n"},
		{"nothing else", pop + state, ""},
		{"no header of its own", pop + state, "\nbody\n"},
		{"deeper in the message", "", "From: a\n" + state + "\n"},
		{"UIDL alone", "", "X-UIDL: 1\n" + state + "\n"},
		{"account without state", "", pop + "From: a\n\n"},
		{"another form", "", "X-Mozilla-Status: 1\nFrom: a\n\n"},
		{"twice", state, state + "From: a\n\n"},
		{"folded", "", state + " more\nFrom: a\n\n"},
		{"an account without UIDL", "X-Account-Key: account3\n" + state + keys, "X-UIDL: the server's\nFrom: a\n\n"},
		{"an account without UIDL, compacted", state + keys + "X-Account-Key: account3\n", "From: a\nX-UIDL: the server's\n\n"},
		{"an account of another name", "X-Account-Key: pop-1\nX-UIDL: 0000001\n" + state, "From: a\n\n"},
		{"an account without a name", "X-Account-Key: \n" + state, "From: a\n\n"},
		{"UIDL behind the state", "X-Account-Key: account3\n" + state, "X-UIDL: the server's\nFrom: a\n\n"},
		{"many keywords", "X-Account-Key: account1\n" + state + many(60<<10), "From: a\n\n"},
		{"as many as there can be", "X-Mozilla-Status: 0001\n" + many(mozillaMax-23), "From: a\n\n"},
		{"one too many", "", "X-Mozilla-Status: 0001\n" + many(mozillaMax-22) + "From: a\n\n"},
		{"too long to be looked at", "", "X-Mozilla-Status: 0001\n" + many(100<<10) + "From: a\n\n"},
		{"cut within them", "", "X-Mozilla-Status: 0001\nX-Mozilla-Keys: a b"},
		{"empty", "", ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			for _, end := range []string{"\n", "\r\n"} {
				block := strings.ReplaceAll(test.block, "\n", end)
				if got := MozillaFields([]byte(block + strings.ReplaceAll(test.message, "\n", end))); got != len(block) {
					t.Errorf("with %q: %d octets, want %d", end, got, len(block))
				}
			}
		})
	}
}
