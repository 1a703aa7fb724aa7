package main

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"testing"

	"mailmv/formats/mail"
	"mailmv/migrate"
)

// unmeasured is a source in files whose messages tell no octets before they are read: each has 10, unless it is gone or shut.
type unmeasured struct {
	migrate.Source
	messages []string
}

func (s unmeasured) List(_ context.Context, f mail.Folder) iter.Seq2[mail.Message, error] {
	return func(yield func(mail.Message, error) bool) {
		for i, what := range s.messages {
			m := mail.Message{Ref: mail.Ref{Folder: f.Path, ID: fmt.Sprint(i)}, Octets: -1}
			if what == "told" {
				m.Octets = 7
			}
			if !yield(m, nil) {
				return
			}
		}
	}
}

func (s unmeasured) Describe(_ context.Context, _ mail.Folder, refs []mail.Ref) iter.Seq2[mail.Message, error] {
	return func(yield func(mail.Message, error) bool) {
		for _, ref := range refs {
			m := mail.Message{Ref: ref, Octets: 10}
			var err error
			var i int
			fmt.Sscan(ref.ID, &i)
			switch s.messages[i] {
			case "gone":
				continue
			case "shut":
				m, err = mail.Message{Ref: ref, Octets: -1}, &mail.Error{Op: "fetch", Ref: ref, Scope: mail.ScopeMessage, Err: errors.New("shut")}
			case "lost":
				err = errors.New("the disk is lost")
			}
			if !yield(m, err) {
				return
			}
		}
	}
}

// TestListOctets: what is gone since it was listed has no octets, what cannot be read makes those of the folder unknown, and nothing else
// does.
func TestListOctets(t *testing.T) {
	const unknown = -1
	tests := []struct {
		name     string
		messages []string
		quick    bool
		octets   int64
		warnings int
		fails    bool
	}{
		{name: "none"},
		{name: "told", messages: []string{"told", "told"}, octets: 14},
		{name: "read", messages: []string{"told", "whole", "whole"}, octets: 27},
		{name: "gone", messages: []string{"gone", "whole", "told"}, octets: 17},
		{name: "all gone", messages: []string{"gone", "gone"}},
		{name: "shut", messages: []string{"whole", "shut", "whole", "shut", "gone"}, octets: unknown, warnings: 1},
		{name: "lost", messages: []string{"whole", "lost"}, fails: true},
		{name: "quick", messages: []string{"told", "shut"}, quick: true, octets: unknown},
		{name: "quick and told", messages: []string{"told"}, quick: true, octets: 7},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			warnings := 0
			l := &lister{place: place{Proto: "maildir", Path: "box"}, src: unmeasured{messages: test.messages}, quick: test.quick,
				warn: func(string, ...any) { warnings++ }}
			facts, err := l.folder(t.Context(), mail.Folder{Path: mail.Inbox})
			if (err != nil) != test.fails {
				t.Fatal(err)
			}
			if test.fails {
				return
			}
			got := int64(unknown)
			if facts.Octets != nil {
				got = *facts.Octets
			}
			if got != test.octets || warnings != test.warnings || facts.Messages != len(test.messages) {
				t.Errorf("octets %d, warnings %d, messages %d; want %d, %d, %d", got, warnings, facts.Messages, test.octets, test.warnings, len(test.messages))
			}
		})
	}
}
