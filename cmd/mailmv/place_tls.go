package main

import (
	"crypto/x509"
	"encoding/hex"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"mailmv/migrate/wire"
)

func (p *place) setTLS(value string) error {
	switch value {
	case "implicit":
		p.Security = wire.Implicit
	case "starttls":
		p.Security = wire.StartTLS
	case "none":
		p.Security = wire.None
	default:
		return usagef("write tls=implicit, tls=starttls or tls=none", "tls=%s is not known", safe(value))
	}
	return nil
}

// setPin takes "sha256:HEX", the hex digits in either case and maybe with colons as openssl prints them.
func (p *place) setPin(value string) error {
	kind, digits, _ := strings.Cut(value, ":")
	digits = strings.ToLower(strings.ReplaceAll(digits, ":", ""))
	sum, err := hex.DecodeString(digits)
	if !strings.EqualFold(kind, "sha256") || err != nil || len(sum) != 32 {
		return usagef("write pin=sha256: and 64 hex digits, the SHA-256 of the server key's SubjectPublicKeyInfo", "the pin is not sha256: and 64 hex digits")
	}
	p.Pin = "sha256:" + digits
	return nil
}

var mechanisms = []string{"plain", "login", "cram-md5", "scram-sha-256", "xoauth2", "oauthbearer", "apop"}

func (p *place) setAuth(value string) error {
	p.Auth = strings.ToLower(value)
	if !slices.Contains(mechanisms, p.Auth) {
		return usagef("the known ones are "+strings.Join(mechanisms, ", "), "auth=%s is not known", safe(value))
	}
	return nil
}

// checkCA refuses a file without certificates before anything is connected to.
func checkCA(file string) error {
	if file == "" {
		return nil
	}
	pem, err := os.ReadFile(file)
	if err != nil {
		return usagef("give the file of the root certificate", "ca: %v", err)
	}
	if !x509.NewCertPool().AppendCertsFromPEM(pem) {
		return usagef("it should hold -----BEGIN CERTIFICATE----- blocks", "ca: %s holds no PEM certificate", safe(file))
	}
	return nil
}

// homePath follows "~/", which the shell leaves alone inside a word.
func homePath(path string) string {
	if rest, ok := strings.CutPrefix(path, "~/"); ok {
		if home, err := os.UserHomeDir(); err == nil {
			return filepath.Join(home, rest)
		}
	}
	return path
}
