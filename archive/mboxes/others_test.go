package mboxes

import (
	"archive/tar"
	"compress/gzip"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"mailmv/archive/files"
	"mailmv/formats/mail"
	"mailmv/formats/mbox"
	"mailmv/migrate/storetest"
)

// odd are messages that bring fields of mbox programs along, and others that an mbox cannot hold without a note.
func odd() [][]byte {
	return [][]byte{
		[]byte("Status: RO\r\nX-Status: AF\r\nSubject: a\r\nContent-Length: 99999\r\nLines: 3\r\nX-Keywords: x y\r\n\r\nbody\r\n"),
		[]byte("Subject: b\r\nX-Mozilla-Status: 0009\r\nX-Mozilla-Keys: a\r\n folded\r\nX-UID: 7\r\n\r\nFrom here\r\n>From there\r\n"),
		[]byte("Subject: c\n\nbare\nlines\n"),
		[]byte("Subject: d\r\n\r\nno end"),
		[]byte("no header at all\r\nFrom joe Thu Jan  1 00:00:01 2004\r\n"),
		[]byte("X-IMAPbase: 1 2 kw\r\nX-IMAP: 3\r\nSubject: e\r\n\r\n\r\n\r\n"),
	}
}

// TestOthersChange: whatever other programs do to state, order and places, every message is found again, comes out octet for octet, and has the flags
// that they gave it; what they delivered is new, and what they removed is missing.
func TestOthersChange(t *testing.T) {
	for _, d := range dialects {
		t.Run(d.String(), func(t *testing.T) {
			root := t.TempDir()
			a := create(t, root, Options{Dialect: d})
			want := append(odd(), lettersOf(1, 6)...)
			want = append(want, want[7], want[0]) // honest twins
			put(t, a, "Work", want...)
			before := messages(t, a, "Work")
			shut(t, a)
			file := split(t, root, d)
			if len(file) != len(want) {
				t.Fatalf("%d messages in the file, want %d", len(file), len(want))
			}
			slices.Reverse(file)
			for i := range file { // as mutt and Dovecot leave them
				file[i] = strings.Replace(file[i], "\nStatus: RO\nX-Status: F   \n", []string{"\nStatus: RO\n", "\nX-Status: AF\nX-UID: 12   \n", "\nX-Keywords:       \n"}[i%3], 1)
			}
			write(t, theirs("new", "Status: O\n")+strings.Join(file, ""), root, "Work")
			a = reopen(t, root)
			got := contents(t, a, "Work")
			want = append(want, []byte(strings.ReplaceAll(strings.SplitN(strings.TrimSuffix(theirs("new", "Status: O\n"), "\n"), "\n", 2)[1], "\n", "\r\n")))
			if !slices.Equal(got, sorted(want)) {
				t.Errorf("got %d messages, want %d: %.300q", len(got), len(want), got)
			}
			after := messages(t, a, "Work")
			flags := map[mail.Flags]int{}
			for i, m := range after[:len(before)] {
				flags[m.Flags]++
				if m.ID != before[i].ID || !m.InternalDate.Equal(before[i].InternalDate) || m.Octets != before[i].Octets {
					t.Errorf("message %d: %+v, was %+v", i, m, before[i])
				}
			}
			if n := len(before); flags[mail.Seen] != (n+2)/3 || flags[mail.Answered|mail.Flagged] != (n+1)/3 || flags[0] != n/3 {
				t.Errorf("flags %v of %d", flags, n)
			}
			if f := findings(t, a); len(f) != 1 || !strings.HasPrefix(f[0], "foreign Work ") {
				t.Errorf("Check: %q", f)
			}
			for _, err := range a.Repair(t.Context()) {
				if err != nil {
					t.Fatal(err)
				}
			}
			shut(t, a)
			clean(t, root)
			// It stays clean when state of what was adopted changes too, and tells what is taken away.
			write(t, theirs("new", "Status: RO\nX-Status: A\n")+strings.Join(file[1:], ""), root, "Work")
			a = reopen(t, root)
			if f := findings(t, a); len(f) != 1 || !strings.HasPrefix(f[0], "missing Work ") {
				t.Errorf("Check: %q", f)
			}
			shut(t, a)
		})
	}
}

// TestSameSecond: what another program writes twice within a second is found, though it sets times in whole seconds, as Dovecot does, and the file keeps its length.
func TestSameSecond(t *testing.T) {
	second := time.Now().Truncate(time.Second)
	root := t.TempDir()
	a := create(t, root, Options{})
	put(t, a, "Work", letter(1))
	shut(t, a)
	for _, c := range []struct {
		state string
		want  mail.Flags
	}{{"AF  ", mail.Seen | mail.Answered | mail.Flagged}, {"A   ", mail.Seen | mail.Answered}, {" F  ", mail.Seen | mail.Flagged}} {
		text := read(t, root, "Work")
		i := strings.Index(text, "X-Status: ") + len("X-Status: ")
		write(t, text[:i]+c.state+text[i+4:], root, "Work")
		if err := os.Chtimes(filepath.Join(root, "Work"), second, second); err != nil {
			t.Fatal(err)
		}
		a := create(t, root, Options{Now: func() time.Time { return second.Add(900 * time.Millisecond) }})
		if got := messages(t, a, "Work")[0].Flags; got != c.want {
			t.Errorf("with %q it is %v, want %v", c.state, got, c.want)
		}
		shut(t, a)
	}
}

