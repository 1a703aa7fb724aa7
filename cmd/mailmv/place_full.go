package main

import (
	"net/url"
	"path/filepath"
	"strings"
)

// fullWord is the place of a server as it is written whatever the directory one is in: the paths in its parameters are full.
func fullWord(word string) string {
	base, query, ok := strings.Cut(word, "?")
	if !ok || !strings.Contains(base, "://") {
		return word
	}
	params := strings.Split(query, "&")
	for i, param := range params {
		name, value, _ := strings.Cut(param, "=")
		if name != "ca" && name != "password-file" {
			continue
		}
		file, err := url.PathUnescape(value)
		if err != nil {
			continue // it was refused when the place was read
		}
		if full, err := filepath.Abs(homePath(file)); err == nil {
			params[i] = name + "=" + escapeFile(full)
		}
	}
	return base + "?" + strings.Join(params, "&")
}
