package migrate

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"mailmv/dedupe"
	"mailmv/formats/line"
	"mailmv/formats/mail"
)

func someItem(from uint16, id string) item {
	sum := dedupe.Sum{}
	copy(sum[:], id)
	return item{key: keyOf(from, mail.Inbox, id), from: from, id: id, octets: 100, announced: 99, sum: sum, wire: sum, first: 7}
}

// fill writes a journal with a bit of everything and returns the source's and sink's numbers.
func fill(t *testing.T, j *Journal) (from, to uint16) {
	t.Helper()
	from, err := j.from("pop3:me@a b", mail.Folder{Path: mail.Inbox})
	if err != nil {
		t.Fatal(err)
	}
	to, err = j.to(mail.Folder{Path: "Übung/\t\"x\"", Validity: 3})
	if err != nil {
		t.Fatal(err)
	}
	odd := someItem(from, "\x00odd \xff\n")
	odd.key, odd.wire = keyOf(from, "Übung/\t\"x\"", odd.id), dedupe.Sum{1}
	n, err := j.begin(to, 50, []item{odd, someItem(from, "b"), someItem(from, "c")})
	if err != nil {
		t.Fatal(err)
	}
	if err := j.settle(n, []fate{{kind: stored, uid: 50, state: altered}, {kind: refused}, {}}); err != nil {
		t.Fatal(err)
	}
	here := someItem(from, "here")
	here.key = keyOf(from, "Übung/\t\"x\"", here.id)
	if err := j.here(here, to, fate{kind: stored, uid: 12}); err != nil {
		t.Fatal(err)
	}
	if err := j.gone(here.key); err != nil {
		t.Fatal(err)
	}
	return from, to
}

func checkFilled(t *testing.T, j *Journal, from, to uint16) {
	t.Helper()
	e, ok := j.find(keyOf(from, "Übung/\t\"x\"", "\x00odd \xff\n"), to)
	if !ok || e.uid != 50 || e.state != altered || e.octets != 100 || e.announced != 99 || e.first != 7 {
		t.Errorf("odd: %+v, %v", e, ok)
	}
	if got := j.wireOf(keyOf(from, "Übung/\t\"x\"", "\x00odd \xff\n")); got != (dedupe.Sum{1}) {
		t.Errorf("wire = %x", got)
	}
	if e, ok := j.find(keyOf(from, "Übung/\t\"x\"", "here"), to); !ok || e.uid != 12 || e.state != removed {
		t.Errorf("here: %+v, %v", e, ok)
	}
	if got := fmt.Sprint(j.claimed(to)); got != "[12 50]" {
		t.Errorf("claimed %s", got)
	}
	pending := j.pending(to)
	if len(pending) != 1 || len(pending[1].items) != 1 || pending[1].items[0].id != "c" || pending[1].next != 50 {
		t.Errorf("pending %+v", pending)
	}
}

func TestJournalKeeps(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "deep", "state")
	j, err := OpenJournal(dir, sinkID)
	if err != nil {
		t.Fatal(err)
	}
	from, to := fill(t, j)
	if _, err := OpenJournal(dir, sinkID); !errors.Is(err, ErrLocked) || !strings.Contains(err.Error(), "process ") {
		t.Errorf("second opening: %v, want ErrLocked with the holder", err)
	}
	other, err := OpenJournal(dir, "imap:other@memory")
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(other.Close(), j.Close()); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if j, err = OpenJournal(dir, sinkID); err != nil {
			t.Fatal(err)
		}
		checkFilled(t, j, from, to)
		if err := j.Close(); err != nil {
			t.Fatal(err)
		}
	}
	read, err := ReadJournal(dir, sinkID)
	if err != nil {
		t.Fatal(err)
	}
	checkFilled(t, read, from, to)
	for _, name := range []string{"", journalName(sinkID), journalName(sinkID) + ".lock"} {
		info, err := os.Stat(filepath.Join(dir, name))
		if err != nil || info.Mode().Perm()&0o077 != 0 {
			t.Errorf("%q: %v, %v, want private", name, info.Mode(), err)
		}
	}
}

