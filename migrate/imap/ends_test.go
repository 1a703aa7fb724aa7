package imap

import "mailmv/migrate"

var (
	_ migrate.Source    = (*Store)(nil)
	_ migrate.Sweeper   = (*Store)(nil)
	_ migrate.Sink      = (*Store)(nil)
	_ migrate.Remover   = (*Store)(nil)
	_ migrate.Flagger   = (*Store)(nil)
	_ migrate.Connector = (*Store)(nil)
)
