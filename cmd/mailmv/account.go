package main

import (
	"errors"
	"fmt"
	"path/filepath"
	"strings"
)

// isLocation tells the keys of an account that say where its mail is and how it lies there; the others are parameters of
// servers.
func isLocation(key string) bool { return key == "url" || key == "path" || key == "dialect" }

const accountHint = `write url = "imaps://USER@HOST", or path = "~/Mail/archive" for mail in files`

// place gives the account of that name; a folder named on the command line counts more than that of its url.
func (c *config) place(name, folder string) (place, error) {
	account, ok := c.Account[name]
	if !ok {
		hint := placeHint
		if names := c.names(); len(names) > 0 {
			hint = "the configuration file has " + strings.Join(names, ", ")
		}
		if strings.ContainsAny(folder, `/\`) {
			hint = "if it is a path, write ./" + safe(name+":"+folder) + "; " + hint
		}
		return place{}, usagef(hint, "%q is neither a scheme nor an account of %s", safe(name), c.file)
	}
	in := func(err error) error { return inAccount(c.file, name, err) }
	p, err := locate(account)
	if err != nil {
		return place{}, in(err)
	}
	params := map[string]string{}
	for key, value := range account {
		if !isLocation(key) {
			params[key] = fmt.Sprint(value)
		}
	}
	if err := p.setParams(params); err != nil {
		return place{}, in(err)
	}
	if folder != "" {
		if err := p.setFolder(folder); err != nil {
			return place{}, err
		}
	}
	if p.inFiles() {
		return p, nil
	}
	return p, in(p.check())
}

// locate reads where the mail of an account is: url, a place as on the command line, or path, which is in files.
func locate(account map[string]any) (place, error) {
	url, _ := account["url"].(string)
	path, _ := account["path"].(string)
	dialect, hasDialect := account["dialect"]
	switch {
	case url != "" && path != "":
		return place{}, usagef("leave one of them out", "it has both url and path")
	case url == "" && path == "":
		return place{}, usagef(accountHint, "it has no url")
	}
	if proto, rest, ok := strings.Cut(url, "://"); ok {
		if hasDialect {
			return place{}, usagef("leave it out", "dialect is for mbox files")
		}
		return parseURL(proto, rest)
	}
	kind, rest, ok := strings.Cut(url+path, ":")
	if !ok || !fileSchemes[kind] {
		kind, rest = "", url+path
	}
	if full := homePath(rest); !filepath.IsAbs(full) {
		return place{}, usagef("write it from / or ~/ on: this file counts wherever mailmv is started", "%q is no place on a server, and no whole path", safe(rest))
	}
	if hasDialect {
		rest += "?dialect=" + fmt.Sprint(dialect)
	}
	return filePlace(kind, rest)
}

// inAccount says in which account a mistake is.
func inAccount(file, name string, err error) error {
	if u := (*usageError)(nil); errors.As(err, &u) {
		return usagef(u.hint, "%s: account %q: %s", file, name, u.text)
	}
	return err
}
