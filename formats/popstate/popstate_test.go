package popstate

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// The samples of fetchmail, getmail and mpop were written by these programs (6.4.37, 6.18.11, 1.4.18) against a Dovecot;
// the others after their sources.
const samples = "../../testdata/popstate"

func readSample(t *testing.T, name string, kind Kind) *File {
	t.Helper()
	path := filepath.Join(samples, name)
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	file, err := Read(f, path, kind)
	if err != nil {
		t.Fatalf("Read(%s): %v", name, err)
	}
	return file
}

func TestSamples(t *testing.T) {
	const host = "127.0.0.1"
	for _, c := range []struct {
		file       string
		kind       Kind
		host, user string
		has, not   []string
		partial    int
		accounts   int
	}{
		{"fetchids", Fetchmail, host, "seen1", []string{"000000016b09e8d6", "000000046b09e8d6"}, []string{"000000056b09e8d6", "000000016b09e8d7"}, 0, 3},
		{"fetchids", Fetchmail, host, "SEEN2", []string{"000000036b09e8d7"}, []string{"000000016b09e8d6"}, 0, 3},
		{"fetchids", Fetchmail, "localhost", "seen@2", []string{"000000016b09e9e0"}, nil, 0, 3},
		{"mpop", Mpop, host, "seen1", []string{"000000016b09e8d6", "000000066b09e8d6"}, []string{"000000016b09e8d7"}, 0, 2},
		{"mpop", Mpop, host, "seen2", []string{"000000016b09e8d7"}, []string{"000000046b09e8d7"}, 0, 2},
		{"mpop-timed", Mpop, "pop.example.org", "me", []string{"#first", "second"}, []string{"third", "second 1700000001"}, 0, 2},
		{"popstate.dat", Thunderbird, "POP.example.org", "me and myself", []string{"000000016b09e8d6", "000000026b09e8d6", "UID18345-1161858178"}, []string{"000000036b09e8d6", "000000046b09e8d6", "1"}, 2, 2},
		{"popstate.dat", Thunderbird, "old.example.org", "me@old.example.org", []string{"1"}, []string{"000000016b09e8d6"}, 0, 2},
		{"oldmail-127.0.0.1-24102-seen1", Getmail, host, "seen1", []string{"000000016b09e8d6"}, []string{"000000056b09e8d6"}, 0, 1},
		{"uidl/pop.example.org-me@example.org", Claws, "pop.example.org", "me@example.org", []string{"a1", "a5", "a6"}, []string{"a2", "a3", "a4"}, 3, 1},
		{"uidl/pop.example.org-DOM%5Cme", Sylpheed, "pop.example.org", `DOM\me`, []string{"b1", "b2"}, nil, 0, 1},
	} {
		t.Run(c.file+" "+c.user, func(t *testing.T) {
			f := readSample(t, c.file, "")
			if f.Kind != c.kind || f.Odd != 0 || len(f.Accounts) != c.accounts {
				t.Fatalf("%s, %d accounts, %d odd lines; want %s, %d, 0", f.Kind, len(f.Accounts), f.Odd, c.kind, c.accounts)
			}
			i := slices.IndexFunc(f.Accounts, func(a *Account) bool { return a.Is(c.host, c.user) })
			if i < 0 {
				t.Fatalf("%s@%s is none of %v", c.user, c.host, f.Accounts)
			}
			a := f.Accounts[i]
			for _, uidl := range c.has {
				if !a.Has(uidl) {
					t.Errorf("Has(%q) = false, want true", uidl)
				}
			}
			for _, uidl := range c.not {
				if a.Has(uidl) {
					t.Errorf("Has(%q) = true, want false", uidl)
				}
			}
			if a.Partial != c.partial {
				t.Errorf("%d in part, want %d", a.Partial, c.partial)
			}
			if a.Is("other.example.com", c.user) || a.Is(c.host, c.user+"x") {
				t.Error("it passes for another account too")
			}
		})
	}
}

// getmail's files of IMAP folders bear the folder in their names.
func TestGetmailFolders(t *testing.T) {
	f := readSample(t, "oldmail-127.0.0.1-24100-seen1-INBOX", "")
	a := f.Accounts[0]
	folder, ok := a.FolderOf("127.0.0.1", "seen1")
	if a.Is("127.0.0.1", "seen1") || !ok || folder != "INBOX" || !a.Has("1795811542/1") || a.Has("1795811542/5") {
		t.Errorf("folder %q, %v, %d messages", folder, ok, a.Messages())
	}
	old, err := Read(strings.NewReader("7/Work/2004/12\x001700000000\n7/INBOX/3\x001700000000\n"), "oldmail-h-143-u-INBOX", "")
	if err != nil || old.Kind != Getmail || !old.Accounts[0].Has("7/3") {
		t.Errorf("%v: the form before 4.22 is not read", err)
	}
	slash, err := Read(strings.NewReader("a-b-c\x001700000000\nx-y\x001700000000\n"), "oldmail-h-110-u", "")
	if err != nil || !slash.Accounts[0].Has("a/b/c") || !slash.Accounts[0].Has("x/y") || slash.Accounts[0].Has("x/z") {
		t.Errorf("%v: slashes are kept as hyphens by getmail", err)
	}
}

