package main

import (
	"cmp"
	"net"
	"net/netip"
	"net/url"
	"sort"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"mailmv/archive"
	"mailmv/formats/mail"
	"mailmv/formats/mbox"
	"mailmv/migrate/wire"
)

// place is a server and an account on it, or a tree of files, as the user named them.
type place struct {
	Proto       string // "pop3", "imap"; "maildir", "mbox", "eml", "mh", "emlx"
	Path        string // of a tree of files; empty: a server
	Kind        archive.Kind
	Beside      bool         // there are Maildirs too, which are left out, and nothing is written
	Dialect     mbox.Dialect // mbox; Unknown: not said
	User        string
	Host        string // lower case, no brackets
	Port        int
	Security    wire.Security
	Folder      mail.Path // IMAP; empty: not named
	CAFile      string
	Pin         string
	Auth        string
	Authzid     string
	Connections int // 0: not said

	PasswordFile, PasswordEnv, PasswordCommand string
}

// scheme is a way of speaking to a server.
type scheme struct {
	proto    string
	security wire.Security
	port     int
}

var schemes = map[string]scheme{
	"pop3s": {"pop3", wire.Implicit, 995},
	"pop3":  {"pop3", wire.StartTLS, 110},
	"imaps": {"imap", wire.Implicit, 993},
	"imap":  {"imap", wire.StartTLS, 143},
}

const placeHint = "a place is pop3s://USER@HOST, pop3://..., imaps://USER@HOST[/FOLDER], imap://..., maildir:PATH (mbox:, eml:, mh:, emlx:), PATH, or NAME: of the configuration file (a path with a colon begins with ./ or /)"

// parsePlace reads a place as it stands on the command line. Its errors never repeat the word whole:
// there may be a password in it.
func parsePlace(word string, conf *config) (place, error) {
	name, rest, ok := strings.Cut(word, ":")
	switch {
	case !ok || isBarePath(word):
		return filePlace("", word)
	case strings.HasPrefix(rest, "//"):
		return parseURL(name, rest[2:])
	case schemes[name] != scheme{}:
		return place{}, usagef("write "+name+"://USER@HOST", "after %s: two slashes are missing", name)
	case fileSchemes[name]:
		return filePlace(name, rest)
	}
	return conf.place(name, rest)
}

// parseURL reads what stands behind "SCHEME://".
func parseURL(name, rest string) (place, error) {
	s, ok := schemes[strings.ToLower(name)]
	if !ok {
		return place{}, usagef(placeHint, "%q is not a scheme that is known", safe(name))
	}
	p := place{Proto: s.proto, Security: s.security, Port: s.port}
	rest, query, _ := strings.Cut(rest, "?")
	authority, path, hasPath := strings.Cut(rest, "/")
	at := strings.LastIndexByte(authority, '@')
	if at < 0 {
		return place{}, usagef(`write `+name+`://USER@HOST; "/" and "?" in USER are written %2F and %3F`, "no USER@ before the host")
	}
	if err := p.setUser(authority[:at]); err != nil {
		return place{}, err
	}
	if err := p.setHost(authority[at+1:]); err != nil {
		return place{}, err
	}
	if hasPath {
		if err := p.setFolder(path); err != nil {
			return place{}, err
		}
	}
	if err := p.setQuery(query); err != nil {
		return place{}, err
	}
	return p, p.check()
}

func (p *place) setUser(text string) error {
	if strings.Contains(text, ":") {
		return usagef("every user of this machine can see it there; use password-file=, password-env=, password-command=, ~/.netrc or the keyring, and write %3A for a colon in USER",
			"a password cannot be part of a place")
	}
	user, err := url.PathUnescape(text)
	if err != nil || user == "" {
		return usagef(`write "@" as %40, "%" as %25`, "the user name is empty or wrongly percent-encoded")
	}
	p.User = user
	return plainText("the user name", user)
}

