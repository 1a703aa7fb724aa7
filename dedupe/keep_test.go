package dedupe

import (
	"crypto/sha1"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"mailmv/formats/mail"
)

func day(n int) time.Time { return time.Date(2002, 8, n, 12, 0, 0, 0, time.UTC) }

// The copy that stays, and why.
func TestKeep(t *testing.T) {
	for _, c := range []struct {
		name   string
		copies []Copy
		by     Order
		best   int
		why    string
	}{
		{"nothing to choose", []Copy{{}, {}}, ByPlace, 0, "first of equals"},
		{"only one", []Copy{{}}, ByPlace, 0, "first of equals"},
		{"complete before all wishes", []Copy{{Facts: Facts{Partial: true}, Preferred: true, Flagged: true, Date: day(1)}, {Date: day(2)}}, Oldest, 1, "complete"},
		{"readable", []Copy{{Facts: Facts{Opaque: 1}, Preferred: true}, {}}, ByPlace, 1, "all of its parts can be read"},
		{"closed", []Copy{{Facts: Facts{Open: true}}, {}}, ByPlace, 1, "its closing boundary is there"},
		{"no bad lines", []Copy{{Facts: Facts{BadLines: 1}}, {}}, ByPlace, 1, "no broken lines in its header"},
		{"its signature", []Copy{{Facts: Facts{Integrity: Broken}, Preferred: true}, {Facts: Facts{Integrity: Intact}}}, First, 1, "its signature fits"},
		{"unsigned before broken", []Copy{{Facts: Facts{Integrity: Broken}}, {}}, ByPlace, 1, "its signature fits"},
		{"preferred place before --keep", []Copy{{Date: day(1)}, {Preferred: true, Date: day(2)}}, Oldest, 1, "in the place to be first"},
		{"oldest", []Copy{{Date: day(2), Filed: true}, {}, {Date: day(1)}}, Oldest, 2, "oldest"},
		{"newest", []Copy{{Date: day(1), Filed: true}, {Date: day(2)}, {}}, Newest, 1, "newest"},
		{"largest", []Copy{{Octets: 1, Filed: true}, {Octets: 2}}, Largest, 1, "largest"},
		{"smallest", []Copy{{Octets: 2, Filed: true}, {Octets: 1}}, Smallest, 1, "smallest"},
		{"flagged", []Copy{{Filed: true}, {Flagged: true}}, Flagged, 1, "flagged"},
		{"first", []Copy{{Place: 1, Filed: true}, {Place: 0}}, First, 1, "in the place named first"},
		{"no quoted From_", []Copy{{Facts: Facts{FromQuoted: 1}, Filed: true}, {Place: 1}}, ByPlace, 1, "no line quoted as a separator of mbox"},
		{"filed, then place, then oldest", []Copy{{Date: day(1)}, {Filed: true, Place: 2}, {Filed: true, Place: 1, Date: day(3)}, {Filed: true, Place: 1, Date: day(2)}}, ByPlace, 3, "filed, in the place named first, oldest"},
		{"uniform line ends", []Copy{{Facts: Facts{Mixed: true}}, {}}, ByPlace, 1, "one kind of line ends"},
		{"nearest to the wire", []Copy{{Wire: WireMbox}, {Wire: WireFile}}, ByPlace, 1, "nearest to what the server gave"},
		{"fewest additions", []Copy{{Facts: Facts{Additions: 7}}, {Facts: Facts{Additions: 1}}}, ByPlace, 1, "fewest local additions"},
		{"smallest at last", []Copy{{Octets: 2}, {Octets: 1}}, ByPlace, 1, "smallest"},
	} {
		t.Run(c.name, func(t *testing.T) {
			best, why := Keep(c.copies, c.by)
			if best != c.best || why != c.why {
				t.Errorf("Keep = %d, %q, want %d, %q", best, why, c.best, c.why)
			}
			back := slices.Clone(c.copies) // the order given decides only among equals
			slices.Reverse(back)
			if best, _ := Keep(back, c.by); len(c.copies) > 1 && c.why != "first of equals" && best != len(back)-1-c.best {
				t.Errorf("the other way round %d is kept", best)
			}
		})
	}
}

