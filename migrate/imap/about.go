package imap

import (
	"context"
	"slices"
	"strings"

	"mailmv/formats/mail"
	"mailmv/migrate/wire"
)

// About is what a server tells of itself and of the account, once one is logged in.
type About struct {
	Peer         wire.Peer
	Capabilities []string // in capitals, sorted
	Software     string   // by its own word (RFC 2971); empty: it does not tell
	Prefix       string   // of the personal namespace
	Delimiter    string   // of levels; empty: no levels
	Others       []string // prefixes of other users' and shared namespaces
	AppendLimit  int64    // octets of the largest message; 0: not told
	Quotas       []Quota
	Folders      int
	Unselectable int // listed, and no folders that hold mail
	Roles        map[mail.Role]mail.Path
	// Flags are those that INBOX can hold (PERMANENTFLAGS); FlagsKnown is false where that cannot be asked without
	// changing anything.
	Flags      []string
	FlagsKnown bool
}

// Quota is one resource of a quota root (RFC 9208 §3); STORAGE is in units of 1024 octets.
type Quota struct {
	Root, Resource string
	Used, Limit    int64
}

// Offers tells whether the server has a capability, in itself or as a part of a newer one.
func (a About) Offers(name string) bool {
	within := map[string]bool{"UIDPLUS": true, "MOVE": true, "NAMESPACE": true, "SPECIAL-USE": true, "LITERAL-": true, "UNSELECT": true,
		"LIST-EXTENDED": true, "LIST-STATUS": true, "STATUS=SIZE": true}
	return slices.ContainsFunc(a.Capabilities, func(c string) bool {
		return c == name || strings.HasPrefix(c, name+"=") || c == "IMAP4REV2" && within[name] ||
			name == "CONDSTORE" && c == "QRESYNC" || name == "LITERAL-" && c == "LITERAL+"
	})
}

// About asks. Nothing is changed: no folder is made, no message gets or loses a flag.
func (st *Store) About(ctx context.Context) (About, error) {
	n, err := st.naming(ctx)
	if err != nil {
		return About{}, err
	}
	s, err := st.reader(ctx)
	if err != nil {
		return About{}, err
	}
	defer s.giveTurn()
	defer s.watch(ctx)()
	a := About{Peer: s.conn.Peer(), Prefix: n.prefix, Delimiter: n.delim, Others: n.others, AppendLimit: s.caps.appendLimit(), Roles: map[mail.Role]mail.Path{}}
	for c := range s.caps {
		a.Capabilities = append(a.Capabilities, c)
	}
	slices.Sort(a.Capabilities)
	if err := s.askFolders(n, &a); err != nil {
		return a, s.fail(ctx, "list", mail.ScopeStore, err)
	}
	for _, ask := range []func(*About) error{s.askSoftware, s.askQuota, s.askLimit, s.askFlags} {
		if err := ask(&a); err != nil {
			return a, s.lost(ctx, "look", err)
		}
	}
	return a, nil
}

func (s *session) askFolders(n *names, a *About) error {
	listed, err := s.listed(n, s.listing(nil))
	if err != nil {
		return err
	}
	for _, l := range listed {
		if !selectable(l) {
			a.Unselectable++
			continue
		}
		a.Folders++
		if r := role(l); r != "" && a.Roles[r] == "" {
			a.Roles[r] = n.path(rawName(l.Mailbox))
		}
	}
	return nil
}

// askSoftware asks for name and version (RFC 2971).
func (s *session) askSoftware(a *About) error {
	if !s.caps["ID"] {
		return nil
	}
	_, err := s.command(`ID ("name" "mailmv")`, func(r reply) {
		sc := scan{r.text}
		if !strings.EqualFold(sc.word(), "ID") {
			return
		}
		sc.blanks()
		told := map[string]string{}
		if sc.accept('(') {
			for sc.blanks(); !sc.done() && !sc.accept(')'); sc.blanks() {
				name, _, ok := sc.str()
				sc.blanks()
				value, isNil, ok2 := sc.str()
				if !ok || !ok2 {
					return
				}
				if !isNil {
					told[strings.ToLower(name)] = s.words.clean(value)
				}
			}
		}
		a.Software = strings.TrimSpace(told["name"] + " " + told["version"])
	})
	return err
}

// askQuota asks for the quota of INBOX (RFC 9208 §4.2).
func (s *session) askQuota(a *About) error {
	if !s.caps["QUOTA"] {
		return nil
	}
	_, err := s.command("GETQUOTAROOT INBOX", func(r reply) {
		sc := scan{r.text}
		if !strings.EqualFold(sc.word(), "QUOTA") {
			return
		}
		sc.blanks()
		root, _, _ := sc.str()
		sc.blanks()
		items, ok := sc.list()
		for ; ok && len(items) >= 3; items = items[3:] {
			used, ok1 := (&scan{[]byte(items[1])}).number(63)
			limit, ok2 := (&scan{[]byte(items[2])}).number(63)
			if ok1 && ok2 {
				a.Quotas = append(a.Quotas, Quota{readableName(root), strings.ToUpper(items[0]), int64(used), int64(limit)})
			}
		}
	})
	return err
}

// askLimit asks for the largest message where it is told by folder alone (RFC 7889 §3).
func (s *session) askLimit(a *About) error {
	if a.AppendLimit != 0 || !s.caps["APPENDLIMIT"] {
		return nil
	}
	_, err := s.command("STATUS INBOX (APPENDLIMIT)", func(r reply) {
		sc := scan{r.text}
		if !strings.EqualFold(sc.word(), "STATUS") {
			return
		}
		sc.blanks()
		sc.str()
		sc.blanks()
		if items, ok := sc.list(); ok && len(items) == 2 && strings.EqualFold(items[0], "APPENDLIMIT") {
			n, _ := (&scan{[]byte(items[1])}).number(63)
			a.AppendLimit = int64(n)
		}
	})
	return err
}

func (s *session) askFlags(a *About) error {
	h, err := s.holding(string(mail.Inbox))
	a.Flags, a.FlagsKnown = h.flags, h.known
	return err
}
