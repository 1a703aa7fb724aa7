package files

import (
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"mailmv/formats/mail"
)

// What Thunderbird has put on top of its mail is left off; what is listed is what is read; no message gets another name.
func TestThunderbirdsOwnFields(t *testing.T) {
	const own = "X-Account-Key: account1\nX-UIDL: 7\nX-Mozilla-Status: 0001\nX-Mozilla-Status2: 00000000\nX-Mozilla-Keys: work      \n"
	letters := []string{
		"Received: x\nX-UIDL: the server's\nSubject: one\n\n>From here\n",
		"Subject: two\nX-Mozilla-Status: 0000\n\nb\n",
		"\nno header\n",
	}
	for _, end := range []string{"\n", "\r\n"} {
		t.Run(fmt.Sprintf("%q", end), func(t *testing.T) {
			var text strings.Builder
			var want []string
			for i, l := range letters {
				for _, head := range []string{own, "", strings.Replace(own, "0001", "0000", 1), strings.Replace(own, "X-UIDL: 7\n", "", 1), strings.Replace(own, "work", strings.Repeat("word ", 4<<10), 1)} {
					if head == "" && i == 2 {
						continue
					}
					text.WriteString(strings.ReplaceAll("From - Sat Jan 01 12:00:00 2005\n"+head+strings.ReplaceAll(l, ">From", ">>From")+"\n", "\n", end))
					want = append(want, strings.ReplaceAll(l, "\n", "\r\n"))
				}
			}
			dir := t.TempDir()
			plant(t, dir, map[string]string{"box": text.String()})
			s, _ := openStore(t, filepath.Join(dir, "box"), Mbox)
			var refs []mail.Ref
			octets := map[mail.Ref]int64{}
			for _, m := range list(t, s, mail.Inbox) {
				refs = append(refs, m.Ref)
				octets[m.Ref] = m.Octets
			}
			var got []string
			for m, err := range s.Fetch(t.Context(), mail.Folder{Path: mail.Inbox}, refs) {
				if err != nil {
					t.Fatal(err)
				}
				b, err := io.ReadAll(m.Body)
				if err != nil || int64(len(b)) != octets[m.Ref] || m.Octets != octets[m.Ref] {
					t.Errorf("%d octets and %v, listed %d", len(b), err, octets[m.Ref])
				}
				got = append(got, string(b))
			}
			slices.Sort(got)
			slices.Sort(want)
			if !slices.Equal(got, want) {
				t.Errorf("got %q\nwant %q", got, want)
			}
			for d, err := range s.Describe(t.Context(), mail.Folder{Path: mail.Inbox}, refs) {
				if err != nil || d.Octets != octets[d.Ref] || strings.HasPrefix(d.Envelope.Subject, "X-") {
					t.Errorf("described %+v, %v", d, err)
				}
			}
		})
	}
}
