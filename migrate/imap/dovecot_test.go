package imap

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"testing"
	"time"

	"mailmv/formats/mail"
	"mailmv/migrate/storetest/dovecot"
	"mailmv/migrate/wire"
)

// realServer tells of a private Dovecot, or of the server whose server.env MAILMV_TEST_DOVECOT names (another one too).
func realServer(t testing.TB) map[string]string {
	t.Helper()
	return dovecot.Start(t).Values
}

// realStore opens the account of user n on the real server.
func realStore(t testing.TB, env map[string]string, n int, security wire.Security, o Options) *Store {
	t.Helper()
	key := "IMAP_PORT"
	if security == wire.Implicit {
		key = "IMAPS_PORT"
	}
	port, _ := strconv.Atoi(env[key])
	host := env["TLS_NAME"]
	s := wire.Server{Host: host, Port: port, Security: security, CAFile: env["CA_FILE"], Timeout: 20 * time.Second}
	l := wire.Login{User: env[fmt.Sprintf("USER%d", n)], Mechanism: env["AUTH"],
		Secret: secret(env[fmt.Sprintf("PASS%d", n)])}
	if o.Notes == nil {
		o.Notes = func(text string) { t.Log("note:", text) }
	}
	st := New(s, l, o)
	t.Cleanup(func() { st.Close() })
	return st
}

func secret(s string) func(context.Context, bool) (string, error) {
	return func(context.Context, bool) (string, error) { return s, nil }
}

// text is a Body.
type text string

func (b text) WriteTo(w io.Writer) (int64, error) {
	n, err := io.WriteString(w, string(b))
	return int64(n), err
}

// parcel makes a parcel of a message's octets; n tells it from others.
func parcel(n int, octets string) mail.Parcel {
	return mail.Parcel{Message: mail.Message{Ref: mail.Ref{Folder: "from", ID: strconv.Itoa(n)}, Octets: int64(len(octets)),
		InternalDate: time.Date(2004, 7, 1, 12, 0, n%60, 0, time.FixedZone("", -5*3600)), Flags: mail.Seen}, Body: text(octets)}
}

func message(n int, body string) string {
	return fmt.Sprintf("From: a@example.org\r\nDate: Thu, 1 Jul 2004 12:00:00 -0500\r\nMessage-ID: <%d@example.org>\r\nSubject: number %d\r\n\r\n%s\r\n", n, n, body)
}

// freshFolder names a folder that nobody has.
func freshFolder() mail.Path { return mail.Path("T" + rand.Text()[:10]) }

func TestRealServerRoundTrip(t *testing.T) {
	env := realServer(t)
	for _, security := range []wire.Security{wire.Implicit, wire.StartTLS, wire.None} {
		for _, connections := range []int{1, 2, 4} {
			t.Run(fmt.Sprintf("security %d, %d connections", security, connections), func(t *testing.T) {
				if env["UIDPLUS"] == "no" {
					t.Skip("the server does not tell UIDs")
				}
				roundTrip(t, realStore(t, env, 1, security, Options{Connections: connections}))
			})
		}
	}
}

