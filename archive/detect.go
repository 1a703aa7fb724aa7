package archive

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"

	"mailmv/archive/ledger"
	"mailmv/formats/mail"
	"mailmv/formats/maildir"
	"mailmv/formats/mbox"
	"mailmv/formats/thunderbird"
)

// Kind says what mail at a path is kept as.
type Kind string

// The kinds that Detect tells apart.
const (
	Absent          Kind = "absent"       // nothing is there, or an empty directory
	KindArchive     Kind = "archive"      // a tree of Maildirs with our manifest
	KindMaildir     Kind = "maildir"      // one Maildir
	KindPlus        Kind = "maildir++"    // a Maildir with folders beside it
	KindTree        Kind = "maildir tree" // nested Maildirs
	KindLite        Kind = "maildir-lite" // Thunderbird's, and the mbox files beside it
	KindMbox        Kind = "mbox"         // one mbox file
	KindMMDF        Kind = "mmdf"
	KindMboxArchive Kind = "mbox archive" // a tree of mbox files, or one, with our manifest
	KindMboxes      Kind = "mbox tree"    // Thunderbird's and others' trees of mbox files
	KindEML         Kind = "eml"          // one .eml file, or a tree of them
	KindMH          Kind = "mh"
	KindEMLX        Kind = "emlx"
	KindPST         Kind = "pst" // from here on: named, not read
	KindDBX         Kind = "dbx"
	KindMSG         Kind = "msg"
	KindMBX         Kind = "mbx" // c-client's own
	KindBabyl       Kind = "babyl"
	Empty           Kind = "empty file"
	Unknown         Kind = "unknown"
)

// Found is what Detect saw.
type Found struct {
	Kind Kind
	// Why is what it was told by, for people.
	Why string
	// Hint is the way to convert what cannot be read; empty where it can.
	Hint string
}

// hints name the way out of what mailmv does not read.
var hints = map[Kind]string{
	KindPST:   "readpst -r -o OUT FILE (package pst-utils) makes mbox files of it; then use mbox:OUT",
	KindDBX:   "undbx FILE OUT makes .eml files of it; then use eml:OUT",
	KindMSG:   "msgconvert FILE.msg (libemail-outlook-message-perl) makes an .eml of it",
	KindMBX:   "mailutil copy FILE '#driver.unix/OUT' (package uw-mailutils) makes an mbox of it",
	KindBabyl: "Emacs: M-x unrmail makes an mbox of it",
}

// Bounds of looking around: a tree is judged by its first files.
const (
	lookAt    = 2000
	lookDepth = 12
	sniffMax  = 4096
)

// Detect tells what is at a path by looking, not by its name alone. It opens a few files and changes nothing.
func Detect(name string) (Found, error) {
	i, err := os.Stat(name)
	if errors.Is(err, fs.ErrNotExist) {
		return Found{Kind: Absent, Why: "nothing is there"}, nil
	}
	if err != nil {
		return Found{}, fmt.Errorf("detect: %w", err)
	}
	var found Found
	if i.IsDir() {
		found, err = detectTree(name)
	} else {
		found, err = detectFile(name, i)
	}
	if err != nil {
		return Found{}, fmt.Errorf("detect: %w", err)
	}
	found.Hint = hints[found.Kind]
	return found, nil
}

func detectFile(name string, i fs.FileInfo) (Found, error) {
	if !i.Mode().IsRegular() {
		return Found{Kind: Unknown, Why: "neither file nor directory"}, nil
	}
	f, err := os.Open(name)
	if err != nil {
		return Found{}, err
	}
	defer f.Close()
	head := make([]byte, sniffMax)
	n, err := io.ReadFull(f, head)
	if err != nil && err != io.EOF && !errors.Is(err, io.ErrUnexpectedEOF) {
		return Found{}, err
	}
	if i, err := os.Stat(name + stateDir); err == nil && i.IsDir() {
		return Found{Kind: KindMboxArchive, Why: filepath.Base(name) + stateDir + " is beside it"}, nil
	}
	return sniff(filepath.Base(name), head[:n]), nil
}

// magics are first octets that tell a kind.
var magics = []struct {
	octets string
	kind   Kind
	why    string
}{
	{"!BDN", KindPST, "begins as Outlook's .pst and .ost do"},
	{"\xcf\xad\x12\xfe", KindDBX, "begins as Outlook Express's .dbx do"},
	{"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", KindMSG, "begins as Outlook's .msg do"},
	{"*mbx*\r\n", KindMBX, "begins with *mbx*"},
	{"BABYL OPTIONS:", KindBabyl, "begins with BABYL OPTIONS"},
	{"\x01\x01\x01\x01", KindMMDF, "begins with four control-As"},
	{"\x1f\x8b", KindMbox, "compressed with gzip: taken for an mbox"},
	{"\x28\xb5\x2f\xfd", KindMbox, "compressed with zstd: taken for an mbox"},
	{"\xfd7zXZ\x00", KindMbox, "compressed with xz: taken for an mbox"},
}

