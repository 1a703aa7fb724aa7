package census_test

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"mailmv/dedupe"
	"mailmv/formats/mail"
	"mailmv/migrate/census"
)

// TestLearner: what is learned is found again, together with what was known before, under the name that lasts.
func TestLearner(t *testing.T) {
	path := filepath.Join(t.TempDir(), "sub", "prints")
	rules := dedupe.Standard()
	message := func(i int) (mail.Message, dedupe.Print) {
		p, err := rules.Printer().Print(strings.NewReader(fmt.Sprintf("Message-ID: <%d@x>\r\n\r\ntext %d\r\n", i, i)))
		if err != nil {
			t.Fatal(err)
		}
		return mail.Message{Ref: mail.Ref{Folder: "INBOX", Validity: 7, ID: fmt.Sprint(i)}, Octets: 100, InternalDate: time.Unix(1e9, 0)}, p
	}
	open := func() *census.Learner {
		return &census.Learner{Cache: census.OpenCache(path, rules), Name: func(r mail.Ref) mail.Ref { return mail.Ref{Folder: r.Folder, ID: "name" + r.ID} }}
	}
	for round := range 3 { // each knows what those before it learned
		l := open()
		for i := range 60 {
			m, want := message(i)
			got, ok := l.Find(m)
			if known := i%3 < round; ok != known || ok && got != want {
				t.Fatalf("round %d: message %d is known: %v", round, i, ok)
			}
			m.InternalDate = m.InternalDate.Add(time.Hour)
			if _, ok := l.Find(m); ok {
				t.Fatalf("message %d is known by another date", i)
			}
			m.InternalDate = m.InternalDate.Add(-time.Hour)
			if i%3 == round {
				l.Learn(m, want)
			}
			if _, ok := l.Find(m); ok != (i%3 <= round) {
				t.Fatalf("round %d: message %d, learned just now, is known: %v", round, i, ok)
			}
		}
		if err := l.Close(); err != nil {
			t.Fatal(err)
		}
	}
}
