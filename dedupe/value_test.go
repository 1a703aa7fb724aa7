package dedupe

import "testing"

func TestAddresses(t *testing.T) {
	for _, c := range []struct {
		name, a, b string
		same       bool
	}{
		{"quotes", `"Alice Liddell" <a@example.org>`, `Alice Liddell <a@example.org>`, true},
		{"escapes", `"Alice \"A\" L" <a@example.org>`, `"Alice "A" L" <a@example.org>`, false},
		{"no blank", `Alice<a@example.org>`, `Alice <a@example.org>`, true},
		{"encoded name", `=?utf-8?q?J=C3=BCrgen?= M <a@b.c>`, `Jürgen M <a@b.c>`, true},
		{"encoded name in two words", `=?utf-8?q?J=C3=BC?= =?utf-8?b?cmdlbg==?= <a@b.c>`, `Jürgen <a@b.c>`, true},
		{"quoted, not encoded", `"=?utf-8?q?J=C3=BCrgen?=" <a@b.c>`, `Jürgen <a@b.c>`, false},
		{"case of the domain", "a@Example.ORG, b@c.d", "a@example.org,b@c.d", true},
		{"case of the local part", "A@example.org", "a@example.org", false},
		{"A-label", "a@bücher.example", "a@xn--bcher-kva.example", true},
		{"A-label of another", "a@bucher.example", "a@xn--bcher-kva.example", false},
		{"order", "a@b.c, d@e.f", "d@e.f, a@b.c", false},
		{"bare and bracketed", "a@b.c", "<a@b.c>", true},
		{"comment as name", "a@b.c (Alice)", "Alice <a@b.c>", false},
		{"bare name", "me", "me@isp.example", false},
		{"group", "team: a@b.c, d@e.f;", "a@b.c, d@e.f", false},
		{"literal", "a@[192.0.2.1]", "a@192.0.2.1", false},
		{"name moved over the comma", `"a, b" <c@d.e>`, `a, b <c@d.e>`, false},
		{"quote in a name", `"x\" <a@b.c>, \"y" <d@e.f>`, `"x" <a@b.c>, "y" <d@e.f>`, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			a, b := Standard().value("to", c.a), Standard().value("to", c.b)
			if (a == b) != c.same {
				t.Errorf("%q is %q, %q is %q: same is not %v", c.a, a, c.b, b, c.same)
			}
		})
	}
	for _, bad := range []string{"", "a@", "@b", "<a@b.c", "a@b.c>", "<@x,@y:a@b.c>", "a@b.c d@e.f", "\xe4@b.c", `"a <b@c.d>`, "(x) a@b.c", "a@b@c", "a@b.c,", "x:;"} {
		if list, ok := addresses(bad, true); ok {
			t.Errorf("addresses(%q) = %q, want none", bad, list)
		}
	}
}

func TestValue(t *testing.T) {
	for _, c := range []struct {
		name, a, b string
		same       bool
	}{
		{"date", "Thu, 22 Aug 2002 08:00:00 GMT", "22 Aug 2002 10:00:00 +0200", true},
		{"date", "Thu, 22 Aug 2002 08:00:00 GMT", "22 Aug 2002 08:00:01 GMT", false},
		{"date", "yesterday evening", "yesterday evening", true},
		{"date", "Thu, 22 Aug 2002 08:00:00", "Thu, 22 Aug 2002 08:00:00 GMT", false},
		{"message-id", "<a@b>", "<a @b>", true},
		{"references", "<a@b><c@d>", "<a@b> <c@d>", true},
		{"references", "<a@b> <c@d>", "<c@d> <a@b>", false},
		{"message-id", "a@b", "<a@b>", false},
		{"subject", "Grüße", "=?iso-8859-1?q?Gr=FC=DFe?=", true},
		{"subject", "Gr\xfc\xdfe", "Grüße", false},
		{"subject", "Gr\xfc\xdfe", "Gr??e", false},
		{"subject", "Re: x", "x", false},
	} {
		if a, b := Standard().value(c.name, c.a), Standard().value(c.name, c.b); (a == b) != c.same {
			t.Errorf("%s %q is %q, %q is %q: same is not %v", c.name, c.a, a, c.b, b, c.same)
		}
	}
}

// The samples of RFC 3492 §7.1 and domains in use.
func TestPunycode(t *testing.T) {
	for in, want := range map[string]string{
		"bücher": "bcher-kva", "ليهمابتكلموشعربي؟": "egbpdaj6bu4bxfgehfvwxn", "他们为什么不说中文": "ihqwcrb4cv8a8dqg056pqjye",
		"почемужеонинеговорятпорусски": "b1abfaaepdrnnbgefbadotcwatmq2g4l", "そのスピードで": "d9juau41awczczp", "faß": "fa-hia",
	} {
		if got := punycode([]rune(in)); got != want {
			t.Errorf("punycode(%q) = %q, want %q", in, got, want)
		}
	}
}
