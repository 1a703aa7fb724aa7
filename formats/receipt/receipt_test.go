package receipt

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"mailmv/formats/mail"
)

var head = Head{Written: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC), Program: "mailmv 1.0", From: []Place{{"imaps://me@old.example", "Work/Old"}, {"mbox:/home/me/Mail", ""}},
	To: Place{"maildir:/archive", ""}, Options: []Option{{"smaller", "25M"}, {"ignore", "keywords"}}}

func samples(n int) []Mail {
	var all []Mail
	for i := range n {
		octets := []byte(fmt.Sprintf("message %d", i))
		m := Mail{Octets: int64(len(octets)), Sum: sha256.Sum256(octets), Date: time.Date(2004, 1, 2, 3, 4, i, 0, time.UTC), At: fmt.Sprint(i + 1)}
		m.Wire, m.Kept = m.Sum, m.Sum
		switch i % 4 {
		case 1:
			m.Flags, m.Keywords = mail.Seen|mail.Flagged, []string{"$Forwarded", "a,b", "100%", "%2C", "ä"}
			m.Envelope = mail.Envelope{MessageID: "<1@x>", From: "\"Alice\" <a@example.org>", Subject: "tab\there, line\nend, ünï and \xff"}
		case 2:
			m.Wire = sha256.Sum256(append(octets, '\r', '\n'))
			m.Kept, m.Keywords = m.Wire, []string{"-"}
		}
		all = append(all, m)
	}
	return all
}

func folder(i int) Folder {
	return []Folder{{0, mail.Inbox, mail.Inbox, 7}, {1, "Work/2004", "Archive/Work/2004", 8}, {0, "ä \t\"x", "y", 0}}[i%3]
}

func written(t *testing.T, all []Mail) []byte {
	t.Helper()
	var b bytes.Buffer
	w := NewWriter(&b, head)
	for i, m := range all {
		if err := w.Add(folder(i), m); err != nil {
			t.Fatal(err)
		}
	}
	total, err := w.End()
	if err != nil || total.Messages != len(all) {
		t.Fatalf("%+v, %v", total, err)
	}
	return b.Bytes()
}

func open(b []byte) (*Receipt, error) { return Open(bytes.NewReader(b), int64(len(b))) }

func TestWrittenIsRead(t *testing.T) {
	for _, n := range []int{0, 1, 3, 20} {
		all := samples(n)
		r, err := open(written(t, all))
		if err != nil {
			t.Fatal(err)
		}
		if !reflect.DeepEqual(r.Head, head) || r.Messages != n || len(r.Folders) != min(n, 3) {
			t.Errorf("%d: head %+v, %+v, folders %+v", n, r.Head, r.Total, r.Folders)
		}
		i := 0
		for p, err := range r.Mails() {
			if err != nil {
				t.Fatal(err)
			}
			again, err := r.MailAt(p.Offset)
			if err != nil || !reflect.DeepEqual(again, p.Mail) {
				t.Errorf("MailAt: %+v, %v", again, err)
			}
			if !reflect.DeepEqual(p.Mail, all[i]) || r.Folders[p.Folder] != folder(i) {
				t.Errorf("got %+v in %+v, want %+v in %+v", p.Mail, r.Folders[p.Folder], all[i], folder(i))
			}
			i++
		}
		if i != n {
			t.Errorf("%d of %d", i, n)
		}
	}
}

// A receipt that was cut or changed anywhere is no receipt.
func TestDamageIsSeen(t *testing.T) {
	whole := written(t, samples(5))
	for n := range whole {
		if _, err := open(whole[:n]); err == nil {
			t.Fatalf("cut to %d octets: taken for whole", n)
		}
		for _, bit := range []byte{1, 0x20, 0x80} {
			b := bytes.Clone(whole)
			b[n] ^= bit
			if _, err := open(b); err == nil {
				t.Fatalf("octet %d changed by %#x: taken for whole", n, bit)
			}
		}
	}
	lines := strings.SplitAfter(string(whole), "\n")
	lines = lines[:len(lines)-1]
	for i := range lines {
		without := strings.Join(append(append([]string{}, lines[:i]...), lines[i+1:]...), "")
		if _, err := open([]byte(without)); err == nil {
			t.Errorf("without line %d: taken for whole", i+1)
		}
		twice := strings.Join(lines[:i+1], "") + strings.Join(lines[i:], "")
		if _, err := open([]byte(twice)); err == nil {
			t.Errorf("line %d twice: taken for whole", i+1)
		}
	}
	if _, err := open(append(bytes.Clone(whole), "more"...)); !errors.Is(err, ErrDamaged) {
		t.Errorf("more behind the end: %v", err)
	}
	if _, err := open([]byte("From x\n")); !errors.Is(err, ErrNone) {
		t.Errorf("something else: %v", err)
	}
	if _, err := open(nil); !errors.Is(err, ErrNone) {
		t.Errorf("nothing: %v", err)
	}
}

func TestNewerVersion(t *testing.T) {
	var b bytes.Buffer
	w := NewWriter(&b, head)
	w.out.Reset(&b)
	w.line(magic, version+1, "2040-01-01T00:00:00Z", "mailmv 9", "something new")
	w.out.Flush()
	if _, err := open(b.Bytes()); !errors.Is(err, ErrVersion) {
		t.Errorf("got %v", err)
	}
}

// FuzzOpen: whatever the file, no panic; what is read is what was written.
func FuzzOpen(f *testing.F) {
	var b bytes.Buffer
	w := NewWriter(&b, head)
	for i, m := range samples(4) {
		w.Add(folder(i), m)
	}
	w.End()
	f.Add(b.Bytes())
	f.Fuzz(func(t *testing.T, text []byte) {
		r, err := open(text)
		if err != nil {
			return
		}
		var again bytes.Buffer
		w := NewWriter(&again, r.Head)
		for p, err := range r.Mails() {
			if err != nil {
				t.Fatal(err)
			}
			if err := w.Add(r.Folders[p.Folder], p.Mail); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := w.End(); err != nil {
			t.Fatal(err)
		}
		if _, err := open(again.Bytes()); err != nil {
			t.Errorf("written again it is not read: %v", err)
		}
	})
}
