package memstore_test

import (
	"fmt"
	"testing"

	"mailmv/formats/mail"
	"mailmv/migrate"
	"mailmv/migrate/memstore"
	"mailmv/migrate/storetest"
)

func filled() *memstore.Store {
	s := &memstore.Store{}
	for i, o := range storetest.Letters() {
		s.Put(mail.Inbox, memstore.Message{ID: fmt.Sprint("uidl-", i), Octets: o})
	}
	return s
}

func TestSource(t *testing.T) {
	storetest.Source(t, storetest.Letters(), func(*testing.T) migrate.Source { return filled() })
}

func TestSink(t *testing.T) {
	s := &memstore.Store{InFlight: 2}
	storetest.Sink(t, func(*testing.T) migrate.Sink { return s })
}

func TestRemover(t *testing.T) {
	s := filled()
	storetest.Remover(t, storetest.Letters(), func(*testing.T) migrate.Source { return s })
}

func TestFlagger(t *testing.T) {
	s := &memstore.Store{}
	storetest.Flagger(t, func(*testing.T) migrate.Sink { return s })
	storetest.Dater(t, func(*testing.T) migrate.Sink { return s })
}
