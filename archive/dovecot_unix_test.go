//go:build unix

package archive

import (
	"bytes"
	"fmt"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapclient"

	"mailmv/formats/mail"
	"mailmv/migrate/storetest"
	"mailmv/migrate/storetest/dovecot"
)

// TestDovecotAsStore: Dovecot keeps its mail in our archive: it shows what we put there, and what it does there we follow.
func TestDovecotAsStore(t *testing.T) {
	server := dovecot.Start(t)
	account := server.Account(t)
	server.Fill(t, account, [][]byte{[]byte("Subject: theirs\r\n\r\nx\r\n")})
	root := account.Maildir
	letters := append(storetest.Letters(), []byte("Subject: bare\n\nx\r\n\r\nno end"))
	names := []mail.Path{"Work/2004", "Entw\u00fcrfe", "Tom & Jerry"}
	a := create(t, root, Options{})
	put(t, a, mail.Inbox, letters...)
	for i, p := range names {
		put(t, a, p, letters[:i+1]...)
	}
	if err := keyworded(t, a); err != nil {
		t.Fatal(err)
	}
	close_(t, a)
	giveTo(t, root)

	c := login(t, server, account)
	if got := counts(t, c); !slices.Equal(got, []string{"Entw\u00fcrfe 2", "INBOX 10", "Keywords 1", "Tom & Jerry 3", "Work/2004 1", "mailmv 0"}) {
		t.Errorf("Dovecot lists %q", got)
	}
	if _, err := c.Select("Keywords", nil).Wait(); err != nil {
		t.Fatal(err)
	}
	m := fetchIMAP(t, c)[0]
	if !slices.Contains(m.Flags, imap.Flag("$Label1")) || !slices.Contains(m.Flags, imap.FlagSeen) {
		t.Errorf("Dovecot sees flags %q", m.Flags)
	}
	if _, err := c.Select("INBOX", nil).Wait(); err != nil {
		t.Fatal(err)
	}
	for _, m := range fetchIMAP(t, c) {
		body := m.FindBodySection(&imap.FetchItemBodySection{Peek: true})
		same := func(l []byte) bool { return bytes.Equal(withCRLF(l), body) }
		if !slices.ContainsFunc(letters, same) && !bytes.Contains(body, []byte("theirs")) {
			t.Errorf("Dovecot shows %.80q", body)
		}
		if m.RFC822Size != int64(len(body)) || !bytes.Contains(body, []byte("theirs")) && !m.InternalDate.Equal(day) {
			t.Errorf("Dovecot shows %.40q with size %d of %d, date %v", body, m.RFC822Size, len(body), m.InternalDate)
		}
	}
	// It answers all, and takes one away.
	store := &imap.StoreFlags{Op: imap.StoreFlagsAdd, Flags: []imap.Flag{imap.FlagAnswered, "$Other"}, Silent: true}
	if err := c.Store(imap.SeqSetNum(2, 3), store, nil).Close(); err != nil {
		t.Fatal(err)
	}
	if err := c.Store(imap.SeqSetNum(4), &imap.StoreFlags{Op: imap.StoreFlagsAdd, Flags: []imap.Flag{imap.FlagDeleted}, Silent: true}, nil).Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Expunge().Collect(); err != nil {
		t.Fatal(err)
	}
	if err := c.Logout().Wait(); err != nil {
		t.Fatal(err)
	}

	a = openFor(t, root)
	answered, other := 0, 0
	for _, m := range messages(t, a, mail.Inbox) {
		if m.Flags&mail.Answered != 0 {
			answered++
		}
		if slices.Contains(m.Keywords, "$Other") {
			other++
		}
	}
	if answered != 2 || other != 2 {
		t.Errorf("%d answered, %d with $Other, want 2 each", answered, other)
	}
	var troubles []Trouble
	for f, err := range a.Check(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		troubles = append(troubles, f.Trouble)
	}
	slices.Sort(troubles)
	if !slices.Equal(troubles, []Trouble{Foreign, Missing}) {
		t.Errorf("Check: %q, want their message and the one that was taken away", troubles)
	}
	close_(t, a)
}

func withCRLF(l []byte) []byte {
	l = bytes.ReplaceAll(l, []byte("\r\n"), []byte("\n"))
	return bytes.ReplaceAll(l, []byte("\n"), []byte("\r\n"))
}

// giveTo makes all below root belong to whom root belongs to.
func giveTo(t *testing.T, root string) {
	t.Helper()
	i, err := os.Stat(filepath.Join(root, "new"))
	if err != nil {
		t.Fatal(err)
	}
	owner := i.Sys().(*syscall.Stat_t)
	err = filepath.WalkDir(root, func(p string, _ fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		return os.Lchown(p, int(owner.Uid), int(owner.Gid))
	})
	if err != nil {
		t.Fatal(err)
	}
}

func login(t *testing.T, s *dovecot.Server, a dovecot.Account) *imapclient.Client {
	t.Helper()
	c, err := imapclient.DialInsecure(net.JoinHostPort(s.Host, fmt.Sprint(s.IMAP)), nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	if err := c.Login(a.Name, a.Password).Wait(); err != nil {
		t.Fatal(err)
	}
	return c
}

func counts(t *testing.T, c *imapclient.Client) []string {
	t.Helper()
	list, err := c.List("", "*", nil).Collect()
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for _, l := range list {
		if slices.Contains(l.Attrs, imap.MailboxAttrNoSelect) || slices.Contains(l.Attrs, imap.MailboxAttrNonExistent) {
			continue
		}
		s, err := c.Status(l.Mailbox, &imap.StatusOptions{NumMessages: true}).Wait()
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, fmt.Sprint(strings.ReplaceAll(l.Mailbox, string(l.Delim), "/"), " ", *s.NumMessages))
	}
	slices.Sort(all)
	return all
}

func fetchIMAP(t *testing.T, c *imapclient.Client) []*imapclient.FetchMessageBuffer {
	t.Helper()
	all, err := c.Fetch(imap.SeqSet{imap.SeqRange{Start: 1, Stop: 0}}, &imap.FetchOptions{Flags: true, InternalDate: true, RFC822Size: true,
		BodySection: []*imap.FetchItemBodySection{{Peek: true}}}).Collect()
	if err != nil {
		t.Fatal(err)
	}
	return all
}
