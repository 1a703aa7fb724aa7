package mbox

import (
	"strings"
	"testing"
)

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
		{"too long to be looked at", "", "X-Mozilla-Status: 0001\nX-Mozilla-Keys: " + strings.Repeat("a ", 2100) + "\nFrom: a\n\n"},
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
