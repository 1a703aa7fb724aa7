package main

import (
	"errors"
	"testing"

	"github.com/zalando/go-keyring"
)

func TestKeyring(t *testing.T) {
	keyring.MockInit()
	t.Setenv("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nowhere")
	account := keyringAccount(place{Proto: "imap", User: "me@old.example", Host: "mail.example.org", Port: 993})
	if want := "imap://me@old.example@mail.example.org"; account != want {
		t.Errorf("account %q, want %q", account, want)
	}
	if err := keyring.Set("mailmv", account, "kept"); err != nil {
		t.Fatal(err)
	}
	if got, err := fromKeyring(t.Context(), account); got != "kept" || err != nil {
		t.Errorf("fromKeyring = %q, %v, want kept", got, err)
	}
	if got, err := fromKeyring(t.Context(), "imap://other@h"); err == nil {
		t.Errorf("fromKeyring of another = %q, want an error", got)
	}
	keyring.MockInitWithError(errors.New("locked"))
	if got, err := fromKeyring(t.Context(), account); err == nil {
		t.Errorf("fromKeyring of a locked one = %q, want an error", got)
	}
}
