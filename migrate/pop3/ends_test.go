package pop3_test

import (
	"fmt"
	"testing"

	"mailmv/migrate"
	"mailmv/migrate/pop3"
	"mailmv/migrate/storetest"
	"mailmv/migrate/storetest/dovecot"
	"mailmv/migrate/wire"
)

var (
	_ migrate.Source  = (*pop3.Store)(nil)
	_ migrate.Remover = (*pop3.Store)(nil)
)

// A maildrop does what every source must, on servers that can more or less.
func TestSourceOnFake(t *testing.T) {
	for name, f := range map[string]*fake{
		"pipelining": {caps: pipelining},
		"one by one": {caps: oneByOne},
		"no CAPA":    {},
		"no UIDL":    {caps: []string{"TOP", "USER", "PIPELINING"}},
	} {
		for i, m := range storetest.Letters() {
			f.bodies = append(f.bodies, string(m))
			if name != "no UIDL" {
				f.uidls = append(f.uidls, fmt.Sprint("uidl-", i))
			}
		}
		t.Run(name, func(t *testing.T) {
			storetest.Source(t, storetest.Letters(), func(t *testing.T) migrate.Source { return f.start(t, pop3.Options{Remember: true}) })
		})
	}
}

func TestSourceOnDovecot(t *testing.T) {
	s := dovecot.Start(t)
	a := s.Account(t)
	s.Fill(t, a, storetest.Letters())
	open := func(t *testing.T) migrate.Source {
		store, _ := account(t, s, a, wire.Implicit, "")
		return store
	}
	storetest.Source(t, storetest.Letters(), open)
	storetest.Remover(t, storetest.Letters(), open)
}
