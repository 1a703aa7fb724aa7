package imap

import (
	"errors"
	"strings"
	"testing"

	"mailmv/formats/mail"
	"mailmv/migrate/wire"
)

// TestRealServerOddMessages: whatever a server thinks of odd mail, each message has its fate, and the sound ones
// among them arrive.
func TestRealServerOddMessages(t *testing.T) {
	env := realServer(t)
	st := realStore(t, env, 1, wire.Implicit, Options{})
	f, err := st.Open(t.Context(), freshFolder())
	if err != nil {
		t.Fatal(err)
	}
	head := "From: a@example.org\r\nSubject: odd\r\n"
	odd := map[string]string{
		"bare LF": head + "\r\na\nb\r\n", "bare CR": head + "\r\na\rb\r\n", "NUL": head + "\r\na\x00b\r\n", "8-bit header": "From: a\xfc@example.org\r\n\r\nx\r\n",
		"8-bit body": head + "\r\n\xfc\xff\x80\r\n", "no header": "\r\nbody only\r\n", "line without colon": "what is this\r\n\r\nx\r\n", "From_ line": "From a@b Thu Jul  1 12:00:00 2004\r\n" + head + "\r\nx\r\n",
		"only CRLF": "\r\n", "header alone": head, "no final CRLF": head + "\r\nx", "long line": head + "\r\n" + strings.Repeat("x", 2<<20) + "\r\n", "huge header": head + "X: " + strings.Repeat("y ", 100<<10) + "\r\n\r\nx\r\n",
	}
	if env["SERVER"] != "mailutils" { // its process dies
		odd["nothing at all"] = ""
	}
	var batch []mail.Parcel
	var names []string
	for name, octets := range odd {
		batch = append(batch, parcel(len(batch), octets), parcel(len(batch)+1, message(len(batch), "sound")))
		names = append(names, name, "")
	}
	wait, err := st.Append(t.Context(), f, batch)
	if err != nil {
		t.Fatal(err)
	}
	stored, err := wait()
	if err != nil {
		t.Fatal(err)
	}
	there := 0
	for i, s := range stored {
		switch {
		case names[i] == "" && (s.Err != nil || env["UIDPLUS"] != "no" && s.Octets != batch[i].Octets):
			t.Errorf("a sound message: %+v", s)
		case s.Err != nil:
			t.Logf("%s: %v", names[i], s.Err)
			if mail.ScopeOf(s.Err) != mail.ScopeMessage {
				t.Errorf("%s: ScopeMessage wanted", names[i])
			}
		case s.Octets != batch[i].Octets:
			t.Logf("%s: %d octets of %d", names[i], s.Octets, batch[i].Octets)
		}
		if s.Err == nil {
			there++
		}
	}
	if now, err := st.Look(t.Context(), f.Path); err != nil || now.Messages != there {
		t.Errorf("%+v, %v; want %d messages", now, err, there)
	}
}

// TestRealServerQuota: an account fills up; what fits is stored, and the error says what is the matter.
func TestRealServerQuota(t *testing.T) {
	env := realServer(t)
	if !strings.Contains(env["USER2_NOTE"], "quota 64") {
		t.Skip("USER2 has no quota there")
	}
	st := realStore(t, env, 2, wire.Implicit, Options{})
	f, err := st.Open(t.Context(), freshFolder())
	if err != nil {
		t.Fatal(err)
	}
	var batch []mail.Parcel
	for i := range 40 {
		batch = append(batch, parcel(i, message(i, strings.Repeat("a line of text\r\n", 300))))
	}
	wait, err := st.Append(t.Context(), f, batch)
	if err != nil {
		t.Fatal(err)
	}
	stored, err := wait()
	if !errors.Is(err, mail.ErrQuota) || mail.ScopeOf(err) != mail.ScopeStore || mail.Retryable(err) {
		t.Errorf("got %v", err)
	}
	told := 0
	for _, s := range stored {
		if s.Ref.ID != "" {
			told++
		}
		if s.Err != nil {
			t.Errorf("refused as a message: %v", s.Err)
		}
	}
	if now, err := st.Look(t.Context(), f.Path); err != nil || now.Messages != told {
		t.Errorf("told %d, stored %+v, %v", told, now, err)
	}
}