// Who wrote a file is told by what is in it, and asked for where that does not tell.
func TestDetect(t *testing.T) {
	for _, c := range []struct {
		text, path string
		want       Kind
	}{
		{"me@host uid\n", "x", Fetchmail},
		{"my name@old@host <uid@host>\r\n", "x", Fetchmail},
		{"# comment\n\n*host me\n", "x", Thunderbird},
		{"uid@host\t123\n", "x", Sylpheed},
		{"uid@host\t123\t0\n", "x", Claws},
		{"uid\t123\n", "/home/me/.claws-mail/uidl/h-me", Claws},
		{"uid\n", "uidl/host-me", Sylpheed},
		{"uid\n", `C:\Users\me\Claws-mail\uidl\host-me`, Claws},
		{"uid\n", "/home/me/uid-cache", Evolution},
		{"uid\n", "x", ""},
		{"dear me@host how are you\n", "x", Fetchmail}, // cannot be told apart: it is of another account
		{"*\n", "x", ""},
		{"\x7fELF\x00\x01\n", "x", ""},
		{" 0x 1 2\n", "x", ""},
		{"# POP3 State File\r\n# This is a generated file!  Do not edit.\r\n\r\n", "x", Thunderbird}, // nothing was fetched yet
		{"# This file was generated by mpop version 1.4.18.\n#\n", "x", Mpop},
		{"# what I have to buy\n# milk\n", "x", ""},
	} {
		f, err := Read(strings.NewReader(c.text), c.path, "")
		switch {
		case c.want == "" && !errors.Is(err, ErrUnknown):
			t.Errorf("%q in %s: %v, want %v", c.text, c.path, err, ErrUnknown)
		case c.want != "" && (err != nil || f.Kind != c.want):
			t.Errorf("%q in %s: %v, %v, want %s", c.text, c.path, f, err, c.want)
		}
	}
	if _, err := Read(strings.NewReader(" \n\n"), "x", ""); !errors.Is(err, ErrEmpty) {
		t.Errorf("an empty file: %v", err)
	}
}

// Mail, and what is no text, is not taken for a list because a line of it could be one, whatever the user says it is.
func TestReadRefusesOthers(t *testing.T) {
	const header = "Return-Path: <me@example.org>\nReceived: from pc (pc@example.org [192.0.2.1]) by example.org; Thu, 1 Jan 2004 12:00:00 +0000\n\ntext\n"
	for _, c := range []struct{ name, text, want string }{
		{"mbox", "From me@example.org Thu Jan  1 12:00:00 2004\n" + header, "as an mbox file"},
		{"mbox of Thunderbird, with CRLF and a byte order mark", "\xef\xbb\xbfFrom - Thu Jan  1 12:00:00 2004\r\n" + strings.ReplaceAll(header, "\n", "\r\n"), "as an mbox file"},
		{"message", header, "as a message"},
		{"message after an empty line", "\n" + "From: a@example.org (Alice Liddell)\nTo: me@example.org (Me)\n\ntext", "as a message"},
		{"mbox of another kind", "From a@b.org Thu Jan  1 12:00:00 2004\nX-Mozilla-Status: 0001\nX-Odd: x\n\ntext", "as an mbox file"},
		{"binary", "me@host uid\n\x00\x01\x02\x00\n", "no text"},
		{"binary of a program", "\x7fELF\x02\x01\x01\x00\x00\x00@ x\n", "no text"},
	} {
		for _, kind := range append([]Kind{""}, Kinds...) {
			want := c.want
			if kind == Getmail && want == "no text" {
				want = "no line of it makes sense"
			}
			if f, err := Read(strings.NewReader(c.text), "uidl/x", kind); !errors.Is(err, ErrUnknown) || !strings.Contains(err.Error(), want) {
				t.Errorf("%s as %q: %+v, %v, want %v with %q", c.name, kind, f, err, ErrUnknown, want)
			}
		}
	}
	for text, kind := range map[string]Kind{"From me@host u1\nFrom me@host u2\n": "", "From:1\t1\nDate:2\t2\n": Claws, "ID:1\nID:2\n": Evolution} {
		if f, err := Read(strings.NewReader(text), "x", kind); err != nil || f.Accounts[0].Messages() != 2 {
			t.Errorf("%q, which is a list: %+v, %v", text, f, err)
		}
	}
	if _, err := Read(strings.NewReader("dear me\nhow are you\n"), "x", Thunderbird); !errors.Is(err, ErrUnknown) {
		t.Errorf("no line of Thunderbird's: %v", err)
	}
}

