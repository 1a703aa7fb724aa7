package maildir

import (
	"runtime"
	"strconv"
	"strings"
	"time"
)

// Name is a message's file name taken apart. String gives back the very same octets.
type Name struct {
	// Unique stays with the message through every renaming. It is opaque.
	Unique string
	// Fields is what stands behind it up to the info: ",S=4711,W=4800", ",U=5,FMD5=..."; verbatim.
	Fields string
	// Info holds the flags, with its separator: ":2,FS"; empty where there is none.
	Info string
}

// String joins the parts.
func (n Name) String() string { return n.Unique + n.Fields + n.Info }

// infoMarks begin the info. Its separator is ":" by the rule, the others where a file system forbids it: Windows
// (mbsync, Dovecot: ";"), mu and SMB ("!"), and U+F03A, which macOS and Samba put for a colon.
var infoMarks = []string{":2,", ":1,", ";2,", ";1,", "!2,", "!1,", "\uf03a2,", "\uf03a1,"}

// ParseName takes a file name apart. Any name is a name.
func ParseName(file string) Name {
	at := infoAt(file)
	n := Name{Unique: file[:at], Info: file[at:]}
	if i := strings.IndexByte(n.Unique, ','); i > 0 {
		n.Unique, n.Fields = n.Unique[:i], n.Unique[i:]
	}
	return n
}

func infoAt(file string) int {
	if strings.Contains(file, "2,") || strings.Contains(file, "1,") {
		for _, mark := range infoMarks {
			if i := strings.LastIndex(file, mark); i > 0 {
				return i
			}
		}
	}
	if at := plainInfoAt(file); at > 0 {
		return at
	}
	// A colon is in no unique part: what it begins is an info of a kind that is not known.
	if i := strings.IndexByte(file, ':'); i > 0 {
		return i
	}
	return len(file)
}

// plainInfoAt finds an info behind one of the separators that some programs use too; since they stand in host names as
// well, nothing but flags may follow them. 0 and below: there is none.
func plainInfoAt(file string) int {
	at := strings.LastIndex(file, "2,") - 1
	if at <= 0 || strings.IndexByte("-_+", file[at]) < 0 {
		return 0
	}
	for _, c := range []byte(file[at+len("-2,"):]) {
		if c|0x20 < 'a' || c|0x20 > 'z' {
			return 0
		}
	}
	return at
}

// Letters are the flags of a "2," info, as they stand, up to a further comma. Any other info has none.
func (n Name) Letters() string {
	_, letters, ok := strings.Cut(n.Info, "2,")
	if !ok || len(n.Info)-len(letters) > len("\uf03a2,") {
		return ""
	}
	letters, _, _ = strings.Cut(letters, ",")
	return letters
}

// Octets is the length with CRLF line ends as the name tells it (",W="); false where it does not.
func (n Name) Octets() (int64, bool) { return n.field(",W=") }

// Size is the length of the file as the name tells it (",S="); false where it does not.
func (n Name) Size() (int64, bool) { return n.field(",S=") }

func (n Name) field(key string) (int64, bool) {
	_, v, ok := strings.Cut(n.Fields, key)
	if !ok {
		return 0, false
	}
	v, _, _ = strings.Cut(v, ",")
	size, err := strconv.ParseInt(v, 10, 64)
	return size, err == nil && size >= 0
}

// Ours tells whether Deliver made the name, here or elsewhere.
func (n Name) Ours() bool {
	ours, _ := n.delivered()
	return ours
}

// Verbatim tells that the file holds the message as it is, whatever its line ends.
func (n Name) Verbatim() bool {
	_, verbatim := n.delivered()
	return verbatim
}

// delivered knows the unique parts that Deliver makes: 17.M17P17Q17R0123456789abcdef.host, with an E behind that if the
// file is verbatim.
func (n Name) delivered() (ours, verbatim bool) {
	rest, ok := n.Unique, true
	for _, mark := range []string{".M", "P", "Q", "R"} {
		if rest, ok = afterDigits(rest, mark); !ok {
			return false, false
		}
	}
	const random = 16
	if len(rest) < random || strings.Trim(rest[:random], "0123456789abcdef") != "" {
		return false, false
	}
	rest, verbatim = strings.CutPrefix(rest[random:], "E")
	ours = strings.HasPrefix(rest, ".")
	return ours, ours && verbatim
}

// afterDigits is what stands behind digits, one at least, and a mark.
func afterDigits(s, mark string) (rest string, ok bool) {
	n := 0
	for n < len(s) && digit(s[n]) {
		n++
	}
	if n == 0 {
		return "", false
	}
	return strings.CutPrefix(s[n:], mark)
}

// Delivered is the time that the name begins with, where that is one to believe (1980 to 2100). Mostly a dot follows; OfflineIMAP
// writes 1073298000_0.1.host. Digits before a letter are part of something else, such as a hash.
func (n Name) Delivered() (time.Time, bool) {
	end := 0
	for end < len(n.Unique) && digit(n.Unique[end]) {
		end++
	}
	if end < len(n.Unique) && n.Unique[end]|0x20 >= 'a' && n.Unique[end]|0x20 <= 'z' {
		return time.Time{}, false
	}
	sec, err := strconv.ParseInt(n.Unique[:end], 10, 64)
	if err != nil || sec < 315532800 || sec > 4102444800 {
		return time.Time{}, false
	}
	return time.Unix(sec, 0), true
}

// Date is when the message was received, from what a file tells: its time of change, which servers set to
// the internal date. Where that is over a day after the time in the name, the tree was copied without its
// times, and the name's is better; so it is where the file shows the beginning of a clock. Zero: neither is to be believed.
func (n Name) Date(changed time.Time) time.Time {
	named, ok := n.Delivered()
	switch {
	case ok && changed.After(named.Add(24*time.Hour)), changed.Unix() == 0, ok && !n.Ours() && unsetInDOS(changed):
		return named
	}
	return changed
}

// unsetInDOS tells the first day of 1980, in any zone: what comes out of a zip or off FAT without a time shows it. Of a name that is ours
// it is not asked: we have given the file its date.
func unsetInDOS(t time.Time) bool {
	first := time.Date(1980, 1, 1, 0, 0, 0, 0, time.UTC)
	return t.Sub(first).Abs() < 24*time.Hour
}

// infoSeparator is what Deliver puts before the flags.
func infoSeparator() string {
	if runtime.GOOS == "windows" {
		return ";2,"
	}
	return ":2,"
}
