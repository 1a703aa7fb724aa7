package mh

import (
	"errors"
	"io"
	"io/fs"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"mailmv/formats/eml"
	"mailmv/formats/mail"
)

func TestFolder(t *testing.T) {
	m := &fstest.MapFile{Data: []byte("Subject: a\n\nb\n"), ModTime: time.Unix(1, 0)}
	fsys := fstest.MapFS{
		"inbox/10": m, "inbox/9": m, "inbox/1": m, "inbox/007": m, "inbox/,8": m, "inbox/#7": m, "inbox/x": m,
		"inbox/0": m, "inbox/99999999999": m, "inbox/.mh_sequences": {Data: []byte("unseen: 9-10\ncur: 1\n")},
		"inbox/2/3":    m, // a folder named 2
		"inbox/5":      {Mode: fs.ModeSymlink, Data: []byte("1")},
		"notes/readme": m,
	}
	var dirs []string
	for dir, err := range Folders(fsys) {
		if err != nil {
			t.Fatal(err)
		}
		dirs = append(dirs, dir)
	}
	if want := []string{"inbox", "inbox/2"}; !slices.Equal(dirs, want) {
		t.Errorf("folders %q, want %q", dirs, want)
	}
	var numbers, odd []uint32
	for f, err := range Files(fsys, "inbox") {
		if errors.Is(err, eml.ErrNotRegular) {
			odd = append(odd, f.Number)
			continue
		} else if err != nil {
			t.Fatal(err)
		}
		numbers = append(numbers, f.Number)
		r, err := Open(fsys, f)
		if err != nil {
			t.Fatal(err)
		}
		b, err := io.ReadAll(r)
		if err := errors.Join(err, r.Close()); err != nil || string(b) != "Subject: a\r\n\r\nb\r\n" {
			t.Errorf("%d: %q, %v", f.Number, b, err)
		}
	}
	if !slices.Equal(numbers, []uint32{1, 9, 10}) || !slices.Equal(odd, []uint32{5}) {
		t.Errorf("messages %v and %v", numbers, odd)
	}
	s, err := ReadSequences(fsys, "inbox")
	if err != nil || !s.Told || !s.Has("unseen", 9) || s.Has("unseen", 1) {
		t.Errorf("sequences %+v, %v", s, err)
	}
	if s, err := ReadSequences(fsys, "notes"); err != nil || s.Told {
		t.Errorf("no sequences: %+v, %v", s, err)
	}
	for _, err := range Files(fsys, "nowhere") {
		if !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("no folder: %v", err)
		}
	}
	if _, err := ReadSequences(fsys, "nowhere"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("no folder: %v", err)
	}
}

func TestState(t *testing.T) {
	s := ParseSequences([]byte("unseen: 3-5 1\r\nreplied: 2\nflagged: 2 3\n 4\ncur: 2\nwork: 9 2-2 1-4294967295\nodd: x 0 7-6 -1 1- 99999999999\nno line of ours\n"))
	for n, want := range map[uint32]struct {
		flags    mail.Flags
		keywords string
	}{
		1: {0, "work"},
		2: {mail.Seen | mail.Answered | mail.Flagged, "work"},
		3: {mail.Flagged, "work"},
		4: {mail.Flagged, "work"},
		5: {0, "work"},
		6: {mail.Seen, "work"},
		7: {mail.Seen, "work"},
	} {
		flags, keywords := s.State(n)
		if flags != want.flags || strings.Join(keywords, " ") != want.keywords {
			t.Errorf("State(%d) = %v, %q, want %v, %q", n, flags, keywords, want.flags, want.keywords)
		}
	}
	s.Unseen = []string{"replied", "odd", "nowhere"}
	for n, want := range map[uint32]mail.Flags{1: 0, 2: mail.Flagged, 6: mail.Seen} {
		if flags, _ := s.State(n); flags != want {
			t.Errorf("with other names of unseen: State(%d) = %v, want %v", n, flags, want)
		}
	}
	if flags, keywords := (Sequences{}).State(1); flags != 0 || keywords != nil {
		t.Errorf("nothing told: %v, %q", flags, keywords)
	}
}

// Membership is what the words say, one by one.
func FuzzSequences(f *testing.F) {
	f.Add("1 3-7 12", uint32(5))
	f.Add("9-4 1-1 1-4294967295", uint32(1<<31))
	f.Fuzz(func(t *testing.T, list string, n uint32) {
		if strings.ContainsAny(list, "\r\n") {
			return
		}
		want := false
		for _, word := range strings.Fields(list) {
			r, ok := parseSpan(word)
			want = want || ok && r.first <= n && n <= r.last
		}
		if got := ParseSequences([]byte("x: "+list+"\n")).Has("x", n); got != want {
			t.Errorf("%q holds %d: %v, want %v", list, n, got, want)
		}
	})
}
