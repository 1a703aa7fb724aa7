package mbox

import "testing"

func TestByMutt(t *testing.T) {
	for _, test := range []struct {
		name, head string
		want       bool
	}{
		{"read and flagged", "From: a\nStatus: RO\nX-Status: F\nContent-Length: 7\nLines: 1\n", true},
		{"nothing to tell", "From: a\nContent-Length: 7\nLines: 1\n", true},
		{"ours", "Status: RO\nX-Status: T   \nFrom: a\n", false},
		{"ours, and the message has such fields", "Status: RO\nX-Status: T   \nFrom: a\nContent-Length: 7\nLines: 1\n", false},
		{"Dovecot", "From: a\nStatus: RO\nX-Status: F\nX-UID: 17\nContent-Length: 7\n", false},
		{"Dovecot after mutt", "From: a\nContent-Length: 7\nLines: 1\nX-UID: 17\nStatus: RO\n", false},
		{"nothing", "", false},
		{"one field", "Lines: 1\n", false},
	} {
		if got := ByMutt([]byte(test.head)); got != test.want {
			t.Errorf("%s: %v, want %v", test.name, got, test.want)
		}
	}
}
