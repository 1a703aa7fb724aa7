package pop3_test

import (
	"bufio"
	"crypto/sha256"
	"fmt"
	"io"
	"net"
	"strconv"
	"strings"
	"testing"

	"mailmv/formats/mail"
	"mailmv/migrate/pop3"
	"mailmv/migrate/storetest/dovecot"
	"mailmv/migrate/wire"
)

// BenchmarkFetch reads 2,000 messages of 5 KB from a real server and sums them; BenchmarkRawFetch is the floor: a
// reader that keeps the pipeline full and does nothing else.
func BenchmarkFetch(b *testing.B) {
	s, a, octets := benchDrop(b)
	b.SetBytes(octets)
	for b.Loop() {
		store := pop3.New(wire.Server{Host: s.Host, Port: s.POP3, Security: wire.None},
			wire.Login{User: a.Name, Mechanism: "plain", Secret: password(a.Password)}, pop3.Options{})
		var refs, n = benchRefs(b, store), 0
		for m, err := range store.Fetch(b.Context(), inbox, refs) {
			if err != nil {
				b.Fatal(err)
			}
			if _, err := io.Copy(sha256.New(), m.Body); err != nil {
				b.Fatal(err)
			}
			n++
		}
		if n != benchMessages {
			b.Fatal(n)
		}
		store.Close()
	}
}

const benchMessages = 2000

func BenchmarkRawFetch(b *testing.B) {
	s, a, octets := benchDrop(b)
	b.SetBytes(octets)
	for b.Loop() {
		c, err := net.Dial("tcp", net.JoinHostPort(s.Host, strconv.Itoa(s.POP3)))
		if err != nil {
			b.Fatal(err)
		}
		r := bufio.NewReaderSize(c, 256<<10)
		line := func() []byte {
			l, err := r.ReadSlice('\n')
			if err != nil && err != bufio.ErrBufferFull {
				b.Fatal(err)
			}
			return l
		}
		line()
		for _, command := range []string{"USER " + a.Name, "PASS " + a.Password, "STAT"} {
			io.WriteString(c, command+"\r\n")
			line()
		}
		go func() {
			var all strings.Builder
			for i := range benchMessages {
				fmt.Fprintf(&all, "RETR %d\r\n", i+1)
			}
			io.WriteString(c, all.String())
		}()
		for range benchMessages {
			for line(); ; {
				if l := line(); l[0] == '.' && len(l) == 3 {
					break
				}
			}
		}
		io.WriteString(c, "QUIT\r\n")
		line()
		c.Close()
	}
}

func benchDrop(b *testing.B) (*dovecot.Server, dovecot.Account, int64) {
	b.Helper()
	s := dovecot.Start(b)
	a := s.Account(b)
	var messages [][]byte
	var octets int64
	for i := range benchMessages {
		m := fmt.Appendf(nil, "Message-ID: <%d@bench>\r\nSubject: %d\r\n\r\n%s", i, i, strings.Repeat(strings.Repeat("x", 70)+"\r\n", 70))
		messages = append(messages, m)
		octets += int64(len(m))
	}
	s.Fill(b, a, messages)
	store := pop3.New(wire.Server{Host: s.Host, Port: s.POP3, Security: wire.None},
		wire.Login{User: a.Name, Secret: password(a.Password)}, pop3.Options{})
	benchRefs(b, store) // the server makes its index
	store.Close()
	return s, a, octets
}

func benchRefs(b *testing.B, s *pop3.Store) (refs []mail.Ref) {
	b.Helper()
	for m, err := range s.List(b.Context(), inbox) {
		if err != nil {
			b.Fatal(err)
		}
		refs = append(refs, m.Ref)
	}
	return refs
}