// plainText refuses what could end a line of a protocol (RFC 9051 §9, RFC 1939 §3) or is not UTF-8.
func plainText(what, s string) error {
	if strings.ContainsAny(s, "\r\n\x00") {
		return usagef("", "%s holds a line end or NUL", what)
	}
	if !utf8.ValidString(s) {
		return usagef("", "%s is not UTF-8", what)
	}
	return nil
}

func (p *place) setHost(text string) error {
	host, port := text, ""
	if end := strings.LastIndexByte(text, ']'); strings.HasPrefix(text, "[") && end > 0 {
		host, port = text[1:end], text[end+1:]
		host = strings.Replace(host, "%25", "%", 1) // RFC 6874: the zone of a link-local address
		if addr, err := netip.ParseAddr(host); err != nil || !addr.Is6() {
			return usagef("write an IPv6 address as [2001:db8::1]", "%q is not an IPv6 address", safe(host))
		}
	} else if i := strings.IndexByte(text, ':'); i >= 0 {
		host, port = text[:i], text[i:]
	}
	if host = strings.ToLower(strings.TrimSuffix(host, ".")); !isHost(host) {
		return usagef("write the host as mail.example.org, 192.0.2.1 or [2001:db8::1]; a name in another script in its xn-- form", "%q is not a host", safe(host))
	}
	p.Host = host
	if port == "" {
		return nil
	}
	n, err := strconv.Atoi(strings.TrimPrefix(port, ":"))
	if err != nil || !strings.HasPrefix(port, ":") || n < 1 || n > 65535 {
		return usagef("a port is a number from 1 to 65535", "the port is not a number from 1 to 65535")
	}
	p.Port = n
	return nil
}

// isHost tells whether s can be a name or an address of a machine.
func isHost(s string) bool {
	if _, err := netip.ParseAddr(s); err == nil {
		return true
	}
	if s == "" || s[0] == '-' {
		return false
	}
	return strings.IndexFunc(s, func(r rune) bool {
		return r >= 0x80 || !(unicode.IsLetter(r) || unicode.IsDigit(r) || r == '.' || r == '-' || r == '_')
	}) < 0
}

func (p *place) setFolder(text string) error {
	var levels []string
	for raw := range strings.SplitSeq(text, "/") {
		level, err := url.PathUnescape(raw)
		if err != nil {
			return usagef(`write "%" as %25`, "the folder name is wrongly percent-encoded")
		}
		if strings.Contains(level, "/") {
			return usagef(`"/" parts the levels of a folder's name`, "a level of a folder's name cannot hold a slash")
		}
		if err := plainText("the folder name", level); err != nil {
			return err
		}
		levels = append(levels, level)
	}
	p.Folder = mail.Path(strings.Join(levels, "/")).Clean()
	if p.Folder != "" && p.Proto == "pop3" {
		return usagef("write pop3s://USER@HOST", "a POP3 account has no folders")
	}
	return nil
}

func (p *place) setQuery(query string) error {
	params := map[string]string{}
	if query == "" {
		return nil
	}
	for pair := range strings.SplitSeq(query, "&") {
		name, raw, ok := strings.Cut(pair, "=")
		value, err := url.PathUnescape(raw)
		switch {
		case !ok || err != nil || value == "":
			return usagef(`write ?NAME=VALUE&NAME=VALUE, "&" in a value as %26, "%" as %25`, "the parameter %q has no value or is wrongly percent-encoded", safe(name))
		case params[name] != "":
			return usagef("leave one of them out", "the parameter %q is given twice", safe(name))
		}
		params[name] = value
	}
	return p.setParams(params)
}

// paramNames are the parameters in the order in which help lists them.
var paramNames = []string{"tls", "ca", "pin", "password-file", "password-env", "password-command", "auth", "authzid", "connections"}

// setParams takes the parameters of a place or of an account of the configuration file.
func (p *place) setParams(params map[string]string) error {
	names := make([]string, 0, len(params))
	for name := range params {
		names = append(names, name)
	}
	sort.Strings(names)
	for _, name := range names {
		if err := p.setParam(name, params[name]); err != nil {
			return err
		}
	}
	return nil
}

