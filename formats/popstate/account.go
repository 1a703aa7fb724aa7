package popstate

import (
	"net/url"
	"regexp"
	"strings"

	"mailmv/formats/mail"
)

// Is tells whether this is the account of user on host. Programs differ in the case of both; ports are not compared.
func (a *Account) Is(host, user string) bool {
	folder, ok := a.place(host, user)
	return ok && folder == ""
}

// FolderOf tells the IMAP folder that a getmail file is about, where it is one of user on host: as getmail writes it
// in the file's name.
func (a *Account) FolderOf(host, user string) (folder string, ok bool) {
	folder, ok = a.place(host, user)
	return folder, ok && folder != ""
}

// Anonymous tells that neither the file nor its name says whose account it is.
func (a *Account) Anonymous() bool { return a.kind == Evolution }

// String names the account as the file does.
func (a *Account) String() string {
	if a.Host == "" {
		return a.Name
	}
	return a.User + "@" + a.Host
}

func (a *Account) place(host, user string) (folder string, ok bool) {
	if a.Host != "" {
		return "", strings.EqualFold(strings.TrimSuffix(a.Host, "."), host) && strings.EqualFold(a.User, user)
	}
	switch a.kind {
	case Getmail:
		re, err := regexp.Compile("(?is)^oldmail-" + regexp.QuoteMeta(StripName(host, "-")) + "-[0-9]+-" + regexp.QuoteMeta(StripName(user, "-")) + "(?:-(.+))?$")
		if err != nil {
			return "", false // not UTF-8
		}
		if m := re.FindStringSubmatch(a.Name); m != nil {
			return m[1], true
		}
	case Claws, Sylpheed:
		name := strings.TrimPrefix(a.Name, "uidl-")
		for _, n := range uidlNames(host, user) {
			if strings.EqualFold(name, n) {
				return "", true
			}
		}
		if plain, err := url.PathUnescape(name); err == nil {
			return "", strings.EqualFold(plain, host+"-"+user)
		}
	}
	return "", false
}

// StripName makes a part of a file's name as getmail does: what some systems have no place for becomes with.
func StripName(s, with string) string { return stripped().ReplaceAllString(s, with) }

var stripped = mail.Pattern(`[/:;<>|]+`)

// uidlNames are the names that Claws Mail gives the file of an account.
func uidlNames(host, user string) []string {
	under := func(set string) string {
		return strings.Map(func(r rune) rune {
			if strings.ContainsRune(set, r) {
				return '_'
			}
			return r
		}, user)
	}
	return []string{host + "-" + user, host + "-" + under("\t\r\n\\/*"), host + "-" + under("\t\r\n\\/*?:\"<>|")}
}