// roundTrip stores, lists, describes, fetches and removes.
func roundTrip(t *testing.T, st *Store) {
	ctx := t.Context()
	p := freshFolder() + "/täglich"
	if _, err := st.Look(ctx, p); !errors.Is(err, mail.ErrNoFolder) || mail.ScopeOf(err) != mail.ScopeFolder {
		t.Errorf("Look(absent) = %v, want %v", err, mail.ErrNoFolder)
	}
	f, err := st.Open(ctx, p)
	if err != nil {
		t.Fatal(err)
	}
	if f.Validity == 0 || f.Messages != 0 || f.Path != p {
		t.Errorf("Open = %+v", f)
	}
	var sent []string
	var waits []func() ([]mail.Stored, error)
	for b := range 6 {
		var batch []mail.Parcel
		for i := range 25 {
			n := b*25 + i
			m := message(n, strings.Repeat("line of text\r\n", n))
			sent = append(sent, m)
			batch = append(batch, parcel(n, m))
		}
		wait, err := st.Append(ctx, f, batch)
		if err != nil {
			t.Fatal(err)
		}
		waits = append(waits, wait)
	}
	byID := map[string]string{}
	var doomed []mail.Doomed
	for b, wait := range waits {
		stored, err := wait()
		if err != nil {
			t.Fatal(err)
		}
		for i, s := range stored {
			m := sent[b*25+i]
			if s.Err != nil || s.Ref.ID == "" || s.Octets != int64(len(m)) {
				t.Errorf("stored %d = %+v, want %d octets", b*25+i, s, len(m))
			}
			byID[s.Ref.ID] = m
			doomed = append(doomed, mail.Doomed{Ref: s.Ref, Octets: int64(len(m)), Sum: sha256.Sum256([]byte(m))})
		}
	}
	var refs []mail.Ref
	for m, err := range st.List(ctx, f) {
		if err != nil {
			t.Fatal(err)
		}
		if m.Octets != int64(len(byID[m.ID])) || m.Flags != mail.Seen || m.InternalDate.Year() != 2004 {
			t.Errorf("listed %+v", m)
		}
		refs = append(refs, m.Ref)
	}
	if len(refs) != len(sent) {
		t.Fatalf("listed %d, want %d", len(refs), len(sent))
	}
	described := 0
	for m, err := range st.Describe(ctx, f, refs) {
		if err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(byID[m.ID], "Message-ID: "+m.Envelope.MessageID+"\r\n") || m.Envelope.MessageID == "" {
			t.Errorf("envelope of %s: %+v", m.ID, m.Envelope)
		}
		described++
	}
	fetched := 0
	for m, err := range st.Fetch(ctx, f, refs) {
		if err != nil {
			t.Fatal(err)
		}
		var b bytes.Buffer
		if _, err := io.Copy(&b, m.Body); err != nil || b.String() != byID[m.ID] {
			t.Errorf("fetched %s: %d octets, %v", m.ID, b.Len(), err)
		}
		fetched++
	}
	if described != len(sent) || fetched != len(sent) {
		t.Errorf("described %d, fetched %d, want %d", described, fetched, len(sent))
	}
	doomed[3].Sum[0]++
	removed := 0
	for ref, err := range st.Remove(ctx, f, doomed[:100]) {
		if (err != nil) != (ref == doomed[3].Ref) || err != nil && !errors.Is(err, mail.ErrChanged) {
			t.Errorf("remove %v: %v", ref, err)
		}
		if err == nil {
			removed++
		}
	}
	now, err := st.Look(ctx, p)
	if err != nil || removed != 99 || now.Messages != len(sent)-99 {
		t.Errorf("removed %d; then %+v, %v", removed, now, err)
	}
}

func TestRealServerLogins(t *testing.T) {
	env := realServer(t)
	for n := 1; env[fmt.Sprintf("USER%d", n)] != ""; n++ {
		for _, mech := range []string{"", "plain", "login", "cram-md5", "scram-sha-256"} {
			t.Run(env[fmt.Sprintf("USER%d", n)]+" "+mech, func(t *testing.T) {
				st := realStore(t, env, n, wire.StartTLS, Options{})
				st.login.Mechanism = mech
				if _, err := st.Folders(t.Context()); err != nil {
					if mech != "" && strings.Contains(err.Error(), "not offered") {
						t.Skip(err)
					}
					t.Error(err)
				}
			})
		}
	}
	st := realStore(t, env, 1, wire.StartTLS, Options{})
	st.login.Secret = secret("wrong")
	if _, err := st.Look(t.Context(), "INBOX"); !errors.Is(err, mail.ErrAuth) || mail.Retryable(err) {
		t.Errorf("wrong password: %v", err)
	}
}