// What is told twice, once in part, is not whole; what makes no sense is counted.
func TestOddLines(t *testing.T) {
	for _, c := range []struct {
		name, text string
		odd, whole int
	}{
		{"twice", "*h u\nk a 1\nb a 1\nf b 1\nk b 1\nk c 1\n", 0, 1},
		{"no account", "*h u\nk b\n*h\nk a 1\n", 2, 1},
		{"other states", "*h u\nx a\nkk b\nk\nk c\n", 3, 1},
		{"mpop, too few", " 3 h u\na\nb\n", 1, 2},
		{"mpop, too many", " 1 h u\na\nb\n", 1, 1},
		{"mpop, no number", " 1 h u\na\n x h v\nb\n", 2, 1},
		{"long line", "*h u\nk a\nk " + strings.Repeat("x", 3*maxLine) + "\nk b", 1, 2},
	} {
		f, err := Read(strings.NewReader(c.text), "x", "")
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		whole := 0
		for _, a := range f.Accounts {
			whole += a.Messages()
		}
		if f.Odd != c.odd || whole != c.whole {
			t.Errorf("%s: %d odd lines, %d messages, want %d, %d", c.name, f.Odd, whole, c.odd, c.whole)
		}
	}
}

// write gives a file of that kind that has these messages, and other ones in part where the kind can say so.
func write(kind Kind, whole, part []string) string {
	var b strings.Builder
	switch kind {
	case Thunderbird:
		b.WriteString("# POP3 State File\n*host me\n")
	case Mpop:
		fmt.Fprintf(&b, "# comment\n %d host me\n", len(whole))
	}
	forms := map[Kind]string{Thunderbird: "k %s 1\n", Fetchmail: "me@host %s\n", Getmail: "%s\x001\n", Mpop: "%s 1700000000\n",
		Claws: "%s\t1\t0\n", Sylpheed: "%s\t1\n", Evolution: "%s\n"}
	for _, uidl := range whole {
		fmt.Fprintf(&b, forms[kind], uidl)
	}
	partly := map[Kind]string{Thunderbird: "b %s 1\n", Claws: "%s\t1\t1\n"}
	for _, uidl := range part {
		if form := partly[kind]; form != "" {
			fmt.Fprintf(&b, form, uidl)
		}
	}
	return b.String()
}

// FuzzRead: what was written is read, what is partial is not whole, and whatever comes, no more is told than there are lines.
func FuzzRead(f *testing.F) {
	for i := range Kinds {
		f.Add(uint8(i), "a b c", "d e", []byte("k a 1\n*h u\n"))
	}
	all, _ := filepath.Glob(samples + "/*")
	for _, path := range all {
		if text, err := os.ReadFile(path); err == nil {
			f.Add(uint8(len(all)), "x", "y", text)
		}
	}
	f.Fuzz(func(t *testing.T, n uint8, whole, part string, text []byte) {
		kind := Kinds[int(n)%len(Kinds)]
		for _, k := range []Kind{"", kind} {
			file, err := Read(strings.NewReader(string(text)), "uidl/name", k)
			if err != nil {
				continue
			}
			told := file.Odd
			for _, a := range file.Accounts {
				told += a.Messages() + a.Partial
				a.Is("host", "me")
				a.FolderOf("host", string(text))
			}
			if lines := strings.Count(string(text), "\n") + 2; told > 2*lines {
				t.Errorf("%d messages and odd lines of %d lines", told, lines)
			}
		}
		names := func(s string) []string {
			return slices.DeleteFunc(strings.Fields(s), func(w string) bool {
				return strings.Trim(w, "abcdefghijklmnopqrstuvwxyz0123456789<>@.") != ""
			})
		}
		w, p := names(whole), names(part)
		file, err := Read(strings.NewReader(write(kind, w, p)), "x", kind)
		if len(w) == 0 || err != nil {
			return
		}
		a := file.Accounts[0]
		for _, uidl := range w {
			partly := slices.Contains(p, uidl) && (kind == Thunderbird || kind == Claws)
			if a.Has(uidl) == partly {
				t.Errorf("%s: Has(%q) = %v", kind, uidl, !partly)
			}
		}
		for _, uidl := range p {
			if a.Has(uidl) && !slices.Contains(w, uidl) {
				t.Errorf("%s: %q is there in part only", kind, uidl)
			}
		}
	})
}
