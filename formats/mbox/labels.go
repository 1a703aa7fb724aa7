package mbox

import (
	"encoding/base64"
	"fmt"
	"hash/crc32"
	"mime"
	"slices"
	"strings"
	"unicode/utf16"

	"mailmv/formats/mail"
)

// gmail reads Takeout's labels: a list parted by commas, quoted where a name holds one, the whole of it
// perhaps an encoded-word (RFC 2047), so it is decoded first and split then. The names for state are in
// the account's language; the English ones are known, and some ("Inbox", "Important") are the same in others. All others are keywords (KeywordOf). In a file of ours the state on top
// counts alone: it holds what the labels told when the message came, and what was changed since.
func (h *harvest) gmail(v string) {
	if WriterFields(h.m.Header) > 0 {
		return
	}
	text, err := new(mime.WordDecoder).DecodeHeader(v)
	if err != nil {
		text = v
	}
	st := &h.m.State
	st.Labels = splitLabels(text)
	has := func(names ...string) bool {
		return slices.ContainsFunc(names, func(n string) bool { return slices.Contains(st.Labels, n) })
	}
	english := has("Inbox", "Sent", "Archived", "Important", "Opened", "Unread", "Starred", "Drafts")
	st.Told = st.Told || english
	switch {
	case has("Opened"):
		st.Flags |= mail.Seen
	case english && !has("Unread"):
		st.Presumed = mail.Seen
	}
	if has("Starred") {
		st.Flags |= mail.Flagged
	}
	if has("Drafts", "Draft") {
		st.Flags |= mail.Draft
	}
	for _, l := range st.Labels {
		if k := KeywordOf(l); k != "" {
			st.add(k)
		}
	}
}

// gmailsOwn are the labels that Gmail itself gives.
var gmailsOwn = []string{
	"Inbox", "Sent", "Archived", "Important", "Opened", "Unread", "Starred", "Drafts", "Draft", "Spam", "Trash", "Chat", "Chats",
	"All Mail", "Snoozed", "Scheduled", "Muted",
	"Category Personal", "Category Social", "Category Promotions", "Category Updates", "Category Forums", "Category Purchases",
	"Category Reservations", "Category Travel", "Category Finance",
}

// keywordMax is the length of the longest keyword that Dovecot takes (mail_max_keyword_length): it refuses the message with a longer one.
const keywordMax = 50

// TellsState tells of a label of Gmail that where it is, or is not, says whether a message is read or starred.
func TellsState(label string) bool {
	return label == "Unread" || label == "Opened" || label == "Starred"
}

// KeywordOf is the keyword that a label of Gmail stands for, in a form that IMAP can write (RFC 9051 §9, flag-keyword); empty
// where it is one of Gmail's own. It makes keywords of names as Thunderbird does (nsMsgTagService::AddTag): "_" for what
// cannot stand in one, and modified UTF-7 for what is not ASCII, but keeps capitals. Of a long one the end becomes a checksum,
// so that two stay two.
func KeywordOf(label string) string {
	if slices.Contains(gmailsOwn, label) {
		return ""
	}
	var b strings.Builder
	var wide []rune
	flush := func() {
		if len(wide) > 0 {
			b.WriteString(utf7(wide))
			wide = wide[:0]
		}
	}
	for _, r := range label {
		if r > '~' {
			wide = append(wide, r)
			continue
		}
		flush()
		if r <= ' ' || strings.ContainsRune(`(){%*"\],`, r) { // a comma parts keywords in X-Keywords
			r = '_'
		}
		b.WriteRune(r)
	}
	flush()
	k := b.String()
	if len(k) > keywordMax {
		sum := fmt.Sprintf("~%08x", crc32.ChecksumIEEE([]byte(label)))
		k = k[:keywordMax-len(sum)] + sum
	}
	return k
}

var base64UTF7 = base64.NewEncoding("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+,").WithPadding(base64.NoPadding)

// utf7 writes characters as modified UTF-7 does (RFC 3501 §5.1.3).
func utf7(wide []rune) string {
	var octets []byte
	for _, u := range utf16.Encode(wide) {
		octets = append(octets, byte(u>>8), byte(u))
	}
	return "&" + base64UTF7.EncodeToString(octets) + "-"
}

func splitLabels(text string) []string {
	var labels []string
	var b strings.Builder
	quoted := false
	end := func() {
		if l := strings.TrimSpace(b.String()); l != "" {
			labels = append(labels, l)
		}
		b.Reset()
	}
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case c == '"':
			quoted = !quoted
		case c == '\\' && quoted && i+1 < len(text):
			i++
			b.WriteByte(text[i])
		case c == ',' && !quoted:
			end()
		default:
			b.WriteByte(c)
		}
	}
	end()
	return labels
}

// contentType finds the boundary by which the scanner knows that a MIME part is still open (RFC 2046 §5.1.1).
func (h *harvest) contentType(v string) {
	if len(v) < len("multipart/") || !strings.EqualFold(v[:len("multipart/")], "multipart/") {
		return
	}
	if _, params, err := mime.ParseMediaType(v); err == nil && params["boundary"] != "" && len(params["boundary"]) <= 200 {
		h.m.boundary = []byte("\n--" + params["boundary"] + "--")
	}
}
