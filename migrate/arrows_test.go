package migrate_test

import (
	"encoding/json"
	"errors"
	"io"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// rule says whom a package may import of our own. "x/..." stands for x and all below it.
type rule struct {
	who  string
	whom []string
}

// rules are the arrows between the rooms; the first that fits a package counts. The engine never imports its ends,
// nor an end the engine: only the command joins them.
var rules = []rule{
	{who: "formats/mail"},
	{who: "formats/maildir/disktest", whom: []string{"formats/maildir"}},                 // for tests
	{who: "formats/mh", whom: []string{"formats/mail", "formats/header", "formats/eml"}}, // its files are those of eml
	{who: "formats/receipt", whom: []string{"formats/mail", "formats/line"}},
	{who: "formats/emlx", whom: []string{"formats/mail", "formats/header", "formats/eml"}},
	{who: "formats/...", whom: []string{"formats/mail", "formats/header"}},
	{who: "dedupe/...", whom: []string{"formats/..."}},
	{who: "archive/...", whom: []string{"dedupe/...", "formats/...", "archive/..."}},
	{who: "migrate/wire", whom: []string{"formats/mail"}},
	{who: "migrate/pop3", whom: []string{"formats/...", "migrate/wire"}},
	{who: "migrate/aside", whom: []string{"dedupe/...", "formats/...", "migrate"}},
	{who: "migrate/census", whom: []string{"dedupe/...", "formats/...", "migrate"}},
	{who: "migrate/imap", whom: []string{"formats/...", "migrate/wire"}},
	// What tests use: they meet the engine's interfaces.
	{who: "migrate/memstore", whom: []string{"formats/...", "migrate"}},
	{who: "migrate/storetest", whom: []string{"formats/...", "migrate"}},
	{who: "migrate/storetest/dovecot"},
	{who: "migrate", whom: []string{"dedupe/...", "formats/..."}},
	{who: "cmd/...", whom: []string{"..."}},
}

// TestArrows holds every import between our packages against the list above. Test files may import anything.
func TestArrows(t *testing.T) {
	packages := listPackages(t)
	if len(packages) < 5 {
		t.Fatalf("go list gives %d packages", len(packages))
	}
	for _, p := range packages {
		name := strings.TrimPrefix(p.ImportPath, "mailmv/")
		i := slices.IndexFunc(rules, func(r rule) bool { return covers(r.who, name) })
		if i < 0 {
			t.Errorf("%s has no place in the list of who may import whom", name)
			continue
		}
		for _, path := range p.Imports {
			if whom, ours := strings.CutPrefix(path, "mailmv/"); ours && !coveredBy(rules[i].whom, whom) {
				t.Errorf("%s imports %s", name, whom)
			}
		}
	}
}

type goPackage struct {
	ImportPath string
	Imports    []string
}

func listPackages(t *testing.T) []goPackage {
	t.Helper()
	out, err := exec.Command("go", "list", "-json=ImportPath,Imports", "mailmv/...").Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	var all []goPackage
	for d := json.NewDecoder(strings.NewReader(string(out))); ; {
		var p goPackage
		if err := d.Decode(&p); errors.Is(err, io.EOF) {
			return all
		} else if err != nil {
			t.Fatal(err)
		}
		all = append(all, p)
	}
}

// covers tells whether pattern means that package.
func covers(pattern, name string) bool {
	if pattern == "..." {
		return true
	}
	below, all := strings.CutSuffix(pattern, "/...")
	return name == below || all && strings.HasPrefix(name, below+"/")
}

func coveredBy(patterns []string, name string) bool {
	return slices.ContainsFunc(patterns, func(p string) bool { return covers(p, name) })
}
