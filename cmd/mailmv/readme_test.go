package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

const readme = "../../README.md"

// readmeSession gives the first indented block of the README: commands behind "$ ", and what they print.
func readmeSession(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile(readme)
	if err != nil {
		t.Fatal(err)
	}
	var block []string
	for line := range strings.SplitSeq(string(text), "\n") {
		if code, ok := strings.CutPrefix(line, "    "); ok {
			block = append(block, code)
		} else if block != nil {
			break
		}
	}
	return strings.Join(block, "\n") + "\n"
}

// TestReadmeSession runs the README's session on servers made for it: what it shows is what is printed.
func TestReadmeSession(t *testing.T) {
	want := readmeSession(t)
	s := testStage(t, 412)
	home := t.TempDir()
	config := filepath.Join(home, "mailmv", "config.toml")
	if err := os.Mkdir(filepath.Dir(config), 0o700); err != nil {
		t.Fatal(err)
	}
	text := fmt.Sprintf("[account.old]\nurl = %q\n\n[account.new]\nurl = %q\n", s.from, s.to)
	if err := os.WriteFile(config, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	var got strings.Builder
	for line := range strings.SplitSeq(want, "\n") {
		command, ok := strings.CutPrefix(line, "$ mailmv ")
		if !ok {
			continue
		}
		fmt.Fprintln(&got, line)
		cmd := exec.CommandContext(t.Context(), "mailmv", strings.Fields(command)...) // this binary, by TestMain
		cmd.Env = append(os.Environ(), "HOME="+home, "XDG_CONFIG_HOME="+home, "XDG_STATE_HOME="+home, "NO_COLOR=1")
		cmd.Stderr = os.Stderr
		out, err := cmd.Output()
		if err != nil {
			t.Fatalf("%s: %v", line, err)
		}
		got.Write(out)
	}
	if got.String() != want {
		t.Errorf("the README shows\n%s\nbut it is\n%s", want, got.String())
	}
}

// TestReadmeNamesWhatIs: commands, options and parameters that the README names exist.
func TestReadmeNamesWhatIs(t *testing.T) {
	text, err := os.ReadFile(readme)
	if err != nil {
		t.Fatal(err)
	}
	root := newRoot(newApp(nil))
	for _, m := range regexp.MustCompile("(?:^|[\\s`])mailmv ([a-z][a-z0-9]+)").FindAllStringSubmatch(string(text), -1) {
		if word := m[1]; word == "moves" {
			continue
		}
		if cmd, _, err := root.Find([]string{m[1]}); err != nil || cmd == root {
			t.Errorf("the README names the command %q", m[1])
		}
	}
	known := func(option string) bool {
		for _, cmd := range append(root.Commands(), root) {
			if cmd.Flags().Lookup(option) != nil || cmd.InheritedFlags().Lookup(option) != nil {
				return true
			}
		}
		return false
	}
	for _, m := range regexp.MustCompile("`--([a-z-]+)").FindAllStringSubmatch(string(text), -1) {
		if !known(m[1]) {
			t.Errorf("the README names the option --%s", m[1])
		}
	}
	for _, name := range []string{"LICENSE", "Makefile"} {
		if _, err := os.Stat(filepath.Join("../..", name)); err != nil {
			t.Error(err)
		}
	}
}
