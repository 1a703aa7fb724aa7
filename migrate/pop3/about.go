package pop3

import (
	"context"
	"slices"
	"strings"

	"mailmv/migrate/wire"
)

// About is what a server tells of itself and of the maildrop, once one is logged in.
type About struct {
	Peer wire.Peer
	// Capabilities are the lines of CAPA (RFC 2449), sorted; nil: the server does not know it.
	Capabilities []string
	Messages     int
	Octets       int64 // as LIST has them; -1: not told
	// UIDL is false where messages have no lasting names: every run then reads all of them.
	UIDL bool
	// Shared are messages whose name is not theirs alone.
	Shared int
}

// Offers tells whether CAPA names a capability.
func (a About) Offers(name string) bool {
	return slices.ContainsFunc(a.Capabilities, func(line string) bool {
		word, _, _ := strings.Cut(line, " ")
		return word == name
	})
}

// Arguments are those of a capability.
func (a About) Arguments(name string) []string {
	for _, line := range a.Capabilities {
		if words := strings.Fields(line); words[0] == name {
			return words[1:]
		}
	}
	return nil
}

// About logs in, lists and tells. Nothing is changed, and no message is fetched: some servers mark those as read.
func (s *Store) About(ctx context.Context) (About, error) {
	ses, release, err := s.listed(ctx)
	if err != nil {
		return About{}, err
	}
	defer release()
	a := About{Peer: ses.conn.Peer(), Messages: len(ses.drop.entries), UIDL: !ses.drop.noUIDL, Shared: ses.drop.shared}
	for name, args := range ses.caps {
		a.Capabilities = append(a.Capabilities, strings.Join(append([]string{name}, args...), " "))
	}
	slices.Sort(a.Capabilities)
	for _, e := range ses.drop.entries {
		if e.octets < 0 {
			a.Octets = -1
			break
		}
		a.Octets += e.octets
	}
	return a, nil
}