func TestParseOrder(t *testing.T) {
	for word, want := range map[string]Order{"oldest": Oldest, "newest": Newest, "largest": Largest, "smallest": Smallest, "flagged": Flagged, "first": First} {
		if got, err := ParseOrder(word); got != want || err != nil {
			t.Errorf("ParseOrder(%q) = %v, %v", word, got, err)
		}
	}
	if _, err := ParseOrder("nicest"); err == nil || !strings.Contains(err.Error(), "smallest") {
		t.Errorf("ParseOrder(nicest): %v", err)
	}
}

func factsOf(t *testing.T, msg string) Facts {
	t.Helper()
	f, err := Standard().Facts(strings.NewReader(msg))
	if err != nil {
		t.Fatal(err)
	}
	pieces, err := Standard().Facts(iotest.OneByteReader(strings.NewReader(msg)))
	if err != nil || pieces != f {
		t.Errorf("facts in pieces %+v, %v, want %+v", pieces, err, f)
	}
	return f
}

func TestFacts(t *testing.T) {
	plain := Facts{Additions: 1} // Return-Path
	with := func(set func(f *Facts)) Facts {
		f := plain
		set(&f)
		return f
	}
	for _, c := range []struct {
		name, msg string
		want      Facts
	}{
		{"ordinary", base, plain},
		{"Thunderbird", thunderbird + base, with(func(f *Facts) { f.Additions = 6 })},
		{"stub", "X-Mozilla-Status: 0400\r\n" + base, with(func(f *Facts) { f.Partial, f.Additions = true, 2 })},
		{"quoted From_", swap("From now", ">From now"), with(func(f *Facts) { f.FromQuoted = 1 })},
		{"blank before From", swap("From now", " From now"), with(func(f *Facts) { f.FromQuoted = 1 })},
		{"twice quoted", swap("From now", ">>From now"), with(func(f *Facts) { f.FromQuoted = 1 })},
		{"mixed", base + "x\n", with(func(f *Facts) { f.Mixed = true })},
		{"bad line", "no field\r\n" + base, with(func(f *Facts) { f.BadLines = 1 })},
		{"opaque", mixed("x", pdf("a", "a", 76)+"*"), with(func(f *Facts) { f.Opaque = 1 })},
		{"open", strings.TrimSuffix(mixed("x", note), "--x--\r\n"), with(func(f *Facts) { f.Open = true })},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := factsOf(t, c.msg); got != c.want {
				t.Errorf("Facts = %+v, want %+v", got, c.want)
			}
		})
	}
}

// signed is base with a DKIM-Signature over what body canonicalises to.
func signed(tags, canonical string, sha bool) string {
	sum1, sum256 := sha1.Sum([]byte(canonical)), sha256.Sum256([]byte(canonical))
	a, sum := "rsa-sha1", sum1[:]
	if sha {
		a, sum = "rsa-sha256", sum256[:]
	}
	return fmt.Sprintf("DKIM-Signature: v=1; a=%s; %s\r\n\tbh=%s; b=xxx\r\n", a, tags, base64.StdEncoding.EncodeToString(sum))
}

