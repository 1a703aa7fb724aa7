package pop3_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"io"
	"strings"
	"testing"

	"mailmv/formats/mail"
	"mailmv/migrate/pop3"
	"mailmv/migrate/storetest/dovecot"
	"mailmv/migrate/wire"
)

// account is a store on a real server, with its trace.
func account(t *testing.T, s *dovecot.Server, a dovecot.Account, security wire.Security, mechanism string) (*pop3.Store, *bytes.Buffer) {
	t.Helper()
	trace := &bytes.Buffer{}
	port := s.POP3
	if security == wire.Implicit {
		port = s.POP3S
	}
	store := pop3.New(wire.Server{Host: s.Host, Port: port, Security: security, CAFile: s.CAFile, Trace: wire.NewTrace(trace)},
		wire.Login{User: a.Name, Mechanism: mechanism, Secret: func(context.Context, bool) (string, error) { return a.Password, nil }},
		pop3.Options{Notes: func(n string) { t.Log("note:", n) }})
	t.Cleanup(func() { store.Close() })
	return store, trace
}

var odd = [][]byte{
	[]byte("Subject: plain\r\nDate: Mon, 02 Jan 2006 15:04:05 +0100\r\nMessage-ID: <1@x>\r\n\r\nbody\r\n"),
	[]byte("Subject: dots\r\n\r\n.\r\n..\r\n.a\r\nb.\r\n"),
	[]byte("Subject: bare CR\r\n\r\na\rb\r\n"),
	[]byte("Subject: NUL\r\n\r\na\x00b\r\n"),
	[]byte("Subject: 8 bit \xe4\r\n\r\n\xff\xfe\r\n"),
	[]byte("no header at all\r\n"),
	[]byte("\r\n"),
	[]byte("Subject: long\r\n\r\n" + strings.Repeat("x", 300<<10) + "\r\n" + strings.Repeat(".y\r\n", 50000)),
}

func list(t *testing.T, s *pop3.Store) (all []mail.Message, refs []mail.Ref) {
	t.Helper()
	for m, err := range s.List(t.Context(), mail.Folder{Path: mail.Inbox}) {
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, m)
		refs = append(refs, m.Ref)
	}
	return all, refs
}

func fetch(t *testing.T, s *pop3.Store, refs []mail.Ref) [][]byte {
	t.Helper()
	var all [][]byte
	for f, err := range s.Fetch(t.Context(), mail.Folder{Path: mail.Inbox}, refs) {
		if err != nil {
			t.Fatal(err)
		}
		b, err := io.ReadAll(f.Body)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, b)
	}
	return all
}

func TestDovecotEveryWayIn(t *testing.T) {
	s := dovecot.Start(t)
	a := s.Account(t)
	s.Fill(t, a, odd)
	for _, security := range []wire.Security{wire.Implicit, wire.StartTLS, wire.None} {
		for _, mechanism := range []string{"", "plain", "login", "cram-md5", "scram-sha-256"} {
			store, trace := account(t, s, a, security, mechanism)
			if err := store.Connect(t.Context()); err != nil {
				t.Errorf("security %d, %q: %v\n%s", security, mechanism, err, trace)
			}
			store.Close()
			if strings.Contains(trace.String(), a.Password) {
				t.Errorf("the trace shows the password:\n%s", trace)
			}
		}
	}
}

func TestDovecotFetchExact(t *testing.T) {
	s := dovecot.Start(t)
	a := s.Account(t)
	s.Fill(t, a, odd)
	store, trace := account(t, s, a, wire.Implicit, "")
	all, refs := list(t, store)
	if len(all) != len(odd) {
		t.Fatalf("%d messages listed, want %d", len(all), len(odd))
	}
	for i, b := range fetch(t, store, refs) {
		if !bytes.Equal(b, odd[i]) {
			t.Errorf("message %d: %.60q, want %.60q", i, b, odd[i])
		}
	}
	for m, err := range store.Describe(t.Context(), mail.Folder{Path: mail.Inbox}, refs[:1]) {
		if err != nil || m.Envelope.Subject != "plain" || m.InternalDate.Unix() != 1136210645 {
			t.Errorf("Describe = %+v, %v", m, err)
		}
	}
	if n := strings.Count(trace.String(), "C: CAPA"); n != 1 {
		t.Errorf("%d CAPA in one session", n)
	}
	var doomed []mail.Doomed
	for i, ref := range refs {
		doomed = append(doomed, mail.Doomed{Ref: ref, Octets: int64(len(odd[i])), Sum: sha256.Sum256(odd[i])})
	}
	doomed[0].Sum[0]++
	for ref, err := range store.Remove(t.Context(), mail.Folder{Path: mail.Inbox}, doomed) {
		if (err != nil) != (ref == refs[0]) {
			t.Errorf("Remove: %v: %v", ref, err)
		}
	}
	if all, _ := list(t, store); len(all) != 1 || all[0].Ref != refs[0] {
		t.Errorf("left: %v", all)
	}
}

// Nothing new costs a login, STAT, UIDL, LIST and QUIT.
func TestDovecotIdle(t *testing.T) {
	s := dovecot.Start(t)
	a := s.Account(t)
	s.Fill(t, a, odd)
	store, trace := account(t, s, a, wire.None, "")
	list(t, store)
	store.Close()
	var sent []string
	for line := range strings.Lines(trace.String()) {
		if _, text, ok := strings.Cut(strings.TrimSpace(line), "C: "); ok {
			sent = append(sent, text)
		}
	}
	if got, want := strings.Join(sent, ", "), "CAPA, AUTH SCRAM-SHA-256, [hidden], [hidden], [hidden], STAT, UIDL, LIST, QUIT"; got != want {
		t.Errorf("sent %s; want %s\n%s", got, want, trace)
	}
}
