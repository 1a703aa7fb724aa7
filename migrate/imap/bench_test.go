package imap

import (
	"bytes"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"mailmv/formats/mail"
	"mailmv/migrate/wire"
)

// octets is a Body.
type octets []byte

func (b octets) WriteTo(w io.Writer) (int64, error) {
	n, err := w.Write(b)
	return int64(n), err
}

// benchStore opens the account that the environment names: MAILMV_BENCH_IMAP=HOST:PORT, MAILMV_BENCH_USER, MAILMV_BENCH_PASS.
func benchStore(b *testing.B, o Options) *Store {
	b.Helper()
	address := os.Getenv("MAILMV_BENCH_IMAP")
	if address == "" {
		b.Skip("needs a server: set MAILMV_BENCH_IMAP=HOST:PORT, MAILMV_BENCH_USER and MAILMV_BENCH_PASS")
	}
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		b.Fatal(err)
	}
	n, _ := strconv.Atoi(port)
	st := New(wire.Server{Host: host, Port: n, Security: wire.None},
		wire.Login{User: os.Getenv("MAILMV_BENCH_USER"), Secret: secret(os.Getenv("MAILMV_BENCH_PASS"))}, o)
	b.Cleanup(func() { st.Close() })
	return st
}

// benchMail reads the messages of the Maildir MAILMV_BENCH_MAIL, or makes 4 KB ones.
func benchMail(b *testing.B) [][]byte {
	b.Helper()
	var all [][]byte
	files, _ := filepath.Glob(filepath.Join(os.Getenv("MAILMV_BENCH_MAIL"), "cur", "*"))
	for _, f := range files {
		m, err := os.ReadFile(f)
		if err != nil {
			b.Fatal(err)
		}
		all = append(all, bytes.ReplaceAll(m, []byte("\n"), []byte("\r\n")))
	}
	for i := len(all); i < 2000 && len(files) == 0; i++ {
		all = append(all, []byte(message(i, string(bytes.Repeat([]byte("sixty-four octets of text, the last two of which end the line.\r\n"), 60)))))
	}
	return all
}

// BenchmarkAppend stores mail from memory, on 1 and 2 uploading connections.
func BenchmarkAppend(b *testing.B) {
	all := benchMail(b)
	for _, connections := range []int{2, 3} {
		b.Run(fmt.Sprintf("connections=%d", connections), func(b *testing.B) {
			st := benchStore(b, Options{Connections: connections})
			for b.Loop() {
				start := time.Now()
				total := storeAll(b, st, all)
				b.ReportMetric(float64(len(all))/time.Since(start).Seconds(), "msg/s")
				b.SetBytes(total)
			}
		})
	}
}

// storeAll sends all in batches as the engine would.
func storeAll(b *testing.B, st *Store, all [][]byte) int64 {
	b.Helper()
	f, err := st.Open(b.Context(), freshFolder())
	if err != nil {
		b.Fatal(err)
	}
	l := st.Limits()
	waits := make(chan func() ([]mail.Stored, error), l.InFlight)
	done := make(chan error)
	go func() {
		var first error
		for wait := range waits {
			stored, err := wait()
			for _, s := range stored {
				if err == nil && (s.Err != nil || s.Ref.ID == "" || s.Octets < 0) {
					err = fmt.Errorf("%+v", s)
				}
			}
			if first == nil {
				first = err
			}
		}
		done <- first
	}()
	var total int64
	var batch []mail.Parcel
	var size int64
	send := func() {
		wait, err := st.Append(b.Context(), f, batch)
		if err != nil {
			b.Fatal(err)
		}
		waits <- wait
		batch, size = nil, 0
	}
	for i, m := range all {
		batch = append(batch, mail.Parcel{Message: mail.Message{Ref: mail.Ref{ID: strconv.Itoa(i)}, Octets: int64(len(m)),
			InternalDate: time.Unix(1_420_070_400, 0), Flags: mail.Seen}, Body: octets(m)})
		total += int64(len(m))
		if size += int64(len(m)); len(batch) == l.BatchMessages || size >= l.BatchOctets {
			send()
		}
	}
	if len(batch) > 0 {
		send()
	}
	close(waits)
	if err := <-done; err != nil {
		b.Fatal(err)
	}
	return total
}

// BenchmarkFetch reads all of INBOX into nothing.
func BenchmarkFetch(b *testing.B) {
	st := benchStore(b, Options{})
	f := mail.Folder{Path: mail.Inbox}
	var refs []mail.Ref
	for m, err := range st.List(b.Context(), f) {
		if err != nil {
			b.Fatal(err)
		}
		refs = append(refs, m.Ref)
	}
	for b.Loop() {
		start := time.Now()
		var total int64
		for m, err := range st.Fetch(b.Context(), f, refs) {
			if err != nil {
				b.Fatal(err)
			}
			n, err := io.Copy(io.Discard, m.Body)
			if err != nil {
				b.Fatal(err)
			}
			total += n
		}
		b.SetBytes(total)
		b.ReportMetric(float64(len(refs))/time.Since(start).Seconds(), "msg/s")
	}
}

// BenchmarkList lists INBOX.
func BenchmarkList(b *testing.B) {
	st := benchStore(b, Options{})
	for b.Loop() {
		n, start := 0, time.Now()
		for _, err := range st.List(b.Context(), mail.Folder{Path: mail.Inbox}) {
			if err != nil {
				b.Fatal(err)
			}
			n++
		}
		b.ReportMetric(float64(n)/time.Since(start).Seconds(), "msg/s")
	}
}