// TestJournalTorn cuts the file at every length: it opens, holds what whole lines tell, and goes on.
func TestJournalTorn(t *testing.T) {
	dir := t.TempDir()
	j, err := OpenJournal(dir, sinkID)
	if err != nil {
		t.Fatal(err)
	}
	fill(t, j)
	j.Close()
	name := filepath.Join(dir, journalName(sinkID))
	whole, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	for n := range whole {
		if err := os.WriteFile(name, whole[:n], 0o600); err != nil {
			t.Fatal(err)
		}
		j, err := OpenJournal(dir, sinkID)
		if err != nil {
			t.Fatalf("%d octets: %v", n, err)
		}
		if len(j.Damage()) > 0 {
			t.Fatalf("%d octets: %q", n, j.Damage())
		}
		from, err := j.from("again", mail.Folder{Path: mail.Inbox})
		if err != nil {
			t.Fatal(err)
		}
		to, _ := j.to(mail.Folder{Path: mail.Inbox, Validity: 1})
		if err := j.here(someItem(from, "after"), to, fate{kind: stored, uid: 9}); err != nil {
			t.Fatal(err)
		}
		j.Close()
		j, err = OpenJournal(dir, sinkID)
		if err != nil {
			t.Fatalf("%d octets, again: %v", n, err)
		}
		if e, ok := j.find(keyOf(from, mail.Inbox, "after"), to); !ok || e.uid != 9 {
			t.Fatalf("%d octets: what was added is lost", n)
		}
		j.Close()
	}
}

// TestJournalDamaged flips each octet: the line is named, nothing is believed that its checksum denies.
func TestJournalDamaged(t *testing.T) {
	var whole bytes.Buffer
	j := newJournal()
	j.file = bufferFile{&whole}
	if err := j.start(sinkID); err != nil {
		t.Fatal(err)
	}
	fill(t, j)
	for i := range whole.Bytes() {
		bad := bytes.Clone(whole.Bytes())
		bad[i] ^= 1
		got := newJournal()
		n, err := got.load(bytes.NewReader(bad), sinkID)
		if err != nil {
			t.Fatalf("octet %d: %v", i, err)
		}
		if len(got.damage) == 0 && n == int64(len(bad)) {
			t.Fatalf("octet %d of %d: not noticed: %q", i, len(bad), bad)
		}
	}
}

type bufferFile struct{ *bytes.Buffer }

func (bufferFile) Sync() error { return nil }

func (bufferFile) Close() error { return nil }

// fullFile is on a disk that is full.
type fullFile struct{ bufferFile }

func (fullFile) Write([]byte) (int, error) { return 0, syscall.ENOSPC }

// A disk that is full: the way out is room there, for an archive keeps its journal itself, and another one knows nothing.
func TestJournalWithoutRoom(t *testing.T) {
	j := newJournal()
	j.file = fullFile{}
	_, err := j.from("memory", mail.Folder{Path: mail.Inbox})
	e := (*mail.Error)(nil)
	if !errors.As(err, &e) || !errors.Is(err, syscall.ENOSPC) || e.Hint != "make room there, then run the same command again" {
		t.Errorf("got %#v", err)
	}
}

func TestJournalOfOthers(t *testing.T) {
	line := func(fields ...any) []byte {
		j := newJournal()
		j.record(fields...)
		return j.buf
	}
	for _, test := range []struct {
		name string
		data []byte
		want error
	}{
		{"newer", line(journalMagic, journalVersion+1, sinkID), ErrVersion},
		{"other sink", line(journalMagic, journalVersion, "imap:x@y"), errOtherSink},
		{"empty", nil, nil},
		{"zeros", make([]byte, 5000), nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			dir := t.TempDir()
			name := filepath.Join(dir, journalName(sinkID))
			if err := os.WriteFile(name, test.data, 0o600); err != nil {
				t.Fatal(err)
			}
			j, err := OpenJournal(dir, sinkID)
			if !errors.Is(err, test.want) {
				t.Fatalf("got %v, want %v", err, test.want)
			}
			if err == nil {
				j.Close()
				return
			}
			if data, _ := os.ReadFile(name); !bytes.Equal(data, test.data) {
				t.Error("a journal that is not ours was changed")
			}
		})
	}
}

