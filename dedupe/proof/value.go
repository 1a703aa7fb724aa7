package proof

import (
	"errors"
	"io"
	"mime"
	"net/mail"
	"slices"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding/ianaindex"
)

// sameFields holds two lists of fields against each other, whatever their order.
func sameFields(a, b header) refusal {
	b = slices.Clone(b)
	for _, f := range a {
		i := slices.Index(b, f) // as it stands, before anything is read into it
		if i < 0 {
			i = slices.IndexFunc(b, func(g field) bool { return g.name == f.name && sameValue(f.name, f.text, g.text) })
		}
		if i < 0 {
			return refuse("other %s", called(f))
		}
		b = slices.Delete(b, i, i+1)
	}
	if len(b) > 0 {
		return refuse("other %s", called(b[0]))
	}
	return ""
}

func called(f field) string {
	if f.name == "" {
		return "broken line in the header"
	}
	return f.name
}

// sameValue tells whether two texts of a field say the same.
func sameValue(name, a, b string) bool {
	switch name {
	case "from", "sender", "reply-to", "to", "cc", "bcc", "resent-from", "resent-sender", "resent-reply-to", "resent-to", "resent-cc", "resent-bcc":
		return sameAddresses(a, b)
	case "message-id", "in-reply-to", "references", "resent-message-id":
		return strings.Contains(a, "<") && strings.ReplaceAll(a, " ", "") == strings.ReplaceAll(b, " ", "")
	case "date", "resent-date":
		x, err := mail.ParseDate(a)
		y, err2 := mail.ParseDate(b)
		return err == nil && err2 == nil && x.Equal(y)
	case "":
		return false
	}
	return sameWords(a, b)
}

func sameAddresses(a, b string) bool {
	p := mail.AddressParser{WordDecoder: &words}
	x, err := p.ParseList(a)
	y, err2 := p.ParseList(b)
	return err == nil && err2 == nil && slices.EqualFunc(x, y, func(x, y *mail.Address) bool {
		at, at2 := strings.LastIndexByte(x.Address, '@'), strings.LastIndexByte(y.Address, '@')
		return x.Name == y.Name && whole(x.Name) && at > 0 && at2 > 0 && x.Address[:at] == y.Address[:at2] &&
			sameDomain(x.Address[at+1:], y.Address[at2+1:])
	})
}

// sameDomain compares without case, and A-labels with the names they stand for.
func sameDomain(a, b string) bool { return plainDomain(a) == plainDomain(b) }

func plainDomain(d string) string {
	labels := strings.Split(strings.ToLower(d), ".")
	for i, l := range labels {
		if code, ok := strings.CutPrefix(l, "xn--"); ok {
			if name, ok := punycode(code); ok {
				labels[i] = name
			}
		}
	}
	return strings.Join(labels, ".")
}

// punycode decodes the part of an A-label behind "xn--" (RFC 3492 §6.2).
func punycode(code string) (name string, ok bool) {
	var out []rune
	if i := strings.LastIndexByte(code, '-'); i > 0 {
		out, code = []rune(code[:i]), code[i+1:]
	}
	n, at, bias, first := 0x80, 0, 72, true
	for code != "" {
		before, weight := at, 1
		for k := 36; ; k += 36 {
			if code == "" {
				return "", false
			}
			digit := strings.IndexByte("abcdefghijklmnopqrstuvwxyz0123456789", code[0])
			code = code[1:]
			if digit < 0 || digit > (1<<31-1-at)/weight {
				return "", false
			}
			at += digit * weight
			t := min(max(k-bias, 1), 26)
			if digit < t {
				break
			}
			if weight *= 36 - t; weight > 1<<31-1 {
				return "", false
			}
		}
		bias = adapted(at-before, len(out)+1, first)
		first = false
		n += at / (len(out) + 1)
		at %= len(out) + 1
		if n > utf8.MaxRune {
			return "", false
		}
		out = slices.Insert(out, at, rune(n))
		at++
	}
	return string(out), true
}

// adapted is the bias behind a delta (RFC 3492 §6.1).
func adapted(delta, points int, first bool) int {
	delta /= 2
	if first {
		delta /= 350
	}
	delta += delta / points
	k := 0
	for ; delta > 455; k += 36 {
		delta /= 35
	}
	return k + 36*delta/(delta+38)
}

func sameWords(a, b string) bool {
	x, err := words.DecodeHeader(a)
	y, err2 := words.DecodeHeader(b)
	return err == nil && err2 == nil && x == y && whole(x)
}

// whole tells that nothing was lost in decoding.
func whole(s string) bool { return utf8.ValidString(s) && !strings.ContainsRune(s, utf8.RuneError) }

var words = mime.WordDecoder{CharsetReader: unicodeOf}

var errCharset = errors.New("charset is not known")

// unicodeOf gives text of a charset as UTF-8. What it cannot read becomes U+FFFD.
func unicodeOf(charset string, r io.Reader) (io.Reader, error) {
	if l := strings.ToLower(charset); strings.HasPrefix(l, "utf-16") || strings.HasPrefix(l, "utf-32") || strings.HasPrefix(l, "utf-7") {
		return nil, errCharset
	}
	e, err := ianaindex.MIME.Encoding(charset)
	if err != nil || e == nil {
		return nil, errCharset
	}
	return e.NewDecoder().Reader(r), nil
}
