package pop3_test

import (
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"mailmv/archive/serve"
	"mailmv/migrate/pop3"
	"mailmv/migrate/wire"
)

// Every mechanism, through implicit TLS and STLS, on our own server; a wrong secret is refused in each.
func TestMechanismsOverTLS(t *testing.T) {
	ca, err := serve.NewCA()
	if err != nil {
		t.Fatal(err)
	}
	config, err := ca.Server(serve.Good)
	if err != nil {
		t.Fatal(err)
	}
	caFile := filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(caFile, ca.PEM(), 0o600); err != nil {
		t.Fatal(err)
	}
	drop := &serve.Drop{}
	drop.Add(serve.Samples(30, 1)...)
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	server := &serve.POP3{Accounts: map[string]serve.Account{"me": {Password: "pass word", Maildrop: drop}},
		TLS: config, Mechanisms: serve.Mechanisms(), APOP: true}
	ended := make(chan error)
	go func() { ended <- server.Serve(ln) }()
	t.Cleanup(func() { server.Close(); <-ended })

	for _, mechanism := range append(serve.Mechanisms(), "", "APOP") {
		for _, secret := range []string{"pass word", "wrong"} {
			s := pop3.New(wire.Server{Host: "127.0.0.1", Port: ln.Addr().(*net.TCPAddr).Port, Security: wire.StartTLS, CAFile: caFile},
				wire.Login{User: "me", Mechanism: strings.ToLower(mechanism), Secret: password(secret)}, pop3.Options{})
			_, refs, err := tryList(t, s)
			if (err == nil) != (secret == "pass word") {
				t.Errorf("%q with %q: %v", mechanism, secret, err)
			}
			if g := tryFetch(t, s, refs); err == nil && (g.end != nil || len(g.octets) != 30) {
				t.Errorf("%q: Fetch = %v", mechanism, g.end)
			}
			s.Close()
		}
	}
}