// sniff judges a file by its first octets.
func sniff(name string, head []byte) Found {
	for _, m := range magics {
		if bytes.HasPrefix(head, []byte(m.octets)) {
			return Found{Kind: m.kind, Why: m.why}
		}
	}
	text := bytes.TrimLeft(bytes.TrimPrefix(head, []byte("\xef\xbb\xbf")), "\r\n")
	switch ext := strings.ToLower(path.Ext(name)); {
	case bytes.HasPrefix(text, []byte("From ")):
		return Found{Kind: KindMbox, Why: "begins with a From_ line"}
	case len(head) >= 10 && string(head[:3]) == "BZh" && string(head[4:10]) == "1AY&SY":
		return Found{Kind: KindMbox, Why: "compressed with bzip2: taken for an mbox"}
	case ext == ".emlx" && beginsEMLX(head):
		return Found{Kind: KindEMLX, Why: "begins with a count of octets, as Apple Mail's .emlx do"}
	case ext == ".eml":
		return Found{Kind: KindEML, Why: "is called .eml"}
	case ext == ".mbox" && len(head) == 0:
		return Found{Kind: KindMbox, Why: "empty, and called .mbox"}
	case len(head) == 0:
		return Found{Kind: Empty, Why: "an empty file"}
	case looksLikeHeader(text):
		return Found{Kind: KindEML, Why: "begins with header fields"}
	}
	return Found{Kind: Unknown, Why: "begins like no mail that is known"}
}

func beginsEMLX(head []byte) bool {
	line, rest, ok := bytes.Cut(head, []byte{'\n'})
	digits := bytes.TrimRight(line, " ")
	return ok && len(rest) > 0 && len(digits) > 0 && len(bytes.Trim(digits, "0123456789")) == 0
}

// looksLikeHeader wants two header fields at the start (RFC 5322 §2.2).
func looksLikeHeader(text []byte) bool {
	fields := 0
	for line := range bytes.Lines(text) {
		if line[0] == ' ' || line[0] == '\t' {
			if fields == 0 {
				return false
			}
			continue
		}
		name, _, ok := bytes.Cut(line, []byte{':'})
		if !ok || len(name) == 0 || bytes.ContainsFunc(name, func(r rune) bool { return r <= ' ' || r > '~' }) {
			return false
		}
		if fields++; fields == 2 {
			return true
		}
	}
	return false
}

// detectTree judges a directory: a tree of Maildirs by its folders, anything else by the files in it.
func detectTree(root string) (Found, error) {
	d, err := maildir.OpenDisk(root)
	if err != nil {
		return Found{}, err
	}
	defer d.Close()
	if i, err := d.Lstat(stateDir); err == nil && i.IsDir() {
		return detectArchive(d, stateDir), nil
	}
	var folders []*maildir.Folder
	var unread error
	for f, err := range maildir.Folders(d) {
		odd, shut := (*maildir.OddError)(nil), (*maildir.UnreadError)(nil)
		switch {
		case errors.As(err, &shut):
			unread = err
		case err != nil && !errors.As(err, &odd):
			return Found{}, err
		case f != nil:
			folders = append(folders, f)
		}
		if len(folders) == lookAt {
			break
		}
	}
	if len(folders) > 0 {
		return detectMaildir(root, folders, unread != nil), nil
	}
	if whole, ok := partOfMaildir(root); ok {
		return Found{Kind: Unknown, Why: "it is part of the Maildir " + whole + ", where the flags are: name that"}, nil
	}
	found, err := detectFiles(d)
	if err == nil && found.Kind == Absent && unread != nil {
		err = unread
	}
	return found, err
}

func isRegular(name string) bool {
	i, err := os.Stat(name)
	return err == nil && i.Mode().IsRegular()
}

// partOfMaildir tells whether root is the cur or new of a Maildir, and of which.
func partOfMaildir(root string) (whole string, ok bool) {
	full, err := filepath.Abs(root)
	if name := filepath.Base(full); err != nil || name != "cur" && name != "new" {
		return "", false
	}
	for _, sub := range []string{"cur", "new", "tmp"} {
		if i, err := os.Stat(filepath.Join(full, "..", sub)); err != nil || !i.IsDir() {
			return "", false
		}
	}
	return filepath.Dir(full), true
}