func TestJournalCompacts(t *testing.T) {
	dir := t.TempDir()
	j, err := OpenJournal(dir, sinkID)
	if err != nil {
		t.Fatal(err)
	}
	from, to := fill(t, j)
	for round := range 20 {
		for i := range compactFrom / 10 {
			it := someItem(from, fmt.Sprint("m", i))
			it.key = keyOf(from, "Übung/\t\"x\"", it.id)
			it.announced = int64(round)
			if err := j.here(it, to, fate{kind: stored, uid: uint32(100 + i)}); err != nil {
				t.Fatal(err)
			}
		}
	}
	name := filepath.Join(dir, journalName(sinkID))
	before, _ := os.Stat(name)
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if j, err = OpenJournal(dir, sinkID); err != nil {
			t.Fatal(err)
		}
		after, _ := os.Stat(name)
		if after.Size() > before.Size()/5 {
			t.Errorf("%d octets, before %d", after.Size(), before.Size())
		}
		if got := len(j.claimed(to)); got != compactFrom/10+2 {
			t.Errorf("%d claimed", got)
		}
		e, ok := j.find(keyOf(from, "Übung/\t\"x\"", "m5"), to)
		if !ok || e.uid != 105 || e.announced != 19 {
			t.Errorf("m5: %+v, %v, want its last state", e, ok)
		}
		if err := j.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

// A journal of the first version is read, and written anew as one that older programs do not touch.
func TestJournalOfOldVersion(t *testing.T) {
	dir := t.TempDir()
	j, err := OpenJournal(dir, sinkID)
	if err != nil {
		t.Fatal(err)
	}
	_, to := fill(t, j)
	want := j.claimed(to)
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
	name := filepath.Join(dir, journalName(sinkID))
	data, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := bytes.Cut(data, []byte("\n"))
	if err := os.WriteFile(name, append(line.Append(nil, journalMagic, 1, sinkID), rest...), 0o600); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if j, err = OpenJournal(dir, sinkID); err != nil || len(j.damage) > 0 {
			t.Fatal(err, j.damage)
		}
		if got := j.claimed(to); !slices.Equal(got, want) || j.version != journalVersion {
			t.Errorf("version %d, claimed %v, want %v", j.version, got, want)
		}
		if err := j.Close(); err != nil {
			t.Fatal(err)
		}
	}
	if data, err = os.ReadFile(name); err != nil || !bytes.HasPrefix(data, []byte("mailmv-journal\t2\t")) {
		t.Errorf("begins %q, %v", data[:min(len(data), 40)], err)
	}
}

// FuzzJournal: no content of the file makes loading panic, or change what comes before.
func FuzzJournal(f *testing.F) {
	var whole bytes.Buffer
	j := newJournal()
	j.file = bufferFile{&whole}
	if err := j.start(sinkID); err != nil {
		f.Fatal(err)
	}
	f.Add(whole.Bytes(), []byte("kept\t1\t5\n"))
	f.Add(whole.Bytes(), []byte("twin\t0\t0\t7\t00112233445566778899aabbccddeeff\t0\tid\t5\t5\t=\t=\t0\t0\t0\n"))
	f.Add(whole.Bytes(), []byte("to\t65000\t\"\"\tINBOX\t1\t00000000\n"))
	f.Fuzz(func(t *testing.T, head, tail []byte) {
		j := newJournal()
		j.load(bytes.NewReader(append(bytes.Clone(whole.Bytes()), append(head, tail...)...)), sinkID)
		// The same records with checksums that fit.
		j = newJournal()
		for n, line := range bytes.Split(tail, []byte("\n")) {
			j.replay(n+2, strings.Split(string(line), "\t"), sinkID)
		}
	})
}
