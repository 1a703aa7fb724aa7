package main

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"sort"
	"strings"

	"github.com/BurntSushi/toml"
)

// config is the configuration file. Each account is a place: its url and the parameters of places.
type config struct {
	file    string // where it was, or would have been, read
	Account map[string]map[string]any
}

// loadConfig reads file; empty: the usual one, which need not exist.
func loadConfig(file string) (*config, error) {
	named := file != ""
	if !named {
		file = filepath.Join(configDir(), "config.toml")
	}
	c := &config{file: file}
	text, err := os.ReadFile(file)
	if errors.Is(err, fs.ErrNotExist) && !named {
		return c, nil
	}
	if err != nil {
		return nil, usagef("give the configuration file with --config FILE", "configuration: %v", err)
	}
	meta, err := toml.Decode(string(text), c)
	if err != nil {
		pe := toml.ParseError{}
		if errors.As(err, &pe) {
			return nil, usagef("", "%s:%d: %s", file, pe.Position.Line, pe.Message)
		}
		return nil, usagef("accounts are tables such as [account.old]", "%s: %v", file, err)
	}
	// The library takes what is not a table for an empty one.
	if kind := meta.Type("account"); kind != "" && kind != "Hash" {
		return nil, usagef("accounts are tables such as [account.old]", "%s:%d: account is not a table", file, lineOf(string(text), toml.Key{"account"}))
	}
	for _, key := range meta.Undecoded() {
		return nil, usagef("the file holds accounts only: [account.NAME]", "%s:%d: %q is not known", file, lineOf(string(text), key), key.String())
	}
	return c, c.check(string(text))
}

// check refuses what is not known in every account, used or not: a misspelt word would else be a setting
// that silently does not hold.
func (c *config) check(text string) error {
	for _, name := range c.names() {
		for key := range c.Account[name] {
			if !isLocation(key) && !knownParam(key) {
				return usagef("the known ones are url, path, dialect, "+strings.Join(paramNames, ", "),
					"%s:%d: %q is not known", c.file, lineOf(text, toml.Key{"account", name, key}), key)
			}
		}
	}
	return nil
}

func knownParam(key string) bool {
	for _, name := range paramNames {
		if key == name {
			return true
		}
	}
	return false
}

func (c *config) names() []string {
	var names []string
	for name := range c.Account {
		names = append(names, name)
	}
	sort.Strings(names)
	return names
}

// lineOf finds the line of a key: TOML's reader tells the keys that nobody asked for, not their lines.
func lineOf(text string, key toml.Key) int {
	last := key[len(key)-1]
	table := strings.Join(key[:len(key)-1], ".")
	inside, n := table == "", 0
	for line := range strings.SplitSeq(text, "\n") {
		n++
		line = strings.TrimSpace(line)
		if strings.HasPrefix(line, "[") {
			name := strings.ReplaceAll(strings.Trim(line, "[] \t"), `"`, "")
			if name == key.String() {
				return n
			}
			inside = name == table
			continue
		}
		word, _, ok := strings.Cut(line, "=")
		if inside && ok && strings.Trim(word, " \t\"'") == last {
			return n
		}
	}
	return 1
}

// configDir is $XDG_CONFIG_HOME/mailmv, or what stands for it on this system.
func configDir() string { return xdgDir("XDG_CONFIG_HOME", ".config", os.UserConfigDir) }

// stateDir is $XDG_STATE_HOME/mailmv, or what stands for it on this system.
func stateDir() string {
	return xdgDir("XDG_STATE_HOME", filepath.Join(".local", "state"), os.UserCacheDir)
}

// xdgDir follows the XDG base directory specification, where a relative value counts as unset.
func xdgDir(env, below string, windows func() (string, error)) string {
	if dir := os.Getenv(env); filepath.IsAbs(dir) {
		return filepath.Join(dir, "mailmv")
	}
	if runtime.GOOS == "windows" {
		if dir, err := windows(); err == nil {
			return filepath.Join(dir, "mailmv")
		}
	}
	home, err := os.UserHomeDir()
	if err != nil {
		home = "."
	}
	return filepath.Join(home, below, "mailmv")
}