func (p *place) setParam(name, value string) error {
	if p.inFiles() && knownParam(name) {
		return usagef("leave it out", "%s is for servers, and %s is in files", name, safe(p.Path))
	}
	switch name {
	case "tls":
		return p.setTLS(value)
	case "ca":
		p.CAFile = homePath(value)
	case "pin":
		return p.setPin(value)
	case "password-file":
		p.PasswordFile = homePath(value)
	case "password-env":
		p.PasswordEnv = value
	case "password-command":
		p.PasswordCommand = value
	case "auth":
		return p.setAuth(value)
	case "authzid":
		p.Authzid = value
		return plainText("authzid", value)
	case "connections":
		n, err := strconv.Atoi(value)
		if err != nil || n < 1 || n > 100 {
			return usagef("write connections=4", "connections=%s is not a number from 1 to 100", safe(value))
		}
		p.Connections = n
	case "password":
		return usagef("use password-file=, password-env= or password-command=", "a password cannot be part of a place")
	default:
		return usagef("the known ones are "+strings.Join(paramNames, ", "), "the parameter %q is not known", safe(name))
	}
	return nil
}

// check looks at what only the whole place can tell.
func (p *place) check() error {
	if p.Auth == "apop" && p.Proto != "pop3" {
		return usagef("leave auth out to use the safest that the server offers", "auth=apop is for POP3 only")
	}
	ways := 0
	for _, s := range []string{p.PasswordFile, p.PasswordEnv, p.PasswordCommand} {
		if s != "" {
			ways++
		}
	}
	if ways > 1 {
		return usagef("leave one of them out", "password-file, password-env and password-command exclude each other")
	}
	if p.Security == wire.None && (p.CAFile != "" || p.Pin != "") {
		return usagef("leave tls=none out", "tls=none goes with neither ca nor pin: nothing is verified")
	}
	return checkCA(p.CAFile)
}

// defaultPort is that of the protocol: 110 and 995, 143 and 993 lead to the same account.
func (p place) defaultPort() bool {
	for _, s := range schemes {
		if s.proto == p.Proto && s.port == p.Port {
			return true
		}
	}
	return false
}

// id is the lasting name of the account, however it was written: "imap:user@host", with ":port" where
// that is not one of the protocol's own. Who acts as another user works on that user's account.
func (p place) id() string {
	if p.Kind == archive.KindLite { // it may have been a tree of mbox files alone before, which are the same folders
		return "mbox:" + realPath(p.Path)
	}
	if p.inFiles() {
		return p.Proto + ":" + realPath(p.Path)
	}
	host := p.Host
	if !p.defaultPort() {
		host = net.JoinHostPort(p.Host, strconv.Itoa(p.Port))
	}
	return p.Proto + ":" + cmp.Or(p.Authzid, p.User) + "@" + host
}

// String writes the place as a URL without parameters: for people, and never with a secret.
func (p place) String() string {
	if p.inFiles() {
		return p.Proto + ":" + p.Path
	}
	u := url.URL{Host: p.Host}
	for name, s := range schemes {
		if s.proto == p.Proto && (s.security == wire.Implicit) == (p.Security == wire.Implicit) {
			u.Scheme = name
			if s.port != p.Port {
				u.Host = net.JoinHostPort(p.Host, strconv.Itoa(p.Port))
			} else if strings.Contains(p.Host, ":") {
				u.Host = "[" + p.Host + "]"
			}
		}
	}
	return u.Scheme + "://" + strings.ReplaceAll(url.PathEscape(p.User), "@", "%40") + "@" + u.Host
}

// server gives what the wire needs to know; shared things are the run's.
func (p place) server() wire.Server {
	return wire.Server{Host: p.Host, Port: p.Port, Security: p.Security, CAFile: p.CAFile, Pin: p.Pin}
}
