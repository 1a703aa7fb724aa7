package mboxes

import (
	"path/filepath"
	"testing"

	"mailmv/formats/mail"
	"mailmv/migrate"
	"mailmv/migrate/storetest"
)

func TestSource(t *testing.T) {
	for _, d := range dialects {
		t.Run(d.String(), func(t *testing.T) {
			root := t.TempDir()
			a := create(t, root, Options{Dialect: d})
			put(t, a, mail.Inbox, storetest.Letters()...)
			shut(t, a)
			open := func(t *testing.T) migrate.Source { return openSource(t, root) }
			storetest.Source(t, storetest.Letters(), open)
			t.Run("Remover", func(t *testing.T) { storetest.Remover(t, storetest.Letters(), open) })
			clean(t, root)
		})
	}
}

func TestSink(t *testing.T) {
	for _, d := range dialects {
		t.Run(d.String(), func(t *testing.T) {
			root := filepath.Join(t.TempDir(), "archive")
			var last *Archive
			open := func(t *testing.T) migrate.Sink {
				if last != nil {
					last.Close()
				}
				last = create(t, root, Options{Dialect: d})
				return last
			}
			storetest.Sink(t, open)
			storetest.Flagger(t, func(t *testing.T) migrate.Sink { return open(t) })
			storetest.Dater(t, open)
			shut(t, last)
			clean(t, root)
		})
	}
}
