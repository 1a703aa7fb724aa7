package mail

import (
	"errors"
	"fmt"
	"strings"
	"time"
)

// Scope says how wide the damage of an error is; it alone decides what happens next.
type Scope uint8

const (
	// ScopeStore is the zero value and the widest: nothing more can be done with this connection.
	ScopeStore Scope = iota
	// ScopeFolder spoils one folder; the next may work.
	ScopeFolder
	// ScopeMessage spoils one message: it is noted and the others go on.
	ScopeMessage
)

// Sentinels for what callers branch on. They are found with errors.Is inside an *Error.
var (
	ErrAuth     = errors.New("login refused")                   // wrong secret, no common mechanism
	ErrTLS      = errors.New("TLS refused")                     // certificate, pin, no STARTTLS, PREAUTH
	ErrTooBig   = errors.New("message too big for the server")  //
	ErrNoFolder = errors.New("no such folder")                  //
	ErrQuota    = errors.New("over quota")                      // the account is full
	ErrLimit    = errors.New("server limit reached")            // throttled, too many connections, daily volume
	ErrInUse    = errors.New("in use")                          // maildrop locked, login delay
	ErrGone     = errors.New("message is no longer there")      //
	ErrCut      = errors.New("message ended early")             // fewer octets than there should be
	ErrChanged  = errors.New("message is not what was fetched") // another one under the same name: not removed
	ErrUnproven = errors.New("server does not say what it keeps")
	ErrSearch   = errors.New("search not understood") // the server's own SEARCH
)

// Error says what was done to which thing, and how wide the damage is.
type Error struct {
	Op    string // "login", "append", "fetch" ...: the field's word
	Place string // host or path, where that helps; may be empty
	Ref   Ref    // zero where no single message is meant
	Scope Scope
	// Retry: the same may succeed on a new connection. After is the least wait the server asked for.
	Retry bool
	After time.Duration
	// Hint is the way out, for people; may be empty.
	Hint string
	Err  error
}

// Error gives one line: place, operation, thing, cause.
func (e *Error) Error() string {
	var b strings.Builder
	for _, s := range []string{e.Place, string(e.Ref.Folder), e.Op} {
		if s != "" {
			b.WriteString(s)
			b.WriteString(": ")
		}
	}
	if e.Ref.ID != "" {
		fmt.Fprintf(&b, "message %q: ", e.Ref.ID)
	}
	fmt.Fprintf(&b, "%v", e.Err)
	return b.String()
}

// Unwrap gives the cause.
func (e *Error) Unwrap() error { return e.Err }

// ScopeOf tells how wide err is: ScopeStore unless an *Error in it says otherwise.
func ScopeOf(err error) Scope {
	if e := (*Error)(nil); errors.As(err, &e) {
		return e.Scope
	}
	return ScopeStore
}

// Retryable tells whether the same may succeed on a new connection.
func Retryable(err error) bool {
	e := (*Error)(nil)
	return errors.As(err, &e) && e.Retry
}
