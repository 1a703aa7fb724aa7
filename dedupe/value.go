package dedupe

import (
	"strconv"
	"strings"

	"mailmv/formats/header"
	"mailmv/formats/mime"
)

// value is the canonical form of one field's text. The letter before the colon tells how it was read,
// so that no two readings meet by chance.
func (r *Rules) value(name, text string) string {
	switch name {
	case "from", "sender", "reply-to", "to", "cc", "bcc",
		"resent-from", "resent-sender", "resent-reply-to", "resent-to", "resent-cc", "resent-bcc":
		if list, ok := addresses(text, r.holds(lawDomains)); ok && r.holds(lawAddresses) {
			return "addresses:" + list
		}
		return "raw:" + text
	case "message-id", "in-reply-to", "references", "resent-message-id":
		if ids, ok := messageIDs(text); ok && r.holds(lawIDs) {
			return "ids:" + strings.Join(ids, " ")
		}
		return "raw:" + text
	case "date", "resent-date":
		if t, ok := header.StrictDate(text); ok && r.holds(lawDates) {
			return "date:" + strconv.FormatInt(t.Unix(), 10)
		}
		return "raw:" + text
	}
	if decoded, ok := mime.DecodeWords(text); ok && r.holds(lawWords) {
		return "text:" + decoded
	}
	return "raw:" + text
}

// messageIDs reads a list of message ids in angle brackets (RFC 5322 §3.6.4). Folding may have put
// blanks inside them; they are no part of an id.
func messageIDs(text string) (ids []string, ok bool) {
	for rest := text; ; {
		rest = strings.TrimLeft(rest, " ")
		if rest == "" {
			return ids, len(ids) > 0
		}
		end := strings.IndexByte(rest, '>')
		if rest[0] != '<' || end < 0 || strings.ContainsAny(rest[1:end], "<\"()") {
			return nil, false
		}
		ids = append(ids, strings.ReplaceAll(rest[:end+1], " ", ""))
		rest = rest[end+1:]
	}
}
