//go:build linux

package main_test

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"fmt"
	"hash"
	"io"
	"os"
	"testing"
	"time"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapclient"
)

// memory: a message of 300 MB passes through less than 64 MB of memory, and arrives whole.
func (r real) memory(t *testing.T) {
	if testing.Short() {
		t.Skip("300 MB take a while: run without -short")
	}
	from, to := r.server.Account(t), r.server.Account(t)
	want := sha256.New()
	var octets int64
	r.server.FillFrom(t, from, 0, func(w io.Writer) (err error) {
		octets, err = writeBig(io.MultiWriter(w, want), 300_000_000)
		return err
	})
	cmd := r.command(t.Context(), t, from.Password, "pop2imap", "--quiet", "--state", t.TempDir(), r.pop(from), r.imap(to))
	var errs bytes.Buffer
	cmd.Stderr = &errs
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	peak := make(chan int64, 1)
	ended := make(chan struct{})
	go func() { peak <- watchPeak(cmd.Process.Pid, ended) }()
	err := cmd.Wait()
	close(ended)
	if err != nil {
		t.Fatalf("%v\nstderr: %s", err, errs.String())
	}
	mb := <-peak >> 10
	t.Logf("peak memory %d MB", mb)
	if mb == 0 || mb >= 64 {
		t.Errorf("peak memory %d MB, want less than 64", mb)
	}
	got := sha256.New()
	if n := hashFirst(t, r.dial(t, to), got); n != octets || string(got.Sum(nil)) != string(want.Sum(nil)) {
		t.Errorf("%d octets arrived, want %d, or others", n, octets)
	}
}

// watchPeak gives the most memory in KiB that a process had at once. (ru_maxrss would begin at the memory of
// this process, which started it. VmHWM only grows, so that the last look before the end counts.)
func watchPeak(pid int, ended <-chan struct{}) (kib int64) {
	every := time.NewTicker(5 * time.Millisecond)
	defer every.Stop()
	for {
		if text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid)); err == nil {
			if _, after, ok := bytes.Cut(text, []byte("VmHWM:")); ok {
				fmt.Sscan(string(after), &kib)
			}
		}
		select {
		case <-every.C:
		case <-ended:
			return kib
		}
	}
}

// writeBig writes one message of at least so many octets.
func writeBig(out io.Writer, octets int64) (int64, error) {
	w := bufio.NewWriterSize(out, 1<<20)
	n, err := fmt.Fprint(w, "Date: Sat, 01 Jan 2005 00:00:00 +0000\r\nSubject: big\r\nMessage-ID: <big@sample.example>\r\n\r\n")
	total := int64(n)
	for i := 0; total < octets && err == nil; i++ {
		n, err = fmt.Fprintf(w, "%09d a line of an attachment that someone sent without a second thought\r\n", i)
		total += int64(n)
	}
	if err == nil {
		err = w.Flush()
	}
	return total, err
}

// hashFirst streams the first message of an INBOX.
func hashFirst(t *testing.T, c *imapclient.Client, h hash.Hash) int64 {
	t.Helper()
	defer c.Close()
	if _, err := c.Select("INBOX", nil).Wait(); err != nil {
		t.Fatal(err)
	}
	fetch := c.Fetch(imap.SeqSetNum(1), &imap.FetchOptions{BodySection: []*imap.FetchItemBodySection{wholeBody}})
	var total int64
	for m := fetch.Next(); m != nil; m = fetch.Next() {
		for item := m.Next(); item != nil; item = m.Next() {
			if body, ok := item.(imapclient.FetchItemDataBodySection); ok {
				n, err := io.Copy(h, body.Literal)
				if err != nil {
					t.Fatal(err)
				}
				total += n
			}
		}
	}
	if err := fetch.Close(); err != nil {
		t.Fatal(err)
	}
	return total
}
