package maildir

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"mailmv/formats/mail"
)

var day = time.Date(2003, 5, 6, 7, 8, 9, 0, time.FixedZone("", 3600))

func now() time.Time { return time.Unix(1700000000, 123456000) }

type text string

func (s text) WriteTo(w io.Writer) (int64, error) {
	for i := 0; i < len(s); i += 7 { // in pieces
		if _, err := io.WriteString(w, string(s[i:min(i+7, len(s))])); err != nil {
			return int64(i), err
		}
	}
	return int64(len(s)), nil
}

func letters(flags mail.Flags, texts ...string) []Letter {
	var all []Letter
	for _, s := range texts {
		f, _ := Keywords{}.Letters(flags, nil)
		all = append(all, Letter{Body: text(s), Octets: int64(len(s)), Date: day, Letters: f})
	}
	return all
}

func deliver(t *testing.T, f *Folder, flags mail.Flags, texts ...string) []Delivered {
	t.Helper()
	done, err := f.Deliver(t.Context(), NewNamer(now), letters(flags, texts...), nil)
	if err != nil {
		t.Fatal(err)
	}
	return done
}

func made(t *testing.T, d Disk) *Folder {
	t.Helper()
	f := NewFolder(d, mail.Inbox, ".")
	if err := f.Make(PlusPlus); err != nil {
		t.Fatal(err)
	}
	return f
}

func count(t *testing.T, f *Folder) int {
	t.Helper()
	n := 0
	for _, err := range f.Entries() {
		if err != nil {
			t.Fatal(err)
		}
		n++
	}
	return n
}

func TestDeliver(t *testing.T) {
	root := t.TempDir()
	d, err := OpenDisk(root)
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	f := made(t, d)
	for _, c := range []struct{ mail, file, name string }{
		{"a\r\nb\r\n", "a\nb\n", `^1700000000\.M123456P\d+Q\d+R[0-9a-f]{16}\.[\w.-]+,S=4,W=6[:;]2,FS$`},
		{"a\nb\r\n", "a\nb\r\n", `^1700000000\.M123456P\d+Q\d+R[0-9a-f]{16}E\.[\w.-]+,S=5,W=6[:;]2,FS$`},
		{"", "", `,S=0,W=0[:;]2,FS$`},
	} {
		done := deliver(t, f, mail.Seen|mail.Flagged, c.mail)
		e := done[0].Entry
		name := filepath.Join(root, e.Sub, e.File)
		got, err := os.ReadFile(name)
		if err != nil || string(got) != c.file || done[0].Size != int64(len(c.file)) {
			t.Errorf("%q: file holds %q (%d), %v", c.mail, got, done[0].Size, err)
		}
		if !regexp.MustCompile(c.name).MatchString(e.File) {
			t.Errorf("%q: name %q", c.mail, e.File)
		}
		if i, err := os.Stat(name); err != nil || !i.ModTime().Equal(day) {
			t.Errorf("%q: time %v, %v", c.mail, i.ModTime(), err)
		}
		r, _, err := f.Open(e)
		if err != nil {
			t.Fatal(err)
		}
		back, err := io.ReadAll(e.Mail(r))
		if octets, _ := e.Octets(r); err != nil || string(back) != c.mail || octets != int64(len(c.mail)) {
			t.Errorf("%q came back as %q (%d), %v", c.mail, back, octets, err)
		}
		r.Close()
	}
	if left, err := os.ReadDir(filepath.Join(root, "tmp")); err != nil || len(left) != 0 {
		t.Errorf("left in tmp: %v, %v", left, err)
	}
}

// TestUnique: many names within one instant of a clock that stands still.
func TestUnique(t *testing.T) {
	seen := map[string]bool{}
	for range 3 {
		n := NewNamer(now)
		for range 1000 {
			name := n.next()
			if seen[name] || !(Name{Unique: name}).Ours() || !(Name{Unique: verbatim(name)}).Verbatim() || strings.ContainsAny(name, ":,;/ ") {
				t.Fatalf("name %q", name)
			}
			seen[name] = true
		}
	}
	for host, want := range map[string]string{"": "localhost", "a/b:c": "a-b-c", "\u00fc,": "localhost", "h.example": "h.example", "..": "localhost"} {
		if got := safeHost(host); got != want {
			t.Errorf("safeHost(%q) = %q, want %q", host, got, want)
		}
	}
}

type failing struct{ after string }

var errBody = errors.New("source went away")

func (f failing) WriteTo(w io.Writer) (int64, error) {
	n, _ := io.WriteString(w, f.after)
	return int64(n), errBody
}

// TestDeliverNothing: a batch of which one letter cannot be written leaves nothing.
func TestDeliverNothing(t *testing.T) {
	cancelled, cancel := context.WithCancel(t.Context())
	cancel()
	for _, c := range []struct {
		name string
		ctx  context.Context
		bad  Letter
		want error
	}{
		{"body fails", t.Context(), Letter{Body: failing{"half"}, Octets: 8}, errBody},
		{"short", t.Context(), Letter{Body: text("four"), Octets: 8}, nil},
		{"long", t.Context(), Letter{Body: text("four"), Octets: 2}, nil},
		{"cancelled", cancelled, Letter{Body: text("four"), Octets: 4}, context.Canceled},
	} {
		t.Run(c.name, func(t *testing.T) {
			root := t.TempDir()
			d, err := OpenDisk(root)
			if err != nil {
				t.Fatal(err)
			}
			defer d.Close()
			f := made(t, d)
			batch := append(letters(mail.Seen, "one\r\n", "two\n"), c.bad)
			done, err := f.Deliver(c.ctx, NewNamer(now), batch, nil)
			if err == nil || len(done) != 0 || c.want != nil && !errors.Is(err, c.want) {
				t.Errorf("%d delivered, %v", len(done), err)
			}
			for _, sub := range []string{"tmp", "cur", "new"} {
				if left, err := os.ReadDir(filepath.Join(root, sub)); err != nil || len(left) != 0 {
					t.Errorf("left in %s: %v, %v", sub, left, err)
				}
			}
		})
	}
}
