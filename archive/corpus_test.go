package archive

import (
	"archive/tar"
	"compress/gzip"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"mailmv/formats/mail"
)

// TestCorpus: real mail comes back octet for octet, from the archive and from its tree alone.
func TestCorpus(t *testing.T) {
	for _, file := range []string{"spamassassin-a.tar.gz", "mail-parser-fixtures.tar.gz"} {
		t.Run(file, func(t *testing.T) {
			letters := corpus(t, file)
			root := t.TempDir()
			a := create(t, root, Options{})
			for part := range slices.Chunk(letters, 500) {
				put(t, a, mail.Inbox, part...)
			}
			want := sorted(letters)
			if got := contents(t, a, mail.Inbox); !slices.Equal(got, want) {
				t.Errorf("the archive gives back other octets")
			}
			close_(t, a)
			clean(t, root)
			if err := os.RemoveAll(filepath.Join(root, stateDir)); err != nil {
				t.Fatal(err)
			}
			if got := contents(t, openSource(t, root), mail.Inbox); !slices.Equal(got, want) {
				t.Errorf("the tree alone gives back other octets")
			}
		})
	}
}

// corpus reads real mail: each file with its octets, and once more with CRLF line ends, as it comes from a server.
func corpus(t *testing.T, file string) (letters [][]byte) {
	t.Helper()
	where := filepath.Join("..", "..", "shared", "corpus", file)
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
