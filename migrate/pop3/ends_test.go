package pop3_test

import (
	"mailmv/migrate"
	"mailmv/migrate/pop3"
)

var (
	_ migrate.Source  = (*pop3.Store)(nil)
	_ migrate.Remover = (*pop3.Store)(nil)
)
