package imap

import "mailmv/migrate"

var (
	_ migrate.Source  = (*Store)(nil)
	_ migrate.Sink    = (*Store)(nil)
	_ migrate.Remover = (*Store)(nil)
)
