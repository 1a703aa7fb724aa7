package maildir_test

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"testing"
	"time"

	"mailmv/formats/maildir"
)

type octets []byte

func (o octets) WriteTo(w io.Writer) (int64, error) {
	n, err := w.Write(o)
	return int64(n), err
}

// FuzzTrace: whatever is in a file, its octets as mail and its trace make the very same file again.
func FuzzTrace(f *testing.F) {
	for _, s := range []string{"", "\n", "\r\n", "\r", "a\nb\n", "a\r\nb\r\n", "a\r\nb\nc\r\n", "a\nb\r\nc\n\r\r\n\n", "a\n\rb\r", "no end"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, file []byte) {
		root := t.TempDir()
		for _, sub := range []string{"cur", "new", "tmp"} {
			if err := os.Mkdir(filepath.Join(root, sub), 0o700); err != nil {
				t.Fatal(err)
			}
		}
		name := filepath.Join(root, "new", "1.M2 P3.host,S=5:2,FS")
		changed := time.Unix(1_000_000_000, 123456789)
		if err := os.WriteFile(name, file, 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Chtimes(name, changed, changed); err != nil {
			t.Fatal(err)
		}
		d, err := maildir.OpenDisk(root)
		if err != nil {
			t.Fatal(err)
		}
		defer d.Close()
		folder := maildir.NewFolder(d, "INBOX", ".")
		e := maildir.Entry{Sub: "new", File: filepath.Base(name)}
		trace, err := folder.Trace(e)
		if err != nil {
			t.Fatal(err)
		}
		read, err := maildir.ParseTrace(trace.String())
		if err != nil {
			t.Fatalf("%q: %v", trace, err)
		}
		var text maildir.Text
		text.Set(e, file)
		mail, err := io.ReadAll(&text)
		if err != nil {
			t.Fatal(err)
		}
		if err := folder.Remove(e); err != nil {
			t.Fatal(err)
		}
		if err := folder.Restore(read, octets(mail)); err != nil {
			t.Fatal(err)
		}
		got, err := os.ReadFile(name)
		if err != nil || !bytes.Equal(got, file) {
			t.Fatalf("%q became %q: %v", file, got, err)
		}
		if i, err := os.Stat(name); err != nil || !i.ModTime().Equal(changed) {
			t.Fatalf("changed at %v, want %v: %v", i.ModTime(), changed, err)
		}
		if err := folder.Restore(read, octets(mail)); !os.IsExist(err) {
			t.Fatalf("restored over what is there: %v", err)
		}
	})
}

func TestParseTraceRefuses(t *testing.T) {
	for _, s := range []string{"", "cur", "tmp 1 2 lf a", "cur 1 2 lf ../a", "cur x 2 lf a", "cur 1 x lf a", "cur 1 2 cr a", "cur 1 2 lf,x a", "cur 1 2 lf;0999 a", "cur 1 2 lf;0600;a:1 a", "cur 1 2 lf;0600;1 a", "cur 1 2 lf;0600;1:1;x a", "cur 1 2 lf;07777 a", "cur 1 2 lf "} {
		if _, err := maildir.ParseTrace(s); err == nil {
			t.Errorf("ParseTrace(%q) takes it", s)
		}
	}
}
