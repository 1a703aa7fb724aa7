package thunderbird

import (
	"cmp"
	"io"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// Account is one of a profile: its server, and the directory with its mail, which is there.
type Account struct{ Host, Dir string }

// maxPrefs bounds the file prefs.js.
const maxPrefs = 16 << 20

// serverPref is a line of prefs.js that tells of a server.
var serverPref = regexp.MustCompile(`(?m)^\s*user_pref\("mail\.server\.([^".]+)\.(directory|directory-rel|hostname|type)",\s*("(?:[^"\\]|\\.)*")\);`)

// Accounts gives the accounts with mail that prefs.js names, by its names for them; newsgroups are none.
func Accounts(profile string) ([]Account, error) {
	f, err := os.Open(filepath.Join(profile, "prefs.js"))
	if err != nil {
		return nil, err
	}
	defer f.Close() // only read
	b, err := io.ReadAll(io.LimitReader(f, maxPrefs))
	if err != nil {
		return nil, err
	}
	servers := map[string]map[string]string{}
	for _, m := range serverPref.FindAllStringSubmatch(string(b), -1) {
		value, err := strconv.Unquote(m[3])
		if err != nil {
			continue
		}
		if servers[m[1]] == nil {
			servers[m[1]] = map[string]string{}
		}
		servers[m[1]][m[2]] = value
	}
	var all []Account
	for _, name := range slices.Sorted(maps.Keys(servers)) {
		s := servers[name]
		if dir := directoryOf(profile, s); dir != "" && s["type"] != "nntp" {
			all = append(all, Account{cmp.Or(s["hostname"], name), dir})
		}
	}
	return all, nil
}

// directoryOf is where the mail of a server is. As in Thunderbird the way from the profile counts first: that in full may lead to where the
// profile was before it was moved or copied.
func directoryOf(profile string, server map[string]string) string {
	var ways []string
	if rest, ok := strings.CutPrefix(server["directory-rel"], "[ProfD]"); ok {
		ways = append(ways, filepath.Join(profile, filepath.FromSlash(rest)))
	}
	if filepath.IsAbs(server["directory"]) {
		ways = append(ways, filepath.Clean(server["directory"]))
	}
	for _, dir := range ways {
		if i, err := os.Stat(dir); err == nil && i.IsDir() {
			return dir
		}
	}
	return ""
}
