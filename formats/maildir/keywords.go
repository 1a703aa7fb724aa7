package maildir

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"slices"
	"strconv"
	"strings"
	"syscall"
)

// Keywords are the names behind the letters a to z of a folder's file names; empty where a letter has none.
type Keywords [26]string

// KeywordsFile is the name of a folder's table of keywords.
const KeywordsFile = "dovecot-keywords"

const keywordsMax = 1 << 20 // octets of such a file that are read

// Keywords reads the folder's table ("dovecot-keywords": "<index> <name>" a line). A folder without one
// has no keywords.
func (f *Folder) Keywords() (Keywords, error) {
	text, err := f.small(KeywordsFile)
	if err != nil {
		return Keywords{}, err
	}
	return parseKeywords(text), nil
}

func parseKeywords(text []byte) Keywords {
	var k Keywords
	for line := range bytes.Lines(text) {
		index, name, _ := strings.Cut(strings.TrimRight(string(line), "\r\n"), " ")
		if i, err := strconv.Atoi(index); err == nil && i >= 0 && i < len(k) && atom(name) {
			k[i] = name
		}
	}
	return k
}

// SetKeywords writes the table anew, durably.
func (f *Folder) SetKeywords(k Keywords) error {
	var b bytes.Buffer
	for i, name := range k {
		if name != "" {
			fmt.Fprintf(&b, "%d %s\n", i, name)
		}
	}
	return ReplaceFile(f.disk, path.Join(f.Dir, KeywordsFile), b.Bytes())
}

const courierDir = "courierimapkeywords"

// CourierKeywords reads Courier's keywords by the unique parts of messages. Its ":list" holds all names one a line, an
// empty line, then "<file>:<index> <index> ..." for each message. What changed since is in files called
// "<file>" or, newer, ".<N>.<file>", with one name a line; the highest N counts.
func (f *Folder) CourierKeywords() (map[string][]string, error) {
	list, err := f.small(courierDir + "/:list")
	if err != nil {
		return nil, err
	}
	words := parseCourier(list)
	newest := map[string]int{}
	for e, err := range f.disk.ReadDir(path.Join(f.Dir, courierDir)) {
		if errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ENOTDIR) {
			break
		}
		if err != nil {
			return nil, err
		}
		n, file := courierUpdate(e.Name())
		unique := ParseName(file).Unique
		if file == "" || !e.Type().IsRegular() || n < newest[unique] {
			continue
		}
		text, err := f.small(path.Join(courierDir, e.Name()))
		if err != nil {
			return nil, err
		}
		newest[unique] = n
		words[unique] = slices.DeleteFunc(strings.Fields(string(text)), func(w string) bool { return !atom(w) })
	}
	return words, nil
}

// courierUpdate takes the name of a file of changes apart; file is empty where it is none.
func courierUpdate(name string) (n int, file string) {
	if name == ":list" || name == "" {
		return 0, ""
	}
	if name[0] != '.' {
		return 1, name
	}
	number, file, _ := strings.Cut(name[1:], ".")
	n, err := strconv.Atoi(number)
	if err != nil || n < 0 || n > 1<<30 {
		return 0, ""
	}
	return n + 2, file
}

func parseCourier(list []byte) map[string][]string {
	var names []string
	words := map[string][]string{}
	lines := bufio.NewScanner(bytes.NewReader(list))
	for lines.Scan() && lines.Text() != "" {
		names = append(names, lines.Text())
	}
	for lines.Scan() {
		file, indices, _ := strings.Cut(lines.Text(), ":")
		for index := range strings.FieldsSeq(indices) {
			if i, err := strconv.Atoi(index); err == nil && i >= 0 && i < len(names) && atom(names[i]) {
				unique := ParseName(file).Unique
				words[unique] = append(words[unique], names[i])
			}
		}
	}
	return words
}

// small reads a file of the folder that other programs keep there; nil where it is absent or no file.
func (f *Folder) small(name string) ([]byte, error) {
	r, err := f.disk.Open(path.Join(f.Dir, name))
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, ErrNoFile) || errors.Is(err, syscall.ENOTDIR) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	defer r.Close()
	return io.ReadAll(io.LimitReader(r, keywordsMax))
}