// The body hashes of RFC 6376 §3.4.5 and its neighbours.
func TestIntegrity(t *testing.T) {
	const sample = " C \r\nD \t E\r\n\r\n\r\n" // of RFC 6376
	hdr := "From: a@b\r\nMessage-ID: <1@b>\r\n"
	for _, c := range []struct {
		name, head, body string
		want             Integrity
	}{
		{"none", "", sample, Unsigned},
		{"simple", signed("c=simple/simple;", " C \r\nD \t E\r\n", true), sample, Intact},
		{"simple is the default", signed("", " C \r\nD \t E\r\n", true), sample, Intact},
		{"simple is the default of the body", signed("c=relaxed;", " C \r\nD \t E\r\n", true), sample, Intact},
		{"relaxed", signed("c=simple/relaxed;", " C\r\nD E\r\n", true), sample, Intact},
		{"sha1", signed("c=simple/relaxed;", " C\r\nD E\r\n", false), sample, Intact},
		{"LF", signed("c=simple/relaxed;", " C\r\nD E\r\n", true), strings.ReplaceAll(sample, "\r\n", "\n"), Intact},
		{"no last line end", signed("c=simple/relaxed;", " C\r\nD E\r\n", true), " C \r\nD \t E", Intact},
		{"empty, simple", signed("c=simple/simple;", "\r\n", true), "", Intact},
		{"empty lines, simple", signed("c=simple/simple;", "\r\n", true), "\r\n\r\n", Intact},
		{"empty, relaxed", signed("c=simple/relaxed;", "", true), "", Intact},
		{"blank lines, relaxed", signed("c=simple/relaxed;", "", true), "  \r\n\t\r\n", Intact},
		{"bare CR", signed("c=simple/simple;", "a\rb\r\n", true), "a\rb\r\n", Intact},
		{"length", signed("c=simple/simple; l=3;", " C ", true), sample + "footer", Intact},
		{"length of nothing", signed("c=simple/simple; l=0;", "", true), sample, Intact},
		{"length beyond the end", signed("c=simple/simple; l=99;", " C \r\nD \t E\r\n", true), sample, Broken},
		{"changed", signed("c=simple/simple;", " C \r\nD \t E\r\n", true), sample + "x", Broken},
		{"a quoted line", signed("c=simple/relaxed;", "From x\r\n", true), ">From x\r\n", Broken},
		{"one of two", signed("c=simple/simple;", "other", true) + signed("c=simple/simple;", " C \r\nD \t E\r\n", true), sample, Intact},
		{"unknown sum", strings.Replace(signed("", "x", true), "sha256", "sha9", 1), sample, Unsigned},
		{"no base64", strings.Replace(signed("", "x", true), "bh=", "bh=*", 1), sample, Unsigned},
		{"bad length", signed("l=-1;", "x", true), sample, Unsigned},
		{"folded sum", strings.Replace(signed("c=simple/simple;", " C \r\nD \t E\r\n", true), "=; b", "\r\n =; b", 1), sample, Intact},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := factsOf(t, c.head+hdr+"\r\n"+c.body).Integrity; got != c.want {
				t.Errorf("Integrity = %d, want %d", got, c.want)
			}
		})
	}
}

// 57: of two copies the one whose body has the sum in its signature is kept, wherever the user wants the other.
func TestKeepsTheSigned(t *testing.T) {
	good := signed("c=simple/simple;", strings.SplitN(base, "\r\n\r\n", 2)[1], true) + base
	bad := strings.Replace(good, "From now", ">From now", 1)
	if v := compare(t, good, bad); v.Kind != Same {
		t.Fatalf("verdict %v", v)
	}
	if best, why := Keep([]Copy{{Facts: factsOf(t, bad), Preferred: true, Filed: true}, {Facts: factsOf(t, good), Place: 1}}, Oldest); best != 1 || why != "its signature fits" {
		t.Errorf("Keep = %d, %s", best, why)
	}
}

