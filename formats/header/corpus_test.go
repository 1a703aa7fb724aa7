package header

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"io"
	"io/fs"
	"net/mail"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// corpus calls do with every real message there is: a .tar.gz of them or a folder, named by
// MAILMV_CORPUS, else the one that lies beside the project.
func corpus(t *testing.T, do func(name string, msg []byte)) {
	t.Helper()
	where := os.Getenv("MAILMV_CORPUS")
	if where == "" {
		where = filepath.Join("..", "..", "..", "shared", "corpus", "spamassassin-a.tar.gz")
	}
	info, err := os.Stat(where)
	if err != nil {
		t.Skipf("no real mail to test with: set MAILMV_CORPUS to a .tar.gz or folder of .eml files (%v)", err)
	}
	if info.IsDir() {
		walkFolder(t, where, do)
		return
	}
	walkTar(t, where, do)
}

func walkFolder(t *testing.T, dir string, do func(string, []byte)) {
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(path, ".eml") {
			return err
		}
		msg, err := os.ReadFile(path)
		do(d.Name(), msg)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

func walkTar(t *testing.T, path string, do func(string, []byte)) {
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	for r := tar.NewReader(z); ; {
		h, err := r.Next()
		if err == io.EOF {
			return
		}
		if err != nil {
			t.Fatal(err)
		}
		if h.Typeflag != tar.TypeReg || !strings.HasSuffix(h.Name, ".eml") {
			continue
		}
		msg, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		do(h.Name, msg)
	}
}

// Of real mail nearly all must get a date from its own header, and where net/mail reads the Date
// field it must read the same instant as we do.
func TestReceivedOnRealMail(t *testing.T) {
	from := map[string]int{}
	var total, parsed, days int
	corpus(t, func(name string, msg []byte) {
		total++
		got, source := Received(msg, time.Time{})
		from[source]++
		if source == FromNow {
			t.Logf("%s: no date", name)
		}
		m, err := mail.ReadMessage(bytes.NewReader(cutFromLine(msg)))
		if err != nil {
			return
		}
		date, err := m.Header.Date()
		// net/mail takes "PST" and "GMT+1" for UTC and 102 for a year of the Middle Ages: no witness there.
		if zone, _ := date.Zone(); err != nil || zone != "" && zone != "UTC" || date.Year() < 1900 {
			return
		}
		parsed++
		if ours, ok := ParseDate(m.Header.Get("Date")); !ok || !ours.Equal(date) {
			t.Errorf("%s: date is %v, net/mail says %v", name, ours, date)
		}
		if d := got.Sub(date).Abs(); d > 7*24*time.Hour {
			t.Logf("%s: %s says %v, Date says %v", name, source, got, date)
			days++
		}
	})
	t.Logf("%d messages: date from Received %d, Date %d, now %d; net/mail reads %d Date fields, %d of them more than a week off",
		total, from[FromReceived], from[FromDate], from[FromNow], parsed, days)
	if from[FromNow] > total/1000 {
		t.Errorf("%d of %d messages without a date", from[FromNow], total)
	}
	if days > total/20 {
		t.Errorf("%d of %d received dates are more than a week from Date", days, total)
	}
}

func cutFromLine(msg []byte) []byte {
	if bytes.HasPrefix(msg, []byte("From ")) {
		msg = msg[bytes.IndexByte(msg, '\n')+1:]
	}
	return msg
}