// detectArchive tells an archive of Maildirs from one of mbox files by the first line of its manifest, and without one by the tree.
// One that no run has begun, and that has no mail, can become either.
func detectArchive(d maildir.Disk, dir string) Found {
	layout, begun := ledger.Layout(d, dir)
	found := Found{Kind: KindArchive, Why: "holds " + dir}
	if _, ok := mbox.ParseDialect(layout); ok {
		found.Kind = KindMboxArchive
		return found
	}
	if layout != "" {
		return found
	}
	for f := range maildir.Folders(d) {
		if f != nil {
			return found
		}
	}
	switch files, err := detectFiles(d); {
	case err == nil && files.Kind == KindMboxes:
		found.Kind = KindMboxArchive
	case err == nil && files.Kind == Absent && !begun:
		return Found{Kind: Absent, Why: "an archive that was not begun"}
	}
	return found
}

// detectMaildir judges a tree of Maildirs. unread: it has directories that cannot be looked into, and may have more folders.
func detectMaildir(root string, folders []*maildir.Folder, unread bool) Found {
	layout, ok := maildir.LayoutOf(folders)
	switch {
	case !ok:
		return Found{Kind: KindLite, Why: "holds cur without new, as Thunderbird keeps them"}
	case thunderbird.ProfileOf(root) != "", isRegular(filepath.Clean(root) + ".msf"):
		return Found{Kind: KindLite, Why: "holds cur, in a profile of Thunderbird"}
	case len(folders) == 1 && folders[0].Dir == "." && !unread:
		return Found{Kind: KindMaildir, Why: "holds cur"}
	case layout == maildir.Nested:
		return Found{Kind: KindTree, Why: mail.Count(len(folders), "Maildir", "Maildirs") + " below it"}
	}
	return Found{Kind: KindPlus, Why: mail.Count(len(folders), "Maildir", "Maildirs") + ", with dots in front"}
}

// detectFiles counts what the files of a tree look like; what most are, the tree is.
func detectFiles(d maildir.Disk) (Found, error) {
	c := &census{disk: d, kinds: map[Kind]int{}}
	if err := c.walk(".", 0); err != nil {
		return Found{}, err
	}
	if c.files == 0 {
		return Found{Kind: Absent, Why: "an empty directory"}, nil
	}
	best, most := Unknown, 0
	for _, k := range []Kind{KindEMLX, KindMH, KindMboxes, KindEML, KindPST, KindDBX, KindMSG, KindMBX, KindBabyl, KindMMDF} {
		if c.kinds[k] > most {
			best, most = k, c.kinds[k]
		}
	}
	return Found{Kind: best, Why: fmt.Sprintf("%d of the %s looked at", most, mail.Count(c.files, "file that was", "files that were"))}, nil
}

type census struct {
	disk  maildir.Disk
	kinds map[Kind]int
	files int
}

// walk looks at the files of a directory and below. Links are not followed.
func (c *census) walk(dir string, depth int) error {
	if depth > lookDepth {
		return nil
	}
	for e, err := range c.disk.ReadDir(dir) {
		if err != nil {
			return err
		}
		if c.files >= lookAt {
			return nil
		}
		name := path.Join(dir, e.Name())
		switch {
		case e.IsDir() && strings.HasSuffix(e.Name(), stateDir): // ours, of the tree or of one file in it
		case e.IsDir():
			if err := c.walk(name, depth+1); err != nil && Narrow(err, mail.ScopeFolder) == mail.ScopeStore {
				return err
			}
		case e.Type().IsRegular():
			if err := c.look(name); err != nil && Narrow(err, mail.ScopeMessage) == mail.ScopeStore {
				return err
			}
		}
	}
	return nil
}

func (c *census) look(name string) error {
	f, err := c.disk.Open(name)
	if err != nil {
		return err
	}
	defer f.Close()
	head := make([]byte, sniffMax)
	n, err := io.ReadFull(f, head)
	if err != nil && err != io.EOF && !errors.Is(err, io.ErrUnexpectedEOF) {
		return err
	}
	c.files++
	base := path.Base(name)
	switch found := sniff(base, head[:n]); {
	case base == ".mh_sequences", strings.Trim(base, "0123456789") == "" && (found.Kind == KindEML || found.Kind == KindMbox):
		c.kinds[KindMH]++
	case found.Kind == KindMbox:
		c.kinds[KindMboxes]++
	default:
		c.kinds[found.Kind]++
	}
	return nil
}
