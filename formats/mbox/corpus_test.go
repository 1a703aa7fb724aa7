package mbox_test

import (
	"archive/tar"
	"compress/gzip"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"mailmv/formats/mbox"
)

// corpus gives every real message there is: of a .tar.gz named by MAILMV_CORPUS, or of those that lie
// beside the project.
func corpus(t *testing.T) []string {
	t.Helper()
	places := []string{os.Getenv("MAILMV_CORPUS")}
	if places[0] == "" {
		places, _ = filepath.Glob(filepath.Join("..", "..", "..", "shared", "corpus", "*.tar.gz"))
	}
	if len(places) == 0 {
		t.Skip("no real mail to test with: set MAILMV_CORPUS to a .tar.gz of .eml files")
	}
	var all []string
	for _, place := range places {
		f, err := os.Open(place)
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		z, err := gzip.NewReader(f)
		if err != nil {
			t.Skipf("%s is no .tar.gz: %v", place, err)
		}
		for r := tar.NewReader(z); ; {
			h, err := r.Next()
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				t.Fatal(err)
			}
			if h.Typeflag != tar.TypeReg || !strings.HasSuffix(h.Name, ".eml") {
				continue
			}
			b, err := io.ReadAll(r)
			if err != nil {
				t.Fatal(err)
			}
			all = append(all, string(b))
		}
	}
	return all
}

// Every real message through every dialect, as it is and with the wire's line ends.
func TestRoundTripOfRealMail(t *testing.T) {
	all := corpus(t)
	for _, d := range written {
		checkLaw(t, d, 4096, all)
		var wire []string
		for _, m := range all {
			wire = append(wire, crlf(lf(m)))
		}
		checkLaw(t, d, 4096, wire)
	}
}

// Real messages behind the From_ lines that real servers wrote, in one file whose dialect is not told,
// with and without an empty line between them.
func TestRealSeparators(t *testing.T) {
	var real []string
	for _, m := range corpus(t) {
		if strings.HasPrefix(m, "From ") && strings.HasSuffix(m, "\n") && !strings.Contains(m, "\nFrom ") {
			real = append(real, m)
		}
	}
	for _, gap := range []string{"\n", ""} {
		var wrong int
		f := open(t, strings.Join(real, gap))
		found, _ := list(t, f, mbox.Options{Doubt: func(mbox.Doubt) { wrong++ }})
		if len(found) != len(real) || wrong > 0 {
			t.Fatalf("gap %q: %d messages and %d doubts, want %d and none", gap, len(found), wrong, len(real))
		}
		for i, m := range found {
			want := real[i][strings.IndexByte(real[i], '\n')+1:]
			if gap == "" && i+1 < len(real) { // an empty line at the message's end is taken for the separator's
				want = strings.TrimSuffix(want, "\n")
				want = strings.TrimSuffix(want, "\n") + "\n"
			}
			if got := lf(read(t, f, m.Extent, mbox.Unknown, mbox.Note{})); strings.TrimRight(got, "\n") != strings.TrimRight(lf(want), "\n") {
				t.Fatalf("gap %q: message %d differs", gap, i)
			}
			if m.From.Date.IsZero() || m.From.Sender == "" {
				t.Errorf("message %d: no date or sender in its From_ line", i)
			}
		}
	}
	t.Logf("%d messages", len(real))
}

// Thunderbird takes a line "From " for a separator if two header fields follow, folded lines passed over
// (MboxMsgInputStream.cpp). By that rule our files hold the messages that were written.
func TestThunderbirdsRuleOnWhatWeWrite(t *testing.T) {
	var all []string
	for _, m := range corpus(t) {
		if m = crlf(lf(m)); twoFieldsFollow(strings.Split(lf(m), "\n")) {
			all = append(all, m)
		}
	}
	content, _ := write(t, mbox.MboxRD, 4096, all...)
	n := 0
	lines := strings.Split(content, "\n")
	for i, line := range lines {
		if strings.HasPrefix(line, "From ") && twoFieldsFollow(lines[i+1:]) {
			n++
		}
	}
	if n != len(all) {
		t.Errorf("%d messages, want %d", n, len(all))
	}
}

func twoFieldsFollow(lines []string) bool {
	fields := 0
	for _, line := range lines {
		if fields > 0 && (strings.HasPrefix(line, " ") || strings.HasPrefix(line, "\t")) {
			continue
		}
		name, _, ok := strings.Cut(line, ":")
		if !ok || name == "" || strings.ContainsFunc(name, func(r rune) bool { return r < 33 || r > 126 }) {
			return false
		}
		if fields++; fields == 2 {
			return true
		}
	}
	return false
}
