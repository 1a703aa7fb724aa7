package dedupe

import (
	"fmt"
	"strings"
	"testing"
)

func TestLines(t *testing.T) {
	msg := thunderbird + "X-Spam-Flag: NO\r\nDelivered-To: me@isp.example\r\n" + mixed("x", note, pdf("a.pdf", "abc", 76), "Content-Transfer-Encoding: base64\r\n\r\n*")
	var got []string
	for _, l := range canon(t, msg).Lines() {
		got = append(got, fmt.Sprintf("%s %d %s: %s", l.Group, l.Depth, l.Name, strings.TrimSpace(l.Value)))
	}
	text := strings.Join(got, "\n")
	for _, want := range []string{
		"kept 0 from: Alice Liddell <alice@example.org>", "kept 0 date: 2002-08-22T11:34:00Z", "kept 0 message-id: <1@example.org>",
		"received 0 received: from pc (dsl", "delivered 0 delivered: me@isp.example", "part 0 1: multipart/mixed, ",
		"part 1 2: text/plain, 10 octets, ", `part 1 3: application/pdf "a.pdf", 3 octets, `, "part 1 4: text/plain, 1 octet, cannot be read without doubt",
		"state 0 x-uidl: 4711-abc", "scanner 0 x-spam-flag: NO", "trace 0 return-path: <alice@example.org>", "sum 0 canonical: ", "sum 0 octets: ",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("no line %q in\n%s", want, text)
		}
	}
}

func TestDifferences(t *testing.T) {
	a, b := canon(t, base), canon(t, thunderbird+strings.Replace(swap("weather", "wether"), "rains", "reins", 1))
	got := a.Differences(b)
	if len(got) < 4 || got[0][0].Value != "the weather" || got[0][1].Value != "the wether" || got[1][0].Group != "part" || got[2][1].Group != "state" {
		t.Errorf("Differences = %v", got)
	}
	if got := a.Differences(canon(t, strings.ReplaceAll(base, "\r\n", "\n"))); len(got) != 0 {
		t.Errorf("Differences of line ends = %v", got)
	}
}
