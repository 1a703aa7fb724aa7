package popstate

import (
	"strconv"
	"strings"
)

// parser reads line by line.
type parser struct {
	file *File
	name string
	now  *Account // that the next lines belong to
	left int      // mpop: lines of it still to come
	top  bool     // mpop: past the comments
	by   map[[2]string]*Account
}

// line gives the reader of one line.
func (p *parser) line() func(string) {
	switch p.file.Kind {
	case Thunderbird:
		return p.thunderbird
	case Fetchmail:
		return p.fetchmail
	case Mpop:
		return p.mpop
	case Getmail:
		p.now = p.account("", "")
		return p.getmail
	}
	p.now = p.account("", "")
	if p.file.Kind == Evolution {
		return func(text string) { p.now.add(text, true) }
	}
	return p.uidl
}

// end counts what is missing at the end.
func (p *parser) end() {
	if p.left > 0 {
		p.file.Odd++
	}
}

// account finds or makes the account of that name.
func (p *parser) account(host, user string) *Account {
	k := [2]string{host, user}
	if p.by == nil {
		p.by = map[[2]string]*Account{}
	}
	if p.by[k] == nil {
		p.by[k] = &Account{Host: host, User: user, Name: p.name, kind: p.file.Kind, whole: map[id]struct{}{}, part: map[id]struct{}{}}
		p.file.Accounts = append(p.file.Accounts, p.by[k])
	}
	return p.by[k]
}

// thunderbird reads "*HOST USER", or "STATE UIDL [TIME]". A user may hold blanks. k (kept on the server) and d (to be
// removed there) were fetched; b (too big: headers only) and f (to be fetched next time) were not.
func (p *parser) thunderbird(text string) {
	switch text[0] {
	case '#':
		return
	case '*':
		host, user, _ := cutBlank(text[1:])
		if p.now = nil; host == "" || user == "" {
			p.file.Odd++
			return
		}
		p.now = p.account(host, user)
		return
	}
	words := strings.Fields(text)
	if p.now == nil || len(words) < 2 || len(words[0]) != 1 || !strings.Contains("kdbf", words[0]) {
		p.file.Odd++
		return
	}
	p.now.add(words[1], words[0] == "k" || words[0] == "d")
}

// fetchmail reads "USER@HOST UIDL".
func (p *parser) fetchmail(text string) {
	host, user, uidl, ok := fetchid(text)
	if !ok {
		p.file.Odd++
		return
	}
	p.account(host, user).add(uidl, true)
}

// fetchid parts a line as fetchmail does: at the first blank behind the first "@", for a user may hold blanks and
// "@", and a UIDL may hold "@".
func fetchid(text string) (host, user, uidl string, ok bool) {
	text = strings.TrimLeft(text, " \t")
	at := strings.IndexByte(text, '@')
	if at < 0 {
		return "", "", "", false
	}
	blank := strings.IndexByte(text[at:], ' ')
	if blank < 0 {
		return "", "", "", false
	}
	words := strings.Fields(text[at+blank:])
	account := strings.TrimRight(text[:at+blank], " \t")
	last := strings.LastIndexByte(account, '@')
	if len(words) == 0 || last < 1 || last == len(account)-1 {
		return "", "", "", false
	}
	return account[last+1:], account[:last], words[0], true
}

// getmail reads "ID NUL TIME". Before 4.22 the ID of an IMAP message had the folder in its middle.
func (p *parser) getmail(text string) {
	uidl, time, ok := strings.Cut(strings.TrimSpace(text), "\x00")
	if !ok || uidl == "" || !isNumber(time) {
		p.file.Odd++
		return
	}
	if parts := strings.Split(uidl, "/"); len(parts) == 3 {
		uidl = parts[0] + "/" + parts[2]
	}
	p.now.add(uidl, true)
}

// mpop reads comments, then " COUNT HOST USER" and as many lines "UIDL" or, since 1.4.23, "UIDL TIME".
func (p *parser) mpop(text string) {
	switch {
	case !p.top && text[0] == '#':
		return
	case text[0] == ' ':
		if p.top = true; p.left > 0 {
			p.file.Odd++
		}
		words := strings.Fields(text)
		p.now, p.left = nil, 0
		if n, err := strconv.Atoi(words0(words)); err == nil && n > 0 && len(words) == 3 {
			p.now, p.left = p.account(words[1], words[2]), n
			return
		}
		p.file.Odd++
		return
	case p.now == nil || p.left == 0:
		p.file.Odd++
		return
	}
	p.left--
	if i := strings.LastIndexByte(text, ' '); i > 0 && isNumber(text[i+1:]) {
		text = text[:i]
	}
	p.now.add(text, true)
}

func words0(words []string) string {
	if len(words) == 0 {
		return ""
	}
	return words[0]
}

// uidl reads "UIDL", "UIDL TIME" or "UIDL TIME PARTIAL", as Claws Mail and Sylpheed have it. Whole is what has no
// third column or a zero there; anything else is a part, or the name of the file that holds it.
func (p *parser) uidl(text string) {
	words := strings.Fields(text)
	if len(words) == 0 {
		return
	}
	p.now.add(words[0], len(words) < 3 || len(words) == 3 && words[2] == "0")
}

// cutBlank parts at the first run of blanks.
func cutBlank(s string) (first, rest string, ok bool) {
	s = strings.Trim(s, " \t")
	i := strings.IndexAny(s, " \t")
	if i < 0 {
		return s, "", false
	}
	return s[:i], strings.TrimLeft(s[i:], " \t"), true
}
