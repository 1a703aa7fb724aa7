package dovecot_test

import (
	"bytes"
	"crypto/tls"
	"fmt"
	"testing"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapclient"

	"mailmv/archive/serve"
	"mailmv/migrate/storetest/dovecot"
)

// What is filled in is what the server shows, in order.
func TestFill(t *testing.T) {
	s := dovecot.Start(t)
	if again := dovecot.Start(t); again != s {
		t.Error("a second server was started")
	}
	a := s.Account(t)
	samples := serve.Samples(40, 1)
	s.Fill(t, a, samples)
	c, err := imapclient.DialTLS(fmt.Sprintf("%s:%d", s.Host, s.IMAPS), &imapclient.Options{TLSConfig: &tls.Config{InsecureSkipVerify: true}})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if err := c.Login(a.Name, a.Password).Wait(); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Select("INBOX", nil).Wait(); err != nil {
		t.Fatal(err)
	}
	body := &imap.FetchItemBodySection{Peek: true}
	all, err := c.Fetch(imap.SeqSet{{Start: 1}}, &imap.FetchOptions{BodySection: []*imap.FetchItemBodySection{body}}).Collect()
	if err != nil || len(all) != len(samples) {
		t.Fatalf("%d messages, %v, want %d", len(all), err, len(samples))
	}
	for i, m := range all {
		if !bytes.Equal(m.FindBodySection(body), samples[i]) {
			t.Errorf("message %d is not what was put in", i)
		}
	}
}
