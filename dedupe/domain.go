package dedupe

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// canonicalDomain is the domain in lower case, each label that is not ASCII as an A-label (RFC 5890 §2.3.2.1).
func canonicalDomain(d string) (string, bool) {
	d = strings.ToLower(d)
	if isASCII(d) {
		return d, true
	}
	labels := strings.Split(d, ".")
	for i, l := range labels {
		if isASCII(l) {
			continue
		}
		if len(l) > 63*utf8.UTFMax {
			return "", false
		}
		for _, r := range l {
			if !unicode.IsLetter(r) && !unicode.IsDigit(r) && r != '-' {
				return "", false // a sign that mapping could change: no guess
			}
		}
		labels[i] = "xn--" + punycode([]rune(l))
	}
	return strings.Join(labels, "."), true
}

func isASCII(s string) bool {
	return strings.IndexFunc(s, func(r rune) bool { return r >= 0x80 }) < 0
}

// The parameters of punycode (RFC 3492 §5).
const (
	radix, tmin, tmax  = 36, 1, 26
	skew, damp         = 38, 700
	firstBias, firstUp = 72, 0x80
)

// punycode encodes one label (RFC 3492 §6.3).
func punycode(in []rune) string {
	var out []byte
	for _, r := range in {
		if r < 0x80 {
			out = append(out, byte(r))
		}
	}
	basic := len(out)
	if basic > 0 {
		out = append(out, '-')
	}
	n, delta, bias := rune(firstUp), 0, firstBias
	for done := basic; done < len(in); n++ {
		m := leastFrom(in, n)
		delta += int(m-n) * (done + 1)
		n = m
		for _, r := range in {
			switch {
			case r < n:
				delta++
			case r == n:
				out = appendNumber(out, delta, bias)
				bias = adapt(delta, done+1, done == basic)
				delta = 0
				done++
			}
		}
		delta++
	}
	return string(out)
}

// leastFrom is the smallest rune that is not below n; there is one.
func leastFrom(in []rune, n rune) rune {
	least := rune(unicode.MaxRune)
	for _, r := range in {
		if r >= n {
			least = min(least, r)
		}
	}
	return least
}

// appendNumber writes q as a generalized variable-length integer (RFC 3492 §3.3).
func appendNumber(out []byte, q, bias int) []byte {
	const digits = "abcdefghijklmnopqrstuvwxyz0123456789"
	for k := radix; ; k += radix {
		t := min(max(k-bias, tmin), tmax)
		if q < t {
			return append(out, digits[q])
		}
		out = append(out, digits[t+(q-t)%(radix-t)])
		q = (q - t) / (radix - t)
	}
}

// adapt is RFC 3492 §6.1.
func adapt(delta, points int, first bool) int {
	if first {
		delta /= damp
	} else {
		delta /= 2
	}
	delta += delta / points
	k := 0
	for ; delta > (radix-tmin)*tmax/2; k += radix {
		delta /= radix - tmin
	}
	return k + (radix-tmin+1)*delta/(delta+skew)
}
