package imap

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"mailmv/formats/mail"
)

// refused says what a NO or BAD means. scope is how wide the damage is unless the server's words say
// that it is wider.
func (w *words) refused(op string, s status, scope mail.Scope) *mail.Error {
	said := w.clean(s.text)
	if more := w.aside(); more != "" && more != said {
		said = strings.TrimSpace(said + " " + more)
	}
	full := said
	if s.code != "" {
		full = "[" + w.clean(s.code) + "] " + said
	}
	e := &mail.Error{Op: op, Scope: scope, Err: fmt.Errorf("server answers %s: %q", s.kind, full)}
	with := func(cause error) { e.Err = fmt.Errorf("%w: server answers %s: %q", cause, s.kind, full) }
	big := s.code == "TOOBIG" || s.code == "LIMIT" && !isBusy("", said)
	switch {
	case op == "append" && big:
		with(mail.ErrTooBig)
	case s.code == "OVERQUOTA" || op == "append" && quotaWords().MatchString(said):
		with(mail.ErrQuota)
		e.Scope, e.Hint = mail.ScopeStore, "make room on the server or have the quota raised, then run again"
	case isBusy(s.code, said):
		with(mail.ErrLimit)
		e.Scope, e.Retry, e.After = mail.ScopeStore, true, backoff(said)
	case op == "login":
		with(mail.ErrAuth)
		e.Hint = loginHint(s.code, said)
	case op == "append" && sizeWords().MatchString(said):
		with(mail.ErrTooBig)
	case s.code == "READ-ONLY" || s.code == "NOPERM":
		e.Scope, e.Hint = mail.ScopeFolder, "the account has no right to do this here"
	}
	return e
}

// loginHint says what may be wrong where the server does not.
func loginHint(code, said string) string {
	switch {
	case code == "EXPIRED":
		return "the password has expired: set a new one at the provider"
	case strings.Contains(strings.ToLower(said), "authenticated but not connected"):
		// Exchange Online says this, and nothing more, for all of these.
		return "wrong password, a token for another scope, IMAP switched off for this account, or too many sessions"
	}
	return "check user name and password; many providers want an app password or OAuth2 here"
}

var (
	quotaWords = mail.Pattern(`(?i)\bquota\b|mailbox (is )?full|not enough (disk )?space`)
	sizeWords  = mail.Pattern(`(?i)too (big|large|long)|exceeds? .*(size|limit)|maximum .*size`)
	busyWords  = mail.Pattern(`(?i)throttl|too many|rate limit|try (again )?later|try again in|temporar|maximum number of connections|backoff time|session limit|simultaneous|bandwidth|download limit|usage limit`)
	waitMillis = mail.Pattern(`(?i)backoff time: *(\d+) *(milliseconds|ms)`)
	waitSecs   = mail.Pattern(`(?i)(?:again|retry|wait)[^0-9]{0,20}(\d{1,5}) *(?:seconds|secs?\b)`)
)

// isBusy tells whether the server only wants us to come back later.
func isBusy(code, said string) bool {
	switch code {
	case "UNAVAILABLE", "INUSE", "SERVERBUG", "THROTTLED":
		return true
	case "OVERQUOTA", "TOOBIG", "AUTHENTICATIONFAILED", "AUTHORIZATIONFAILED", "EXPIRED":
		return false
	}
	return busyWords().MatchString(said) && !sizeWords().MatchString(said)
}

// backoff reads the wait that the server asks for ("Suggested Backoff Time: 1234 milliseconds"), at most an hour.
func backoff(said string) time.Duration {
	unit, m := time.Millisecond, waitMillis().FindStringSubmatch(said)
	if m == nil {
		unit, m = time.Second, waitSecs().FindStringSubmatch(said)
	}
	if m == nil {
		return 0
	}
	n, err := strconv.ParseInt(m[1], 10, 64)
	if err != nil || n > int64(time.Hour/unit) {
		return time.Hour
	}
	return time.Duration(n) * unit
}
