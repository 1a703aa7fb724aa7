package mbox

import (
	"mime"
	"slices"
	"strings"

	"mailmv/formats/mail"
)

// gmail reads Takeout's labels: a list parted by commas, quoted where a name holds one, the whole of it
// perhaps an encoded-word (RFC 2047), so it is decoded first and split then. The names for state are in
// the account's language; the English ones are known.
func (h *harvest) gmail(v string) {
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
	if has("Opened") || english && !has("Unread") {
		st.Flags |= mail.Seen
	}
	if has("Starred") {
		st.Flags |= mail.Flagged
	}
	if has("Drafts", "Draft") {
		st.Flags |= mail.Draft
	}
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
