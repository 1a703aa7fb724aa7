// Package popstate reads the files in which mail programs note what they have fetched from POP3 servers and left there
// (RFC 1939 §7: the unique-id listing). It knows Thunderbird's popstate.dat, fetchmail's .fetchids, getmail's oldmail-*,
// mpop's uidls files, the uidl folder of Claws Mail and Sylpheed, and Evolution's uid-cache.
//
// What a program has only in part (headers of a big message) is not taken for fetched. Lines that make no sense are
// counted and passed over: at worst a message is fetched once more.
package popstate

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
)

// Kind is the program whose file it is.
type Kind string

// The programs whose files are known.
const (
	Thunderbird Kind = "thunderbird"
	Fetchmail   Kind = "fetchmail"
	Getmail     Kind = "getmail"
	Mpop        Kind = "mpop"
	Claws       Kind = "claws"
	Sylpheed    Kind = "sylpheed"
	Evolution   Kind = "evolution"
)

// Kinds are all of them.
var Kinds = []Kind{Thunderbird, Fetchmail, Getmail, Mpop, Claws, Sylpheed, Evolution}

// String is the program's name as people write it.
func (k Kind) String() string {
	switch k {
	case Thunderbird:
		return "Thunderbird"
	case Claws:
		return "Claws Mail"
	case Sylpheed:
		return "Sylpheed"
	case Evolution:
		return "Evolution"
	}
	return string(k)
}

// File is what one file tells.
type File struct {
	Kind     Kind
	Accounts []*Account
	// Odd counts lines that make no sense.
	Odd int
}

// Account is what a program has fetched of one account.
type Account struct {
	// Host and User are as the program calls them. Both are empty where only the file's name tells, or nothing does.
	Host, User string
	// Name is the file's name without its folder.
	Name string
	// Partial counts messages that the program has only in part.
	Partial int

	kind  Kind
	whole map[id]struct{}
	part  map[id]struct{}
}

// id stands for one UIDL: 16 octets whatever its length.
type id [16]byte

func idOf(uidl string) id {
	sum := sha256.Sum256([]byte(uidl))
	return id(sum[:16])
}

// Messages is how many messages the program has as a whole.
func (a *Account) Messages() int { return len(a.whole) }

// Has tells whether the program has the message of that name as a whole. For an IMAP folder (getmail) the name is
// "UIDVALIDITY/UID".
func (a *Account) Has(uidl string) bool {
	if a.kind == Getmail && strings.Count(uidl, "/") != 1 {
		uidl = strings.ReplaceAll(uidl, "/", "-") // getmail keeps no slash of a UIDL
	}
	_, ok := a.whole[idOf(uidl)]
	if !ok && a.kind == Getmail {
		_, ok = a.whole[idOf(strings.ReplaceAll(uidl, "/", "-"))]
	}
	return ok
}

func (a *Account) add(uidl string, whole bool) {
	k := idOf(uidl)
	if _, ok := a.part[k]; ok {
		return
	}
	if whole {
		a.whole[k] = struct{}{}
		return
	}
	delete(a.whole, k) // told twice: what is in doubt is not whole
	a.part[k] = struct{}{}
	a.Partial = len(a.part)
}

// Bounds on what is read: real files have lines of some 100 octets, and a line for each message on the server.
const (
	maxLine = 64 << 10
	maxFile = 512 << 20
)

// Errors of Read.
var (
	ErrUnknown = errors.New("not a list of fetched mail that is known")
	ErrEmpty   = errors.New("nothing is in it")
	errTooLong = fmt.Errorf("more than %d MiB", maxFile>>20)
)

// Read reads the file of that path. kind says whose it is; empty: told by what is in it. What is plainly another file, or has no line
// that makes sense, is ErrUnknown. Memory is some tens of octets
// a message.
func Read(r io.Reader, path string, kind Kind) (*File, error) {
	limited := &io.LimitedReader{R: r, N: maxFile + 1}
	br := bufio.NewReaderSize(limited, maxLine)
	head, err := br.Peek(maxLine)
	if err != nil && err != io.EOF {
		return nil, err
	}
	if len(bytes.TrimSpace(head)) == 0 {
		return nil, ErrEmpty
	}
	if what := otherFile(head, kind); what != "" {
		return nil, fmt.Errorf("%w: %s", ErrUnknown, what)
	}
	if kind == "" {
		if kind = detect(head, path); kind == "" {
			return nil, ErrUnknown
		}
	}
	p := &parser{file: &File{Kind: kind}, name: base(path)}
	line := p.line()
	for {
		text, err := readLine(br)
		if err == errLongLine {
			p.file.Odd++
			continue
		}
		if err != nil && err != io.EOF {
			return nil, err
		}
		if text != "" {
			line(text)
		}
		if err == io.EOF {
			break
		}
	}
	if limited.N <= 0 {
		return nil, errTooLong
	}
	p.end()
	if p.file.Odd > 0 && p.file.isVoid() {
		return nil, fmt.Errorf("%w: no line of it makes sense as one of %s", ErrUnknown, kind)
	}
	return p.file, nil
}

// isVoid tells that no message is in it, neither as a whole nor in part.
func (f *File) isVoid() bool {
	return !slices.ContainsFunc(f.Accounts, func(a *Account) bool { return len(a.whole)+len(a.part) > 0 })
}

var errLongLine = errors.New("line too long")

// readLine gives one line without its end. A line over maxLine is passed over.
func readLine(br *bufio.Reader) (string, error) {
	text, err := br.ReadSlice('\n')
	if err != bufio.ErrBufferFull {
		return strings.TrimRight(string(text), "\r\n"), err
	}
	for err == bufio.ErrBufferFull {
		_, err = br.ReadSlice('\n')
	}
	if err != nil && err != io.EOF {
		return "", err
	}
	if err == io.EOF {
		return "", io.EOF
	}
	return "", errLongLine
}

// base is the last part of a path of any system.
func base(path string) string {
	return path[strings.LastIndexAny(path, `/\`)+1:]
}
