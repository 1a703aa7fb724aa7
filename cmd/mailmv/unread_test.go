package main

import (
	"errors"
	"testing"

	"mailmv/formats/mail"
	"mailmv/migrate"
)

// shut is a source of which some folders cannot be looked into.
type shut struct {
	migrate.Source
	folders []mail.Path
}

func (s shut) Unread() []mail.Path { return s.folders }

// TestUnread: what cannot be read is no silent success, unless nobody asked for it.
func TestUnread(t *testing.T) {
	stopped := errors.New("stopped")
	tests := []struct {
		name, folder string
		exclude      []string
		unread       []mail.Path
		run          error
		want         bool
	}{
		{name: "all can be read"},
		{name: "one cannot", unread: []mail.Path{"Sent"}, want: true},
		{name: "it is left out", exclude: []string{"Sent"}, unread: []mail.Path{"Sent"}},
		{name: "another is left out", exclude: []string{"Sent"}, unread: []mail.Path{"Sent", "Work"}, want: true},
		{name: "it is elsewhere", folder: "Work", unread: []mail.Path{"Sent"}},
		{name: "it is below", folder: "Work", unread: []mail.Path{"Work/2004"}, want: true},
		{name: "the run was stopped", unread: []mail.Path{"Sent"}, run: stopped},
	}
	for _, test := range tests {
		p := place{Path: "box", Folder: mail.Path(test.folder)}
		r := &route{Root: mail.Path(test.folder), folderOptions: &folderOptions{exclude: test.exclude, flagsWord: "follow"}}
		if err := r.folderOptions.check(); err != nil {
			t.Fatal(err)
		}
		all := routed{sources: []migrate.From{{Source: shut{folders: test.unread}}}, found: []bool{true}, wants: []func(mail.Folder) bool{r.wants}}
		err := all.check(&trip{from: []place{p}}, test.run)
		if errors.Is(err, errUnread) != test.want || err != nil && exitCode(err) != exitMessages {
			t.Errorf("%s: got %v", test.name, err)
		}
	}
}
