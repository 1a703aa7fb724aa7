package imap

import (
	"bytes"
	"net"
	"testing"
	"time"

	goimap "github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapserver"
	"github.com/emersion/go-imap/v2/imapserver/imapmemserver"

	"mailmv/formats/mail"
	"mailmv/migrate"
	"mailmv/migrate/storetest"
	"mailmv/migrate/wire"
)

// embedded starts go-imap's own server, which keeps octets as they are, with want in INBOX.
func embedded(t *testing.T, want [][]byte) func(t *testing.T) *Store {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	user := imapmemserver.NewUser("me", "pw")
	if err := user.Create("INBOX", nil); err != nil {
		t.Fatal(err)
	}
	for _, m := range want {
		if _, err := user.Append("INBOX", given{bytes.NewReader(m)}, &goimap.AppendOptions{Time: time.Unix(1e9, 0)}); err != nil {
			t.Fatal(err)
		}
	}
	store := imapmemserver.New()
	store.AddUser(user)
	server := imapserver.New(&imapserver.Options{
		NewSession: func(*imapserver.Conn) (imapserver.Session, *imapserver.GreetingData, error) {
			return store.NewSession(), nil, nil
		},
		Caps:         goimap.CapSet{goimap.CapIMAP4rev1: {}, goimap.CapUIDPlus: {}, goimap.CapLiteralPlus: {}, goimap.CapNamespace: {}},
		InsecureAuth: true,
	})
	go server.Serve(l)
	t.Cleanup(func() { server.Close() })
	return func(t *testing.T) *Store {
		st := New(wire.Server{Host: "127.0.0.1", Port: l.Addr().(*net.TCPAddr).Port, Security: wire.None, Timeout: 5 * time.Second},
			wire.Login{User: "me", Secret: secret("pw")}, Options{})
		t.Cleanup(func() { st.Close() })
		return st
	}
}

type given struct{ *bytes.Reader }

func (l given) Size() int64 { return l.Reader.Size() }

func TestSource(t *testing.T) {
	open := embedded(t, storetest.Letters())
	storetest.Source(t, storetest.Letters(), func(t *testing.T) migrate.Source { return open(t) })
}

func TestSink(t *testing.T) {
	open := embedded(t, nil)
	storetest.Sink(t, func(t *testing.T) migrate.Sink { return open(t) })
}

func TestRemover(t *testing.T) {
	open := embedded(t, storetest.Letters())
	storetest.Remover(t, storetest.Letters(), func(t *testing.T) migrate.Source { return open(t) })
}

func TestFlagger(t *testing.T) {
	open := embedded(t, nil)
	storetest.Flagger(t, func(t *testing.T) migrate.Sink { return open(t) })
}

// TestRealFlags needs a folder named Flags that is made anew each time.
func TestRealFlags(t *testing.T) {
	env := realServer(t)
	root := freshFolder()
	storetest.Flagger(t, func(t *testing.T) migrate.Sink {
		return &below{Store: realStore(t, env, 1, wire.Implicit, Options{}), root: root}
	})
}

// TestRealServer runs the same on a real server: below a folder of its own, which plays the whole account.
func TestRealServer(t *testing.T) {
	env := realServer(t)
	for _, user := range []string{"sink", "source", "remover"} {
		t.Run(user, func(t *testing.T) {
			root := freshFolder()
			open := func(t *testing.T) *below {
				return &below{Store: realStore(t, env, 1, wire.Implicit, Options{}), root: root}
			}
			if user == "sink" {
				if _, err := open(t).Open(t.Context(), mail.Inbox); err != nil {
					t.Fatal(err)
				}
				storetest.Sink(t, func(t *testing.T) migrate.Sink { return open(t) })
				return
			}
			b := open(t)
			f, err := b.Open(t.Context(), mail.Inbox)
			if err != nil {
				t.Fatal(err)
			}
			var batch []mail.Parcel
			for i, m := range storetest.Letters() {
				batch = append(batch, parcel(i, string(m)))
			}
			wait, err := b.Append(t.Context(), f, batch)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := wait(); err != nil {
				t.Fatal(err)
			}
			if user == "source" {
				storetest.Source(t, storetest.Letters(), func(t *testing.T) migrate.Source { return open(t) })
				t.Run("ahead", func(t *testing.T) { // one folder is there, and one is not
					for _, first := range []mail.Path{root + "/INBOX", root + "/absent"} {
						storetest.Source(t, storetest.Letters(), func(t *testing.T) migrate.Source {
							b := &below{Store: realStore(t, env, 1, wire.Implicit, Options{Ahead: first}), root: root}
							for range 2 {
								if err := b.Connect(t.Context()); err != nil {
									t.Fatal(err)
								}
							}
							return b
						})
					}
				})
			} else {
				storetest.Remover(t, storetest.Letters(), func(t *testing.T) migrate.Source { return open(t) })
			}
		})
	}
}
