package serve

import (
	"encoding/base64"
	"fmt"
	"math/rand/v2"
	"strings"
	"time"
)

// Samples makes n messages of varied kinds, the same for the same seed: plain and multipart, with attachments
// up to 300 KB, 8-bit, without Message-ID, two with one Message-ID, the same message twice, dots and
// "From " at the start of lines, long lines, bare CR, empty bodies, odd and missing dates. Each ends in CRLF
// and holds no bare LF, no CR before CRLF and no NUL, so that a good server keeps it as it is.
func Samples(n int, seed uint64) [][]byte {
	s := &sampler{r: rand.New(rand.NewPCG(seed, 1))}
	all := make([][]byte, 0, n)
	for i := range n {
		s.i = i
		var m []byte
		switch kind := i % 40; {
		case kind < len(oddKinds):
			m = []byte(oddKinds[kind](s))
		case kind == 30:
			m = all[i-1] // an honest twin
		case kind == 31:
			m = []byte(s.header("Message-ID: "+s.lastID) + s.words(60)) // another message under the same Message-ID
		case kind%5 == 0:
			m = []byte(s.multipart(2_000 + s.r.IntN(20_000)))
		default:
			m = []byte(s.header(s.id()) + s.words(40+s.r.IntN(600)))
		}
		all = append(all, m)
	}
	return all
}

type sampler struct {
	r      *rand.Rand
	i      int
	lastID string
}

// oddKinds come at the beginning of every forty.
var oddKinds = []func(s *sampler) string{
	func(s *sampler) string { return s.header(s.id()) + s.words(120) },
	func(s *sampler) string { return s.multipart(300_000) },
	func(s *sampler) string { // no Message-ID, as old programs sent it
		return s.header() + s.words(80)
	},
	func(s *sampler) string { // 8-bit text, header and all
		return s.header(s.id(), "Subject: Gr\xfc\xdfe aus K\xf6ln", "Content-Type: text/plain; charset=iso-8859-1",
			"Content-Transfer-Encoding: 8bit") + "Sch\xf6ne Gr\xfc\xdfe\r\n" + s.words(30)
	},
	func(s *sampler) string { // UTF-8 without a word about it
		return s.header(s.id()) + "Приве́т, 世界 🙂\r\n" + s.words(30)
	},
	func(s *sampler) string { // what POP3 must stuff
		return s.header(s.id()) + ".\r\n..\r\n.hidden\r\n" + s.words(10) + ".\r\n"
	},
	func(s *sampler) string { // what mbox must quote
		return s.header(s.id()) + "From the beginning\r\n>From quoted once\r\n>>From quoted twice\r\n\r\nFrom me\r\n"
	},
	func(s *sampler) string { // longer than the 998 octets of RFC 5322 §2.1.1, longer than most buffers
		return s.header(s.id()) + strings.Repeat("long line ", 7_000) + "\r\n" + s.words(5)
	},
	func(s *sampler) string { // bare CR
		return s.header(s.id()) + "progress 10%\rprogress 50%\rprogress 100%\r\n\r\rend\r\n"
	},
	func(s *sampler) string { return s.header(s.id()) }, // empty body
	func(s *sampler) string { // no header to speak of
		return "\r\nonly a body\r\n" + s.words(12)
	},
	func(s *sampler) string { // a date without sense, and a Received that has it
		return s.dated("Date: Thu, 32 Foo 1999 25:61:61 +9999") + s.words(20)
	},
	func(s *sampler) string { // before the epoch
		return s.dated("Date: Mon, 04 Jan 1960 10:00:00 +0000") + s.words(20)
	},
	func(s *sampler) string { // RFC 822 had years of two digits and zones of letters
		return s.dated("Date: 14 Mar 94 09:15 EST") + s.words(20)
	},
	func(s *sampler) string { // no date anywhere
		return "From: nobody@sample.example\r\nSubject: undated\r\n" + s.id() + "\r\n\r\n" + s.words(20)
	},
	func(s *sampler) string { // folded and repeated header lines
		return s.header(s.id(), "Subject: a subject that goes on\r\n\tand on\r\n  and on", "Subject: a second one",
			"X-Empty:", "X-Blank: ") + s.words(25)
	},
	func(s *sampler) string { // a message within a message
		return s.header(s.id(), "MIME-Version: 1.0", "Content-Type: message/rfc822") + s.header("Message-ID: <inner@sample.example>") + s.words(50)
	},
}

