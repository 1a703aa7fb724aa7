package census_test

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"testing"
	"time"

	"mailmv/dedupe"
	"mailmv/formats/mail"
	"mailmv/migrate"
	"mailmv/migrate/census"
	"mailmv/migrate/memstore"
)

// shaky is a place whose connection is lost now and then, and one folder of which cannot be listed.
type shaky struct {
	*memstore.Store
	every, calls int
	shut         mail.Path
}

var errLost = &mail.Error{Op: "fetch", Retry: true, Err: errors.New("connection lost")}

func (s *shaky) cut() bool {
	s.calls++
	return s.calls%s.every == 0
}

func (s *shaky) List(ctx context.Context, f mail.Folder) iter.Seq2[mail.Message, error] {
	return func(yield func(mail.Message, error) bool) {
		if f.Path == s.shut {
			yield(mail.Message{}, &mail.Error{Op: "list", Ref: mail.Ref{Folder: f.Path}, Scope: mail.ScopeFolder, Err: errors.New("shut")})
			return
		}
		for m, err := range s.Store.List(ctx, f) {
			if s.calls == 0 && s.cut() || s.calls == 3 && s.cut() {
				yield(mail.Message{}, errLost)
				return
			}
			if !yield(m, err) {
				return
			}
			s.calls++
		}
	}
}

func (s *shaky) Describe(ctx context.Context, f mail.Folder, refs []mail.Ref) iter.Seq2[mail.Message, error] {
	return func(yield func(mail.Message, error) bool) {
		for m, err := range s.Store.Describe(ctx, f, refs) {
			if s.cut() {
				yield(mail.Message{}, errLost)
				return
			}
			if !yield(m, err) {
				return
			}
		}
	}
}

func (s *shaky) Fetch(ctx context.Context, f mail.Folder, refs []mail.Ref) iter.Seq2[mail.Fetched, error] {
	return func(yield func(mail.Fetched, error) bool) {
		for m, err := range s.Store.Fetch(ctx, f, refs) {
			if s.cut() {
				m.Body = brokenBody{} // in the midst of a message
			}
			if !yield(m, err) {
				return
			}
		}
	}
}

type brokenBody struct{}

func (brokenBody) Read(b []byte) (int, error) { return copy(b, "Subject: "), errLost }

// TestLostConnection: what a lost connection kept from being read is asked for again, once each; a folder that cannot be listed is
// left out and told of.
func TestLostConnection(t *testing.T) {
	for _, costly := range []bool{false, true} {
		s := &shaky{Store: &memstore.Store{}, every: 5, shut: "Shut"}
		for i := range 30 {
			text := fmt.Appendf(nil, "Message-ID: <%d@x>\r\nSubject: %d\r\n\r\ntext %d\r\n", i%20, i%20, i%20)
			s.Put("INBOX", memstore.Message{Octets: text})
			s.Put("Shut", memstore.Message{Octets: text})
		}
		waits := 0
		c := &census.Census{Rules: dedupe.Standard(), Jobs: 2, Places: []*census.Place{{Source: s, Name: "here", Costly: costly}},
			Patience: migrate.Patience{Pause: func(context.Context, time.Duration) error { waits++; return nil }}}
		if err := c.Take(t.Context()); err != nil {
			t.Fatal(err)
		}
		found, err := c.Judge(t.Context(), census.Wish{})
		if err != nil {
			t.Fatal(err)
		}
		if _, all := c.Count(found.Groups); all.Seen != 30 || all.Duplicate != 10 || all.Failed != 0 || len(c.Spoilt) != 1 || waits == 0 {
			t.Errorf("costly=%v: %+v, %d folders left out, waited %d times", costly, all, len(c.Spoilt), waits)
		}
		if err := c.Close(); err != nil {
			t.Fatal(err)
		}
	}
}
