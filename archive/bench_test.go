package archive

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"testing"

	"mailmv/formats/mail"
)

// BenchmarkAppend measures durable delivery beside the bare calls that it cannot do without: per message one file
// made, written and synced, in groups; per group one sync of the folder.
func BenchmarkAppend(b *testing.B) {
	text := append([]byte("Subject: x\r\n\r\n"), bytes.Repeat([]byte("0123456789012345678901234567890123456789012345678901234567890123456789\r\n"), 70)...)
	const batch = 250
	b.Run("archive", func(b *testing.B) {
		root := b.TempDir()
		a := create(b, root, Options{})
		f, err := a.Open(b.Context(), mail.Inbox)
		if err != nil {
			b.Fatal(err)
		}
		b.ResetTimer()
		waits := make(chan func() ([]mail.Stored, error), 1)
		done := make(chan error)
		go func() {
			var first error
			for wait := range waits {
				if _, err := wait(); err != nil && first == nil {
					first = err
				}
			}
			done <- first
		}()
		for n := 0; n < b.N; n += batch {
			letters := make([][]byte, min(batch, b.N-n))
			for i := range letters {
				letters[i] = text
			}
			wait, err := a.Append(b.Context(), f, parcelsOf(letters...))
			if err != nil {
				b.Fatal(err)
			}
			waits <- wait
		}
		close(waits)
		if err := <-done; err != nil {
			b.Fatal(err)
		}
		b.StopTimer()
		close_(b, a)
	})
	for _, group := range []int{1, 100} {
		b.Run(fmt.Sprint("limit-", group), func(b *testing.B) {
			dir := b.TempDir()
			plain := bytes.ReplaceAll(text, []byte("\r\n"), []byte("\n"))
			b.ResetTimer()
			for n := 0; n < b.N; n += group {
				limitGroup(b, dir, n, min(group, b.N-n), plain)
			}
		})
	}
}

func limitGroup(b *testing.B, dir string, from, n int, text []byte) {
	files := make([]*os.File, n)
	for i := range files {
		f, err := os.OpenFile(filepath.Join(dir, fmt.Sprint(from+i)), os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
		if err == nil {
			_, err = f.Write(text)
		}
		if err != nil {
			b.Fatal(err)
		}
		startWriting(f)
		files[i] = f
	}
	for _, f := range files {
		if err := f.Sync(); err != nil {
			b.Fatal(err)
		}
		f.Close()
	}
}

// BenchmarkFetch reads messages of 5 KB, verified, beside reading their files.
func BenchmarkFetch(b *testing.B) {
	text := append([]byte("Subject: x\r\n\r\n"), bytes.Repeat([]byte("0123456789012345678901234567890123456789012345678901234567890123456789\r\n"), 70)...)
	root := b.TempDir()
	a := create(b, root, Options{})
	const n = 2000
	for at := 0; at < n; at += 500 {
		put(b, a, mail.Inbox, slices.Repeat([][]byte{text}, 500)...)
	}
	defer close_(b, a)
	f, err := a.Look(b.Context(), mail.Inbox)
	if err != nil {
		b.Fatal(err)
	}
	var refs []mail.Ref
	for m, err := range a.List(b.Context(), f) {
		if err != nil {
			b.Fatal(err)
		}
		refs = append(refs, m.Ref)
	}
	b.Run("archive", func(b *testing.B) {
		for b.Loop() {
			for f, err := range a.Fetch(b.Context(), f, refs) {
				if err == nil {
					_, err = io.Copy(io.Discard, f.Body)
				}
				if err != nil {
					b.Fatal(err)
				}
			}
		}
	})
	b.Run("files", func(b *testing.B) {
		for b.Loop() {
			list, err := os.ReadDir(filepath.Join(root, "cur"))
			if err != nil {
				b.Fatal(err)
			}
			for _, e := range list {
				if _, err := os.ReadFile(filepath.Join(root, "cur", e.Name())); err != nil {
					b.Fatal(err)
				}
			}
		}
	})
}

// BenchmarkMany shows cost and memory of an archive of many messages: open, list, check.
func BenchmarkMany(b *testing.B) {
	for _, n := range []int{20_000, 200_000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			if os.Getenv("MAILMV_BENCH_MANY") == "" {
				b.Skip("takes minutes: set MAILMV_BENCH_MANY")
			}
			root := b.TempDir()
			a := create(b, root, Options{})
			for at := 0; at < n; at += 1000 {
				put(b, a, mail.Inbox, small(at, at+1000)...)
			}
			close_(b, a)
			for b.Loop() {
				a, err := Open(root, Options{})
				if err != nil {
					b.Fatal(err)
				}
				f, err := a.Look(b.Context(), mail.Inbox)
				if err != nil || f.Messages != n {
					b.Fatal(f, err)
				}
				for _, err := range a.List(b.Context(), f) {
					if err != nil {
						b.Fatal(err)
					}
				}
				runtime.GC()
				var m runtime.MemStats
				runtime.ReadMemStats(&m)
				b.ReportMetric(float64(m.HeapAlloc)/float64(n), "octets/message")
				close_(b, a)
			}
		})
	}
}

func small(from, to int) [][]byte {
	var all [][]byte
	for i := from; i < to; i++ {
		all = append(all, fmt.Appendf(nil, "Subject: %d\r\n\r\nsmall\r\n", i))
	}
	return all
}