var people = []string{"Ada", "Grace", "Alan", "Edsger", "Barbara", "Donald", "Radia", "Jon", "Margaret", "Ken"}

var vocabulary = strings.Fields(`the old letters of years ago lie on many machines and nobody knows which of them has what
	report invoice meeting holiday photo garden train ticket answer question thanks regards tomorrow yesterday please find attached`)

func (s *sampler) date() time.Time {
	start := time.Date(2003, 1, 2, 8, 0, 0, 0, time.UTC)
	zone := time.FixedZone("", (s.r.IntN(25)-12)*3600)
	return start.Add(time.Duration(s.i)*26*time.Hour + time.Duration(s.r.IntN(3600*20))*time.Second).In(zone)
}

func (s *sampler) id() string {
	s.lastID = fmt.Sprintf("<%d.%x@sample.example>", s.i, s.r.Uint64())
	return "Message-ID: " + s.lastID
}

// header is an ordinary header with these lines in it and the blank line behind it.
func (s *sampler) header(lines ...string) string {
	at := s.date()
	from := people[s.r.IntN(len(people))]
	to := people[s.r.IntN(len(people))]
	var b strings.Builder
	if s.r.IntN(4) > 0 {
		fmt.Fprintf(&b, "Received: from relay.sample.example (relay.sample.example [192.0.2.7])\r\n\tby mail.sample.example with ESMTP id %x\r\n\tfor <me@sample.example>; %s\r\n",
			s.r.Uint32(), at.Add(7*time.Second).Format(time.RFC1123Z))
	}
	fmt.Fprintf(&b, "From: %s <%s@sample.example>\r\nTo: %s <me@sample.example>\r\nDate: %s\r\n",
		from, strings.ToLower(from), to, at.Format(time.RFC1123Z))
	text := strings.Join(lines, "\r\n")
	if !strings.Contains(text, "Subject:") {
		fmt.Fprintf(&b, "Subject: %s\r\n", strings.TrimSpace(s.line(4)))
	}
	if text != "" {
		b.WriteString(text + "\r\n")
	}
	b.WriteString("\r\n")
	return b.String()
}

// dated is a header with this Date line and a Received line that has a good date.
func (s *sampler) dated(date string) string {
	return fmt.Sprintf("Received: by mail.sample.example; %s\r\nFrom: odd@sample.example\r\n%s\r\nSubject: odd date\r\n%s\r\n\r\n",
		s.date().Format(time.RFC1123Z), date, s.id())
}

func (s *sampler) line(words int) string {
	var b strings.Builder
	for range words {
		b.WriteString(vocabulary[s.r.IntN(len(vocabulary))] + " ")
	}
	return b.String()
}

// words is text in lines of about ten words.
func (s *sampler) words(n int) string {
	var b strings.Builder
	for ; n > 0; n -= 10 {
		b.WriteString(s.line(min(n, 10)) + "\r\n")
	}
	return b.String()
}

// multipart is a message with a text and an attachment of about so many octets once encoded.
func (s *sampler) multipart(octets int) string {
	file := make([]byte, octets*3/4)
	for i := range file {
		file[i] = byte(s.r.Uint32())
	}
	var b strings.Builder
	b.WriteString(s.header(s.id(), "MIME-Version: 1.0", `Content-Type: multipart/mixed; boundary="=_part"`))
	b.WriteString("--=_part\r\nContent-Type: text/plain; charset=us-ascii\r\n\r\n" + s.words(40))
	fmt.Fprintf(&b, "--=_part\r\nContent-Type: image/jpeg; name=\"photo-%d.jpg\"\r\nContent-Transfer-Encoding: base64\r\n\r\n", s.i)
	for text := base64.StdEncoding.EncodeToString(file); text != ""; {
		n := min(76, len(text))
		b.WriteString(text[:n] + "\r\n")
		text = text[n:]
	}
	b.WriteString("--=_part--\r\n")
	return b.String()
}
