package main

import (
	"mime"
	"net/url"
	"strconv"
	"strings"

	"mailmv/formats/mail"
	ours "mailmv/formats/mime"
	"mailmv/migrate"
)

// printer tells the user what happens and what came of it. Text and JSON are two of the same events.
type printer interface {
	event(migrate.Event) error
	report(result) error
}

// result is a report and what it is about.
type result struct {
	migrate.Report
	Command string
	DryRun  bool
	Err     error // why it is not complete
}

// printer gives that of --json or of text.
func (a *app) printer(sink place) printer {
	if a.opts.json {
		return &jsonPrinter{a: a, sink: sink.String()}
	}
	return &textPrinter{a: a}
}

// foreign makes what others wrote fit to be shown: no secret, no control.
func (a *app) foreign(s string) string { return safe(a.redact.clean(s)) }

// reasonOf says in one line why a message had its outcome.
func reasonOf(e migrate.MessageDone) string {
	if e.Err != nil {
		return oneLine(e.Err.Error())
	}
	return e.Reason
}

// messageURL names one copy in the form of RFC 5092: imaps://me@host/Work;UIDVALIDITY=7/;UID=20. A UIDL
// takes the place of the UID where the account is one of POP3.
func messageURL(account string, ref mail.Ref) string {
	var b strings.Builder
	b.WriteString(account)
	for level := range strings.SplitSeq(string(ref.Folder), "/") {
		b.WriteString("/" + url.PathEscape(level))
	}
	if ref.Validity != 0 {
		b.WriteString(";UIDVALIDITY=" + strconv.FormatUint(uint64(ref.Validity), 10))
	}
	if ref.ID != "" {
		b.WriteString("/;UID=" + url.PathEscape(ref.ID))
	}
	return b.String()
}

// subject decodes the encoded words of a header (RFC 2047) as far as they can be.
func subject(s string) string {
	if decoded, ok := ours.DecodeWords(s); ok {
		return decoded
	}
	if decoded, err := new(mime.WordDecoder).DecodeHeader(s); err == nil {
		return decoded
	}
	return s
}