func TestUnite(t *testing.T) {
	for _, c := range []struct {
		name   string
		states []CopyState
		want   CopyState
		notes  int
	}{
		{"nothing", nil, CopyState{}, 0},
		{"any", []CopyState{{Flags: mail.Seen}, {Flags: mail.Answered | mail.Flagged}, {Keywords: []string{"$MDNSent"}}},
			CopyState{Flags: mail.Seen | mail.Answered | mail.Flagged, Keywords: []string{"$MDNSent"}}, 0},
		{"draft of all only", []CopyState{{Flags: mail.Draft}, {Flags: mail.Draft | mail.Seen}}, CopyState{Flags: mail.Draft | mail.Seen}, 0},
		{"draft of one", []CopyState{{Flags: mail.Draft}, {}}, CopyState{}, 0},
		{"deleted of all only", []CopyState{{Flags: mail.Deleted}, {Flags: mail.Deleted}}, CopyState{Flags: mail.Deleted}, 0},
		{"deleted of one", []CopyState{{Flags: mail.Deleted | mail.Seen}, {}}, CopyState{Flags: mail.Seen}, 0},
		{"junk and not", []CopyState{{Keywords: []string{"Junk", "a"}}, {Keywords: []string{"NonJunk"}}}, CopyState{Keywords: []string{"a"}}, 1},
		{"junk", []CopyState{{Keywords: []string{"junk"}}, {Keywords: []string{"$Junk"}}}, CopyState{Keywords: []string{"$Junk"}}, 0},
		{"words", []CopyState{{Keywords: []string{"b", "Forwarded"}, Labels: []string{"Work"}}, {Keywords: []string{"B", "a"}, Labels: []string{"Home", "work"}}},
			CopyState{Keywords: []string{"$Forwarded", "a", "b"}, Labels: []string{"Home", "Work"}}, 0},
		{"UIDLs", []CopyState{{UIDLs: []string{"b"}}, {UIDLs: []string{"B", "b"}}}, CopyState{UIDLs: []string{"B", "b"}}, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, notes := Unite(c.states)
			if fmt.Sprint(got) != fmt.Sprint(c.want) || len(notes) != c.notes {
				t.Errorf("Unite = %v, %q, want %v", got, notes, c.want)
			}
		})
	}
}

func TestHeaderState(t *testing.T) {
	for _, c := range []struct {
		name, head string
		want       CopyState
	}{
		{"none", "", CopyState{}},
		{"mbox", "Status: RO\r\nX-Status: AFT\r\nX-Keywords: a, b\r\n", CopyState{Flags: mail.Seen | mail.Answered | mail.Flagged | mail.Draft, Keywords: []string{"a", "b"}}},
		{"unread", "Status: O\r\nX-Status: D\r\n", CopyState{Flags: mail.Deleted}},
		{"Thunderbird", "X-UIDL: 17\r\nX-Mozilla-Status: 1007\r\nX-Mozilla-Status2: 00800000\r\nX-Mozilla-Keys: nonjunk $label1    \r\n",
			CopyState{Flags: mail.Seen | mail.Answered | mail.Flagged, Keywords: []string{"$Forwarded", "$label1", "$MDNSent", "$NotJunk"}, UIDLs: []string{"17"}}},
		{"Evolution", "X-Evolution: 00000a2b-0011\r\n", CopyState{Flags: mail.Seen | mail.Answered}},
		{"Evolution, junk", "X-Evolution: 00000a2b-0090\r\n", CopyState{Flags: mail.Seen, Keywords: []string{"$Junk"}}},
		{"Takeout", "X-Gmail-Labels: =?UTF-8?Q?Posteingang,Ge=C3=B6ffnet,\"a_b\"?=\r\nX-Label: mutt's\r\n", CopyState{Labels: []string{"a b", "Geöffnet", "mutt's", "Posteingang"}}},
		{"nonsense", "X-Mozilla-Status: zz\r\nX-Evolution: -\r\nX-UIDL:\r\n", CopyState{}},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := HeaderState(strings.NewReader(c.head + "Subject: x\r\n\r\nStatus: R\r\n"))
			if err != nil || fmt.Sprint(got) != fmt.Sprint(c.want) {
				t.Errorf("HeaderState = %v, %v, want %v", got, err, c.want)
			}
		})
	}
}
