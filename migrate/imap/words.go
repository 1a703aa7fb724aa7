package imap

import (
	"strings"
	"sync"
	"unicode"

	"mailmv/migrate/wire"
)

// words keeps what a server said beside its answers: alerts, untagged NO and BAD, and the BYE. The
// library throws these away, and they are the reason that people ask for.
type words struct {
	secrets wire.Secrets // never shown, should the server echo them
	notes   func(string)

	mu    sync.Mutex
	said  string // the last untagged NO or BAD
	alert string
	bye   string
	isBye bool
}

// hear takes note of a status, tagged or not.
func (w *words) hear(s status, tagged bool) {
	if s.code != "ALERT" && (tagged || s.kind == "OK" || s.kind == "PREAUTH") {
		return
	}
	text := w.clean(s.text)
	w.mu.Lock()
	switch {
	case s.kind == "BYE":
		w.bye, w.isBye = text, true
	case s.kind == "NO" || s.kind == "BAD":
		w.said = text
	}
	if s.code == "ALERT" {
		w.alert = text
	}
	w.mu.Unlock()
	if s.code == "ALERT" && text != "" {
		w.notes("the server says: " + text)
	}
}

// goodbye gives the words of the BYE; ok where there was one.
func (w *words) goodbye() (text string, ok bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.bye, w.isBye
}

// aside gives the last alert and untagged refusal, and forgets them.
func (w *words) aside() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	s := strings.TrimSpace(w.alert + " " + w.said)
	w.alert, w.said = "", ""
	return s
}

// clean makes a server's text fit to be shown: short, in one line, without control characters and without our secret.
func (w *words) clean(text string) string {
	text = w.secrets.Redact(text)
	text = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || r == unicode.ReplacementChar {
			return -1
		}
		return r
	}, text)
	if r := []rune(text); len(r) > 300 {
		text = string(r[:300]) + "…"
	}
	return strings.TrimSpace(text)
}