// split cuts a file of an archive into its messages, separators with them.
func split(t *testing.T, root string, d mbox.Dialect) []string {
	t.Helper()
	text := read(t, root, "Work")
	f, err := mbox.Open(filepath.Join(root, "Work"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	s, err := f.Scan(mbox.Options{Dialect: d, Lengths: true})
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for e, err := range s.Entries() {
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, text[e.Offset:e.Offset+e.Length+1])
	}
	return all
}

// TestTwinsApart: two messages alike in header and length are told apart by their octets, wherever they go.
func TestTwinsApart(t *testing.T) {
	root := t.TempDir()
	a := create(t, root, Options{})
	want := [][]byte{[]byte("Subject: same\r\n\r\nAAAA\r\n"), []byte("Subject: same\r\n\r\nBBBB\r\n"), []byte("Subject: same\r\n\r\nCCCC\r\n")}
	put(t, a, "Work", want...)
	shut(t, a)
	file := split(t, root, mbox.MboxRD)
	write(t, file[2]+file[0]+file[1], root, "Work")
	a = reopen(t, root)
	if got := contents(t, a, "Work"); !slices.Equal(got, sorted(want)) {
		t.Errorf("got %q", got)
	}
	if f := findings(t, a); len(f) > 0 {
		t.Errorf("Check: %q", f)
	}
}

// TestNames: folders of every name are told apart, lie in the tree, and are read back alike with nothing but the tree at hand.
func TestNames(t *testing.T) {
	names := []mail.Path{"INBOX", "INBOX/Sub", "Work", "work", "WORK/x", "Entwürfe", "a.b", "a:b/c*d", "..", "../x", "x/..", "CON", "nul.txt", "old.mbox", "a.sbd/b",
		"100%", "%41", "trail.", " lead", "2004", "nstmp", "x.msf", "y.lock", "z.gz", "tab\tx", "日本語/メール", "~home", ".hidden", "A/B/C/D", "mbox"}
	root := t.TempDir()
	a := create(t, root, Options{})
	for i, p := range names {
		put(t, a, p, letter(i*3+1))
	}
	long := mail.Path(strings.Repeat("ü", 200))
	put(t, a, long, letter(1))
	shut(t, a)
	clean(t, root)
	outside, err := filepath.Glob(filepath.Join(filepath.Dir(root), "*"))
	if err != nil || len(outside) != 1 {
		t.Errorf("beside the archive: %q, %v", outside, err)
	}
	if err := os.RemoveAll(filepath.Join(root, ".mailmv")); err != nil {
		t.Fatal(err)
	}
	s, err := files.Open(root, files.Mboxes, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	folders, err := s.Folders(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, f := range folders {
		if !strings.HasPrefix(string(f.Path), "üüü") {
			got = append(got, string(f.Path))
		}
	}
	var want []string
	for _, p := range names {
		want = append(want, string(p.Clean()))
	}
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) || len(folders) != len(names)+1 {
		t.Errorf("read back\n %q\nwant\n %q", got, want)
	}
}

// TestDatesWithoutManifest: the internal date is in the mail itself, and wins over what the header tells.
func TestDatesWithoutManifest(t *testing.T) {
	root := t.TempDir()
	a := create(t, root, Options{})
	put(t, a, "Work", []byte("Received: by mx.example; Mon, 5 Jan 2004 10:00:00 +0100\r\nDate: Mon, 5 Jan 2004 09:00:00 +0100\r\nSubject: x\r\n\r\nx\r\n"))
	shut(t, a)
	if err := os.RemoveAll(filepath.Join(root, ".mailmv")); err != nil {
		t.Fatal(err)
	}
	s, err := files.Open(root, files.Mboxes, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	for m, err := range s.List(t.Context(), mail.Folder{Path: "Work"}) {
		if err != nil || !m.InternalDate.Equal(day) {
			t.Errorf("internal date %v, want %v; %v", m.InternalDate, day, err)
		}
	}
}

// TestCorpus: real mail comes back octet for octet, through every dialect.
func TestCorpus(t *testing.T) {
	for _, file := range []string{"spamassassin-a.tar.gz", "mail-parser-fixtures.tar.gz"} {
		letters := corpus(t, file)
		for _, d := range dialects {
			t.Run(file+" "+d.String(), func(t *testing.T) {
				root := t.TempDir()
				a := create(t, root, Options{Dialect: d})
				f, err := a.Open(t.Context(), mail.Inbox)
				if err != nil {
					t.Fatal(err)
				}
				var want [][]byte
				for part := range slices.Chunk(letters, 500) {
					wait, err := a.Append(t.Context(), f, parcelsOf(part...))
					if err != nil {
						t.Fatal(err)
					}
					stored, err := wait()
					if err != nil {
						t.Fatal(err)
					}
					for i, s := range stored {
						if s.Err == nil {
							want = append(want, part[i])
						} else if t.Logf("%.60q: %v", part[i], s.Err); d == mbox.MboxRD {
							t.Errorf("mboxrd holds everything, but not %.60q: %v", part[i], s.Err)
						}
					}
				}
				if got := contents(t, a, mail.Inbox); !slices.Equal(got, sorted(want)) {
					t.Errorf("the archive gives back other octets")
				}
				shut(t, a)
				clean(t, root)
				if err := os.Chtimes(filepath.Join(root, "INBOX"), day, day); err != nil { // so that it is read through
					t.Fatal(err)
				}
				clean(t, root)
				t.Logf("%d of %d messages", len(want), len(letters))
			})
		}
	}
}

// corpus reads real mail: each file with its octets, and once more with CRLF line ends, as it comes from a server.
func corpus(t *testing.T, file string) (letters [][]byte) {
	t.Helper()
	where := filepath.Join("..", "..", "..", "shared", "corpus", file)
	if given := os.Getenv("MAILMV_CORPUS"); given != "" {
		where = given
	}
	f, err := os.Open(where)
	if err != nil || !strings.HasSuffix(where, ".tar.gz") {
		t.Skipf("no real mail to test with: set MAILMV_CORPUS to a .tar.gz of messages (%v)", err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	for r := tar.NewReader(z); ; {
		h, err := r.Next()
		if err == io.EOF {
			return letters
		}
		if err != nil {
			t.Fatal(err)
		}
		if h.Typeflag != tar.TypeReg || strings.HasSuffix(h.Name, ".md") {
			continue
		}
		text, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		crlf := strings.ReplaceAll(strings.ReplaceAll(string(text), "\r\n", "\n"), "\n", "\r\n")
		letters = append(letters, []byte(crlf))
		if crlf != string(text) && len(letters)%10 == 0 {
			letters = append(letters, text)
		}
	}
}

// pythonReader prints each message of the mbox files of a tree as Python's mailbox module reads it.
const pythonReader = `
import mailbox, sys
for name in sys.argv[1:]:
    for m in mailbox.mbox(name, create=False):
        print(name.split("/")[-1], "".join(sorted(m.get_flags())).strip(), m.get_from().split(" ", 1)[1], m["Subject"])
`

// TestPython: Python's mailbox module reads what we write.
func TestPython(t *testing.T) {
	python, err := exec.LookPath("python3")
	if err != nil {
		t.Skip("no python3: install it to see that its mailbox module reads our archives")
	}
	for _, d := range dialects[:2] { // it looks at no Content-Length
		root := t.TempDir()
		a := create(t, root, Options{Dialect: d})
		put(t, a, mail.Inbox, storetest.Letters()...)
		put(t, a, "Work/2004", letter(1))
		shut(t, a)
		out, err := exec.Command(python, "-c", pythonReader, filepath.Join(root, "INBOX"), filepath.Join(root, "Work.sbd", "2004")).CombinedOutput()
		if err != nil {
			t.Fatalf("%v: %s", err, out)
		}
		var want []string
		for _, s := range []string{"one", "no id", "first", "second", "twin", "twin", "bits", "big"} {
			want = append(want, "INBOX FOR Tue May  6 06:08:09 2003 "+s)
		}
		want = append(want, "2004 FOR Tue May  6 06:08:09 2003 1")
		if got := strings.Split(strings.TrimSpace(string(out)), "\n"); !slices.Equal(got, want) {
			t.Errorf("%v: got %q\nwant %q", d, got, want)
		}
	}
}

// TestThunderbirdsRule: a line "From " behind which two lines look like header fields begins a message, and no other
// (MboxMsgInputStream.cpp); Thunderbird counts as many as were put there.
func TestThunderbirdsRule(t *testing.T) {
	for _, d := range dialects[:2] { // it looks at no Content-Length
		root := t.TempDir()
		a := create(t, root, Options{Dialect: d})
		want := storetest.Letters()
		want = append(want, []byte("From: a\r\nSubject: quoted\r\n\r\nFrom joe Thu Jan  1 00:00:01 2004\r\nFrom: joe\r\nSubject: inner\r\n\r\nx\r\n"))
		put(t, a, "Work", want...)
		shut(t, a)
		field := func(line string) bool {
			name, _, ok := strings.Cut(line, ":")
			return ok && name != "" && !strings.ContainsFunc(name, func(r rune) bool { return r <= ' ' || r > '~' })
		}
		lines := strings.Split(read(t, root, "Work"), "\n")
		n := 0
		for i, l := range lines {
			if strings.HasPrefix(l, "From ") && field(lines[i+1]) && field(lines[i+2]) {
				n++
			}
		}
		if n != len(want) {
			t.Errorf("%v: Thunderbird would see %d messages, want %d", d, n, len(want))
		}
	}
}
